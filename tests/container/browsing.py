"""The owner's first run in a browser, through something like Home Assistant's ingress, with the
container, a fake Supervisor, a mosquitto and the simulator."""

import first_run
from first_run import Owner
from house import APP, GATEWAY, PAGE_PORT, WORK, harness
from ingress import Ingress
from running import Running, entities_of

PICTURES = WORK / "screenshots"


class Browsing(Running):
    """Only its own checks, with the same house."""

    def browse(self):
        home = self.house()
        watcher = home.watch()
        app = home.app()
        ingress = self.enterContext(Ingress((APP, PAGE_PORT), GATEWAY))
        return home, watcher, app, ingress.url

    def test_r_first_run(self):
        """In a browser: at most 3 typed fields and 8 clicks from the open page to published entities"""
        home, watcher, app, base = self.browse()
        with Owner() as owner:
            first_run.take_pictures(owner, base, {"set-up": "setup"}, PICTURES)
            fields, clicks = first_run.first_run(owner, base)
            first_run.wait_for_entities(owner, base, limit=60 * self.slow)
            car = next(one for one in home.internet.ask("cars") if one.get("abrp_token"))
            name = first_run.set_up_abrp(owner, base, harness.car_id(car["vin"]), "sim-key",
                                         car["abrp_token"])
            self.assertTrue(name)
            first_run.wait_for_entities(owner, base, limit=60 * self.slow)
            pages = {"status": "", "cars": "setup/cars", "abrp": "setup/abrp"}
            first_run.take_pictures(owner, base, pages, PICTURES)
            asked = first_run.only_own_addresses(owner, base)
        self.wait(lambda: home.internet.state()["abrp_points"] > 0, "a point in ABRP")
        self.assertEqual(home.internet.state()["violations"], [])
        self.assertEqual(home.internet.state()["password_posts"], 1)
        self.assertGreater(entities_of(watcher), 100)
        self.assertTrue(app.running())
        self.note(f"{fields} typed fields, {clicks} clicks (opening included), "
                  f"{entities_of(watcher)} entities, {asked} requests, none to anybody else")

    def test_s_failures(self):
        """In a browser: every failure of the sign-in has a sentence and a way out, then it works"""
        home, _, app, base = self.browse()
        with Owner() as owner:
            reported = first_run.try_failures(owner, base, home.internet)
            owner.open(base)
            first_run.sign_in(owner, *first_run.FAILURES["social account"])
            owner.picture(PICTURES / "failed-en-desktop.png")
            first_run.first_run(owner, base)
            first_run.wait_for_entities(owner, base, limit=60 * self.slow)
            first_run.only_own_addresses(owner, base)
        self.assertEqual(home.internet.state()["violations"], [])
        for _, password in first_run.FAILURES.values():
            self.assertNotIn(password, app.logs())
        (WORK / "failures.md").write_text("".join(
            f"| {what} | {problem} | {remedy} |\n" for what, (problem, remedy) in reported.items()))
        self.note(f"{len(reported)} failures")

    def test_t_one_car(self):
        """In a browser: a Lexus account with one car; ABRP shows its vehicle and accepts its values"""
        home, _, _, base = self.browse()
        car = next(one for one in home.internet.ask("cars") if one["vin"].startswith("JTJ"))
        with Owner() as owner:
            fields, clicks = first_run.first_run(owner, base, "lexus@example.com", "lexus", 1)
            first_run.set_up_abrp(owner, base, harness.car_id(car["vin"]), "sim-key",
                                  car["abrp_token"])

            def at_its_best():
                owner.open(base + "?lang=en")
                return len(owner.find("[data-car] .badge.good")) == 2 and owner.find(".notice.good")
            self.wait(at_its_best, "the car available and its values in ABRP", 60)
            # The picture in the app's README.
            owner.picture(PICTURES / "page.png")
            first_run.only_own_addresses(owner, base)
        self.assertEqual(home.internet.state()["violations"], [])
        self.note(f"{fields} typed fields, {clicks} clicks")
