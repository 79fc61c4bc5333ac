"""What clouds said about cars that was not so, or not in the form that was to be expected: numbers as
texts, times of every form, parts that nobody knows, sums without their parts, flags that lie. Each case
is named after its line or the kind of the report (docs/field-tests.md); every value is invented."""

import json
import unittest
import urllib.parse

from browser import Browser
from field_world import (BEV, ELECTRIC, HYBRID, PLACE, STATUS, TELEMETRY, TRIPS, FieldWorld, ago,
                         electric, place, telemetry)
from harness import wait_for
from rest_client import Rest

CLIMATE_SETTINGS = "/v1/vehicle/climate-settings"
HEALTH = "/v1/vehiclehealth/status"
SERVICE = "/v1/servicehistory/vehicle/summary"
COMMAND = "POST /v1/global/remote/command"
DOORS = ("driver", "passenger", "rearLeft", "rearRight", "rearBack")
WINDOWS = DOORS[:4]


def status(at=None, **changes):
    """A closed and locked car; `changes` by path: doors__driver__lockStatus__status="…"."""
    at = at or ago(minutes=5)
    node = lambda word: {"status": word, "lastUpdateTimestamp": at}
    payload = {"lastUpdateTimestamp": at, "overallStatus": "ok", "overallWarningCounts": 0,
               "leftHandDrive": True,
               "doors": {name: {"lockStatus": node("locked"), "openStatus": node("close")}
                         for name in DOORS} | {"hood": {"openStatus": node("close")}},
               "windows": {name: node("close") for name in WINDOWS}}
    for path, value in changes.items():
        *way, last = path.split("__")
        place_of = payload
        for key in way:
            place_of = place_of.setdefault(key, {})
        place_of[last] = value
    return {"payload": payload}


def health(*warnings, at=None):
    return {"payload": {"warning": list(warnings), "quantityOfEngOilIcon": [],
                        "wnglastUpdTime": at or ago(minutes=5)}}


def document_of(world):
    """The discovery document of the only car."""
    return wait_for(lambda: [one for name, one in world.discovery().items()
                             if "bridge" not in name], "the car's document")[0]


def lamp(code, text="Check the engine", severity="2", at=None):
    return {"wngcode": code, "wngdesc": text, "severity": severity,
            "wngdcmtime": at or ago(hours=1)}


class Warnings(unittest.TestCase):
    def test_b1_an_open_car_warns_of_nothing_and_a_lamp_is_shown_and_told_once(self):
        with FieldWorld([HYBRID]) as world:
            world.cloud.say({STATUS: status(overallStatus="warning", overallWarningCounts=4,
                                            doors__driver__openStatus__status="open",
                                            doors__driver__lockStatus__status="unlocked"),
                             HEALTH: health()})
            world.start()
            state = world.first_state(HYBRID)
            self.assertEqual((state["warning"], state["warning_count"]), (False, 0))
            self.assertEqual((state["any_open"], state["locked"]), (True, True))
            topic = world.topic(HYBRID, "event/vehicle_warning")
            at = ago(minutes=3)
            world.cloud.say({HEALTH: health(lamp("P0A80", "Hybrid system", "3", at),
                                            at=ago(minutes=2))})
            state = world.read_again(HYBRID)
            self.assertEqual((state["warning"], state["warning_count"]), (True, 1))
            self.assertEqual(state["warning_attributes"], {
                "code": "P0A80", "text": "Hybrid system", "severity": "3", "time": at})
            event = wait_for(lambda: world.watcher.json(topic), "the event of the lamp")
            self.assertEqual(event, {"event_type": "warning", "code": "P0A80",
                                     "text": "Hybrid system", "severity": "3", "time": at})
            world.read_again(HYBRID)
            self.assertEqual(len([1 for name, *_ in world.watcher.messages if name == topic]), 1)
            document = document_of(world)
            self.assertEqual(document["components"]["vehicle_warning"]["event_types"], ["warning"])
            self.assertIn("json_attributes_topic", document["components"]["warning"])


class Parts(unittest.TestCase):
    def test_c56_and_c56b_a_part_that_nobody_understands_is_neither_closed_nor_locked(self):
        unclear = {"c56": ({"windows__driver__status": "halfOpen"}, None, False),
                   "c56b": ({"doors__driver__lockStatus__status": "partiallyLocked"}, False, None),
                   "B2 a sunroof": ({"windows__sunroof": {"status": "close"}}, None, False),
                   "B2 sliding doors": ({"doors__slidingLeft": {
                       "lockStatus": {"status": "locked"}, "openStatus": {"status": "close"}}},
                       None, None)}
        for name, (changes, any_open, locked) in unclear.items():
            with self.subTest(name), FieldWorld([HYBRID]) as world:
                world.cloud.say({STATUS: status(**changes)})
                bridge = world.start()
                state = world.first_state(HYBRID)
                self.assertEqual((state["any_open"], state["locked"]), (any_open, locked))
                world.read_again(HYBRID)
                self.assertEqual(len(world.log_lines(bridge, "unknown value in status")), 1)


class Numbers(unittest.TestCase):
    def test_c26_c13b_and_c52_numbers_as_texts_are_read(self):
        with FieldWorld([BEV, HYBRID]) as world:
            report = ago(minutes=4)
            world.cloud.say({ELECTRIC: electric(report, batteryLevel="77.0",
                                                chargingStatus="charging", remainingChargeTime=1490,
                                                evRange={"value": "154,2", "unit": "km"})},
                            vin=BEV["vin"])
            world.cloud.say({TELEMETRY: telemetry(odometer="30,420", fuelLevel=55.0),
                             SERVICE: {"payload": {"serviceHistories": [
                                 {"serviceDate": "2026-03-02", "mileage": "21,738", "unit": "mi"}]}}},
                            vin=HYBRID["vin"])
            world.start()
            electric_car, hybrid = world.first_state(BEV), world.first_state(HYBRID)
            self.assertEqual(electric_car["battery_level"], 77)
            self.assertEqual(electric_car["ev_range"], 154.2)
            self.assertEqual(electric_car["charge_time_left"], 1490)
            self.assertIsNotNone(electric_car["charge_end"])
            self.assertEqual(hybrid["odometer"], 30420)
            self.assertEqual(hybrid["fuel_level"], 55)
            self.assertEqual(hybrid["last_service_odometer"], 34984)

    def test_c27_what_cannot_be_read_is_unknown_logged_once_and_counted_from_midnight(self):
        with FieldWorld([BEV]) as world:
            world.cloud.say({ELECTRIC: electric(batteryLevel="", evRange={"value": "unavailable",
                                                                         "unit": "km"},
                                                evRangeWithAc="N/A"),
                             TELEMETRY: telemetry(fuelType="E", odometer="--", batteryLevel={},
                                                  chargingStatus="none")})
            bridge = world.start()
            state = world.first_state(BEV)
            self.assertIsNone(state.get("battery_level"))
            self.assertIsNone(state.get("odometer"))
            self.assertEqual(state["charging_status"], "none")
            world.read_again(BEV)
            for field in ("batteryLevel", "evRange.value", "evRangeWithAc"):
                lines = world.log_lines(bridge, f"unknown value in electric {field}:")
                self.assertEqual(len(lines), 1, field)
            def counted():
                shown = world.bridge_state()
                return shown["unknown_values"] >= 10 and shown["requests_today"] > 10 and shown
            before = wait_for(counted, "the counts of two readings", 60)
            bridge.stop()
            world.start()
            world.first_state(BEV)
            after = wait_for(lambda: (shown := world.bridge_state()) and
                             shown["requests_today"] > before["requests_today"] and shown,
                             "the counts of the day after a restart", 60)
            self.assertGreaterEqual(after["unknown_values"], before["unknown_values"])

    def test_c66_bytes_that_are_no_utf_8_cost_a_character(self):
        with FieldWorld([HYBRID]) as world:
            def broken(body):
                listed = json.loads(body)
                listed["payload"][0]["nickName"] = "J@@rg"
                return json.dumps(listed).encode().replace(b"@@", b"\xf6")
            world.cloud.say({"/v2/vehicle/guid": broken})
            world.cloud.say({"/v2/notification/history": {"body": (
                b'{"payload":[{"notifications":[{"messageId":"m","notificationDate":"'
                + ago(minutes=9).encode() + b'","message":"T\xfcr"}]}]}')}})
            world.start()
            wait_for(lambda: [one for one in world.discovery().values()
                              if one["device"]["name"].startswith("J")], "the car")
            names = [one["device"]["name"] for one in world.discovery().values()]
            self.assertIn("J\N{REPLACEMENT CHARACTER}rg", names)


class Times(unittest.TestCase):
    def test_p05_every_form_of_a_time_is_read_and_an_older_answer_changes_nothing(self):
        with FieldWorld([BEV]) as world:
            day = ago(hours=1)[:11]
            hour = ago(hours=1)[11:13]
            forms = [(50, f"{day}{hour}:00:00Z", f"{day}{hour}:00:00Z"),
                     (60, f"{day}{hour}:10:00.123456Z", f"{day}{hour}:10:00Z"),
                     (70, f"{day}{hour}:20:00.1234567Z", f"{day}{hour}:20:00Z"),
                     (75, f"{day}{hour}:30Z", f"{day}{hour}:30:00Z"),
                     (10, ago(days=1), f"{day}{hour}:30:00Z")]
            # The newer of two sources counts; telemetry shall say nothing newer here.
            world.cloud.say({ELECTRIC: electric(forms[0][1], batteryLevel=50),
                             TELEMETRY: telemetry(ago(days=2), fuelType="E", odometer=100)})
            world.start()
            world.first_state(BEV)
            for level, sent, shown in forms:
                world.cloud.say({ELECTRIC: electric(sent, batteryLevel=level)})
                state = world.read_again(BEV)
                self.assertEqual(state["battery_level"], level if level != 10 else 75)
                self.assertEqual(state["charge_reported_at"], shown)

    def test_p09_a_value_without_a_believable_time_stands_under_no_other_time(self):
        with FieldWorld([BEV, HYBRID]) as world:
            world.cloud.say({ELECTRIC: electric(ago(hours=1), batteryLevel=61)}, vin=BEV["vin"])
            world.cloud.say({TELEMETRY: telemetry(ago(hours=1), fuelLevel=61),
                             STATUS: status(ago(hours=1))}, vin=HYBRID["vin"])
            world.start()
            world.first_state(BEV)
            world.first_state(HYBRID)
            for sent in (None, ago(minutes=-10), "soon"):
                body = electric(batteryLevel=30)
                body["payload"]["lastUpdateTimestamp"] = sent
                other, doors = telemetry(fuelLevel=30), status(windows__driver__status="open")
                other["payload"]["timestamp"] = sent
                doors["payload"]["lastUpdateTimestamp"] = sent
                world.cloud.say({ELECTRIC: body}, vin=BEV["vin"])
                world.cloud.say({TELEMETRY: other, STATUS: doors}, vin=HYBRID["vin"])
                state, hybrid = world.read_again(BEV), world.read_again(HYBRID)
                self.assertEqual((state["battery_level"], state["charge_reported_at"]), (30, None))
                self.assertEqual((hybrid["fuel_level"], hybrid["telemetry_reported_at"]),
                                 (30, None))
                self.assertIsNone(hybrid["doors_reported_at"])

    def test_p04_c01_and_c01b_a_place_that_is_none_moves_nothing(self):
        with FieldWorld([HYBRID, BEV]) as world:
            first = ago(hours=2)
            world.cloud.say({PLACE: place(48.1, 11.5, first)}, vin=HYBRID["vin"])
            world.cloud.say({PLACE: place("999.0", "999.0")}, vin=BEV["vin"])
            world.start()
            self.assertEqual(world.first_state(HYBRID)["location_reported_at"], first)
            self.assertIsNone(world.first_state(BEV).get("location_reported_at"))
            self.assertIsNone(world.place(BEV))
            for latitude, longitude in ((999.0, 999.0), (0, 0), (None, None), ("999", "999")):
                world.cloud.say({PLACE: place(latitude, longitude)}, vin=HYBRID["vin"])
                self.assertEqual(world.read_again(HYBRID)["location_reported_at"], first)
                kept = world.place(HYBRID)
                self.assertEqual((kept["latitude"], kept["reported_at"]), (48.1, first))
            world.cloud.say({PLACE: place("48.1371", "11.5761")}, vin=BEV["vin"])
            world.read_again(BEV)
            self.assertEqual(world.place(BEV)["latitude"], 48.1371)


class Sums(unittest.TestCase):
    def test_p06_sums_without_their_parts_are_unknown_or_the_own_total(self):
        with FieldWorld([HYBRID]) as world:
            started, ended = ago(minutes=40), ago(minutes=10)
            if started[:10] != ended[:10]:
                self.skipTest("midnight lies between: the trip belongs to two days")
            year, month = int(ended[:4]), int(ended[5:7])
            world.cloud.say({TRIPS: {"payload": {
                "from": f"{year}-01-01", "to": f"{year}-12-31",
                "summary": [{"year": year, "month": month, "histograms": None,
                             "summary": {"length": 100000, "fuelConsumption": 5000}}],
                "trips": [{"id": "9", "summary": {"length": 9000, "duration": 1500,
                                                  "startTs": started, "endTs": ended}}]}}})
            world.start()
            state = world.first_state(HYBRID)
            self.assertEqual((state["distance_month"], state["fuel_month"]), (100, 5))
            self.assertEqual(state["trip_distance"], 9)
            self.assertIsNone(state.get("distance_day"))
            self.assertIsNone(state.get("distance_week"))


class Climate(unittest.TestCase):
    def test_b10_the_limits_are_the_cars_own_in_discovery_and_in_what_is_taken(self):
        with FieldWorld([HYBRID]) as world:
            world.cloud.say({CLIMATE_SETTINGS: {"payload": {
                "temperature": {"value": 21, "unit": "C"}, "duration": 20,
                "minTemp": 15, "maxTemp": 30, "tempInterval": 0.5}}})
            world.start()
            world.first_state(HYBRID)
            document = document_of(world)
            climate = document["components"]["climate"]
            self.assertEqual([climate[key] for key in ("min_temp", "max_temp", "temp_step")],
                             [15, 30, 0.5])
            topic = world.topic(HYBRID, "climate/temperature/set")
            world.publish(topic, "15.6")
            wait_for(lambda: world.car_state(HYBRID)["climate_temperature"] == 15.5,
                     "the nearest step")
            world.publish(topic, "14.5")
            refused = wait_for(
                lambda: (event := world.watcher.json(world.topic(HYBRID, "event/command_result")))
                and event["event_type"] == "refused" and event, "the refusal")
            self.assertIn("from 15 to 30, in steps of 0.5", refused["remedy"])


class Commands(unittest.TestCase):
    FLAGS = {"extendedCapabilities": {"doorLockUnlockCapable": False, "powerWindowsCapable": False},
             "remoteServiceCapabilities": {}, "features": {}}

    def offers(self, world):
        document = document_of(world)
        return {name: one["name"] for name, one in document["components"].items() if "name" in one}

    def test_c5_the_owner_overrules_flags_and_forgets_a_rejection(self):
        car = HYBRID | self.FLAGS
        with FieldWorld([car]) as world:
            bridge = world.start()
            world.first_state(car)
            self.assertNotIn("lock_doors", self.offers(world))
            bridge.stop()
            world.settings["vehicles"] = [{"vin": car["vin"], "commands": ["lock", "windows"]}]
            bridge = world.start()
            world.first_state(car)
            offers = wait_for(lambda: "lock_doors" in (found := self.offers(world)) and found,
                              "the lock")
            self.assertEqual(offers["lock_doors"], "Lock doors (against the car's flags)")
            self.assertEqual(offers["windows_close"], "Close windows (against the car's flags)")
            # The cloud knows better, at the top of its answer.
            world.cloud.say({COMMAND: {"status": 400, "body": {
                "messages": [{"responseCode": "CTP-REMOTE-40041"}]}}})
            world.publish(world.topic(car, "windows_close/set"), "PRESS")
            wait_for(lambda: "windows_close" not in self.offers(world), "the withdrawal")
            self.assertIn("lock_doors", self.offers(world))
            status_code, out, _ = world.command("forget-rejections", "--vin", car["vin"])
            self.assertEqual((status_code, out), (0, "1 command is offered again\n"))
            wait_for(lambda: "windows_close" in self.offers(world), "the command again")
            bridge.stop()
            status_code, out, _ = world.command("forget-rejections")
            self.assertEqual((status_code, out), (0, "nothing was rejected\n"))

    def test_c5_a_rejection_is_forgotten_over_rest_and_without_a_running_bridge(self):
        with FieldWorld([HYBRID]) as world:
            world.cloud.say({COMMAND: {"status": 400, "body": {
                "status": {"messages": [{"responseCode": "CTP-REMOTE-40041"}]}}}})
            bridge = world.start()
            world.first_state(HYBRID)
            rest = Rest(world.web(bridge))
            token = rest.token()
            path = f"/vehicles/{HYBRID['vin']}"
            def rejected():
                return rest.get(path + "/commands", token).json["rejected"]
            def horn():
                rest.ask("POST", path + "/commands/horn", token, {})
                wait_for(lambda: rejected() == ["horn"], "the rejection")
            horn()
            self.assertEqual(rest.ask("DELETE", path + "/rejections?command=lock", token).json,
                             {"forgotten": 0})
            self.assertEqual(rest.ask("DELETE", path + "/rejections?command=fly", token).status, 400)
            self.assertEqual(rest.ask("DELETE", path + "/rejections", token).json, {"forgotten": 1})
            self.assertEqual(rejected(), [])
            horn()
            bridge.stop()
            self.assertEqual(world.command("forget-rejections")[:2],
                             (0, "1 command is offered again\n"))

    def test_c5_a_rejection_is_forgotten_on_the_page(self):
        with FieldWorld([HYBRID]) as world:
            world.cloud.say({COMMAND: {"status": 400, "body": {
                "messages": [{"responseCode": "CTP-REMOTE-40041"}]}}})
            bridge = world.start()
            world.first_state(HYBRID)
            self.assertIn("horn", self.offers(world))
            browser = Browser.of(bridge).open()
            self.assertNotIn("Offer again", browser.text)
            world.publish(world.topic(HYBRID, "horn/set"), "PRESS")
            wait_for(lambda: "horn" not in self.offers(world), "the withdrawal")
            self.assertIn("the cloud rejected it for this car: Horn.", browser.open().text)
            fields = dict(next(form["fields"] for form in browser.page.forms
                               if form["action"].endswith("car/offer-again")))
            forged = fields | {"csrf": "x" * 43}
            foreign = {"Origin": "https://evil.example"}
            address = urllib.parse.urljoin(browser.home, "car/offer-again")
            self.assertEqual(browser.ask(address, forged)[0], 403)
            self.assertEqual(browser.ask(address, fields, foreign)[0], 403)
            self.assertEqual(browser.ask(address)[0], 405)
            self.assertIn("Offer again", browser.open().text)
            self.assertNotIn("horn", self.offers(world))
            # A refused command names the button.
            world.publish(world.topic(HYBRID, "horn/set"), "PRESS")
            result = wait_for(lambda: (last := world.watcher.json(
                world.topic(HYBRID, "event/command_result"))) and last["event_type"] == "refused"
                and last, "the refusal")
            self.assertIn('press "Offer again"', result["remedy"])
            browser.press("Offer again")
            self.assertEqual((browser.status, urllib.parse.urlsplit(browser.address).path),
                             (200, "/"))
            self.assertNotIn("Offer again", browser.text)
            wait_for(lambda: "horn" in self.offers(world), "the command again")
            bridge.stop()
            self.assertEqual(world.command("forget-rejections")[:2], (0, "nothing was rejected\n"))

    def test_c5_what_has_to_be_activated_in_the_app_is_said_once(self):
        with FieldWorld([HYBRID]) as world:
            answer = {"status": 403, "body": {"messages": [{"responseCode": "ONE-GLOBAL-RS-10068"}]}}
            world.cloud.say({HEALTH: answer, COMMAND: answer})
            bridge = world.start()
            world.first_state(HYBRID)
            world.read_again(HYBRID)
            lines = world.log_lines(bridge, "ONE-GLOBAL-RS-10068.*What to do: Open the maker's app")
            self.assertEqual(len(lines), 1)
            world.publish(world.topic(HYBRID, "horn/set"), "PRESS")
            event = wait_for(
                lambda: (reported := world.watcher.json(world.topic(HYBRID, "event/command_result")))
                and reported["event_type"] == "failed" and reported, "the failure")
            self.assertIn("the maker's app", event["remedy"])
            self.assertIn("horn", self.offers(world))


if __name__ == "__main__":
    unittest.main()
