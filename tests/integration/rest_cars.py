"""The cars: what is known of them, how old it is, and the old gateway's forms."""

import json
import unittest

from harness import requests_of, wait_for
from rest_client import BZ4X, COROLLA, STRANGER, RestWorld, car_id, shared

ID = car_id(BZ4X)


class Cars(unittest.TestCase):
    def setUp(self):
        self.world = shared()
        self.rest = self.world.rest
        self.token = self.rest.token()

    def get(self, target, **headers):
        return self.rest.get(target, self.token, **headers)

    def test_the_list_leads_to_everything(self):
        cars = self.get("/vehicles").json["vehicles"]
        self.assertEqual([car["id"] for car in cars], sorted(car["id"] for car in cars))
        car = next(car for car in cars if car["vin"] == BZ4X)
        self.assertEqual((car["id"], car["brand"], car["drive"], car["available"]),
                         (ID, "toyota", "bev", True))
        for name, link in car["links"].items():
            with self.subTest(name):
                self.assertTrue(link.startswith("/api/v1/"))
                self.assertEqual(self.get(link.removeprefix("/api/v1")).status, 200)

    def test_a_car_is_found_by_its_id_and_by_its_vin_in_any_case(self):
        whole = self.get(f"/vehicles/{ID}")
        self.assertEqual(whole.json["vin"], BZ4X)
        for name in (BZ4X, BZ4X.lower()):
            self.assertEqual(self.get(f"/vehicles/{name}").json["id"], ID)
        for name in (STRANGER, BZ4X[:-1] + "9", ID.upper() + "0", "%2e%2e", "a" * 300, "%00",
                     "1%20or%201"):
            with self.subTest(name):
                self.assertIn(self.get(f"/vehicles/{name}").status, (400, 404))

    def test_the_values_are_those_that_fetch_prints(self):
        printed = {car["vin"]: car for car in self.world.fetch()["vehicles"]}
        for vin in (BZ4X, COROLLA):
            reported = self.get(f"/vehicles/{vin}").json
            self.assertEqual(set(reported["values"]), set(printed[vin]["values"]))
            self.assertEqual(reported["capabilities"]["entities"], sorted(reported["capabilities"]["entities"],
                             key=list(reported["values"]).index))
            for name, value in reported["values"].items():
                self.assertEqual(value["unit"], printed[vin]["values"][name]["unit"], name)
            for name in ("drive", "brand", "model", "name"):
                self.assertEqual(reported[name], printed[vin][name])

    def test_parts_hold_what_the_whole_holds(self):
        whole = self.get(f"/vehicles/{ID}").json["values"]
        telemetry = self.get(f"/vehicles/{ID}/telemetry").json["values"]
        status = self.get(f"/vehicles/{ID}/status").json["values"]
        self.assertLessEqual({"battery_level", "odometer", "ev_range"}, set(telemetry))
        self.assertLessEqual({"locked", "door_driver"}, set(status))
        self.assertFalse(set(telemetry) & set(status))
        for part in (telemetry, status):
            self.assertLessEqual(set(part), set(whole))
        place = self.get(f"/vehicles/{ID}/location").json
        self.assertEqual(whole["location"]["value"],
                         {"latitude": place["latitude"], "longitude": place["longitude"]})

    def test_abrp_is_told_the_same_point(self):
        wait_for(lambda: self.world.simulator.state()["abrp_points"] > 0, "a point at ABRP", 60)
        point = self.get(f"/vehicles/{ID}/abrp").json
        self.assertLessEqual({"utc", "soc"}, set(point))
        level = self.get(f"/vehicles/{ID}").json["values"]["battery_level"]["value"]
        self.assertEqual(point["soc"], level)
        nothing = self.get(f"/vehicles/{COROLLA}/abrp")  # no battery that ABRP could plan with
        self.assertEqual((nothing.status, nothing.problem), (404, "nothing-known"))

    def test_the_old_gateways_forms_answer_the_same(self):
        for name in ("location", "telemetry", "status", "abrp"):
            with self.subTest(name):
                new = self.get(f"/vehicles/{ID}/{name}")
                for vin in (BZ4X, BZ4X.lower(), ID):
                    self.assertEqual(self.get(f"/{name}?vin={vin}").json, new.json)
                several = self.get(f"/{name}")
                self.assertEqual((several.status, several.problem), (400, "bad-request"))
                self.assertEqual(self.get(f"/{name}?vin={STRANGER}").status, 404)
                etag = new["ETag"]
                self.assertEqual(self.get(f"/{name}?vin={ID}", If_None_Match=etag).status, 304)

    def test_what_a_client_has_is_not_sent_again(self):
        targets = ["/vehicles", "/openapi.json", *[f"/vehicles/{ID}" + part for part in
                                                   ("", "/location", "/telemetry", "/status", "/abrp")]]
        for target in targets:
            with self.subTest(target):
                answer = self.get(target)
                self.assertEqual(answer.status, 200)
                etag = answer["ETag"]
                self.assertEqual(self.get(target)["ETag"], etag)
                for held in (etag, f'"other", {etag}', f"W/{etag}", "*"):
                    again = self.get(target, If_None_Match=held)
                    self.assertEqual((again.status, again.body), (304, b""), held)
                    self.assertEqual(again["ETag"], etag)
                self.assertEqual(self.get(target, If_None_Match='"other"').status, 200)
                head = self.rest.ask("HEAD", target, self.token)
                self.assertEqual((head.status, head["ETag"]), (200, etag))

    def test_an_answer_says_how_old_it_is(self):
        answer = self.get(f"/vehicles/{ID}/telemetry")
        self.assertEqual(answer["X-Cache"], "HIT")
        self.assertFalse(answer.json["stale"])
        self.assertNotIn("no-store", answer["Cache-Control"])
        self.assertIn("private", answer["Cache-Control"])
        self.assertGreaterEqual(int(answer["Age"]), 0)
        self.assertLess(int(answer["Age"]), 86400)

    def test_what_was_cleared_is_read_anew_before_it_is_told_and_no_car_is_woken(self):
        before = self.world.simulator.state()
        answer = self.rest.ask("DELETE", f"/admin/caches?vehicle={ID}&source=electric", self.token)
        self.assertEqual((answer.status, answer.json["cleared"]), (200, 1))
        # HIT when the cloud has answered before the question came.
        self.assertIn(self.get(f"/vehicles/{ID}/telemetry")["X-Cache"], ("MISS", "HIT"))
        route = "GET /v1/vehicle/electric/status"
        self.assertGreater(requests_of(self.world.simulator.state(), BZ4X, route),
                           requests_of(before, BZ4X, route))
        self.assertEqual(self.get(f"/vehicles/{ID}/telemetry")["X-Cache"], "HIT")
        after = self.world.simulator.state()
        self.assertEqual(before["wakes"], after["wakes"])

    def test_a_refresh_wakes_the_car_once_and_then_says_when_again(self):
        target = f"/vehicles/{car_id(COROLLA)}/refresh"
        first = self.rest.ask("POST", target, self.token)
        self.assertEqual((first.status, first.json["sent"]), (202, True))
        second = self.rest.ask("POST", target, self.token)
        self.assertEqual(second.status, 429)
        self.assertGreater(int(second["Retry-After"]), 60)
        self.assertIn("next_at", second.json)


class CloudAway(unittest.TestCase):
    def test_what_is_known_is_told_and_called_stale_while_the_cloud_is_away(self):
        with RestWorld() as world:
            rest = world.start_rest()
            token = rest.token()
            target = f"/vehicles/{ID}/telemetry"
            known = rest.get(target, token).json
            world.simulator.stop()
            answer = wait_for(lambda: self.stale(rest, target, token), "the answer to be stale", 240)
            self.assertTrue(answer.json["stale"])
            self.assertTrue(answer.json["stale_reason"])
            self.assertEqual(answer.json["values"], known["values"])
            self.assertTrue(rest.get(f"/vehicles/{ID}", token).json["stale"])

            # Whether a car or the whole cloud is away, the list of cars tells, after some tries.
            def away():
                parts = rest.get("/ready", token).json["parts"]
                toyota = next(part for part in parts if part["name"] == "toyota")
                return toyota if toyota["state"] != "ok" else None
            self.assertTrue(wait_for(away, "the cloud to be called away", 60)["reason"])
            ready = rest.get("/ready", token).json
            self.assertEqual(rest.get("/health").status, 200)
            self.assertNotIn(BZ4X, json.dumps(ready))

    @staticmethod
    def stale(rest, target, token):
        answer = rest.get(target, token)
        return answer if answer["X-Cache"] == "STALE" else None


class Nothing(unittest.TestCase):
    def test_without_an_account_there_are_no_cars(self):
        with RestWorld() as world:
            world.settings["accounts"] = []
            world.settings.pop("vehicles")
            rest = world.start_rest(cars=0)
            token = rest.token()
            self.assertEqual(rest.get("/vehicles", token).json["vehicles"], [])
            for name in ("location", "telemetry", "status", "abrp"):
                self.assertIn(rest.get(f"/{name}", token).status, (400, 404))
            # An account that an administrator adds is there at once, with its cars.
            added = rest.ask("POST", "/admin/accounts", token,
                             {"username": "toyota@example.com", "password": "secret-password"})
            self.assertEqual(added.status, 201, added.body)
            wait_for(lambda: len(rest.get("/vehicles", token).json["vehicles"]) == 4, "its cars", 60)
            location = rest.get(added["Location"].removeprefix("/api/v1"), token)
            self.assertIn(location.status, (200, 405))
