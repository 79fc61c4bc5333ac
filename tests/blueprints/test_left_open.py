"""left_open.yaml: an alarm needs a report of the doors from after parking."""

import unittest

from story import Story, also_backwards, also_in_every_language

ENTITIES = ("locked", "any_open", "doors_reported_at", "location_reported_at", "activity",
            "odometer")


@also_in_every_language("test_unlocked_and_reported_after_parking_is_told_once",
                        "test_an_open_window_on_the_road_is_no_alarm")
@also_backwards
class LeftOpen(Story):
    patience = 3

    def setUp(self):
        super().setUp()
        self.say(odometer=1000, activity="parked", location_reported_at=-600,
                 doors_reported_at=-590, locked="off", any_open="off", window="off")
        self.home.set("binary_sensor.blitz_window_driver", "off", device_class="window",
                      friendly_name="Blitz Driver window")
        self.home.advance(60)

    def watch(self, **chosen):
        return self.use("left_open", *ENTITIES, **chosen)

    def park(self, **doors):
        """The car arrives now; `doors` is what it says while the driver gets out."""
        self.say(odometer=1020, activity="parked", location_reported_at=0, doors_reported_at=0,
                 **doors)

    def test_unlocked_and_reported_after_parking_is_told_once(self):
        self.watch()
        self.park(locked="on")
        self.home.advance(10)
        self.say(doors_reported_at=0)
        self.one("13:00", "13:10 it reported: unlocked")
        self.home.advance(hours=20)
        self.nothing()

    def test_the_unlocked_report_of_the_moment_of_parking_is_no_alarm(self):
        self.watch()
        self.park(locked="on")
        self.home.advance(hours=24)
        self.nothing()

    def test_a_report_of_four_minutes_after_parking_is_too_early_and_five_is_not(self):
        for minutes, alarms in ((4, 0), (5, 1)):
            with self.subTest(minutes=minutes):
                self.setUp()
                self.watch()
                self.park(locked="on")
                self.home.advance(minutes)
                self.say(doors_reported_at=0)
                self.home.advance(30)
                self.assertEqual(len(self.home.messages()), alarms)

    def test_locked_and_closed_after_parking_is_silent(self):
        self.watch()
        self.park(locked="on")
        self.home.advance(10)
        self.say(locked="off", doors_reported_at=0)
        self.home.advance(hours=12)
        self.nothing()

    def test_an_open_window_is_named(self):
        self.watch()
        self.park()
        self.home.advance(10)
        self.home.set("binary_sensor.blitz_window_driver", "on")
        self.say(any_open="on", doors_reported_at=0)
        self.one("open (Blitz Driver window)")

    def test_unknown_doors_are_no_open_doors(self):
        self.watch()
        self.park(locked="unknown", any_open="unknown")
        self.home.advance(10)
        self.say(doors_reported_at=0)
        self.home.advance(hours=3)
        self.nothing()
        self.say(locked="unavailable", any_open="unavailable", doors_reported_at="unavailable",
                 location_reported_at="unknown", activity="unavailable", odometer="unknown")
        self.home.advance(hours=3)
        self.nothing()

    def test_an_open_window_on_the_road_is_no_alarm(self):
        self.watch()
        self.say(odometer=1005, activity="driving", any_open="on", doors_reported_at=0)
        self.home.advance(30)
        self.say(odometer=1025, doors_reported_at=0)
        self.nothing()

    def test_a_restart_on_the_road_makes_no_parking_of_the_morning(self):
        self.watch()
        self.say(odometer=1005, activity="driving")
        self.home.advance(20)
        self.home.restart()
        self.say(any_open="on", doors_reported_at=0)
        self.home.advance(5)
        self.nothing()

    def test_without_a_place_of_the_last_drive_the_old_place_proves_nothing(self):
        self.watch()
        self.say(odometer=1020, activity="driving")
        self.home.advance(20)
        self.say(odometer=1030, locked="on", doors_reported_at=0)
        self.home.advance(15)
        self.say(activity="parked")  # it stands still, but its place is that of the morning
        self.home.advance(hours=5)
        self.nothing()

    def test_something_else_that_is_left_open_is_told_too(self):
        self.watch()
        self.park(locked="on")
        self.home.advance(10)
        self.say(doors_reported_at=0)
        self.one("unlocked")
        self.home.advance(60)
        self.say(any_open="on", doors_reported_at=0)
        self.one("unlocked, open")

    def test_a_restart_of_home_assistant_repeats_nothing(self):
        self.watch()
        self.park(locked="on")
        self.home.advance(10)
        self.say(doors_reported_at=0)
        self.one("unlocked")
        self.home.advance(60)
        self.home.restart()
        self.home.advance(hours=5)
        self.nothing()

    def test_a_restart_does_not_lose_an_alarm_that_waits_for_the_end_of_the_quiet_hours(self):
        self.watch(quiet_start="13:00:00", quiet_end="15:00:00")
        self.park(locked="on")
        self.home.advance(10)
        self.say(doors_reported_at=0)
        self.home.advance(20)
        self.nothing()
        self.home.restart()
        self.home.at("14:56")
        self.nothing()
        self.one("unlocked")

    def test_what_was_locked_in_the_quiet_hours_is_not_told_after_them(self):
        self.watch(quiet_start="12:30:00", quiet_end="15:00:00")
        self.park(locked="on")
        self.home.advance(10)
        self.say(doors_reported_at=0)
        self.home.advance(20)
        self.say(locked="off", doors_reported_at=0)
        self.home.at("16:00")
        self.nothing()

    def test_not_known_is_said_only_when_asked_for_and_once(self):
        self.watch(tell_unknown=True)
        self.park(locked="on")
        self.home.advance(56)
        self.nothing()
        self.one("not known")
        self.home.advance(hours=20)
        self.nothing()

    def test_after_not_known_the_late_report_of_an_open_car_is_told(self):
        self.watch(tell_unknown=True)
        self.park(locked="on")
        self.home.advance(90)
        self.one("not known")
        self.say(doors_reported_at=0)
        self.one("unlocked")

    def test_after_not_known_the_late_report_of_a_locked_car_is_silent(self):
        self.watch(tell_unknown=True)
        self.park(locked="on")
        self.home.advance(90)
        self.one("not known")
        self.say(locked="off", doors_reported_at=0)
        self.home.advance(hours=3)
        self.nothing()

    def test_the_next_parking_is_a_new_story(self):
        self.watch()
        for odometer in (1020, 1040):
            self.say(odometer=odometer, activity="parked", location_reported_at=0,
                     doors_reported_at=0, locked="on")
            self.home.advance(10)
            self.say(doors_reported_at=0)
            self.home.advance(60)
            self.one("unlocked")


if __name__ == "__main__":
    unittest.main()
