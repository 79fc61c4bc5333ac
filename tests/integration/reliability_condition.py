"""What is reported while an account cannot be read: every place says the same, within one failed probe
of the telemetry, and says when it is over. And what a second bridge says when it is started."""

import json
import re
import time
import unittest
import urllib.error
import urllib.request

from fault_table import Measure
from harness import World, car_id, wait_for
from reliability_table import SOON, caught_up, nudge, row

MORNING = "2025-06-11T05:00:00Z"
DAY = 24 * 3600
REPORTED = 3 * SOON  # s; a failed probe and one route more, each with its repeats
PAGE = r"the page is at (http://\S+)"
ADDRESS = re.compile(r"127\.0\.0\.1:\d+ /|/json/authenticate")


def everything(**fault):
    return [{"route": "*", "forever": True} | fault]


def but_the_list(**fault):
    return [{"route": route, "forever": True} | fault
            for route in ("/v3/*", "/v1/*", "/v2/notification/*", "/v2/remote/*")]


FAULTS = [
    ("the cloud answers 503 to everything", everything(kind="status", status=503), "unreachable"),
    ("the cloud answers 503 to everything but the list of cars",
     but_the_list(kind="status", status=503), "unreachable"),
    ("the cloud answers 429 to everything", everything(kind="status", status=429), "rate_limited"),
    ("the cloud refuses even a token that is new",
     [{"route": "/v*", "kind": "status", "status": 401, "forever": True}], "unreachable"),
    ("the cloud answers with a page of HTML", everything(kind="html"), "unreachable"),
]


class Places:
    """Everything that tells how the one account is."""

    def __init__(self, world, bridge):
        self.world = world
        self.page = wait_for(lambda: re.findall(PAGE, bridge.output()), "the page's address")[0]

    def entity(self):
        state = self.world.watcher.json("toyota2mqtt/bridge/state") or {}
        for name, value in state.items():
            if name.startswith("status_") and not name.endswith("_attributes"):
                return {"status": value, "cloud": state["cloud"], "last_error": state["last_error"],
                        **state[name + "_attributes"]}
        return {}

    def get(self, path):
        try:
            with urllib.request.urlopen(self.page + path, timeout=20) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()

    def ready(self):
        return {part["name"]: part for part in json.loads(self.get("api/v1/ready"))["parts"]}

    def health(self):
        return self.world.command("health")[1]

    def metric(self):
        return re.findall(r'toyota2mqtt_account_status\{[^}]*status="(\w+)"\} 1', self.get("api/v1/metrics"))

    def availability(self):
        return set(self.world.watcher.matching("/availability").values())

    def agree(self, test, status):
        """Each place says `status`, and the same cause; answers what Home Assistant receives."""
        reported = wait_for(lambda: self.entity() if self.entity().get("status") == status else None,
                        f"the entity to say {status}", REPORTED)
        well = status == "ok"
        test.assertEqual(reported["cloud"], well)
        test.assertEqual(bool(reported["cause"]), not well)
        test.assertEqual(bool(reported["remedy"]), not well)
        test.assertTrue(reported["since"])
        toyota = self.ready()["toyota"]
        test.assertEqual(toyota["state"], "ok" if well else "down")
        test.assertEqual(toyota.get("reason", ""), reported["cause"])
        test.assertEqual(self.metric(), [status])
        page, health = self.get(""), self.health()
        test.assertIn(f'data-status="{status}"', page)
        # These cars' reports are of another year, so that the page calls them old when all is well.
        test.assertNotIn("Everything works.", page)
        test.assertEqual("Something needs you." in page, not well, "the page")
        test.assertEqual("some of what you see here is old" in page, well, "the page")
        test.assertEqual(health.startswith("ok\n"), well, health)
        if not well:
            test.assertEqual(reported["last_error"], reported["cause"])
            test.assertIn(reported["cause"].split("(")[0].replace("'", "&#39;"), page)
            test.assertIn(reported["cause"], health)
            # While it is being asked, the time of the next try is not known.
            wait_for(lambda: self.entity()["next_try"], "the time of the next try", REPORTED)
        for text in (json.dumps(reported), page, health):
            test.assertIsNone(ADDRESS.search(text), text)
        return reported


class Condition(unittest.TestCase):
    def test_every_place_says_the_same_within_one_failed_probe_and_when_it_is_over(self):
        for fault, faults, status in FAULTS:
            with self.subTest(fault=fault), World("--vehicles", "2", "--start", MORNING) as world:
                self.one(world, fault, faults, status)

    def one(self, world, fault, faults, status):
        places = Places(world, world.start())
        vins = [car["vin"] for car in world.cars()]
        world.wait_for_cars(2)
        world.read_now(*vins)
        wait_for(lambda: places.availability() == {"online"}, "the cars to be online")
        places.agree(self, "ok")
        measure = Measure(world, vins)
        world.simulator.ask("faults", faults)
        began = time.monotonic()
        nudge(world, *vins)
        reported = places.agree(self, status)
        taken = time.monotonic() - began
        # What cannot be known because the account is shut out is not called online.
        shut_out = "though not the sign-in" in reported["cause"]
        wait_for(lambda: places.availability() == ({"offline"} if shut_out else {"online"}),
                 "the availability")
        if "503" in fault:
            self.assertNotIn("internet", reported["remedy"])
        world.simulator.ask("clear-faults", method="POST")
        world.simulator.ask(f"advance?seconds={DAY}", method="POST")
        measure.heal()
        def back():
            nudge(world, *vins)
            return all(caught_up(world, vin) for vin in vins)
        wait_for(back, "both cars to have their news", 10 * SOON)
        recovered = f"{measure.seconds():.1f} s"
        places.agree(self, "ok")
        wait_for(lambda: places.availability() == {"online"}, "the cars to be online again")
        row(self, fault, measure, f"account's status: {status} after {taken:.0f} s, cloud off, cars "
            f"{'offline' if shut_out else 'online'}; everywhere the same cause", recovered)

    def test_the_last_password_of_a_day_is_told_and_not_waited_for_in_silence(self):
        with World("--vehicles", "2", "--start", MORNING) as world:
            places = Places(world, world.start())
            vins = [car["vin"] for car in world.cars()]
            world.wait_for_cars(2)
            world.read_now(*vins)
            for posts in (2, 3):
                world.simulator.ask("expire-tokens?refresh=true", method="POST")
                def signed_in():
                    nudge(world, *vins)
                    return world.simulator.state()["password_posts"] == posts
                wait_for(signed_in, "another sign-in", 3 * SOON)
                places.agree(self, "ok")
            measure = Measure(world, vins)
            world.simulator.ask("expire-tokens?refresh=true", method="POST")
            began = time.monotonic()
            nudge(world, *vins)
            reported = places.agree(self, "rate_limited")
            taken = time.monotonic() - began
            self.assertIn("3 times within a day", reported["cause"])
            wait_for(lambda: places.availability() == {"offline"}, "the cars to be offline")
            measure.heal()
            self.assertEqual(world.simulator.state()["password_posts"], 3)
            row(self, "the password was sent three times within a day", measure,
                f"account's status: rate_limited after {taken:.0f} s, cloud off, cars offline; with "
                "the time of the next try", "when it may be sent again")


class Instance(unittest.TestCase):
    def test_a_second_bridge_on_the_same_storage_is_told_who_holds_it(self):
        with World("--vehicles", "2") as world:
            first = world.start()
            vins = [car["vin"] for car in world.cars()]
            world.wait_for_cars(2)
            world.read_now(*vins)
            measure = Measure(world, vins)
            second = world.start()
            wait_for(lambda: not second.running(), "the second one to end", 30)
            self.assertEqual(second.child.returncode, 1)
            self.assertIn("another toyota2mqtt runs with the storage directory", second.output())
            self.assertIn(f"process {first.pid} on ", second.output())
            self.assertTrue(first.running())
            self.assertEqual(world.command("health")[:2], (0, "ok\n"))
            self.assertEqual(world.command("doctor")[0], 0)  # it may look on
            self.assertNotIn("bridge offline", measure.seen())
            self.assertNotIn("car offline", measure.seen())
            first.child.kill()
            first.stop()
            measure.heal()
            third = world.start()  # a lock ends with its process, however that ends
            wait_for(lambda: world.watcher.last(f"toyota2mqtt/{car_id(vins[0])}/availability") ==
                     "online" and "connected" in third.output(), "a start after a kill", 60)
            self.assertTrue(third.running())
            row(self, "a second bridge is started on the same storage", measure,
                "nothing: it is refused, and names the process that holds it")


if __name__ == "__main__":
    unittest.main()
