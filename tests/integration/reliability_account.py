"""What is done when the account is refused, and how it comes back without a restart."""

import json
import re
import shutil
import signal
import subprocess
import threading
import unittest
import urllib.request

from fault_table import Measure
from field_world import BEV, FieldWorld
from harness import BUILD, LONG, PASSWORD, World, wait_for
from reliability_table import ALL_WELL, TABLE, row

LEXUS = {"username": "lexus@example.com", "password": PASSWORD, "brand": "lexus"}
OWNER = {"username": "toyota@example.com", "password": PASSWORD, "brand": "toyota"}
LEXUS_CARS, TOYOTA_CARS = 1, 4
PAGE = r"the page is at (http://\S+)"


def account(name, password=PASSWORD):
    return {"username": f"{name}@example.com", "password": password, "brand": "toyota"}


REFUSALS = [
    ("the password is rejected", account("toyota", "not-the-password"), "credentials_rejected"),
    ("a one-time code is wanted", account("otp"), "action_required"),
    ("the terms have changed", account("terms"), "action_required"),
    ("the account is locked", account("locked"), "action_required"),
]


class Refused(unittest.TestCase):
    def test_reading_stops_for_that_account_only_and_new_credentials_need_no_restart(self):
        for index, (fault, refused, expected) in enumerate(REFUSALS):
            by_signal = index % 2 == 0
            with self.subTest(fault=fault), World() as world:
                world.simulator.ask("faults", {"route": "*/climate-settings", "kind": "status",
                                               "status": 404, "forever": True})
                self.one(world, fault, refused, expected, by_signal)

    def one(self, world, fault, refused, expected, by_signal):
        world.settings["accounts"] = [LEXUS, refused]
        measure = Measure(world, [car["vin"] for car in world.cars()])
        bridge = world.start()
        state = wait_for(lambda: self.refused(world), "the refusal to be reported", 60)
        key = state["key"]
        self.assertEqual(state["status"], expected)
        self.assertTrue(state["remedy"])
        world.wait_for_cars(LEXUS_CARS)
        posts = world.simulator.state()["password_posts"]
        sign_ins = world.simulator.state()["sign_ins"]
        self.assertEqual(sign_ins, 2)  # one each
        wait_for(lambda: list(world.watcher.matching("/availability").values()) == ["online"],
                 "the other account's car to be online")

        world.settings["accounts"] = [LEXUS, OWNER]
        measure.heal()
        world.write_settings()
        if by_signal:
            bridge.child.send_signal(signal.SIGHUP)
        world.wait_for_cars(LEXUS_CARS + TOYOTA_CARS, 60)
        wait_for(lambda: "the changed configuration is in use" in bridge.output(), "the line")
        after = world.simulator.state()
        self.assertEqual(after["sign_ins"] - sign_ins, 1)
        self.assertEqual(after["password_posts"] - posts, 1)
        self.assertTrue(bridge.running())
        wait_for(lambda: not self.refused(world), "nothing to be wrong any more")
        self.assertTrue(world.command("health")[1].startswith("ok\n"))
        how = "SIGHUP" if by_signal else "the changed file"
        # The other account's first sign-in is none of the fault's.
        measure.before["sign_ins"] += 1
        row(self, f"{fault}; then {how}", measure,
            f"account's status: {expected}, with a remedy; the other account's car online")
        self.assertNotIn(refused["username"], json.dumps(world.watcher.retained()))
        self.assertIsNotNone(key)

    def refused(self, world):
        """The account that is not well, as the bridge's state tells it."""
        state = world.watcher.json("toyota2mqtt/bridge/state") or {}
        for name, value in state.items():
            reported = name.startswith("status_") and not name.endswith("_attributes")
            if reported and value in ("credentials_rejected", "action_required"):
                return {"key": name.removeprefix("status_"), "status": value,
                        "remedy": state[f"{name}_attributes"]["remedy"]}
        return None


class Maintenance(unittest.TestCase):
    """The sign-in answers, but says nothing about the password (p03)."""

    OUTAGE = 480 if LONG else 40  # s
    SOON = 330 if LONG else 150   # s: "within minutes of its end"

    def test_maintenance_of_the_sign_in_costs_minutes_and_not_a_day(self):
        page = {"status": 503, "body": "<html>Maintenance</html>"}
        with FieldWorld([BEV], {"after_password": page}) as world:
            measure = Measure(world, [BEV["vin"]])
            bridge = world.start()
            wait_for(lambda: world.cloud.password_posts > 0, "the first sign-in")
            threading.Event().wait(self.OUTAGE)
            self.assertIsNone(world.car_state(BEV))
            reported = json.dumps(world.bridge_state()) + json.dumps(world.ready(bridge))
            self.assertNotIn("assword", reported)
            during = world.cloud.password_posts
            self.assertGreater(during, 1)
            world.cloud.after_password(None)
            measure.heal()
            world.first_state(BEV, self.SOON)
            TABLE.add("the sign-in is under maintenance (503 after the password)",
                      "account's status: unreachable; no advice about the password; then "
                      + ALL_WELL, f"{measure.seconds():.1f} s", measure.requests(),
                      f"{during} without an answer, then 1")
            self.assertEqual(world.cloud.password_posts, during + 1)


class Configuration(unittest.TestCase):
    def test_a_broken_configuration_is_told_whole_and_the_running_one_stays(self):
        with World("--vehicles", "2") as world:
            bridge = world.start()
            vins = [car["vin"] for car in world.cars()]
            world.wait_for_cars(2)
            world.read_now(*vins)
            measure = Measure(world, vins)
            # The command reads the configuration, too; it finds the bridge by a good one.
            good_file = world.directory / "good.yaml"
            shutil.copy(world.write_settings(), good_file)
            def health():
                return subprocess.run([BUILD / "toyota2mqtt", "health", "--config", good_file],
                                      capture_output=True, text=True, check=False).stdout
            good = world.settings["polling"]
            world.settings["polling"] = {"parked": "1s", "no_such_key": 1}
            world.write_settings()
            wait_for(lambda: "no_such_key" in health() and "polling.parked" in health(),
                     "health to tell both mistakes", 30)
            self.assertIn("the one that was in use stays", bridge.output())
            self.told_everywhere(world, bridge, health())
            world.read_now(*vins)
            self.assertNotIn("car offline", measure.seen())
            world.settings["polling"] = good
            measure.heal()
            world.write_settings()
            wait_for(lambda: health() == "ok\n", "health to be well", 30)
            wait_for(lambda: not world.watcher.json("toyota2mqtt/bridge/state")["configuration"],
                     "the entity to be well")
            row(self, "the configuration is broken while it runs", measure,
                "entity Configuration: problem, with every mistake; the one in use stays")

    def told_everywhere(self, world, bridge, health):
        """The mistakes with file, line and key, in each place that tells how the program is."""
        self.assertIn("the one before is in use", health)
        state = wait_for(lambda: (found := world.watcher.json("toyota2mqtt/bridge/state"))
                         and found["configuration"] and found, "the entity to say so")
        mistakes = state["configuration_attributes"]["mistakes"]
        place = re.findall(PAGE, bridge.output())[0]
        page = urllib.request.urlopen(place, timeout=20).read().decode()
        ready = json.loads(urllib.request.urlopen(place + "api/v1/ready", timeout=20).read())
        reason = next(one for one in ready["parts"] if one["name"] == "configuration")["reason"]
        for text in (mistakes, page, reason, health):
            self.assertIn("polling.parked", text)
            self.assertRegex(text, r"settings\.yaml:\d+")
            self.assertIn("no_such_key", text)
        self.assertIn("no_such_key", state["last_error"] + mistakes)
        self.assertIn("The one before is in use", page)
        self.assertNotIn("Everything works.", page)

    def test_only_the_account_that_changed_starts_anew(self):
        with World() as world:
            world.simulator.ask("faults", {"route": "*/climate-settings", "kind": "status",
                                           "status": 404, "forever": True})
            world.settings["accounts"] = [LEXUS]
            bridge = world.start()
            world.wait_for_cars(LEXUS_CARS)
            world.read_now(*[car["vin"] for car in world.cars() if car["brand"] == "L"])
            listed = world.simulator.state()["routes"]["GET /v2/vehicle/guid"]
            world.settings["accounts"] = [LEXUS, OWNER]
            world.write_settings()
            bridge.child.send_signal(signal.SIGHUP)
            world.wait_for_cars(LEXUS_CARS + TOYOTA_CARS, 60)
            state = world.simulator.state()
            self.assertEqual(state["routes"]["GET /v2/vehicle/guid"], listed + 1)
            self.assertEqual(state["sign_ins"], 2)


if __name__ == "__main__":
    unittest.main()
