"""Rejected sign-ins: one password post, then none until the owner acts."""

import json
import signal
import unittest

from harness import PASSWORD, World, wait_for

STARTS = 20


class TwoCars(World):
    """Two cars are enough here."""

    def __init__(self):
        super().__init__("--vehicles", "2")

    def posts(self):
        return self.simulator.state()["password_posts"]

    def counters(self):
        state = self.simulator.state()
        return state["sign_ins"], state["password_posts"]

    def run_for_a_moment(self):
        """A bridge that stays until it has said what is wrong with the account."""
        bridge = self.start()
        wait_for(lambda: "account " in bridge.output() and "broker" in bridge.output(),
                 "the bridge to look at account and broker")
        status, _ = bridge.stop()
        return status

    def account_status(self):
        """(status, attributes) of the only account, as the broker has it."""
        state = self.watcher.json("toyota2mqtt/bridge/state") or {}
        for key, value in state.items():
            if key.startswith("status_") and not key.endswith("_attributes"):
                return value, state[key + "_attributes"], key.removeprefix("status_")
        return None, None, None


class RejectedSignIn(unittest.TestCase):
    def reject(self, username, password, words, posts):
        """One fetch, then 20 starts of any command; the counters never move again."""
        with TwoCars() as world:
            world.sign_in_as(username, password)
            status, out, err = world.command("fetch")
            self.assertEqual(status, 3, err)
            self.assertRegex(err, words)
            self.assertEqual(json.loads(out)["vehicles"], [])
            after_first = world.counters()
            self.assertEqual(after_first, (1, posts))
            for number in range(STARTS):
                kind = ("fetch", "doctor", "run")[number % 3]
                if kind == "run":
                    self.assertEqual(world.run_for_a_moment(), 0)
                else:
                    status, out, err = world.command(kind)
                    self.assertEqual(status, 3, f"{kind}: {out}{err}")
                    self.assertRegex(out + err, words)
            self.assertEqual(world.counters(), after_first)

    def test_a_wrong_password_is_sent_once_in_21_starts(self):
        self.reject("driver@example.com", "not-the-password", "password was rejected", 1)

    def test_an_unknown_user_is_asked_about_once_and_no_password_is_sent(self):
        self.reject("nobody@example.com", PASSWORD, "[Nn]o account has this e-mail", 0)

    def test_every_standing_refusal_is_told_apart_and_tried_once(self):
        cases = {"otp": ("one-time code", 1), "mfa": ("one-time code", 1),
                 "locked": ("locked", 1), "terms": ("terms", 1),
                 "social": ("Google, Facebook or Apple", 0)}
        with TwoCars() as world:
            remedies = set()
            for name, (words, posts) in cases.items():
                with self.subTest(user=name):
                    world.simulator.ask("reset", method="POST")
                    world.sign_in_as(f"{name}@example.com")
                    for command in ("fetch", "doctor", "fetch"):
                        status, out, err = world.command(command)
                        self.assertEqual(status, 3, f"{command}: {out}{err}")
                        self.assertIn(words, out + err)
                        remedies.add(out.split("->")[1].splitlines()[0] if "->" in out else "")
                    self.assertEqual(world.counters(), (1, posts))
                    self.assertEqual(world.simulator.state()["violations"], [])
            remedies.discard("")
            self.assertGreaterEqual(len(remedies), 4, remedies)

    def test_a_changed_password_signs_in_without_anything_else(self):
        with TwoCars() as world:
            world.sign_in_as("driver@example.com", "not-the-password")
            self.assertEqual(world.command("fetch")[0], 3)
            world.sign_in_as("driver@example.com", PASSWORD)
            self.assertEqual(len(world.fetch()["vehicles"]), 2)
            self.assertEqual(world.counters(), (2, 2))

    def test_retry_login_allows_exactly_one_more(self):
        with TwoCars() as world:
            world.sign_in_as("driver@example.com", "not-the-password")
            self.assertEqual(world.command("fetch")[0], 3)
            status, out, _ = world.command("retry-login")
            self.assertEqual(status, 0)
            self.assertIn("one more sign-in is allowed", out)
            for _ in range(3):
                self.assertEqual(world.command("fetch")[0], 3)
            self.assertEqual(world.posts(), 2)
            self.assertEqual(world.command("retry-login", "driver@example.com")[0], 0)
            self.assertEqual(world.command("retry-login", "other@example.com")[0], 2)

    def test_no_more_than_three_passwords_a_day_are_sent_even_when_asked(self):
        with TwoCars() as world:
            world.sign_in_as("driver@example.com", "not-the-password")
            for _ in range(6):
                self.assertNotEqual(world.command("fetch")[0], 0)
                self.assertEqual(world.command("retry-login")[0], 0)
            self.assertEqual(world.posts(), 3)


class TryAgainButton(unittest.TestCase):
    def test_the_button_allows_one_more_and_a_retained_press_none(self):
        with TwoCars() as world:
            world.sign_in_as("driver@example.com", "not-the-password")
            bridge = world.start()
            wait_for(lambda: world.account_status()[0] == "credentials_rejected", "the rejection")
            status, attributes, key = world.account_status()
            self.assertTrue(attributes["remedy"])
            self.assertNotIn("driver@example.com", json.dumps(attributes))
            self.assertEqual(world.posts(), 1)
            topic = f"toyota2mqtt/bridge/try_again_{key}/set"

            world.publish(topic, "PRESS")
            wait_for(lambda: world.posts() == 2, "the second post")
            bridge.stop()
            world.publish(topic, "PRESS", "-r")
            bridge = world.start()
            wait_for(lambda: "retained command is never" in bridge.output(), "the refusal")
            wait_for(lambda: world.watcher.retained().get(topic) is None, "the topic to be cleared")
            self.assertEqual(world.posts(), 2)
            self.assertEqual(bridge.stop()[0], 0)

    def test_a_corrected_password_after_a_rejection_brings_the_cars(self):
        with TwoCars() as world:
            world.sign_in_as("driver@example.com", "not-the-password")
            bridge = world.start()
            wait_for(lambda: world.account_status()[0] == "credentials_rejected", "the rejection")
            bridge.stop()
            world.sign_in_as("driver@example.com")
            world.start()
            self.assertEqual(len(world.wait_for_cars(2)), 2)
            wait_for(lambda: world.account_status()[0] == "ok", "the account to be well")
            self.assertEqual(world.posts(), 2)


class TwoAccounts(unittest.TestCase):
    def test_a_rejected_account_does_not_disturb_the_other(self):
        with World() as world:
            world.settings["accounts"] = [
                {"username": "lexus@example.com", "password": "wrong", "brand": "lexus"},
                {"username": "toyota@example.com", "password": PASSWORD, "brand": "toyota"}]
            # The hybrid's 500 is repeated for 14 s; a plain "not there" is quicker.
            world.simulator.ask("faults", {"route": "*/climate-settings", "kind": "status",
                                           "status": 404, "forever": True})
            bridge = world.start()
            cars = world.wait_for_cars(4)
            self.assertEqual(len(cars), 4)
            def statuses():
                state = world.watcher.json("toyota2mqtt/bridge/state") or {}
                return sorted(value for key, value in state.items() if key.startswith("status_")
                              and not key.endswith("_attributes"))
            wait_for(lambda: statuses() == ["credentials_rejected", "ok"], "both accounts' status")
            self.assertEqual(world.simulator.state()["password_posts"], 2)
            # Availability goes out last, behind the states and the documents.
            def available():
                return list(world.watcher.matching("/availability").values())
            wait_for(lambda: available() == ["online"] * 4, "the other account's cars online")
            status, out, _ = world.command("fetch")
            self.assertEqual(status, 3)
            self.assertEqual(len(json.loads(out)["vehicles"]), 4)
            self.assertEqual(world.simulator.state()["password_posts"], 2)
            self.assertEqual(bridge.stop(signal.SIGTERM)[0], 0)

    def test_cars_of_two_accounts_are_published_side_by_side(self):
        with World() as world:
            world.settings["accounts"] = [
                {"username": "lexus@example.com", "password": PASSWORD, "brand": "lexus"},
                {"username": "subaru@example.com", "password": PASSWORD, "brand": "subaru"}]
            world.start()
            self.assertEqual(len(world.wait_for_cars(2)), 2)
            self.assertEqual(world.simulator.state()["sign_ins"], 2)


if __name__ == "__main__":
    unittest.main()
