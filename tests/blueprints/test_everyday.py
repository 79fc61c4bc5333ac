"""The blueprints about leaving, plugging in, warnings and service."""

import unittest

from story import Story, also_backwards, also_in_every_language, entity


@also_in_every_language("test_at_home_and_low_and_not_plugged_in_is_told_once_for_each_arrival",
                        "test_enough_charge_another_place_or_the_road_are_no_reason")
@also_backwards
class PlugIn(Story):
    def setUp(self):
        super().setUp()
        self.home.at("17:00")
        self.home.set("zone.home", 0, friendly_name="Home")
        self.home.set("zone.work", 0, friendly_name="Work")
        self.say(battery_level=40, plugged_in="off", charging="off", location="not_home",
                 activity="driving", location_reported_at=-480, charge_reported_at=-5)

    def watch(self, **chosen):
        return self.use("plug_in", "battery_level", "plugged_in", "charging", "location",
                        "location_reported_at", "charge_reported_at", "activity", **chosen)

    def arrive(self, place="home", **reports):
        self.say(**{"location": place, "location_reported_at": 0, "charge_reported_at": 0,
                    "activity": "parked", **reports})

    def test_at_home_and_low_and_not_plugged_in_is_told_once_for_each_arrival(self):
        self.watch()
        self.arrive()
        self.home.advance(28)
        self.nothing()
        self.home.advance(6)
        self.one("17:00", "40 %", "not plugged in")
        self.home.at("21:00")
        self.nothing()
        self.home.at("18:00")
        self.arrive(battery_level=35)
        self.home.advance(40)
        self.one("35 %")

    def test_who_plugs_in_in_time_is_left_alone(self):
        self.watch()
        self.arrive()
        self.home.advance(20)
        self.say(plugged_in="on", charge_reported_at=0)
        self.home.advance(hours=4)
        self.nothing()

    def test_enough_charge_another_place_or_the_road_are_no_reason(self):
        self.watch()
        self.arrive(battery_level=50)
        self.home.advance(60)
        self.nothing()
        self.arrive(place="Work", battery_level=20)
        self.home.advance(60)
        self.nothing()
        self.arrive(battery_level=80)
        self.home.advance(60)
        self.say(activity="driving", battery_level=30, charge_reported_at=0)  # its place is old now
        self.home.advance(60)
        self.nothing()

    def test_a_plug_state_from_before_the_arrival_tells_nothing(self):
        self.watch()
        self.arrive(charge_reported_at=-3)
        self.home.advance(hours=3)
        self.nothing()

    def test_an_unknown_plug_is_told_only_when_asked_for(self):
        self.watch()
        self.arrive(plugged_in="unknown")
        self.home.advance(60)
        self.nothing()
        self.watch(when_unknown=True)
        self.home.advance(6)
        self.one("not known")

    def test_the_word_of_the_wallbox_counts_more_than_the_cars(self):
        self.home.set("sensor.wallbox", "connected")
        self.watch(other_wallbox="sensor.wallbox")
        self.arrive()
        self.home.advance(60)
        self.nothing()
        self.home.set("sensor.wallbox", "idle")
        self.home.advance(6)
        self.one("not plugged in")

    def test_a_wallbox_that_is_away_leaves_the_word_to_the_car(self):
        self.home.set("binary_sensor.wallbox", "unavailable")
        self.watch(other_wallbox="binary_sensor.wallbox")
        self.arrive()
        self.home.advance(40)
        self.one("not plugged in")

    def test_another_zone_can_be_home(self):
        self.watch(zone="zone.work")
        self.arrive(place="Work")
        self.home.advance(40)
        self.one("40 %")

    def test_at_night_it_waits_for_the_morning_and_asks_again_whether_it_is_true(self):
        self.watch()
        self.home.at("22:30")
        self.arrive()
        self.home.at("06:58")
        self.nothing()
        self.home.at("07:05")
        self.one("22:30")

    def test_unknown_values_remind_of_nothing(self):
        self.watch(when_unknown=True)
        self.arrive(battery_level="unknown", plugged_in="unknown")
        self.home.advance(60)
        self.arrive(place="unknown", location_reported_at="unavailable")
        self.home.advance(60)
        self.nothing()


class Precondition(Story):
    def setUp(self):
        super().setUp()
        self.home.at("05:00")  # Tuesday
        self.home.set("zone.home", 0, friendly_name="Home")
        self.home.set(entity("climate"), "off")
        self.say(location="home", plugged_in="on", battery_level=70)

    def watch(self, **chosen):
        return self.use("precondition", "climate", **chosen)

    def starts(self):
        found = [target for _, action, _, target in self.home.calls if action == "climate.turn_on"]
        self.home.calls = [call for call in self.home.calls if call[1] != "climate.turn_on"]
        return found

    def test_the_climate_starts_once_in_time_and_the_confirmation_is_told(self):
        self.watch()
        self.home.at("07:14")
        self.assertEqual(self.starts(), [])
        self.home.at("07:16")
        self.assertEqual(self.starts(), [{"entity_id": "climate.blitz_climate"}])
        self.home.set(entity("climate"), "heat_cool", hvac_action="off")  # wanted, not confirmed
        self.nothing()
        self.home.set(entity("climate"), "heat_cool", hvac_action="heating")
        self.one("runs")
        self.home.set(entity("climate"), "off", hvac_action="off")
        self.home.at("12:00")
        self.assertEqual(self.starts(), [])

    def test_a_start_that_the_car_does_not_confirm_is_told_as_such(self):
        self.watch()
        self.home.at("07:35")
        self.one("has not confirmed")

    def test_a_mode_that_only_shows_the_wish_confirms_nothing(self):
        self.watch()
        self.home.at("07:16")
        self.home.set(entity("climate"), "heat_cool", hvac_action="off")
        self.home.at("07:19")
        self.home.set(entity("climate"), "off")  # the command is over, without a word of the car
        self.home.at("07:35")
        self.one("has not confirmed")

    def test_no_start_on_a_day_that_was_not_chosen(self):
        self.watch(days=["mon", "sat"])
        self.home.at("08:00")
        self.assertEqual(self.starts(), [])
        self.nothing()

    def test_a_restart_in_the_time_before_leaving_starts_nothing_twice(self):
        self.watch()
        self.home.at("07:20")
        self.assertEqual(len(self.starts()), 1)
        self.home.restart()
        self.home.at("07:29")
        self.assertEqual(self.starts(), [])

    def test_leaving_just_after_midnight_belongs_to_the_day_of_leaving(self):
        self.watch(departure="00:05:00", days=["wed"])
        self.home.at("23:49")
        self.assertEqual(self.starts(), [])
        self.home.at("23:51")
        self.assertEqual(len(self.starts()), 1)

    def test_what_stands_against_it_is_told_and_nothing_starts(self):
        cases = {"known to be there": {"location": "not_home"},
                 "known to be plugged in": {"plugged_in": "unknown"},
                 "level is not known": {"battery_level": "unavailable"},
                 "too low": {"battery_level": 20}, "cannot be reached": {"climate": "unavailable"}}
        for reason, reports in cases.items():
            with self.subTest(reason=reason):
                self.setUp()
                self.say(**reports)
                self.watch(location=entity("location"), plugged_in=entity("plugged_in"),
                           battery_level=entity("battery_level"))
                self.home.at("07:20")
                self.assertEqual(self.starts(), [])
                self.one("not started", reason)

    def test_when_everything_that_was_asked_for_holds_it_starts(self):
        self.watch(location=entity("location"), plugged_in=entity("plugged_in"),
                   battery_level=entity("battery_level"))
        self.home.at("07:20")
        self.assertEqual(len(self.starts()), 1)

    def test_quiet_hours_hold_back_the_message_not_the_climate(self):
        self.watch(departure="05:30:00")
        self.home.at("05:20")
        self.assertEqual(len(self.starts()), 1)
        self.home.at("12:00")
        self.nothing()


@also_backwards
class Warning(Story):
    def setUp(self):
        super().setUp()
        self.say(warning="off", warning_count=0, engine_oil="off")
        self.home.advance(1)

    def watch(self, **chosen):
        return self.use("warning", "warning", "warning_count",
                        **{"engine_oil": entity("engine_oil"), **chosen})

    def test_a_warning_is_told_once_and_again_after_three_days(self):
        self.watch()
        self.say(warning="on", warning_count=1)
        self.one("1 warning.")
        self.home.advance(hours=60)
        self.nothing()
        self.home.at("12:20")
        self.one("1 warning.")

    def test_one_more_warning_is_told_at_once_and_one_less_is_not(self):
        self.watch()
        self.say(warning="on", warning_count=1)
        self.one("1 warning.")
        self.home.advance(60)
        self.say(warning_count=2)
        self.one("2 warnings.")
        self.say(warning_count=1)
        self.nothing()

    def test_oil_alone_is_told_as_oil(self):
        self.watch()
        self.say(engine_oil="on")
        self.one("engine oil")

    def test_a_car_without_an_engine_needs_no_oil(self):
        self.watch(engine_oil=[])
        self.say(warning="on", warning_count="unknown")
        self.one("a warning")

    def test_unknown_and_back_is_not_told_again(self):
        self.watch()
        self.say(warning="on", warning_count=1)
        self.one("warning")
        self.home.restart()
        self.home.advance(hours=2)
        self.nothing()

    def test_an_unknown_warning_is_no_warning(self):
        self.watch()
        self.say(warning="unknown", warning_count="unknown", engine_oil="unavailable")
        self.home.advance(hours=5)
        self.nothing()

    def test_a_warning_at_night_is_told_in_the_morning_if_it_lasts(self):
        for lasts in (True, False):
            with self.subTest(lasts=lasts):
                self.setUp()
                self.watch()
                self.home.at("23:00")
                self.say(warning="on", warning_count=1)
                self.home.at("06:58")
                self.nothing()
                if not lasts:
                    self.say(warning="off", warning_count=0)
                self.home.at("07:00")
                self.one("warning") if lasts else self.nothing()


class ServiceDue(Story):
    def setUp(self):
        super().setUp()
        self.home.set(entity("odometer"), 20000, unit_of_measurement="km")
        self.say(last_service="2025-09-01", last_service_odometer=10000)

    def watch(self, **chosen):
        return self.use("service_due", "odometer", **{
            "last_service": entity("last_service"),
            "last_service_odometer": entity("last_service_odometer"), **chosen})

    def test_before_both_limits_it_is_silent(self):
        self.watch()
        self.home.advance(60)
        self.nothing()

    def test_the_distance_alone_makes_it_due(self):
        self.watch()
        self.say(odometer=24100)
        self.home.advance(30)
        self.one("900 km left", "183 days left")

    def test_the_time_alone_makes_it_due(self):
        self.say(last_service="2025-03-20")
        self.watch(last_service_odometer=[])
        self.home.advance(30)
        self.one("18 days left")

    def test_it_is_told_again_after_two_weeks_and_stops_after_the_service(self):
        self.watch()
        self.say(odometer=25500)
        self.home.advance(30)
        self.one("500 km overdue, 183 days left")
        self.home.advance(hours=24 * 13)
        self.nothing()
        self.home.advance(hours=25)
        self.one("km overdue")
        self.say(last_service="2026-03-17", last_service_odometer=25600)
        self.home.advance(hours=24 * 20)
        self.nothing()

    def test_what_is_over_is_called_overdue_and_never_a_negative_number(self):
        for last, text in [("2025-02-15", "15 days overdue"), ("2025-03-01", "1 day overdue"),
                           ("2025-03-02", "due today"), ("2025-03-03", "1 day left")]:
            with self.subTest(text):
                self.home.automations.clear()
                self.say(last_service=last, odometer=24999)
                self.watch(remind=1)
                self.home.advance(30)
                self.one("1 km left, " + text)

    def test_an_own_service_that_is_newer_counts(self):
        self.say(odometer=25500)
        self.watch(own_date="2026-02-01", own_odometer=24000)
        self.home.advance(60)
        self.nothing()

    def test_what_is_not_known_is_not_due(self):
        self.say(odometer="unknown", last_service="unknown", last_service_odometer="unavailable")
        self.watch()
        self.home.advance(60)
        self.nothing()
        self.watch(last_service=[], last_service_odometer=[])
        self.say(odometer=90000)
        self.home.advance(60)
        self.nothing()

    def test_an_interval_of_nothing_is_not_looked_at(self):
        self.say(odometer=90000, last_service="2020-01-01")
        self.watch(interval=0, months=0)
        self.home.advance(60)
        self.nothing()


if __name__ == "__main__":
    unittest.main()
