"""Secrets as owners type and save them, and ABRP where it cannot know which car a token means."""

import json
import subprocess
import unittest

from field_world import BEV, HYBRID, PLUG_IN, FieldWorld
from harness import BUILD, PASSWORD, Process, World, wait_for


class Typed(unittest.TestCase):
    """The program started with a handwritten file."""

    def file(self, world, account):
        settings = {key: value for key, value in world.settings.items() if key != "accounts"}
        sections = "".join(f"{name}: {json.dumps(value)}\n" for name, value in settings.items())
        path = world.directory / "by_hand.yaml"
        path.write_text("accounts:\n" + account + sections, encoding="utf-8")
        path.chmod(0o600)
        return path

    def refused(self, account, *words):
        with World("--vehicles", "1") as world:
            path = self.file(world, account)
            done = subprocess.run([BUILD / "toyota2mqtt", "run", "--config", path], timeout=30,
                                  capture_output=True, text=True, check=False)
            self.assertNotEqual(done.returncode, 0)
            for word in words:
                self.assertIn(word, done.stderr)
            self.assertEqual(world.simulator.state()["sign_ins"], 0)

    def started(self, world, account):
        bridge = Process(world.directory, "by_hand",
                         [str(BUILD / "toyota2mqtt"), "run", "--config",
                          str(self.file(world, account))])
        world.bridges.append(bridge)
        return bridge

    def signs_in(self, account):
        with World("--vehicles", "1") as world:
            bridge = self.started(world, account)
            world.wait_for_cars(1)
            self.assertEqual(world.simulator.state()["password_posts"], 1)
            self.assertNotIn("warning: accounts", bridge.output())

    def test_f07_secret_of_home_assistant_names_password_file(self):
        self.refused('  - username: "driver@example.com"\n    password: !secret toyota_password\n',
                     "accounts[0].password_file", "Home Assistant", ":3:")

    def test_f10_a_password_that_a_comment_would_cut_asks_for_quotation_marks(self):
        self.refused('  - username: "driver@example.com"\n    password: pass#word #1\n',
                     "quotation marks", "accounts[0].password", ":3:")

    def test_f29_a_file_with_a_byte_order_mark_holds_the_password_behind_it(self):
        with World("--vehicles", "1") as world:
            (world.directory / "pw").write_bytes(b"\xef\xbb\xbf" + PASSWORD.encode() + b"\r\n")
            self.started(world, '  - username: "driver@example.com"\n    password_file: pw\n')
            world.wait_for_cars(1)
            self.assertEqual(world.simulator.state()["password_posts"], 1)

    def test_a_file_in_latin_1_is_refused_before_anything_is_sent(self):
        with World("--vehicles", "1") as world:
            (world.directory / "pw").write_bytes("pässword".encode("latin-1"))
            bridge = self.started(world, '  - username: "driver@example.com"\n    password_file: pw\n')
            wait_for(lambda: not bridge.running(), "the program to end")
            self.assertIn("Latin-1", bridge.output())
            self.assertEqual(world.simulator.state()["sign_ins"], 0)

    def test_f32_typographic_quotation_marks_are_warned_about_before_the_password_is_sent(self):
        with World("--vehicles", "1") as world:
            bridge = self.started(world, '  - username: "driver@example.com"\n'
                                         f"    password: “{PASSWORD}”\n")
            wait_for(lambda: world.simulator.state()["password_posts"] == 1, "the sign-in")
            warned = bridge.output().find("warning: accounts[0].password holds a typographic")
            self.assertGreaterEqual(warned, 0)
            self.assertNotIn(PASSWORD, bridge.output())
            self.assertNotIn("signed in", bridge.output()[:warned])

    def test_f36_blanks_around_the_address_and_its_case_do_not_matter(self):
        self.signs_in(f'  - username: " Driver@Example.com "\n    password: "{PASSWORD}"\n')


class OneAnswerAboutAbrp(unittest.TestCase):
    """A3: what run does, doctor and /ready say."""

    def doctor(self, world):
        # The bridge holds the storage; doctor is asked with one of its own.
        kept = world.settings["storage"]
        world.settings["storage"] = {"directory": str(world.directory / "doctor")}
        out = world.command("doctor")[1]
        world.settings["storage"] = kept
        world.write_settings()
        return [line for line in out.splitlines() if "ABRP for" in line]

    def abrp_part(self, world, bridge):
        return next(part for part in world.ready(bridge)["parts"] if part["name"] == "abrp")

    def run_with_general_token(self, cars):
        world = FieldWorld(cars)
        tokens = [car["abrp_token"] for car in world.cars()]
        world.settings["abrp"] = {"api_key": "sim-key", "token": tokens[0], "url": world.cloud.url}
        return world

    def test_one_car_is_sent(self):
        with self.run_with_general_token([BEV, HYBRID]) as world:
            bridge = world.start()
            world.first_state(BEV)
            wait_for(lambda: world.cloud.abrp, "a point", 40)
            self.assertEqual(self.abrp_part(world, bridge)["state"], "ok")
            lines = self.doctor(world)
            self.assertEqual([line.split()[0] for line in lines], ["ok", "skipped"], lines)

    def test_several_cars_with_a_general_token_are_not(self):
        with self.run_with_general_token([BEV, PLUG_IN]) as world:
            bridge = world.start()
            world.first_state(BEV)
            world.first_state(PLUG_IN)
            part = self.abrp_part(world, bridge)
            self.assertEqual(part["state"], "degraded")
            self.assertIn("which of your cars", part["reason"])
            lines = self.doctor(world)
            self.assertEqual([line.split()[0] for line in lines], ["failed", "failed"], lines)
            for car in (BEV, PLUG_IN):
                reported = world.diagnostics(car)
                self.assertEqual(reported["abrp_status"], "off")
                self.assertIn("abrp_token", reported["abrp_status_attributes"]["remedy"])
            self.assertEqual(world.cloud.abrp, [])

    def test_a_petrol_car_is_not(self):
        with self.run_with_general_token([HYBRID]) as world:
            bridge = world.start()
            world.first_state(HYBRID)
            part = self.abrp_part(world, bridge)
            self.assertEqual(part["state"], "off")
            self.assertIn("no battery", part["reason"])
            lines = self.doctor(world)
            self.assertEqual([line.split()[0] for line in lines], ["skipped"], lines)
            self.assertEqual(world.cloud.abrp, [])


if __name__ == "__main__":
    unittest.main()
