"""Asking a car for something, over REST."""

import unittest

from harness import wait_for
from rest_client import BZ4X, COROLLA, RAV4, Events, RestWorld, car_id, shared

ID = car_id(BZ4X)
FINAL = {"done", "unconfirmed", "failed", "refused"}


class Commands(unittest.TestCase):
    def setUp(self):
        self.world = shared()
        self.rest = self.world.rest
        self.token = self.rest.token()

    def send(self, name, body=None, car=ID, **headers):
        return self.rest.ask("POST", f"/vehicles/{car}/commands/{name}", self.token, body, {
            key.replace("_", "-"): value for key, value in headers.items()})

    def result(self, answer):
        target = answer["Location"].removeprefix("/api/v1")

        def final():
            found = self.rest.get(target, self.token)
            return found.json if found.json["status"] in FINAL else None
        return wait_for(final, "the command's end", 240)

    def test_what_is_offered_and_why_not(self):
        offers = {one["name"]: one for one in
                  self.rest.get(f"/vehicles/{ID}/commands", self.token).json["offered"]}
        self.assertTrue(offers["lock"]["offered"])
        self.assertTrue(offers["climate_start"]["offered"])
        self.assertFalse(offers["unlock"]["offered"])
        self.assertIn("commands.allow", offers["unlock"]["reason"] + offers["unlock"]["remedy"])

    def parked(self):
        """A car that can be locked now: the virtual cars drive by the time of day."""
        cars = {car["vin"]: car for car in self.world.cars()}
        return next(vin for vin in (RAV4, BZ4X, COROLLA)
                    if cars[vin]["speed_kmh"] == 0 and not cars[vin]["door_open"])

    def test_a_command_goes_its_way_and_every_step_is_told(self):
        vin = self.parked()
        with Events(self.rest, self.token) as events:
            answer = self.send("lock", {}, car_id(vin))
            self.assertEqual(answer.status, 202)
            self.assertIn(answer.json["status"], ("requested", "accepted"))
            command = self.result(answer)
            self.assertEqual((command["command"], command["vehicle"]), ("lock", car_id(vin)))
            self.assertEqual(command["status"], "done")
            self.assertEqual([step["status"] for step in command["steps"]], ["accepted", "done"])
            # Whichever the cloud tells first: the doors or the message about the command.
            self.assertIn(command["confirmed_by"], ("report", "message"))
            events.wait(lambda _id, name, data: name == "command" and data["id"] == command["id"]
                        and data["status"] == "done", "the event of it")
        latest = self.rest.get(f"/vehicles/{vin}/commands", self.token).json["latest"]
        self.assertEqual(latest[0]["id"], command["id"])
        history = wait_for(lambda: [one for one in self.rest.get(
            f"/vehicles/{vin}/events", self.token).json["events"] if one["kind"] == "command"],
            "the command in the history")
        self.assertEqual(history[0]["name"], "lock")

    def test_what_the_cloud_rejected_may_be_offered_again(self):
        answer = self.rest.ask("DELETE", f"/vehicles/{ID}/rejections", self.token)
        self.assertIn(answer.status, (200, 204), answer.body)

    def test_the_same_key_gives_the_same_answer_and_sends_nothing_twice(self):
        before = self.count()
        first = self.send("horn", {}, Idempotency_Key="a-key-of-mine")
        again = self.send("horn", {}, Idempotency_Key="a-key-of-mine")
        self.assertEqual((first.status, again.status), (202, 202))
        self.assertEqual(again.json["id"], first.json["id"])
        self.result(first)
        self.assertEqual(self.count(), before + 1)
        other = self.send("climate_stop", {}, Idempotency_Key="a-key-of-mine")
        self.assertEqual((other.status, other.problem), (409, "conflict"))
        for key in ("", "with a space", "x" * 129, "\u00e9"):
            self.assertEqual(self.send("horn", {}, Idempotency_Key=key).status, 400, key)
        self.assertEqual(self.count(), before + 1)

    def count(self):
        return sum(number for route, number in self.world.simulator.state()["routes"].items()
                   if "command" in route and "climate" not in route)

    def test_what_the_owner_does_not_allow_is_refused_at_once_and_sent_never(self):
        before = self.count()
        for name in ("unlock", "engine_start", "trunk_unlock"):
            with self.subTest(name):
                answer = self.send(name, {"code": "4711"} if name != "engine_start" else {})
                self.assertEqual(answer.status, 409)
                self.assertTrue(answer.json["detail"])
        self.assertEqual(self.count(), before)

    def test_a_body_that_does_not_belong_to_the_command_is_refused(self):
        for name, body in (("climate_start", {"temperature": 17}), ("climate_start", {"temperature": 29.5}),
                           ("climate_start", {"duration": 0}),
                           ("climate_start", {"duration": 21}), ("climate_start", {"duration": 2.5}),
                           ("climate_start", {"temperature": "21"}), ("climate_start", {"fan": 3}),
                           ("climate_start", {"seats": {"driver": "hot"}}),
                           ("climate_start", {"seats": {"sofa": "low"}}),
                           ("climate_start", {"front_defroster": 1}), ("lock", {"temperature": 21}),
                           ("charge_start_time", {"time": "24:00"}), ("charge_start_time", {}),
                           ("charge_start_time", {"time": "7:00"})):
            with self.subTest(f"{name} {body}"):
                # What is not offered may be refused for that first.
                allowed = (400, 422) if name != "charge_start_time" else (400, 409, 422)
                self.assertIn(self.send(name, body).status, allowed)

    def test_there_is_no_such_command(self):
        for name in ("fly", "LOCK", "lock%20", "commands", "..%2f"):
            with self.subTest(name):
                self.assertIn(self.send(name, {}).status, (400, 404))
        for name in ("none", "c-1", "x" * 65):
            answer = self.rest.get(f"/vehicles/{ID}/commands/{name}", self.token)
            self.assertIn(answer.status, (400, 404))

    def test_the_result_of_one_car_is_not_that_of_another(self):
        answer = self.send("climate_stop", {})
        self.assertEqual(answer.status, 202)
        name = answer.json["id"]
        self.assertEqual(self.rest.get(f"/vehicles/{ID}/commands/{name}", self.token).status, 200)
        self.assertEqual(self.rest.get(f"/vehicles/{RAV4}/commands/{name}", self.token).status, 404)


class Code(unittest.TestCase):
    def test_unlocking_asks_for_the_code_and_a_wrong_one_is_told_nowhere(self):
        with RestWorld() as world:
            world.settings["commands"] = {"allow": ["lock", "unlock"], "unlock_code": "4711"}
            rest = world.start_rest()
            token = rest.token()
            offers = {one["name"]: one for one in
                      rest.get(f"/vehicles/{ID}/commands", token).json["offered"]}
            self.assertTrue(offers["unlock"]["offered"] and offers["unlock"]["needs_code"])
            target = f"/vehicles/{ID}/commands/unlock"
            refused = rest.ask("POST", target, token, {"code": "canary-0815"})
            if refused.status == 202:  # reported a moment later
                name = refused.json["id"]
                wait_for(lambda: rest.get(f"/vehicles/{ID}/commands/{name}", token).json["status"]
                         == "refused", "the refusal")
            else:
                self.assertEqual(refused.status, 409)
            for text in (rest.get(f"/vehicles/{ID}/commands", token).body.decode(),
                         rest.get("/admin/audit", token).body.decode(), world.bridge.output()):
                self.assertNotIn("canary-0815", text)
