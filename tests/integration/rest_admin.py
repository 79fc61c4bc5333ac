"""What administrators may see and do."""

import json
import unittest

from harness import PASSWORD, wait_for
from rest_client import (ADMIN, BZ4X, GUEST, HOUSEHOLD, LEXUS, OTHER_GUEST, SECOND_ADMIN, STRANGER, RestWorld,
                         car_id, shared)

ID = car_id(BZ4X)


class Look(unittest.TestCase):
    def setUp(self):
        self.world = shared()
        self.rest = self.world.rest
        self.token = self.rest.token()

    def get(self, target):
        return self.rest.get(target, self.token)

    def test_accounts_are_listed_with_masked_names(self):
        self.world.guest()
        reported = self.get("/admin/accounts").json
        account, = reported["accounts"]
        self.assertEqual((account["brand"], account["origin"], account["status"]),
                         ("toyota", "configuration", "ok"))
        self.assertEqual(len(account["vehicles"]), 4)
        self.assertNotIn(HOUSEHOLD, json.dumps(reported))
        self.assertTrue(any(guest["vehicles"] == 1 and guest["sessions"] >= 1
                            for guest in reported["guests"]))

    def test_sessions_are_listed_and_ended(self):
        other = self.rest.tokens(SECOND_ADMIN)
        sessions = self.get("/admin/sessions").json["sessions"]
        self.assertEqual([one["name"] for one in sessions if one["current"]], [ADMIN])
        theirs = max((one for one in sessions if one["name"] == SECOND_ADMIN),
                     key=lambda one: one["created"])
        self.assertEqual((theirs["kind"], theirs["client"]), ("administrator", "127.0.0.1"))
        answer = self.rest.ask("DELETE", f"/admin/sessions/{theirs['id']}", self.token)
        self.assertEqual(answer.status, 204)
        if self.rest.get("/vehicles", other["access_token"]).status == 200:
            # Two began in the same second, and it was the other one.
            self.assertNotIn(theirs["id"], [one["id"] for one in
                                            self.get("/admin/sessions").json["sessions"]])
        else:
            self.assertEqual(self.rest.refresh(other["refresh_token"]).status, 401)
        again = self.rest.ask("DELETE", f"/admin/sessions/{theirs['id']}", self.token)
        self.assertEqual(again.status, 404)

    def test_caches_and_breakers_are_shown_for_each_part_of_each_car(self):
        caches = self.get("/admin/caches").json["caches"]
        self.assertTrue({(ID, "telemetry"), (ID, "electric"), (ID, "status")}
                        <= {(one["vehicle"], one["source"]) for one in caches})
        before = next(one for one in caches if (one["vehicle"], one["source"]) == (ID, "electric"))
        self.get(f"/vehicles/{ID}/telemetry")
        after = next(one for one in self.get("/admin/caches").json["caches"]
                     if (one["vehicle"], one["source"]) == (ID, "electric"))
        self.assertGreater(after["hits"], before["hits"])
        states = {one["state"] for one in self.get("/admin/breakers").json["breakers"]}
        self.assertIn("closed", states)

    def test_caches_of_a_car_that_there_is_not_cannot_be_cleared(self):
        for query, status in ((f"vehicle={STRANGER}", 404), (f"vehicle={LEXUS}", 404),
                              ("source=nonsense", 400), (f"vehicle={ID}&source=x", 400)):
            with self.subTest(query):
                answer = self.rest.ask("DELETE", f"/admin/caches?{query}", self.token)
                self.assertEqual(answer.status, status)

    def test_the_configuration_is_shown_without_secrets(self):
        reported = self.get("/admin/configuration")
        self.assertEqual(reported.json["polling"]["parked"], "1m")
        self.assertIn("***", reported.body.decode())
        for secret in (PASSWORD, "scrypt$", "sim-key"):
            self.assertNotIn(secret, reported.body.decode())

    def test_the_audit_log_tells_who_did_what_from_where(self):
        self.rest.ask("POST", f"/vehicles/{ID}/commands/unlock", self.token, {})
        entries = self.get("/admin/audit").json["entries"]
        newest = entries[0]
        self.assertEqual((newest["who"], newest["client"], newest["target"], newest["outcome"]),
                         (ADMIN, "127.0.0.1", ID, "409"))
        self.assertEqual(newest["what"], "POST /vehicles/{car}/commands/{command}")
        self.assertTrue(any(one["what"] == "POST /auth/login" for one in entries))
        first = self.get("/admin/audit?limit=1").json
        self.assertEqual(first["entries"][0], newest)
        second = self.get(f"/admin/audit?limit=1&cursor={first['next']}").json
        self.assertEqual(second["entries"][0], entries[1])
        for query in ("limit=0", "limit=1001", "cursor=x%00"):
            self.assertEqual(self.get(f"/admin/audit?{query}").status, 400, query)

    def test_the_level_of_the_log_changes_at_once(self):
        self.addCleanup(self.rest.ask, "PUT", "/admin/log-level", self.token, {"level": "debug"})
        self.assertEqual(self.get("/admin/log-level").json, {"level": "debug"})
        answer = self.rest.ask("PUT", "/admin/log-level", self.token, {"level": "warning"})
        self.assertEqual((answer.status, answer.json), (200, {"level": "warning"}))
        self.assertEqual(self.get("/admin/log-level").json, {"level": "warning"})
        number = self.get("/health")["X-Request-Id"]
        self.assertNotIn(number, self.world.bridge.output())
        for body in ({"level": "loud"}, {}, {"level": 1}, {"level": "info", "more": 1}, []):
            self.assertIn(self.rest.ask("PUT", "/admin/log-level", self.token, body).status,
                          (400, 422), body)
        self.rest.ask("PUT", "/admin/log-level", self.token, {"level": "debug"})
        number = self.get("/health")["X-Request-Id"]
        wait_for(lambda: number in self.world.bridge.output(), "the request in the log")

    def test_the_bundle_holds_what_a_bug_report_needs_and_nothing_personal(self):
        answer = self.get("/admin/diagnostics")
        self.assertIn("attachment", answer["Content-Disposition"])
        self.assertIn(ID, answer.body.decode())
        place = self.get(f"/vehicles/{ID}/location").json
        for secret in (BZ4X, HOUSEHOLD, PASSWORD, str(place["latitude"]), str(place["longitude"])):
            self.assertNotIn(secret, answer.body.decode())

    def test_the_fetching_of_the_past_is_shown(self):
        reported = self.get("/admin/backfill").json["backfill"]
        self.assertEqual({one["state"] for one in reported}, {"off"})
        self.assertEqual(len(reported), 4)


class Accounts(unittest.TestCase):
    """Changes that others would notice: a world of its own."""

    @classmethod
    def setUpClass(cls):
        cls.world = RestWorld()
        cls.addClassCleanup(cls.world.__exit__, None, None, None)
        cls.rest = cls.world.start_rest()
        cls.token = cls.rest.token()

    def ask(self, method, target, body=None):
        return self.rest.ask(method, target, self.token, body)

    def accounts(self):
        return self.ask("GET", "/admin/accounts").json["accounts"]

    def posts(self):
        return self.world.simulator.state()["password_posts"]

    def test_an_account_is_added_changed_and_removed_while_the_program_runs(self):
        lexus = {"username": GUEST, "password": PASSWORD, "brand": "lexus"}
        added = self.ask("POST", "/admin/accounts", lexus)
        self.assertEqual(added.status, 201)
        self.assertEqual((added.json["origin"], added.json["brand"]), ("page", "lexus"))
        name = added.json["id"]
        self.assertEqual(added["Location"], f"/api/v1/admin/accounts/{name}")
        wait_for(lambda: self.ask("GET", f"/vehicles/{LEXUS}").status == 200, "its car", 60)

        wrong = self.ask("PUT", f"/admin/accounts/{name}", {"username": GUEST, "password": "wrong"})
        self.assertIn(wrong.status, (401, 422))
        changed = self.ask("PUT", f"/admin/accounts/{name}",
                           {"username": GUEST, "password": PASSWORD, "again": True})
        self.assertEqual((changed.status, changed.json["status"]), (200, "ok"))
        retried = self.ask("POST", f"/admin/accounts/{name}/retry")
        self.assertEqual(retried.status, 200)

        self.assertEqual(self.ask("DELETE", f"/admin/accounts/{name}").status, 204)
        self.assertEqual(self.ask("GET", f"/vehicles/{LEXUS}").status, 404)
        self.assertEqual(self.ask("DELETE", f"/admin/accounts/{name}").status, 404)
        self.assertEqual(len(self.accounts()), 1)

    def test_what_the_configuration_says_is_changed_there(self):
        name = self.accounts()[0]["id"]
        self.assertEqual(self.ask("DELETE", f"/admin/accounts/{name}").status, 409)
        answer = self.ask("PUT", f"/admin/accounts/{name}",
                          {"username": HOUSEHOLD, "password": "another"})
        self.assertEqual(answer.status, 409)
        again = self.ask("POST", "/admin/accounts",
                         {"username": HOUSEHOLD, "password": "another", "brand": "toyota"})
        self.assertEqual(again.status, 409)
        self.assertEqual(len(self.accounts()), 1)

    def test_a_rejected_sign_in_is_not_sent_twice(self):
        before = self.posts()
        account = {"username": "subaru@example.com", "password": "wrong", "brand": "subaru"}
        first = self.ask("POST", "/admin/accounts", account)
        again = self.ask("POST", "/admin/accounts", account)
        for answer in (first, again):
            self.assertEqual((answer.status, answer.problem), (422, "credentials_rejected"))
        self.assertEqual(self.posts(), before + 1)
        code = self.ask("POST", "/admin/accounts",
                        {"username": "otp@example.com", "password": PASSWORD})
        self.assertEqual((code.status, code.problem), (422, "action_required"))
        self.assertTrue(code.json["remedy"])

    def test_bodies_that_are_none(self):
        for body in ({}, {"username": "a@b.example"}, {"username": "", "password": "x"},
                     {"username": "a@b.example", "password": "x", "brand": "ford"},
                     {"username": "a@b.example", "password": "x", "more": 1},
                     {"username": ["a"], "password": "x"}, [], "x", None):
            with self.subTest(body):
                raw = json.dumps(body).encode()
                answer = self.rest.ask("POST", "/admin/accounts", self.token, raw=raw,
                                       headers={"Content-Type": "application/json"})
                self.assertIn(answer.status, (400, 422))
        for name in ("none", "x" * 200, "%00"):
            self.assertIn(self.ask("DELETE", f"/admin/accounts/{name}").status, (400, 404))
            self.assertIn(self.ask("POST", f"/admin/accounts/{name}/retry").status, (400, 404))

    def test_a_guest_whose_password_is_rejected_is_asked_for_at_toyota_once(self):
        before = self.posts()
        guest = self.rest.elsewhere()
        for _ in range(2):
            answer = guest.login("subaru@example.com", "guest's wrong password", "subaru")
            self.assertEqual(answer.status, 401)
        self.assertEqual(self.posts(), before + 1)

    def test_who_has_to_do_something_at_toyota_first_is_told_so(self):
        for name in ("otp", "terms", "locked"):
            with self.subTest(name):
                answer = self.rest.elsewhere().login(f"{name}@example.com", PASSWORD, "toyota")
                self.assertIn(answer.status, (401, 403))
                if answer.status == 403:
                    self.assertEqual(answer.problem, "action_required")

    def test_the_last_session_of_a_guest_takes_the_tokens_with_it(self):
        token = self.world.guest(OTHER_GUEST)["access_token"]

        def guests():
            return len(self.ask("GET", "/admin/accounts").json["guests"])
        before = guests()
        self.assertGreater(before, 0)
        self.assertEqual(self.rest.ask("POST", "/auth/logout", token).status, 204)
        wait_for(lambda: guests() == before - 1, "the guest to leave")
