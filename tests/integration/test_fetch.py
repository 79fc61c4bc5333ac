"""fetch: what the cloud says, printed once; recordings of it; routes of both generations."""

import json
import os
import re
import stat
import unittest

from harness import FIXTURES, World, requests_of

MOVED = {"location"}  # places move by one random offset in a recording


class Fetch(unittest.TestCase):
    def test_every_car_is_printed_with_values_units_times_and_routes(self):
        # A Wednesday noon: every car is parked, and the same on every run.
        with World("--start", "2025-06-11T12:00:00Z") as world:
            document = world.fetch()
            truth = {car["vin"]: car for car in world.cars()}
            cars = {car["vin"]: car for car in document["vehicles"]}
            self.assertEqual(set(cars), set(truth))
            self.assertEqual({car["drive"] for car in cars.values()}, {"bev", "phev", "hev", "ice"})
            self.assertEqual({car["brand"] for car in cars.values()}, {"toyota", "lexus", "subaru"})
            for vin, car in cars.items():
                with self.subTest(model=car["model"]):
                    self.compare(car, truth[vin])
            state = world.simulator.state()
            self.assertEqual(state["sign_ins"], 1)
            self.assertEqual(state["wakes"], 0)
            self.assertEqual(state["commands"], 0)
            self.assertEqual(state["posts_without_cookies"], 0)

    def compare(self, car, truth):
        values = car["values"]
        self.assertEqual(values["odometer"]["unit"], "km")
        self.assertFalse(truth["driving"])
        # Some cars report whole kilometres only.
        self.assertAlmostEqual(values["odometer"]["value"], truth["odometer_km"], delta=1.05)
        self.assertEqual(values["odometer"]["measured_at"], truth["reported"]["energy"])
        self.assertEqual(values["locked"]["measured_at"], truth["reported"]["status"])
        self.assertEqual(values["location"]["measured_at"], truth["reported"]["location"])
        for axis in ("latitude", "longitude"):
            self.assertAlmostEqual(values["location"]["value"][axis], truth[axis], delta=0.001)
        electric = car["drive"] in ("bev", "phev")
        self.assertEqual("battery_level" in values, electric)
        if electric:
            self.assertEqual(values["battery_level"]["unit"], "%")
            self.assertEqual(values["ev_range"]["unit"], "km")
            self.assertIn("electric", car["routes"])
        self.assertEqual("fuel_level" in values, car["drive"] != "bev")
        for outcome in car["routes"].values():
            self.assertRegex(outcome, "^(ok|not_supported|failed: .+)$")
        self.assertEqual(car["routes"]["telemetry"], "ok")
        for name, value in values.items():
            self.assertEqual(set(value), {"value", "unit", "measured_at"}, name)
            if value["measured_at"] is not None:
                self.assertRegex(value["measured_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")

    def test_one_car_is_read_when_its_vin_is_given_and_a_strange_vin_is_an_error(self):
        with World("--vehicles", "2") as world:
            vins = [car["vin"] for car in world.cars()]
            document = world.fetch("--vin", vins[1])
            self.assertEqual([car["vin"] for car in document["vehicles"]], [vins[1]])
            self.assertEqual(requests_of(world.simulator.state(), vins[0]), 0)

            status, out, err = world.command("fetch", "--vin", "JTMTEST0000000009")
            self.assertEqual(status, 1)
            self.assertEqual(json.loads(out)["vehicles"], [])
            self.assertIn("no car of the accounts has that VIN", err)
            self.assertEqual(world.simulator.state()["sign_ins"], 1)

    @unittest.skipUnless(FIXTURES.is_dir(), f"no recorded answers in {FIXTURES}")
    def test_the_recorded_car_is_printed_as_the_recording_says(self):
        with World(broker=False) as world:
            world.use_simulator("--replay-directory", str(FIXTURES))
            car, = world.fetch()["vehicles"]
            self.assertEqual((car["brand"], car["model"], car["drive"]),
                             ("toyota", "RAV4 Plug-in MY21", "phev"))
            recorded = {
                "battery_level": (79, "%", "2023-11-27T17:53:59Z"),
                "ev_range": (57.3, "km", "2023-11-27T17:53:59Z"),
                "ev_range_ac": (54.4, "km", "2023-11-27T17:53:59Z"),
                "charging_status": ("none", None, "2023-11-27T17:53:59Z"),
                "plugged_in": (None, None, None),
                # The telemetry of 28 November is newer than the electric status' 188 miles.
                "fuel_range": (634, "km", "2023-11-28T09:45:40Z"),
                # The vehicle status of 30 November is newer than the telemetry's 30420 km.
                "odometer": (30444, "km", "2023-11-30T10:18:21Z"),
                "fuel_level": (92, "%", "2023-11-30T10:18:21Z"),
                "total_range": (588, "km", "2023-11-30T10:18:21Z"),
                "any_open": (False, None, "2023-11-30T10:18:21Z"),
                "warning_count": (0, None, "2023-11-27T16:20:10Z"),
                "last_service": ("2023-11-17", None, None),
                "last_service_odometer": (43087, "km", None),
                "trip_distance": (15.2, "km", "2023-11-21T20:09:11Z"),
                "trip_ev_distance": (13.2, "km", "2023-11-21T20:09:11Z"),
                "trip_start": ("2023-11-21T19:55:13Z", None, "2023-11-21T20:09:11Z"),
            }
            for name, (value, unit, measured_at) in recorded.items():
                with self.subTest(entity=name):
                    self.assertEqual(car["values"][name], {"value": value, "unit": unit,
                                                           "measured_at": measured_at})
            self.assertEqual(car["values"]["telemetry_reported_at"]["value"],
                             "2023-11-28T09:45:40Z")
            self.assertEqual(car["routes"]["electric"], "ok")
            self.assertEqual(world.simulator.state()["password_posts"], 1)

    @unittest.skipUnless(FIXTURES.is_dir(), f"no recorded answers in {FIXTURES}")
    def test_recorded_fuel_range_in_miles_becomes_kilometres(self):
        with World(broker=False) as world:
            world.use_simulator("--replay-directory", str(FIXTURES))
            # Without the two newer sources the electric status decides: 188 miles.
            world.simulator.ask("faults", [{"route": path, "kind": "status", "status": 404,
                                            "forever": True}
                                           for path in ("/v3/telemetry", "/v1/vehicle/status",
                                                        "/v1/global/remote/status")])
            values = world.fetch()["vehicles"][0]["values"]
            self.assertEqual(values["fuel_range"], {"value": 302.6, "unit": "km",
                                                    "measured_at": "2023-11-27T17:53:59Z"})


class Recording(unittest.TestCase):
    def test_a_recording_replays_to_the_same_values_and_names_nobody(self):
        with World("--vehicles", "6", broker=False) as world:
            # The hybrid's 500 is repeated for 14 s; a plain "not there" is quicker.
            world.simulator.ask("faults", {"route": "*/climate-settings", "kind": "status",
                                           "status": 404, "vin": "SB1SIMCORO0000001",
                                           "forever": True})
            file = world.directory / "recording.json"
            first = world.fetch("--record", str(file))
            truth = world.cars()
            text = file.read_text()
            self.assertEqual(stat.S_IMODE(os.stat(file).st_mode), 0o600)
            self.nothing_identifying(text, world, first, truth)
            # Moving on: what is replayed must not come from the living cars.
            world.use_simulator("--replay", str(file))
            world.settings["storage"]["directory"] = str(world.directory / "storage2")
            second = world.fetch()
            self.assertEqual(len(second["vehicles"]), len(first["vehicles"]))
            offsets = set()
            for before, after in zip(first["vehicles"], second["vehicles"]):
                with self.subTest(model=before["model"]):
                    self.assertRegex(after["vin"], "^JTMTEST[0-9]{10}$")
                    self.assertEqual(before["model"], after["model"])
                    self.assertEqual(before["drive"], after["drive"])
                    self.assertEqual(before["routes"], after["routes"])
                    offsets.add(self.compare(before["values"], after["values"]))
            self.assertEqual(len(offsets), 1, "one offset for the whole file")

    def compare(self, before, after):
        self.assertEqual(set(before), set(after))
        for name in set(before) - MOVED:
            self.assertEqual(before[name], after[name], name)
        self.assertEqual(before["location"]["measured_at"], after["location"]["measured_at"])
        moved = [after["location"]["value"][axis] - before["location"]["value"][axis]
                 for axis in ("latitude", "longitude")]
        for distance in moved:
            self.assertGreater(abs(distance), 0.9)
        return tuple(round(distance, 2) for distance in moved)

    def nothing_identifying(self, text, world, document, truth):
        for car in truth:
            self.assertNotIn(car["vin"], text)
        for number in {f"{car['values']['location']['value'][axis]}"
                       for car in document["vehicles"] for axis in ("latitude", "longitude")}:
            self.assertNotIn(number, text)
        for account in world.settings["accounts"]:
            self.assertNotIn(account["username"], text)
            self.assertNotIn(account["password"], text)
        self.assertEqual(re.findall(r"eyJ[A-Za-z0-9_-]{10,}|[Bb]earer", text), [])
        nicknames = [car["name"] for car in document["vehicles"] if car["name"] not in car["model"]]
        self.assertGreater(len(nicknames), 2)
        for name in nicknames:
            self.assertNotIn(f'"{name}"', text)


class RetiredRoutes(unittest.TestCase):
    def test_a_fenced_route_is_read_by_its_retired_twin_and_that_is_remembered(self):
        with World("--vehicles", "2", "--legacy-routes", "on", broker=False) as world:
            world.simulator.ask("faults", [
                {"route": f"/v1/vehicle/{name}", "kind": "status", "status": 403, "forever": True}
                for name in ("status", "electric/status", "climate-status")])
            vin = world.cars()[1]["vin"]
            values = world.fetch("--vin", vin)["vehicles"][0]["values"]
            self.assertIsNotNone(values["battery_level"]["value"])
            self.assertIsNotNone(values["locked"]["value"])
            first = world.simulator.state()
            for name in ("status", "electric/status", "climate-status"):
                self.assertEqual(requests_of(first, vin, f"GET /v1/vehicle/{name}"), 1, name)
                self.assertEqual(requests_of(first, vin, f"GET /v1/global/remote/{name}"), 1, name)

            again = world.fetch("--vin", vin)["vehicles"][0]["values"]
            second = world.simulator.state()
            for name in ("status", "electric/status", "climate-status"):
                self.assertEqual(requests_of(second, vin, f"GET /v1/vehicle/{name}"), 1, name)
                self.assertEqual(requests_of(second, vin, f"GET /v1/global/remote/{name}"), 2, name)
            self.assertEqual(again["battery_level"], values["battery_level"])


if __name__ == "__main__":
    unittest.main()
