"""The page of the running program: from an empty configuration to a car in Home Assistant."""

import json
import signal
import socket
import threading
import unittest
import urllib.parse

from browser import Browser
from harness import PASSWORD, World, car_id, wait_for

BZ4X = "JTMSIMBZ4X0000001"
RAV4 = "JTMSIMRAV40000001"
COROLLA = "SB1SIMCORO0000001"
CANARY = "canary-Passw0rd-77x"


class Empty(World):
    """A world whose owner has configured nothing."""

    def __init__(self, *options):
        super().__init__("--vehicles", "3", *options)
        self.settings["accounts"] = []
        self.settings["abrp"] = {"url": self.simulator.url}

    def announced(self, vin):
        """What Home Assistant received of a car; None when nothing."""
        return self.watcher.retained().get(
            f"homeassistant/device/toyota2mqtt_{car_id(vin)}/config")

    def posts(self):
        return self.simulator.state()["password_posts"]

    def set_up(self, browser, username="driver@example.com", password=PASSWORD):
        browser.open().press("Sign in", username=username, password=password)
        assert browser.status == 200, browser.said("problem")
        return browser.press("Use these cars")


class FirstRun(unittest.TestCase):
    def test_from_nothing_to_entities_in_a_few_clicks_and_a_restart_keeps_it(self):
        with Empty() as world:
            bridge = world.start()
            browser = Browser.of(bridge).open()
            self.assertEqual(urllib.parse.urlsplit(browser.address).path, "/setup")
            self.assertIn("Set up your car", browser.text)
            browser.press("Sign in", username="driver@example.com", password=PASSWORD)
            self.assertEqual(urllib.parse.urlsplit(browser.address).path, "/setup/cars")
            self.assertEqual(set(browser.page.forms[0]["boxes"]),
                             {car_id(vin) for vin in (BZ4X, RAV4, COROLLA)})
            browser.press("Use these cars", untick={car_id(COROLLA)})
            self.assertEqual(urllib.parse.urlsplit(browser.address).path, "/")
            self.assertLessEqual(browser.clicks, 4)

            for vin in (BZ4X, RAV4):
                wait_for(lambda v=vin: world.announced(v), "the car to be announced")
            wait_for(lambda: "entities published" in browser.open().text,
                     "the page to tell the entities")
            self.assertIn("for less than a minute", browser.text)
            self.assertIsNone(world.announced(COROLLA))
            self.assertEqual(world.posts(), 1)

            bridge.stop()
            again = Browser.of(world.start()).open()
            self.assertEqual(urllib.parse.urlsplit(again.address).path, "/")
            wait_for(lambda: f'data-car="{car_id(BZ4X)}"' in again.open().text, "the cars")
            boxes = again.open("setup/cars").page.forms[0]
            self.assertNotIn(["use", car_id(COROLLA)], boxes["fields"])
            self.assertIn(["use", car_id(BZ4X)], boxes["fields"])
            self.assertEqual(world.posts(), 1)

    def test_the_status_page_counts_what_home_assistant_was_told(self):
        with Empty() as world:
            browser = world.set_up(Browser.of(world.start()))

            def reported():
                documents = [json.loads(text) for topic, text in world.watcher.retained().items()
                             if topic.startswith("homeassistant/device/")]
                return sum(len(document["components"]) for document in documents)

            def agrees():
                number = browser.open().said("entities").split(" entities")[0].split()[-1]
                return number.isdigit() and int(number) > 0 and int(number) == reported()
            wait_for(agrees, "page and broker to agree on the number of entities", 60)
            self.assertIn("connected", browser.said("broker"))
            self.assertIn("config_flow_start?domain=mqtt", browser.text)

    def test_removing_the_account_takes_its_cars_away(self):
        with Empty() as world:
            browser = world.set_up(Browser.of(world.start()))
            wait_for(lambda: world.announced(BZ4X), "the car to be announced")
            browser.open().press("Remove")
            self.assertEqual(urllib.parse.urlsplit(browser.address).path, "/setup")
            wait_for(lambda: not any(car_id(BZ4X) in topic for topic in world.watcher.retained()),
                     "the car to be taken away")


class Failures(unittest.TestCase):
    CASES = {
        ("nobody@example.com", PASSWORD): "No account has this e-mail address.",
        ("driver@example.com", "wrong"): "The password was rejected.",
        ("otp@example.com", PASSWORD): "The cloud asks for a one-time code sent by mail.",
        ("mfa@example.com", PASSWORD): "The cloud asks",
        ("locked@example.com", PASSWORD): "The account is locked.",
        ("terms@example.com", PASSWORD): "The cloud",
        ("social@example.com", PASSWORD):
            "The account was made with Google, Facebook or Apple and has no password.",
        ("timeout@example.com", PASSWORD): "The sign-in took too long for the cloud.",
    }

    def test_each_failure_is_told_in_both_languages_and_saves_nothing(self):
        with Empty() as world:
            bridge = world.start()
            for (username, password), words in self.CASES.items():
                with self.subTest(username=username):
                    browser = Browser.of(bridge)
                    browser.open("setup").press("Sign in", username=username, password=password)
                    self.assertEqual(browser.status, 422)
                    self.assertTrue(browser.said("problem").startswith(words),
                                    browser.said("problem"))
                    self.assertTrue(browser.said("remedy"))
                    self.assertNotIn(password, browser.text.replace("Try again", ""))
                    form = browser.page.forms[0]
                    self.assertIn(["username", username], form["fields"])
                    self.assertIn(["password", ""], form["fields"])
                    self.assertIn(["again", "1", "Try again"], form["buttons"])
                    # The same entry again, in German: a standing refusal asks nobody.
                    posts = world.posts()
                    german = Browser.of(bridge, "de")
                    german.open("setup").press("Anmelden", username=username, password=password)
                    self.assertEqual(german.page.language, "de")
                    self.assertNotEqual(german.said("problem"), browser.said("problem"))
                    self.assertNotRegex(german.said("remedy"), r"\b(the|and|with)\b")
                    if username != "timeout@example.com":
                        self.assertEqual(world.posts(), posts)
            self.assertEqual(urllib.parse.urlsplit(Browser.of(bridge).open().address).path,
                             "/setup")
            self.assertEqual(world.simulator.state()["violations"], [])

    def test_try_again_with_the_right_password_works(self):
        with Empty() as world:
            browser = Browser.of(world.start()).open()
            browser.press("Sign in", username="driver@example.com", password="wrong")
            self.assertEqual(browser.status, 422)
            browser.press("Try again", password=PASSWORD)
            self.assertEqual(browser.status, 200)
            self.assertEqual(urllib.parse.urlsplit(browser.address).path, "/setup/cars")

    def test_an_unreachable_cloud_is_told(self):
        with Empty() as world:
            bridge = world.start()
            browser = Browser.of(bridge).open()
            world.simulator.stop()
            browser.press("Sign in", username="driver@example.com", password=PASSWORD)
            self.assertEqual(browser.status, 422)
            self.assertIn("internet", browser.said("remedy"))


class Abrp(unittest.TestCase):
    def test_check_save_and_remove(self):
        with Empty() as world:
            token = next(car["abrp_token"] for car in world.cars() if car["vin"] == BZ4X)
            bridge = world.start()
            browser = world.set_up(Browser.of(bridge))
            browser.open(f"setup/abrp?car={car_id(BZ4X)}")
            browser.press("Check", token=token, api_key="sim-key")
            self.assertEqual(browser.status, 200)
            self.assertIn("ABRP accepts it", browser.said("check"))
            self.assertEqual(world.simulator.state()["abrp_points"], 0)
            browser.press("Save")  # what was checked need not be typed again
            self.assertEqual(urllib.parse.urlsplit(browser.address).path, "/")
            wait_for(lambda: world.simulator.state()["abrp_points"] > 0, "a point at ABRP", 60)

            bridge.stop()
            bridge = world.start()
            browser = Browser.of(bridge)
            wait_for(lambda: "Change" in browser.open().text, "the saved token after a restart")
            browser.open(f"setup/abrp?car={car_id(BZ4X)}").press("Stop sending")
            wait_for(lambda: "Change" not in browser.open().text, "ABRP to be off")

    def test_a_wrong_token_is_told(self):
        with Empty() as world:
            browser = world.set_up(Browser.of(world.start()))
            browser.open("setup/abrp").press("Check", token="no-such-token", api_key="sim-key")
            self.assertIn("ABRP rejects the token", browser.said("check"))
            self.assertNotIn("no-such-token", browser.text)
            self.assertEqual(world.simulator.state()["abrp_points"], 0)


class Fences(unittest.TestCase):
    def test_forged_requests_change_nothing(self):
        with Empty() as world:
            bridge = world.start()
            browser = world.set_up(Browser.of(bridge))
            remove = urllib.parse.urljoin(browser.home, "account/remove")
            account = browser.text.split('data-account="')[1].split('"')[0]
            csrf = browser.open("setup").page.forms[0]["fields"][0]
            self.assertEqual(csrf[0], "csrf")
            for fields, headers in (
                    ([("account", account)], {}),
                    ([("account", account), ("csrf", "x" * 43)], {}),
                    ([("account", account), csrf], {"Origin": "https://evil.example"}),
                    ([("account", account), csrf], {"Sec-Fetch-Site": "cross-site"}),
                    ([("account", account), csrf], {"Host": "evil.example"})):
                self.assertEqual(browser.ask(remove, fields, headers)[0], 403)
            self.assertEqual(browser.ask(remove)[0], 405)
            self.assertIn(account, browser.open().text)
            status, headers, _ = browser.ask(browser.home, headers={"Host": "evil.example"})
            self.assertEqual(status, 403)
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"])

    def test_what_was_typed_is_nowhere(self):
        name = "canary.owner@canary-mail.example"
        with Empty("--user", f"{name}:{CANARY}", "--abrp-key", "canary-key-41",
                   "--abrp-token", f"canary-token-42:{BZ4X}") as world:
            bridge = world.start()
            browser = Browser.of(bridge).open()
            browser.press("Sign in", username=name, password=CANARY + "-wrong")
            browser.seen.clear()  # the failed form keeps the name, for its owner alone
            browser.press("Try again", password=CANARY)
            browser.press("Use these cars")
            browser.open(f"setup/abrp?car={car_id(BZ4X)}")
            browser.press("Check", token="canary-token-42", api_key="canary-key-41")
            self.assertIn("ABRP accepts it", browser.said("check"))
            browser.press("Save")
            wait_for(lambda: world.simulator.state()["abrp_points"] > 0, "a point at ABRP", 60)
            for path in ("", "setup", "setup/cars", "setup/abrp", "?lang=de"):
                browser.open(path)
            bridge.stop()
            secrets = [CANARY, name, "canary.owner", "canary-token-42", "canary-key-41"]
            places = {"log": bridge.output(), "pages": "".join(browser.seen),
                      "topics": json.dumps(world.watcher.messages)}
            for file in world.storage().rglob("*"):
                if file.is_file():
                    places[file.name] = file.read_bytes().decode("latin-1")
                    self.assertEqual(file.stat().st_mode & 0o77, 0, file)
            for place, text in places.items():
                for secret in secrets:
                    self.assertNotIn(secret, text, place)

    def test_without_its_port_the_bridge_goes_on(self):
        with World("--vehicles", "1") as world, socket.create_server(("127.0.0.1", 0)) as taken:
            world.settings["web"] = {"listen": f"127.0.0.1:{taken.getsockname()[1]}"}
            bridge = world.start()
            world.wait_for_cars(1)
            warnings = [line for line in bridge.output().splitlines() if "cannot listen" in line]
            self.assertEqual(len(warnings), 1, bridge.output())
            self.assertIn("goes on without its page", warnings[0])

    def test_the_page_can_be_switched_off(self):
        with World("--vehicles", "1") as world:
            world.settings["web"] = {"enabled": False}
            bridge = world.start()
            world.wait_for_cars(1)
            self.assertNotIn("the page is", bridge.output())

    def test_a_sign_in_under_way_does_not_hold_up_the_end(self):
        with Empty() as world:
            bridge = world.start()
            browser = Browser.of(bridge).open()
            world.simulator.ask("faults", {"route": "/json/*", "kind": "stall", "forever": True})
            caller = threading.Thread(target=lambda: self.swallow(browser), daemon=True)
            caller.start()
            wait_for(lambda: any("authenticate" in route
                                 for route in world.simulator.state()["routes"]),
                     "the sign-in to begin")
            status, seconds = bridge.stop(signal.SIGTERM)
            self.assertEqual(status, 0)
            self.assertLess(seconds, 2.5)
            caller.join(10)

    @staticmethod
    def swallow(browser):
        try:
            browser.press("Sign in", username="driver@example.com", password=PASSWORD)
        except OSError:
            pass  # the connection ends with the program


if __name__ == "__main__":
    unittest.main()
