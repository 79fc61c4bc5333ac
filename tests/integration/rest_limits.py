"""How often a client may try, and ask."""

import unittest

from harness import wait_for
from rest_client import ADMIN, RestWorld, shared

FREE = 5  # attempts that are not held back


class Attempts(unittest.TestCase):
    def setUp(self):
        self.rest = shared().rest
        self.admin = self.rest.token()

    def limits(self):
        return self.rest.get("/admin/limits", self.admin).json["limits"]

    def test_who_guesses_is_held_back_and_an_administrator_sees_and_resets_it(self):
        guesser = self.rest.elsewhere()
        self.addCleanup(self.rest.ask, "DELETE", "/admin/limits", self.admin)
        for _ in range(FREE):
            self.assertEqual(guesser.login("guessed", "wrong password").status, 401)
        held = guesser.login("guessed", "wrong password")
        if held.status == 401:  # the first pause was over before it began
            held = guesser.login("guessed", "wrong password")
        self.assertEqual((held.status, held.problem), (429, "too-many-requests"))
        self.assertGreaterEqual(int(held["Retry-After"]), 1)
        entry = next(one for one in self.limits() if one["subject"] == guesser.address)
        self.assertEqual(entry["kind"], "address")
        self.assertGreaterEqual(entry["failures"], FREE)
        self.assertTrue(any(one["kind"] == "name" for one in self.limits()))
        self.assertNotIn("guessed", str(self.limits()))
        # The right password is held back like a wrong one, from there and not from elsewhere.
        self.assertEqual(guesser.login().status, 429)
        self.assertEqual(self.rest.login().status, 200)
        metrics = self.rest.get("/metrics", self.admin).body.decode()
        self.assertIn("toyota2mqtt_", metrics)
        self.assertEqual(self.rest.ask("DELETE", f"/admin/limits/{entry['id']}", self.admin).status, 204)
        self.assertFalse([one for one in self.limits() if one["subject"] == guesser.address])
        self.assertEqual(guesser.login().status, 200)
        self.assertEqual(self.rest.ask("DELETE", "/admin/limits/nobody", self.admin).status, 404)
        self.assertEqual(self.rest.ask("DELETE", "/admin/limits", self.admin).status, 204)
        self.assertEqual(self.limits(), [])

    def test_a_name_is_held_back_from_every_address(self):
        self.addCleanup(self.rest.ask, "DELETE", "/admin/limits", self.admin)
        for _ in range(FREE):
            self.assertEqual(self.rest.elsewhere().login("hunted", "wrong").status, 401)
        last = [self.rest.elsewhere().login("hunted", "wrong").status for _ in range(2)]
        self.assertIn(429, last)


class Requests(unittest.TestCase):
    def test_a_session_may_send_so_many_requests_in_a_minute_and_another_one_too(self):
        with RestWorld() as world:
            world.settings["web"]["requests_per_minute"] = 60
            world.bridge = world.start()
            rest = self.first_client(world)
            tokens = [rest.elsewhere().tokens()["access_token"] for _ in range(2)]
            left = []
            for _ in range(60):
                answer = rest.get("/health", tokens[0])
                self.assertEqual(answer.status, 200)
                self.assertEqual(answer["RateLimit-Limit"], "60")
                left.append(int(answer["RateLimit-Remaining"]))
            self.assertEqual(left, list(range(59, -1, -1)))
            refused = rest.get("/health", tokens[0])
            self.assertEqual((refused.status, refused.problem), (429, "too-many-requests"))
            self.assertEqual(refused["RateLimit-Remaining"], "0")
            self.assertLessEqual(int(refused["Retry-After"]), 60)
            self.assertEqual(rest.get("/health", tokens[1]).status, 200)
            # Without a session it is the address that is counted.
            stranger = rest.elsewhere()
            self.assertEqual({stranger.get("/health").status for _ in range(60)}, {200})
            self.assertEqual(stranger.get("/health").status, 429)
            self.assertEqual(rest.elsewhere().get("/health").status, 200)
            self.assertEqual(rest.elsewhere().login(ADMIN, "anna's long password").status, 200)

    @staticmethod
    def first_client(world):
        from browser import Browser
        from rest_client import Rest
        return wait_for(lambda: Rest(Browser.of(world.bridge).home), "the interface")
