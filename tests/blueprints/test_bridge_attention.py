"""bridge_attention.yaml: what the owner has to do, and when nothing can be done."""

import unittest

from story import Story, also_in_every_language


@also_in_every_language("test_a_cloud_that_is_away_is_told_only_after_hours",
                        "test_another_problem_is_told_at_once",
                        "test_ok_set_up_and_unknown_are_no_problem")
class BridgeAttention(Story):
    STATUS = "sensor.toyota2mqtt_bridge_status_98b2282bfd"

    def setUp(self):
        super().setUp()
        self.status("ok")
        self.home.advance(60)

    def status(self, state, remedy=None, since=0, cause=None):
        word = self.words.get(state, state)
        self.home.set(self.STATUS, word, account="d…@e….com", cause=cause, remedy=remedy,
                      since=self.home.minutes(since))

    def watch(self, *more, **chosen):
        return self.use("bridge_attention", status=[self.STATUS, *more], **chosen)

    def test_a_rejected_sign_in_is_told_with_the_remedy_and_again_a_day_later(self):
        self.watch()
        self.status("credentials_rejected", "Write the new password.")
        self.one("d…@e….com: Write the new password.")
        self.home.advance(hours=23)
        self.nothing()
        self.home.advance(hours=2)
        self.one("new password")

    def test_a_cloud_that_is_away_is_told_only_after_hours(self):
        self.watch()
        self.status("unreachable", "The cloud did not answer.")
        self.home.advance(hours=5)
        self.nothing()
        self.home.advance(61)
        self.one("did not answer")

    def test_the_last_password_of_a_day_is_told_with_why_and_what_helps(self):
        self.watch()
        self.status("rate_limited", "Nothing needs to be done.",
                    cause="The password was sent 3 times within a day")
        self.home.advance(hours=5)
        self.nothing()
        self.home.advance(61)
        self.one("d…@e….com: The password was sent 3 times within a day. Nothing needs to be done.")

    def test_a_cloud_whose_trouble_changes_its_form_is_told_after_the_same_hours(self):
        self.watch()
        began = self.home.minutes(0)
        for hour in range(5):
            state = "unreachable" if hour % 2 else "rate_limited"
            self.home.set(self.STATUS, self.words.get(state, state), account="d…@e….com",
                          cause="Trouble", remedy=None, since=began)
            self.home.advance(hours=1)
            self.nothing()
        self.home.advance(61)
        self.one("Trouble")

    def test_a_restart_of_home_assistant_neither_repeats_nor_delays_it(self):
        self.watch()
        self.status("unreachable", "Away.")
        self.home.advance(hours=4)
        self.home.restart()
        self.home.advance(hours=2)
        self.one("Away.")
        self.home.restart()
        self.home.advance(hours=2)
        self.nothing()

    def test_another_problem_is_told_at_once(self):
        self.watch()
        self.status("action_required", "Accept the terms.")
        self.one("terms")
        self.home.advance(30)
        self.status("credentials_rejected", "The password.")
        self.one("password")

    def test_a_bridge_that_does_not_run_is_told_after_an_hour(self):
        self.watch()
        self.status("unavailable")
        self.home.advance(58)
        self.nothing()
        self.home.advance(2)
        self.one("does not run")

    def test_ok_set_up_and_unknown_are_no_problem(self):
        self.watch()
        for state in ("set_up", "unknown", "ok"):
            self.status(state)
            self.home.advance(hours=10)
            self.nothing()

    def test_two_accounts_are_told_in_one_message(self):
        other = "sensor.toyota2mqtt_bridge_status_0000000000"
        self.home.set(other, self.words.get("ok", "ok"), account="s…@e….org", remedy=None)
        self.watch(other)
        self.status("credentials_rejected", "One.")
        needed = self.words.get("action_required", "action_required")
        self.home.set(other, needed, account="s…@e….org", remedy="Two.",
                      since=self.home.minutes(0))
        self.one("One.", "s…@e….org: Two.")


if __name__ == "__main__":
    unittest.main()
