"""Another client reads everything from the simulator, as it would from the maker's cloud."""

import datetime
import pathlib
import shutil
import tempfile
import unittest

from harness import PASSWORD, USER, Simulator
from other_client import (CLIMATE, CLIMATE_SETTINGS, ELECTRIC, HEALTH, MESSAGES, OLD_ELECTRIC, PLACE,
                          SERVICE, STATUS, TELEMETRY, TRIPS, LoginFailed, OtherClient, Refused)

NOW = "2026-11-19T03:00:00Z"  # at night they stand
DAYS = ("2026-11-01", "2026-11-19")
BZ4X, RAV4, COROLLA = "JTMSIMBZ4X0000001", "JTMSIMRAV40000001", "SB1SIMCORO0000001"
AYGO, RZ, SOLTERRA = "JTDSIMAYGO0000001", "JTJSIMRZ450000001", "JF1SIMSOLT0000001"
WITH_PLUG = (BZ4X, RAV4, RZ, SOLTERRA)


class AnotherClient(unittest.TestCase):
    """E6."""

    def setUp(self):
        directory = pathlib.Path(tempfile.mkdtemp(prefix="toyota2mqtt-test-"))
        self.addCleanup(shutil.rmtree, directory)
        # Nothing but the time is said: this is what anybody gets who starts it.
        self.simulator = Simulator(directory, "--start", NOW)
        self.addCleanup(self.simulator.stop)

    def signed_in(self, username=USER, password=PASSWORD, brand="T"):
        client = OtherClient(self.simulator.url, username, password, brand)
        client.login()
        return client

    def test_E6_it_signs_in_renews_its_tokens_and_is_told_of_a_wrong_password(self):
        client = self.signed_in()
        self.assertEqual(len(client.cars()), 6)
        before = client.session
        client.renew()
        self.assertNotEqual(client.session.access, before.access)
        self.assertNotEqual(client.session.refresh, before.refresh)
        self.assertEqual(client.session.guid, before.guid)
        self.assertEqual(len(client.cars()), 6)
        for username, password, words in ((USER, "wrong", "passworderror"),
                                          ("nobody@example.com", PASSWORD, "User Not Found")):
            with self.assertRaisesRegex(LoginFailed, words):
                self.signed_in(username, password)
        state = self.simulator.state()
        self.assertEqual(state["refused"], {})
        self.assertEqual(state["violations"], [])

    def test_E6_each_make_lists_its_own_cars(self):
        listed = {brand: [car["vin"] for car in self.signed_in(brand=brand).cars()]
                  for brand in "TLS"}
        self.assertEqual(listed["L"], [RZ])
        self.assertEqual(listed["S"], [SOLTERRA])
        self.assertEqual(len(listed["T"]), 6)

    def test_E6_it_reads_everything_of_every_car(self):
        client = self.signed_in()
        truths = {car["vin"]: car for car in self.simulator.ask("cars")}
        for car in client.cars():
            with self.subTest(car["modelName"]):
                answers = client.read(car, DAYS)
                self.check(answers, truths[car["vin"]])
                self.check_refusals(car["vin"], answers)
        self.assertEqual(self.simulator.state()["wakes"], 0)

    def check(self, answers, truth):
        """What was reported is the truth of the report; nothing has changed since."""
        telemetry = answers[TELEMETRY]
        factor = 1.609344 if telemetry["odometer"]["unit"] == "mi" else 1
        self.assertAlmostEqual(telemetry["odometer"]["value"] * factor, truth["odometer_km"],
                               delta=1.1)
        self.assertEqual(telemetry["timestamp"], truth["reported"]["energy"])
        if "fuelLevel" in telemetry:
            self.assertAlmostEqual(telemetry["fuelLevel"], truth["fuel_percent"], delta=1)
        place = answers[PLACE]["vehicleLocation"]
        self.assertAlmostEqual(place["latitude"], truth["latitude"], places=4)
        self.assertAlmostEqual(place["longitude"], truth["longitude"], places=4)
        self.assertEqual(place["locationAcquisitionDatetime"], truth["reported"]["location"])
        self.assertEqual(answers[HEALTH]["vin"], truth["vin"])
        self.assertEqual(answers[MESSAGES][0]["vin"], truth["vin"])
        status = answers[STATUS]
        self.assertEqual(status["lastUpdateTimestamp"], truth["reported"]["status"])
        for door in ("driver", "passenger", "rearLeft", "rearRight"):
            self.assertIn(status["doors"][door]["lockStatus"]["status"], ("locked", "unlocked"))
        self.check_trips(answers[TRIPS])

    def check_trips(self, payload):
        trips = payload["trips"]
        self.assertEqual(len(trips), 5)
        starts = [trip["summary"]["startTs"] for trip in trips]
        self.assertEqual(starts, sorted(starts, reverse=True))
        self.assertGreater(payload["_metadata"]["pagination"]["totalCount"], 5)
        month = payload["summary"][0]
        self.assertEqual((month["year"], month["month"]), (2026, 11))
        self.assertAlmostEqual(sum(day["summary"]["length"] for day in month["histograms"]),
                               month["summary"]["length"], delta=5)
        for trip in trips:
            begun, ended = (datetime.datetime.fromisoformat(trip["summary"][name])
                            for name in ("startTs", "endTs"))
            self.assertAlmostEqual((ended - begun).total_seconds(), trip["summary"]["duration"],
                                   delta=61)

    def check_refusals(self, vin, answers):
        refused = {route for route, answer in answers.items() if isinstance(answer, Refused)}
        expected = set()
        if vin == COROLLA:
            expected = {CLIMATE_SETTINGS}  # 500 on this hybrid, as in reality
        elif vin == RZ:
            expected = {OLD_ELECTRIC}      # fenced off for this one, as in reality
        self.assertEqual(refused, expected)
        self.assertEqual(OLD_ELECTRIC in answers, vin in WITH_PLUG)
        self.assertEqual(CLIMATE in answers, vin != AYGO)
        self.assertIn(SERVICE, answers)

    def test_E6_a_charging_controller_reads_level_and_range_by_the_old_route(self):
        client = self.signed_in()
        truths = {car["vin"]: car for car in self.simulator.ask("cars")}
        for vin in (BZ4X, SOLTERRA):
            level, reach = client.charger(vin)
            self.assertAlmostEqual(level, truths[vin]["battery_percent"], delta=1)
            self.assertAlmostEqual(reach, truths[vin]["electric_range_km"] * 0.8, delta=3)
        with self.assertRaises(Refused) as fenced:
            client.charger(RZ)
        self.assertEqual(fenced.exception.status, 403)
        self.assertIn("APIGW-403", fenced.exception.body)
        self.assertEqual(client.get(ELECTRIC, RZ)["chargingStatus"] in ("none", "plugged",
                         "charging", "chargeComplete"), True)

    def test_E6_the_retired_status_and_climate_are_fenced_off_for_everyone(self):
        client = self.signed_in()
        for vin in (BZ4X, RAV4, COROLLA):
            for path in ("/v1/global/remote/status", "/v1/global/remote/climate-status"):
                with self.assertRaises(Refused) as refused:
                    client.get(path, vin)
                self.assertEqual(refused.exception.status, 403)
                self.assertIn("APIGW-403", refused.exception.body)
                self.assertIn("Signature", refused.exception.body)

    def test_E6_a_command_and_a_wake_do_what_they_say(self):
        client = self.signed_in()
        accepted = client.ask("POST", "/v1/remote/status", BZ4X)
        self.assertEqual(accepted["returnCode"], "000000")
        accepted = client.ask("POST", "/v1/global/remote/command", BZ4X,
                              {"command": "door-unlock"})
        self.assertEqual(accepted["returnCode"], "000000")
        self.simulator.ask("advance?seconds=60", method="POST")
        self.assertFalse(next(car for car in self.simulator.ask("cars")
                              if car["vin"] == BZ4X)["locked"])
        self.assertEqual(self.simulator.state()["violations"], [])


if __name__ == "__main__":
    unittest.main()
