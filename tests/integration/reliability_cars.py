"""What is done when the list of cars is odd, and how long an owner waits for first values."""

import time
import unittest

from fault_table import Measure
from harness import World, car_id, requests_of, wait_for
from reliability_cloud import MORNING, PATIENCE, UNTIL_PARKED, try_again
from reliability_table import SOON, TABLE, caught_up, nudge, row

LIST = "/v2/vehicle/guid"
ODD_LISTS = [
    ("the list of cars is empty, once",
     '{"payload":[],"status":{"messages":[{"responseCode":"ONE-VL-10000"}]}}', True),
    ("the list of cars is empty, in an error envelope",
     '{"payload":[],"status":{"messages":[{"responseCode":"ONE-GLOBAL-RS-50000",'
     '"description":"Internal error"}]}}', False),
    ("the list of cars holds entries without a VIN",
     '{"payload":[{"nickName":"?","vin":null},{"vin":"00000000000000000"}]}', True),
]
# The first tells at once that it is dead, the others say nothing for a long time.
DEAD_ROUTES = [
    ("no route is dead", None),
    ("climate-settings answers 500", {"route": "/v1/vehicle/climate-settings", "kind": "status",
                                      "status": 500, "forever": True}),
    ("trips hangs", {"route": "/v1/trips", "kind": "stall", "forever": True}),
    ("location hangs", {"route": "/v1/location", "kind": "stall", "forever": True}),
    ("telemetry hangs", {"route": "/v3/telemetry", "kind": "stall", "forever": True}),
]
FIRST_STATE = 10  # s; on a quiet machine it is 0.15 s


PRESS_EVERY = 2.0  # s: a press before the bridge is back at the broker is lost


def press_until(world, condition, what):
    pressed = 0.0
    def done():
        nonlocal pressed
        if time.monotonic() - pressed > PRESS_EVERY:
            pressed = time.monotonic()
            try_again(world)
        return condition()
    wait_for(done, what, SOON)


def discovered(world):
    return {topic for topic, payload in world.watcher.matching("/config").items() if payload}


class OddLists(unittest.TestCase):
    """C1: a car is removed when a second list, ten minutes later, lacks it too; never before."""

    def setUp(self):
        self.world = World("--vehicles", "2", "--start", MORNING)
        self.addCleanup(self.world.__exit__, None, None, None)

    def test_an_odd_list_removes_no_car_while_running_and_none_after_a_restart(self):
        world = self.world
        bridge = world.start()
        vins = [car["vin"] for car in world.cars()]
        world.wait_for_cars(2)
        world.read_now(*vins)
        wait_for(lambda: len(discovered(world)) >= 3, "the documents of the bridge and two cars")
        known = discovered(world)
        for name, body, misses in ODD_LISTS:
            for restart in (False, True):
                with self.subTest(fault=name, restart=restart):
                    bridge = self.one_list(name, body, misses, bridge, restart, vins)
                    self.assertEqual(discovered(world), known)
        self.assertNotIn("left the account", "".join(it.output() for it in world.bridges))

    def one_list(self, name, body, misses, bridge, restart, vins):
        world = self.world
        measure = Measure(world, vins)
        asked = world.simulator.state()["routes"].get("GET " + LIST, 0)
        world.simulator.ask("faults", {"route": LIST, "kind": "status", "status": 200,
                                       "body": body, "forever": True})
        said = 0 if restart else bridge.output().count("is not in the list of cars")
        if restart:
            self.assertEqual(bridge.stop()[0], 0)
            bridge = world.start()
        press_until(world, lambda: world.simulator.state()["routes"].get("GET " + LIST, 0) > asked,
                    "the list to be asked for")
        if misses:
            wait_for(lambda: bridge.output().count("is not in the list of cars") >= said + 2,
                     "a line for each car that is missing", SOON)
            # The cars are read all the same.
            world.simulator.ask(f"advance?seconds={UNTIL_PARKED}", method="POST")
            def news():
                nudge(world, *vins)
                return all(caught_up(world, vin) for vin in vins)
            wait_for(news, "both cars to have their news", PATIENCE)
        world.simulator.ask("clear-faults", method="POST")
        measure.heal()
        def well():
            if misses:
                return bridge.output().count("is in the list of cars again") >= 2
            return world.simulator.state()["routes"]["GET " + LIST] > asked + 1
        press_until(world, well, "the list to be whole again")
        row(self, name + (", first after a start" if restart else ""), measure,
            "nothing: every value, online")
        return bridge


class FirstValues(unittest.TestCase):
    """C2: what one route does holds back no car."""

    def test_a_dead_route_holds_back_no_first_value(self):
        for name, fault in DEAD_ROUTES:
            for kept in (False, True):
                with self.subTest(fault=name, kept=kept):
                    self.one_start(name, fault, kept)

    def one_start(self, name, fault, kept):
        """A second start, with the sign-in of the first, and with or without what it had learnt."""
        with World("--vehicles", "3", "--start", MORNING) as world:
            car = world.cars()[2]  # the one whose climate-settings fail for ever
            topic = f"toyota2mqtt/{car_id(car['vin'])}/state"
            first = world.start()
            world.wait_for_cars(3)
            wait_for(lambda: requests_of(world.simulator.state(), car["vin"],
                                         "GET /v2/notification/history"), "a whole reading")
            self.assertEqual(first.stop()[0], 0)
            if not kept:
                for file in world.storage().glob("toyota2mqtt*"):
                    file.unlink()
            before = Measure(world, [car["vin"]])
            if fault:
                world.simulator.ask("faults", fault)
            before.heal()
            begun = time.monotonic()
            world.start()
            seen = before.first
            def shown():
                return any(reported == topic and payload
                           for reported, _, payload in list(world.watcher.messages[seen:]))
            wait_for(shown, "the first state", FIRST_STATE)
            took = time.monotonic() - begun
            wait_for(lambda: world.state_of(car["vin"]).get("locked") is not None,
                     "what the other routes say", FIRST_STATE)
            self.assertEqual(world.simulator.state()["sign_ins"], 1)
            TABLE.add(f"a start: {name}{', with what was known' if kept else ''}",
                      "first state, online", f"{1000 * took:.0f} ms", before.requests(), 0)


if __name__ == "__main__":
    unittest.main()
