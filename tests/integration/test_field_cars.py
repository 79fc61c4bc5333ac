"""Lists of cars, total distances, routes that hang and caches that are cold, as owners met them.

Each case is named after the report's kind (docs/field-tests.md); every value is invented.
"""

import json
import time
import unittest

from field_world import (BEV, CAR_LIST, ELECTRIC, HYBRID, STATUS, TELEMETRY, TRIPS, FieldWorld,
                         ago, electric, telemetry)
from harness import wait_for

SUCCESS = {"status": {"messages": [{"responseCode": "ONE-VL-10000"}]}}
INTERNAL = {"status": {"messages": [{"responseCode": "ONE-GLOBAL-RS-50000",
                                     "description": "Internal error"}]}}
HALF_A_MINUTE = 30


class CarList(unittest.TestCase):
    def test_p01_a_list_that_is_empty_once_removes_no_car(self):
        odd = {"empty": {"payload": []} | SUCCESS,
               "empty, error code": {"payload": []} | INTERNAL,
               "empty, code at the top": {"payload": [], "messages": [{"responseCode": "OWS-050"}]},
               "entries without a VIN": {"payload": [{"nickName": "?"}, {"vin": "null"}]} | SUCCESS,
               "one of the two": None}
        with FieldWorld([BEV, HYBRID]) as world:
            world.start()
            world.first_state(BEV)
            world.first_state(HYBRID)
            wait_for(lambda: len(world.discovery()) == 3, "the documents of the bridge and two cars")
            known = set(world.discovery())
            for name, body in odd.items():
                with self.subTest(list=name):
                    world.bridges[-1].stop()
                    if body is None:
                        world.show_list([BEV])
                    else:
                        world.cloud.say({CAR_LIST: body})
                    bridge = world.start()
                    wait_for(lambda: world.log_lines(bridge, "list of cars|list came empty"),
                             "a line of the log", HALF_A_MINUTE)
                    self.assertEqual(set(world.discovery()), known)
                    self.assertEqual(world.log_lines(bridge, "left the account"), [])
                    world.show_list([BEV, HYBRID])

    def test_p01_what_is_no_vin_makes_no_ghost(self):
        ghosts = ["", "null", "N/A", "00000000000000000", "JTMTEST00000000", None]
        entries = [{"vin": vin, "nickName": "Ghost"} for vin in ghosts]
        with FieldWorld([HYBRID]) as world:
            def with_ghosts(body):
                listed = json.loads(body)
                listed["payload"] = entries + listed["payload"]
                return json.dumps(listed).encode()
            world.cloud.say({CAR_LIST: with_ghosts})
            world.start()
            world.first_state(HYBRID)
            wait_for(lambda: len(world.discovery()) >= 2, "the documents")
            world.read_again(HYBRID)
            self.assertEqual(len(world.discovery()), 2)  # the car's and the bridge's


class Odometer(unittest.TestCase):
    def test_p07_a_total_distance_that_cannot_be_is_held_back(self):
        with FieldWorld([BEV]) as world:
            world.use_abrp(BEV)
            def tell(km, minutes):
                return {TELEMETRY: telemetry(ago(minutes=minutes), fuelType="E", odometer=km)}
            world.cloud.say(tell(30420, 59))
            world.start()
            self.assertEqual(world.first_state(BEV)["odometer"], 30420)
            for km, minutes, shown in [(0, 50, 30420), (30421, 40, 30421), (30400, 30, 30421),
                                       (999999, 26, 30421), (1, 22, 30421), (30422, 20, 30422)]:
                with self.subTest(said=km):
                    world.cloud.say(tell(km, minutes))
                    state = world.read_again(BEV)
                    self.assertEqual(state["odometer"], shown)
                    self.assertNotEqual(state["activity"], "driving")
            # A later report that agrees is believed: the instrument was changed.
            world.cloud.say(tell(12, 10))
            self.assertEqual(world.read_again(BEV)["odometer"], 30422)
            world.cloud.say(tell(12, 5))
            state = world.read_again(BEV)
            self.assertEqual(state["odometer"], 12)
            self.assertNotEqual(state["activity"], "driving")
            wait_for(lambda: world.cloud.abrp, "a point at ABRP", HALF_A_MINUTE)
            distances = {point["odometer"] for point in world.cloud.abrp if "odometer" in point}
            self.assertFalse(distances & {0, 1, 999999, 30400}, distances)


class FirstValues(unittest.TestCase):
    def test_p08_a_route_that_hangs_holds_no_car_back(self):
        for route in (TRIPS, STATUS, TELEMETRY):
            with self.subTest(route=route), FieldWorld([HYBRID]) as world:
                world.cloud.say({route: {"hang": 29, "status": 504, "body": ""}})
                begun = time.monotonic()
                world.start()
                wait_for(lambda: world.car_state(HYBRID), "the car", HALF_A_MINUTE)
                self.assertLess(time.monotonic() - begun, HALF_A_MINUTE)
                known = "fuel_level" if route != TELEMETRY else "locked"
                wait_for(lambda: world.car_state(HYBRID).get(known) is not None,
                         "what the other routes say", HALF_A_MINUTE)
                self.assertLess(time.monotonic() - begun, HALF_A_MINUTE)


class ColdCache(unittest.TestCase):
    def test_after_a_restart_an_older_answer_replaces_nothing(self):
        with FieldWorld([BEV]) as world:
            world.cloud.say({ELECTRIC: electric(ago(minutes=10), batteryLevel=63),
                             TELEMETRY: telemetry(ago(minutes=10), fuelType="E", odometer=30420,
                                                  batteryLevel=63)})
            world.start()
            self.assertEqual(world.first_state(BEV)["battery_level"], 63)
            world.bridges[-1].stop()
            world.cloud.say({ELECTRIC: electric(ago(hours=9), batteryLevel=12),
                             TELEMETRY: telemetry(ago(hours=9), fuelType="E", odometer=30100,
                                                  batteryLevel=12)})
            world.start()
            wait_for(lambda: world.watcher.last(world.topic(BEV, "availability")) == "online",
                     "the car to be there again")
            state = world.read_again(BEV)
            self.assertEqual((state["battery_level"], state["odometer"]), (63, 30420))
            world.cloud.say({ELECTRIC: electric(ago(minutes=1), batteryLevel=12)})
            self.assertEqual(world.read_again(BEV)["battery_level"], 12)


if __name__ == "__main__":
    unittest.main()
