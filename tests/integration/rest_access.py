"""Who may see and do what: nobody, guests, administrators; and that nothing leaks between two
Toyota accounts."""

import json
import unittest

from harness import PASSWORD, wait_for
from rest_client import (ADMIN_PASSWORD, BZ4X, GUEST, HOUSEHOLD, LEXUS, OTHER_GUEST, STRANGER,
                         SUBARU, Events, body_of, car_id, fill, shared)


class Access(unittest.TestCase):
    def setUp(self):
        self.world = shared()
        self.rest = self.world.rest
        self.document = self.rest.document

    def routes(self, *access):
        return [(method, path, operation) for method, path, _, operation in self.document.routes
                if operation["x-access"] in access]

    def test_without_a_sign_in_everything_but_the_open_routes_is_401(self):
        for method, path, operation in self.routes("user", "administrator"):
            with self.subTest(f"{method} {path}"):
                target = fill(path, car_id(BZ4X))
                answer = self.rest.ask(method, target, body=body_of(self.document, operation))
                self.assertEqual(answer.status, 401, answer.body)
                self.assertIn("Bearer", answer["WWW-Authenticate"])
                # A car that there is and one that there is not are answered alike.
                other = self.rest.ask(method, fill(path, STRANGER),
                                      body=body_of(self.document, operation))
                self.assertEqual(self.reported(answer), self.reported(other))

    @staticmethod
    def reported(answer):
        problem = answer.json
        problem.pop("request_id", None)
        return answer.status, problem

    def test_a_guest_is_no_administrator(self):
        token = self.world.guest()["access_token"]
        for method, path, operation in self.routes("administrator"):
            with self.subTest(f"{method} {path}"):
                answer = self.rest.ask(method, fill(path, car_id(LEXUS)), token,
                                       body=body_of(self.document, operation))
                self.assertEqual((answer.status, answer.problem), (403, "forbidden"))

    def test_somebody_elses_car_is_answered_as_one_that_there_is_not(self):
        admin = self.rest.token()
        first = self.world.guest(GUEST)["access_token"]
        second = self.world.guest(OTHER_GUEST)["access_token"]
        for who, token, foreign in (("guest", first, (BZ4X, SUBARU)), ("other", second, (BZ4X, LEXUS)),
                                    ("administrator", admin, (LEXUS, SUBARU))):
            for method, path, operation in self.routes("user"):
                if "{car}" not in path:
                    continue
                body = body_of(self.document, operation)
                nothing = self.reported(self.rest.ask(method, fill(path, STRANGER), token, body=body))
                for vin in foreign:
                    for name in (vin, vin.lower(), car_id(vin)):
                        with self.subTest(f"{who}: {method} {path} of {name}"):
                            answer = self.rest.ask(method, fill(path, name), token, body=body)
                            self.assertEqual(answer.status, 404)
                            self.assertEqual(self.reported(answer), nothing)
            for name in ("location", "telemetry", "status", "abrp"):
                for vin in foreign:
                    with self.subTest(f"{who}: /{name} of {vin}"):
                        answer = self.rest.get(f"/{name}?vin={vin}", token)
                        self.assertEqual(answer.status, 404)

    def test_lists_hold_the_own_cars_only(self):
        for name, vins in ((GUEST, [LEXUS]), (OTHER_GUEST, [SUBARU])):
            token = self.world.guest(name)["access_token"]
            cars = self.rest.get("/vehicles", token).json["vehicles"]
            self.assertEqual([car["vin"] for car in cars], vins)
            for route in ("location", "telemetry", "status"):
                answer = self.rest.get(f"/{route}", token)
                self.assertEqual((answer.status, answer.json["vehicle"]), (200, car_id(vins[0])))
        household = self.rest.get("/vehicles", self.rest.token()).json["vehicles"]
        self.assertEqual(len(household), 4)
        self.assertFalse({LEXUS, SUBARU} & {car["vin"] for car in household})

    def test_events_tell_of_the_own_cars_only(self):
        tokens = {name: self.world.guest(name)["access_token"] for name in (GUEST, OTHER_GUEST)}
        admin = self.rest.token()
        with Events(self.rest, tokens[GUEST]) as first, Events(self.rest, admin) as household:
            first.wait(lambda _id, name, data: name == "cars" and car_id(LEXUS) in data["vehicles"],
                       "the guest's cars")
            answer = self.rest.ask("POST", f"/vehicles/{car_id(BZ4X)}/commands/climate_stop", admin,
                                   body={})
            self.assertEqual(answer.status, 202, answer.body)
            household.wait(lambda _id, name, data: name == "command"
                           and data["id"] == answer.json["id"], "the household's command")
            # What the guest asks for comes later on the same loop, so nothing is still on its way.
            mine = self.rest.ask("POST", f"/vehicles/{car_id(LEXUS)}/commands/climate_stop",
                                 tokens[GUEST], body={})
            self.assertEqual(mine.status, 202, mine.body)
            first.wait(lambda _id, name, data: name == "command" and data["id"] == mine.json["id"],
                       "the guest's command")
            for stream, own in ((first, {car_id(LEXUS)}), (household, self.household_ids())):
                for _, name, data in stream.events:
                    cars = data.get("vehicles", [data["vehicle"]] if "vehicle" in data else [])
                    self.assertLessEqual(set(cars), own, f"{name} {data}")
        # Nor what is behind another client's last event.
        with Events(self.rest, tokens[OTHER_GUEST], household.events[0][0]) as other:
            other.wait(lambda _id, name, _data: name == "cars", "the other guest's cars")
            text = json.dumps([data for _, _, data in other.events])
            for vin in (BZ4X, LEXUS):
                self.assertNotIn(car_id(vin), text)
                self.assertNotIn(vin, text)

    def household_ids(self):
        return {car["id"] for car in self.rest.get("/vehicles", self.rest.token()).json["vehicles"]}

    def test_a_guests_car_is_in_no_topic_metric_log_or_list_of_the_household(self):
        token = self.world.guest()["access_token"]
        place = self.rest.get(f"/vehicles/{LEXUS}/location", token).json
        admin = self.rest.token()
        everything = {
            "MQTT": json.dumps(self.world.watcher.messages),
            "metrics": self.rest.get("/metrics", admin).body.decode(),
            "log": self.world.bridge.output(),
        }
        for name in ("diagnostics", "audit?limit=1000", "accounts", "sessions", "caches",
                     "breakers", "configuration", "limits", "backfill"):
            everything[name] = self.rest.get(f"/admin/{name}", admin).body.decode()
        for where, text in everything.items():
            with self.subTest(where):
                self.assertNotIn(LEXUS, text)
                self.assertNotIn(GUEST, text)
                self.assertNotIn(str(place["latitude"]), text)
                if where not in ("log", "audit?limit=1000"):  # those of the guest's own doing
                    self.assertNotIn(car_id(LEXUS), text)

    def test_whoever_signs_in_with_the_households_account_sees_that_accounts_cars(self):
        posts = self.world.simulator.state()["password_posts"]
        token = self.rest.tokens(HOUSEHOLD, PASSWORD, "toyota")["access_token"]
        wait_for(lambda: len(self.rest.get("/vehicles", token).json["vehicles"]) == 4, "the cars")
        self.assertEqual(self.world.simulator.state()["password_posts"], posts + 1)
        self.assertEqual(self.rest.get("/admin/sessions", token).status, 403)
        self.assertEqual(self.rest.get(f"/vehicles/{LEXUS}", token).status, 404)

    def test_secrets_are_in_no_answer_and_no_log(self):
        admin = self.rest.token()
        self.rest.elsewhere().login("anna", "canary-wrong-password")
        self.rest.elsewhere().login("canary-name", "canary-wrong-password")
        texts = {name: self.rest.get(f"/admin/{name}", admin).body.decode()
                 for name in ("diagnostics", "audit", "configuration", "sessions", "limits")}
        texts["log"] = self.world.bridge.output()
        secrets = [PASSWORD, ADMIN_PASSWORD, admin, "canary-wrong-password", "canary-name", "sim-key",
                   HOUSEHOLD, BZ4X, "scrypt$", *[car["abrp_token"] for car in self.world.cars()
                                                 if car.get("abrp_token")]]
        for where, text in texts.items():
            for secret in secrets:
                with self.subTest(f"{secret} in {where}"):
                    self.assertNotIn(secret, text)
