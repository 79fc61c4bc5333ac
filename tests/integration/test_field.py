"""Clouds, files and cars as owners meet them: inputs of the kinds of public bug reports.

Each case is named after the report's kind (docs/field-tests.md); every value is invented. What is
looked at is what an owner would see: what the broker keeps, `/ready`, and the log.
"""

import re
import unittest

from field_world import BEV, HYBRID, TELEMETRY, FieldWorld, ago, telemetry
from harness import wait_for


def newer(body):
    """The answer with a time of now: an older one than the last would change nothing."""
    return re.sub(rb'("timestamp":")[^"]*', rb"\g<1>" + ago(minutes=0).encode(), body)


class TheHarness(unittest.TestCase):
    """What the other cases rely on."""

    def test_what_no_test_says_is_as_the_simulator_says_under_the_vin_and_name_of_the_test(self):
        with FieldWorld([BEV, HYBRID]) as world:
            bridge = world.start()
            state = world.first_state(BEV)
            world.first_state(HYBRID)
            known = world.cars()[0]
            self.assertEqual(state["odometer"], int(known["odometer_km"]))
            self.assertEqual(state["battery_level"], round(known["battery_percent"]))
            wait_for(lambda: {"Volt", "Amber"} < {document["device"]["name"] for document in
                                                  world.discovery().values()}, "both devices")
            self.assertEqual(world.cloud.password_posts, 1)
            self.assertEqual(world.ready(bridge)["status"], "ok")

    def test_what_a_test_says_is_answered_to_one_car_or_all_once_or_until_it_is_taken_back(self):
        with FieldWorld([HYBRID]) as world:
            first, second = telemetry(odometer=40000), telemetry(odometer=40001)
            world.cloud.say({TELEMETRY: [first, second]}, vin=HYBRID["vin"])
            world.start()
            self.assertEqual(world.first_state(HYBRID)["odometer"], 40000)
            self.assertEqual(world.read_again(HYBRID)["odometer"], 40001)
            world.cloud.say({TELEMETRY: {"status": 503, "body": "<html>"}})  # of one car wins
            self.assertEqual(world.read_again(HYBRID)["odometer"], 40001)
            world.cloud.say({TELEMETRY: None}, vin=HYBRID["vin"])
            world.cloud.say({TELEMETRY: lambda body: newer(re.sub(rb'("fuelLevel":)\d+', rb"\g<1>7",
                                                                   body))})
            world.read_again(HYBRID)
            wait_for(lambda: (world.car_state(HYBRID) or {}).get("fuel_level") == 7, "the level of the test")


if __name__ == "__main__":
    unittest.main()
