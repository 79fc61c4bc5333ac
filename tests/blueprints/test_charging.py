"""The blueprints about charging and range."""

import unittest

from story import Story, also_backwards, also_in_every_language, entity


@also_backwards
class ChargeReached(Story):
    def setUp(self):
        super().setUp()
        self.home.at("18:00")
        self.say(battery_level=60, charging="on", plugged_in="on", charge_reported_at=0)
        self.home.advance(1)

    def watch(self, **chosen):
        return self.use("charge_reached", "battery_level", "charging", "plugged_in",
                        "charge_reported_at", **chosen)

    def charge_to(self, level, minutes=30):
        self.home.advance(minutes)
        self.say(battery_level=level, charge_reported_at=0)

    def test_the_level_is_told_once_when_it_is_reached_or_passed(self):
        self.watch()
        self.charge_to(78)
        self.nothing()
        self.charge_to(83)
        self.one("83 %", "19:02")
        self.charge_to(90)
        self.nothing()

    def test_a_level_that_goes_to_and_fro_at_the_limit_is_told_once(self):
        self.watch()
        for level in (79, 80, 79, 80, 78, 81):
            self.charge_to(level, 5)
        self.one("80 %")

    def test_at_night_it_is_told_in_the_morning(self):
        self.watch()
        self.home.at("23:30")
        self.charge_to(85)
        self.say(charging="off")
        self.home.at("06:58")
        self.nothing()
        self.home.at("07:00")
        self.one("85 %")

    def test_an_unknown_level_that_comes_back_is_no_crossing(self):
        self.say(battery_level=90, charging="off", plugged_in="off")
        self.watch()
        self.home.advance(10)
        self.say(battery_level="unavailable", charging="unavailable", plugged_in="unknown")
        self.home.advance(10)
        self.say(battery_level=90, charging="off", plugged_in="off")
        self.home.advance(hours=3)
        self.nothing()

    def test_after_a_restart_in_the_middle_of_a_charge_it_is_not_told_again(self):
        self.watch()
        self.charge_to(83)
        self.one("83 %")
        self.home.restart()
        self.charge_to(88)
        self.nothing()

    def test_what_the_car_said_yesterday_is_no_news(self):
        self.say(battery_level=90, charge_reported_at=-60 * 20)
        self.watch()
        self.home.restart()
        self.home.advance(hours=1)
        self.nothing()


@also_in_every_language("test_complete_is_told_with_the_level",
                        "test_an_end_without_the_word_complete_is_called_an_end",
                        "test_an_end_without_the_word_complete_can_be_left_out")
@also_backwards
class ChargeFinished(Story):
    def setUp(self):
        super().setUp()
        self.say(charging_status="charging", battery_level=70, charge_reported_at=0)

    def watch(self, **chosen):
        return self.use("charge_finished", "charging_status", "battery_level",
                        "charge_reported_at", **chosen)

    def test_complete_is_told_with_the_level(self):
        self.watch()
        self.say(battery_level=100, charge_reported_at=0, charging_status="charge_complete")
        self.one("is complete", "100 %")
        self.home.advance(hours=30)
        self.nothing()

    def test_an_end_without_the_word_complete_is_called_an_end(self):
        self.watch()
        self.say(charging_status="plugged", battery_level=43)
        self.one("has ended")

    def test_an_end_without_the_word_complete_can_be_left_out(self):
        self.watch(tell_ended=False)
        self.say(charging_status="none")
        self.home.advance(hours=12)
        self.nothing()

    def test_a_status_that_becomes_unknown_or_known_again_is_no_end(self):
        self.watch()
        self.say(charging_status="unavailable")
        self.home.advance(30)
        self.say(charging_status="plugged")
        self.say(charging_status="unknown")
        self.say(charging_status="none")
        self.home.advance(30)
        self.nothing()

    def test_an_end_at_night_is_told_in_the_morning_unless_it_charges_again(self):
        self.watch()
        self.home.at("23:00")
        self.say(charging_status="plugged", battery_level=50)
        self.home.at("07:00")
        self.one("has ended", "50 %")
        self.say(charging_status="charging")
        self.home.at("23:00")
        self.say(charging_status="plugged")
        self.home.advance(30)
        self.say(charging_status="charging", charge_reported_at=0)
        self.home.at("08:00")
        self.nothing()

    def test_complete_while_home_assistant_restarts_is_told_later_and_once(self):
        self.watch()
        self.home.advance(60)
        self.say(charging_status="unavailable")
        self.say(charging_status="charge_complete", battery_level=100, charge_reported_at=0)
        self.home.advance(15)
        self.one("is complete")
        self.home.restart()
        self.home.advance(60)
        self.nothing()

    def test_an_unknown_level_is_said_to_be_unknown(self):
        self.watch()
        self.say(battery_level="unknown", charging_status="charge_complete")
        self.one("not known")


@also_backwards
class ChargingSlow(Story):
    def setUp(self):
        super().setUp()
        self.say(charging="off", battery_level=30, charge_end="unknown", charge_reported_at=0)

    def watch(self, **chosen):
        return self.use("charging_slow", "charging", "battery_level", "charge_end",
                        "charge_reported_at", **chosen)

    def begin(self, full_in=240):
        self.say(charge_reported_at=0, charge_end=full_in, charging="on")

    def report(self, level, minutes, full_in=None):
        self.home.advance(minutes)
        self.say(battery_level=level, charge_reported_at=0)
        if full_in is not None:
            self.say(charge_end=full_in)

    def test_an_end_that_slips_is_told_once(self):
        self.watch()
        self.begin(240)
        self.report(34, 60, 240)
        self.one("60 minutes later", "4 %")
        self.report(37, 60, 300)
        self.nothing()

    def test_a_charge_that_keeps_its_time_is_silent(self):
        self.watch()
        self.begin(240)
        for passed in range(1, 5):
            self.report(30 + 12 * passed, 60, 240 - 60 * passed)
        self.say(charging="off")
        self.nothing()

    def test_less_than_the_share_of_the_usual_speed_is_told(self):
        self.watch(usual=16)
        self.begin(240)
        self.report(39, 60)
        self.one("9.0 % per hour")

    def test_the_first_half_hour_is_too_short_to_judge(self):
        self.watch(usual=16)
        self.begin(240)
        self.report(31, 30, 300)
        self.nothing()

    def test_the_usual_speed_or_nearly_is_silent(self):
        self.watch(usual=16)
        self.begin(240)
        self.report(43, 60)
        self.report(55, 60)
        self.nothing()

    def test_the_end_of_a_charge_is_slow_by_nature_and_silent(self):
        self.watch(usual=16)
        self.say(battery_level=85)
        self.begin(60)
        self.report(90, 70, 60)
        self.report(93, 70, 60)
        self.nothing()

    def test_no_new_report_of_the_car_is_not_a_slow_charge(self):
        self.watch(usual=16)
        self.begin(240)
        self.home.advance(hours=5)
        self.nothing()

    def test_unknown_values_on_the_way_are_not_a_slow_charge(self):
        self.watch(usual=16)
        self.begin(240)
        self.home.advance(70)
        self.say(battery_level="unavailable", charging="unavailable", charge_end="unavailable",
                 charge_reported_at="unavailable")
        self.home.advance(10)
        self.say(battery_level=46, charging="on", charge_end=160, charge_reported_at=0)
        self.home.advance(10)
        self.nothing()

    def test_the_next_charge_begins_anew(self):
        self.watch()
        self.begin(240)
        self.report(34, 60, 240)
        self.one("later")
        self.say(charging="off")
        self.home.advance(60)
        self.begin(240)
        self.report(50, 60, 180)
        self.nothing()
        self.report(52, 60, 240)
        self.one("later")


@also_backwards
class LowRange(Story):
    def setUp(self):
        super().setUp()
        self.home.set(entity("ev_range"), 120, unit_of_measurement="km")
        self.say(charging="off")

    def watch(self, **chosen):
        return self.use("low_range", range=entity("ev_range"), **chosen)

    def test_a_range_that_falls_below_the_limit_is_told(self):
        self.watch()
        self.say(ev_range=61)
        self.nothing()
        self.say(ev_range=59)
        self.one("59 km")

    def test_a_range_that_goes_to_and_fro_at_the_limit_is_told_once(self):
        self.watch()
        for distance in (59, 62, 58, 64, 57):
            self.say(ev_range=distance)
            self.home.advance(5)
        self.one("59 km")

    def test_after_it_was_good_again_the_next_fall_is_told(self):
        self.watch()
        self.say(ev_range=50)
        self.one("50 km")
        self.say(ev_range=200)
        self.home.advance(60)
        self.say(ev_range=40)
        self.one("40 km")

    def test_while_it_stays_low_it_is_told_again_a_day_later(self):
        self.watch()
        self.say(ev_range=50)
        self.one("50 km")
        self.home.advance(hours=23)
        self.nothing()
        self.home.advance(hours=2)
        self.one("50 km")

    def test_unknown_and_back_is_not_told_again(self):
        self.watch()
        self.say(ev_range=50)
        self.one("50 km")
        self.home.restart()
        self.home.advance(60)
        self.say(ev_range="unavailable")
        self.home.advance(60)
        self.say(ev_range=50)
        self.home.advance(60)
        self.nothing()

    def test_an_unknown_range_is_no_low_range(self):
        self.watch()
        self.say(ev_range="unknown")
        self.home.advance(hours=30)
        self.nothing()

    def test_at_the_charger_nothing_is_said(self):
        self.watch(charging=entity("charging"))
        self.say(charging="on", ev_range=30)
        self.home.advance(60)
        self.nothing()

    def test_a_charge_that_ends_too_early_leaves_a_low_range(self):
        self.watch(charging=entity("charging"))
        self.say(charging="on")
        self.say(ev_range=30)
        self.home.advance(60)
        self.say(charging="off")
        self.home.advance(10)
        self.one("30 km")

    def test_at_night_it_waits_for_the_morning(self):
        self.watch()
        self.home.at("23:00")
        self.say(ev_range=30)
        self.home.at("06:58")
        self.nothing()
        self.home.at("07:10")
        self.one("30 km")


if __name__ == "__main__":
    unittest.main()
