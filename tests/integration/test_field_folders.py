"""The inputs in ../shared/field, where they lie beside the checkout: each folder as it is, held
against what its README expects. They are skipped elsewhere; test_field.py has a case of its own for
each kind.

A folder has an overlay (docs/simulator.md), a configuration, or steps: a story in plain code that
asks the cloud and the broker through `Tools`.
"""

import ast
import contextlib
import datetime
import io
import json
import pathlib
import re
import subprocess
import time
import unittest

from field_world import FieldWorld, telemetry, utc
from harness import BUILD, LONG, SOURCE, wait_for

FOLDERS = SOURCE.parent / "shared" / "field"
MADE_ON = datetime.date(2026, 11, 30)
EARLIEST_HOUR, LATEST_HOUR = 7, 12  # UTC; what the inputs tell of lies between, on one day
PASSWORD = "correct horse"


def now():
    return datetime.datetime.now(datetime.timezone.utc)


# The newest day on which everything that the inputs tell of has happened; the same for a whole run.
DAY = (now() - datetime.timedelta(hours=LATEST_HOUR)).date()
BEFORE_THE_INPUTS = datetime.datetime.combine(DAY, datetime.time(EARLIEST_HOUR),
                                              datetime.timezone.utc)


def moved(text):
    """The days of the inputs are moved to the newest ones."""
    return re.sub(r"20\d\d-\d\d-\d\d(?=T)", lambda found: (
        datetime.date.fromisoformat(found[0]) + (DAY - MADE_ON)).isoformat(), text)


class Case:
    """What steps call `c`: one folder, its world and the newest bridge."""

    def __init__(self, world):
        self.world, self.bridge, self.url = world, None, world.cloud.url


class Tools:
    """What steps call `T`."""

    time = time

    @staticmethod
    def wait(condition, limit):
        try:
            return wait_for(condition, "a step", max(limit, 60))
        except AssertionError:
            return False

    @staticmethod
    @contextlib.contextmanager
    def bridge(case):
        case.bridge = case.world.start()
        try:
            yield case.bridge
        finally:
            case.bridge.stop()

    @staticmethod
    def collect(case, _, pattern):
        wanted = re.compile(re.escape(pattern).replace(r"\+", "[^/]+").replace(r"\#", ".*") + "$")
        return {topic: payload for topic, payload in case.world.watcher.retained().items()
                if wanted.match(topic)}

    @staticmethod
    def states(case):
        found = {}
        for topic, payload in case.world.watcher.retained().items():
            with contextlib.suppress(ValueError):
                found[topic] = json.loads(payload)
        return found

    @staticmethod
    def discovery(case):
        return case.world.discovery()

    @staticmethod
    def overlay(case, overlay):
        case.world.overlay(overlay)

    @staticmethod
    def pub(case, topic, payload):
        """A reading is over, and published, when this returns: stories give it few seconds only."""
        asked = [one for one in case.world.vehicles
                 if (topic, payload) == (case.world.topic(one, "reading/set"), "ON")]
        if asked:
            case.world.read_again(asked[0], 60)
        else:
            case.world.publish(topic, payload)

    @staticmethod
    def logtext(case):
        return "".join(bridge.output() for bridge in case.world.bridges)

    @staticmethod
    def cli(case, *arguments):
        return subprocess.run([str(BUILD / "toyota2mqtt"), *arguments, "--config",
                               str(case.world.write_settings())], capture_output=True, text=True,
                              timeout=60, check=False)

    @staticmethod
    def stats(case):
        state = case.world.simulator.state()
        tokens = case.world.cloud.answered.count(
            ("POST", "/oauth2/realms/root/realms/tme/access_token", ""))
        return {"password_posts": case.world.cloud.password_posts, "signins": tokens,
                "wakes": state["wakes"],
                "abrp": [{"tlm": point} for point in case.world.cloud.abrp]}

    @staticmethod
    def get(_, answers):
        Tools.world.cloud.say(answers)


@unittest.skipUnless(FOLDERS.is_dir(), "the inputs are not beside the checkout")
class Folders(unittest.TestCase):
    """Each test reads its folder's README for what is expected."""

    def world(self, name):
        folder = FOLDERS / name
        overlay = {}
        if (folder / "overlay.json").exists():
            overlay = json.loads(moved((folder / "overlay.json").read_text()))
        vehicles = overlay.get("vehicles", [{"@kind": 1, "vin": "JTMFIELD000000002"}])
        world = FieldWorld(vehicles, stands_since=BEFORE_THE_INPUTS, simulator_options=(
            "--user", f"driver@example.com:{PASSWORD}"))
        for one in vehicles:  # a level in the telemetry would be newer than the folder's
            if one["@kind"] == 1:
                world.cloud.say({"/v3/telemetry": lambda body: re.sub(
                    rb'"(batteryLevel|chargingStatus|distanceToEmpty)":', rb'"x\1":', body)},
                    one["vin"])
        world.overlay(overlay)
        return world, vehicles

    def states(self, name):
        """Of each car, after its first reading; and what was logged, and the places."""
        world, vehicles = self.world(name)
        with world:
            world.sign_in_as("driver@example.com", PASSWORD)
            bridge = world.start()
            states = [world.first_state(one, 60) for one in vehicles]
            return states, [world.place(one) for one in vehicles], bridge.output()

    def steps(self, name):
        """What the story printed."""
        world, _ = self.world(name)
        with world:
            world.sign_in_as("driver@example.com", PASSWORD)
            if name.startswith("p07"):
                world.use_abrp(*world.vehicles)
                # The story begins with a car of that distance, not with the simulator's.
                world.cloud.say({"/v3/telemetry": None}, world.vehicles[0]["vin"])
                world.cloud.say({"/v3/telemetry": telemetry(f"{DAY}T10:50:00Z", fuelType="E",
                                                            odometer=30420)})
            story = {}
            source = moved((FOLDERS / name / "steps.py").read_text())
            exec(compile(source, name, "exec"), story)  # reviewed input of the project's own
            case, printed = Case(world), io.StringIO()
            Tools.world = world
            if not story.get("OWN"):
                case.bridge = world.start()
                if world.cloud.password is None:  # else no car can be read yet
                    for one in world.vehicles:
                        world.first_state(one, 60)
            with contextlib.redirect_stdout(printed):
                story["run"](case, Tools)
            return printed.getvalue(), case

    def test_c01_place_999(self):
        (state,), (shown,), _ = self.states("c01-place-999")
        self.assertIsNone(shown)
        self.assertEqual((state["odometer"], state["fuel_level"]), (30420, 55))

    def test_c01b_place_strings(self):
        _, (none, good), _ = self.states("c01b-place-strings")
        self.assertIsNone(none)
        if good:
            self.assertEqual((good["latitude"], good["longitude"]), (48.1371, 11.5761))

    def test_c13b_service_miles(self):
        (state,), _, _ = self.states("c13b-service-miles")
        if (shown := state.get("last_service_odometer")) is not None:
            self.assertAlmostEqual(shown, 34984, delta=1)

    def test_c26_numbers_as_text(self):
        (electric, hybrid), _, _ = self.states("c26-numbers-as-text")
        self.assertEqual(electric["battery_level"], 77)
        self.assertIn(electric["ev_range"], (154.2, None))
        self.assertEqual((hybrid["odometer"], hybrid["fuel_level"]), (30420, 55))

    def test_c27_not_a_number(self):
        (electric, hybrid), _, log = self.states("c27-not-a-number")
        self.assertEqual([electric.get(key) for key in ("battery_level", "ev_range", "ev_range_ac")],
                         [None] * 3)
        # Of a distance that was never known there is no entity, and so no key.
        self.assertIsNone(hybrid.get("odometer"))
        self.assertEqual(hybrid["fuel_range"], 410)
        for field in ("evRangeWithAc", "odometer"):
            self.assertEqual(len([line for line in log.splitlines()
                                  if field in line and " debug " not in line]), 1, field)

    def test_c52_slow_charge_1490(self):
        (state,), _, _ = self.states("c52-slow-charge-1490")
        end = datetime.datetime.fromisoformat(f"{DAY}T11:06:00+00:00")
        self.assertEqual(state["charge_time_left"], 1490)
        self.assertEqual(state["charge_end"], utc(end + datetime.timedelta(minutes=1490)))

    def test_c56_window_halfopen(self):
        (state,), _, _ = self.states("c56-window-halfopen")
        self.assertIsNone(state["any_open"])

    def test_c56b_lock_unknown_word(self):
        (state,), _, _ = self.states("c56b-lock-unknown-word")
        self.assertIsNot(state["locked"], False)

    def test_c66_invalid_utf8(self):
        (state,), _, _ = self.states("c66-invalid-utf8")  # the bytes: test_field.py, c66
        self.assertTrue(state)

    def test_c80_twins(self):
        printed, _ = self.steps("c80-twins")
        ids, shown = printed.splitlines()
        self.assertEqual(len(set(ast.literal_eval(ids))), 2)
        self.assertLessEqual(set(ast.literal_eval(ids)), set(ast.literal_eval(shown)))

    def test_p01_list_empty_once(self):
        printed, _ = self.steps("p01-list-empty-once")
        gone = re.findall(r"topics gone: (\d+)", printed)
        self.assertEqual(gone, ["0", "0"], printed)

    @unittest.skipUnless(LONG, "eleven minutes")
    def test_p03_signin_maintenance(self):
        printed, _ = self.steps("p03-signin-maintenance")
        self.assertIn("\nsigned in", printed)

    def test_p04_place_999_time(self):
        printed, _ = self.steps("p04-place-999-time")
        for line in printed.splitlines():
            self.assertRegex(line, rf"-> ({DAY}T10:00:00Z|None)")

    def test_p05_time_fraction(self):
        printed, _ = self.steps("p05-time-fraction")
        lines = [ast.literal_eval(line.split("-> ")[1]) for line in printed.splitlines()]
        self.assertEqual([(line["battery_level"], line["charge_reported_at"][11:16])
                          for line in lines],
                         [(50, "10:00"), (60, "10:10"), (70, "10:20"), (75, "10:30"),
                          (75, "10:30")])

    def test_p06_trip_sums_null(self):
        if (DAY.year, DAY.month) != (MADE_ON.year, MADE_ON.month):
            self.skipTest("the input is of November 2026")
        (state,), _, _ = self.states("p06-trip-sums-null")
        if now().date() != DAY:
            self.skipTest("the day of the input is over")
        self.assertIn(state.get("distance_month"), (100, None))
        self.assertIn(state.get("distance_day"), (9, None))

    def test_p07_odometer_zero(self):
        printed, case = self.steps("p07-odometer-zero")
        shown = re.findall(r"-> \{'odometer': ([^,]+),", printed)
        self.assertEqual(len(shown), 7)
        for value in shown:
            self.assertIn(value, ("30420", "30421", "30422", "None"))
        self.assertEqual((shown[0], shown[2], shown[-1]), ("30420", "30421", "30422"))
        self.assertNotIn("driving", printed)
        self.assertTrue(case.world.cloud.abrp)
        for point in case.world.cloud.abrp:
            self.assertIn(point.get("odometer"), (30420, 30421, 30422, None))

    def test_p08_first_read_hangs(self):
        printed, _ = self.steps("p08-first-read-hangs")
        self.assertLess(int(re.search(r"after (\d+) s", printed)[1]), 30)

    def test_p09_value_without_time(self):
        printed, _ = self.steps("p09-value-without-time")
        first, second = map(ast.literal_eval, printed.splitlines())
        self.assertEqual(first["battery_level"], 61)
        self.assertIn((second["battery_level"], (second["charge_reported_at"] or "")[11:16]),
                      ((30, ""), (61, "11:00")))

    def configuration(self, name, command):
        """What the command says to the folder's configuration; the passwords that were sent."""
        world, _ = self.world(name)
        with world:
            text = (FOLDERS / name / "config.yaml").read_text()
            for mark, value in (("@PORT@", str(world.broker.port)),
                                ("@STORE@", str(world.storage())), ("@URL@", world.cloud.url),
                                ("@WEB@", "0"), ("@DIR@", str(world.directory))):
                text = text.replace(mark, value)
            for secret in FOLDERS.joinpath(name).glob("pw"):
                copy = pathlib.Path(world.directory / "pw")
                copy.write_bytes(secret.read_bytes())
                copy.chmod(0o600)
            file = world.directory / "folder.yaml"
            file.write_text(text)
            file.chmod(0o600)
            done = subprocess.run([str(BUILD / "toyota2mqtt"), command, "--config", str(file)],
                                  capture_output=True, text=True, timeout=60, check=False)
            return done.returncode, done.stdout + done.stderr

    def test_f07_secret(self):
        status, said = self.configuration("f07-secret", "check-config")
        self.assertEqual(status, 2)
        self.assertIn("password_file", said)

    def test_f10_password_hash(self):
        status, said = self.configuration("f10-password-hash", "check-config")
        self.assertEqual(status, 2)
        self.assertRegex(said, r"(?i)quot")

    def test_f29_pwfile_bom(self):
        self.assertEqual(self.configuration("f29-pwfile-bom", "fetch")[0], 0)

    def test_f32_smart_quotes(self):
        self.assertRegex(self.configuration("f32-smart-quotes", "check-config")[1], r"(?i)quot")

    def test_f36_user_blank(self):
        self.assertEqual(self.configuration("f36-user-blank", "fetch")[0], 0)


if __name__ == "__main__":
    unittest.main()
