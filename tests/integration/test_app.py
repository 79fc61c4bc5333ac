"""Inside Home Assistant's app: the Supervisor's broker, rights given up, health, removal, backups.

A fake Supervisor stands on loopback. As root, the program gives its rights up as it does in the
container; as another user the tests of that part are skipped.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import threading
import time
import unittest

from fake_supervisor import FakeSupervisor, mosquitto
from harness import BUILD, LAST_ROUTE, World, requests_of, wait_for

TOKEN = "canary-supervisor-token"
APP_USER = 8099
EXCLUDED = ("toyota2mqtt.db", "toyota2mqtt.db-wal", "toyota2mqtt.db-shm")  # as the app's backup
ROOT = os.geteuid() == 0
needs_root = unittest.skipUnless(ROOT, "only root can give rights up")


class App(World):
    """A World whose program believes that it runs in the app."""

    def __init__(self, *simulator_options, options=None):
        super().__init__(*simulator_options)
        self.directory.chmod(0o711)  # who is no longer root must get to the data
        self.data = self.directory / "data"
        self.data.mkdir(0o755)
        if options is None:
            options = {"accounts": self.settings["accounts"], "toyota": self.settings["toyota"],
                       "polling": {"parked": "1m"}, "log": {"level": "debug"}}
        self.settings = options
        self.supervisor = FakeSupervisor(TOKEN, service=self.service())
        self.environment = os.environ | {"SUPERVISOR_TOKEN": TOKEN,
                                         "TOYOTA2MQTT_SUPERVISOR_URL": self.supervisor.url}

    def __exit__(self, *reason):
        super().__exit__(*reason)
        self.supervisor.stop()

    def service(self, **other):
        users = self.broker.users or ("", "")
        return mosquitto(self.broker.port, *users) | other

    def storage(self):
        return self.data

    def write_settings(self):
        path = self.data / "options.json"
        text = json.dumps(self.settings, indent=1)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            path.chmod(0o600)
        return path

    def lock_broker(self, user, password):
        """The broker lets in nobody else from now on; the old connections are gone."""
        self.watcher.close()
        self.broker.stop()
        self.broker.users = (user, password)
        self.broker.start()
        self.watch_again()

    def health(self):
        return self.command("health")

    def online(self, limit=20):
        wait_for(lambda: self.watcher.last("toyota2mqtt/status") == "online", "online", limit)


def back_up(source, target):
    """As the Supervisor's hot backup: file by file, whatever is written meanwhile."""
    target.mkdir(0o755)
    for path in sorted(source.iterdir()):
        if path.name in EXCLUDED or not path.is_file():
            continue
        try:
            shutil.copyfile(path, target / path.name)
            (target / path.name).chmod(0o600)
        except FileNotFoundError:
            pass  # a temporary file


class Broker(unittest.TestCase):
    def test_empty_options_and_a_supervisor_are_enough_for_its_broker(self):
        with App(options={}) as world:
            world.lock_broker("addons", "canary-broker-password")
            world.supervisor.set_service(world.service())
            bridge = world.start()
            world.online()
            self.assertEqual(world.health()[0], 0)
            status, out, _ = world.command("doctor")
            self.assertIn(f"broker 127.0.0.1:{world.broker.port} (named by Home Assistant)", out)
            self.assertEqual(world.supervisor.refused(), 0)
            for canary in (TOKEN, "canary-broker-password"):
                self.assertNotIn(canary, bridge.output() + out)
            self.assertEqual(bridge.stop()[0], 0)

    def quiet(self, world):
        """How many requests the cloud has had, once the first readings are over."""
        seen = []

        def nothing_new():
            seen.append((time.monotonic(), sum(world.simulator.state()["routes"].values())))
            first = next(at for at, count in seen if count == seen[-1][1])
            return seen[-1][0] - first > 4 and seen[-1][1]
        return wait_for(nothing_new, "the first readings to end", 60)

    def test_a_changed_password_is_asked_for_again(self):
        with App("--vehicles", "2") as world:
            world.lock_broker("addons", "first-password")
            world.supervisor.set_service(world.service())
            bridge = world.start()
            world.wait_for_cars(2)
            requests = self.quiet(world)
            world.lock_broker("addons", "second-password")
            world.supervisor.set_service(world.service())
            world.wait_for_cars(2, limit=70)
            self.assertEqual(sum(world.simulator.state()["routes"].values()), requests)
            for password in ("first-password", "second-password"):
                self.assertNotIn(password, bridge.output())

    def test_a_broker_that_comes_later_is_found(self):
        with App("--vehicles", "2") as world:
            world.supervisor.set_service(None)
            bridge = world.start()
            wait_for(lambda: "Home Assistant knows no MQTT broker" in bridge.output(), "the line")
            wait_for(lambda: world.supervisor.asked() >= 3, "more questions")
            self.assertEqual(bridge.output().count("Home Assistant knows no MQTT broker"), 1)
            self.assertIn("Home Assistant knows no MQTT broker", world.health()[1])
            self.assertEqual(world.command("doctor")[0], 4)
            world.supervisor.set_service(world.service())
            world.wait_for_cars(2, limit=70)

    def test_the_owners_options_win(self):
        with App("--vehicles", "2") as world:
            world.settings["mqtt"] = {"host": "127.0.0.1", "port": world.broker.port}
            world.supervisor.set_service(None)
            world.start()
            world.wait_for_cars(2)
            self.assertEqual(world.supervisor.asked(), 0)

    def test_a_topic_alone_leaves_the_broker_to_the_supervisor(self):
        with App("--vehicles", "2") as world:
            world.settings["mqtt"] = {"base_topic": "cars"}
            world.start()
            wait_for(lambda: world.watcher.last("cars/status") == "online", "online")
            self.assertGreater(world.supervisor.asked(), 0)

    def test_what_the_supervisor_refuses_is_told_and_tried_again(self):
        for fault, words in (("401", "does not accept the app's token"),
                             ("403", "does not let this app ask"), ("garbage", "is not JSON"),
                             ("huge", "Supervisor"), ("500", "answered 500")):
            with self.subTest(fault=fault), App(options={}) as world:
                world.supervisor.set_fault(fault)
                bridge = world.start()
                wait_for(lambda: words in bridge.output(), words)
                self.assertTrue(bridge.running())
                world.supervisor.set_fault(None)
                world.online()

    def test_a_supervisor_that_stalls_delays_no_stop(self):
        with App(options={}) as world:
            world.supervisor.set_fault("stall")
            bridge = world.start()
            wait_for(lambda: world.supervisor.asked() > 0, "the question")
            status, seconds = bridge.stop()
            self.assertEqual(status, 0)
            self.assertLess(seconds, 2.0)


class Rights(unittest.TestCase):
    @needs_root
    def test_root_reads_the_options_and_then_is_nobody_in_particular(self):
        with App("--vehicles", "2") as world:
            bridge = world.start()
            world.wait_for_cars(2)
            process = pathlib.Path(f"/proc/{bridge.pid}")
            facts = dict(line.split(":\t", 1) for line in
                         (process / "status").read_text().splitlines() if ":\t" in line)
            self.assertEqual(facts["Uid"].split(), [str(APP_USER)] * 4)
            self.assertEqual(facts["Gid"].split(), [str(APP_USER)] * 4)
            self.assertEqual(facts["Groups"].split(), [])
            self.assertEqual(facts["NoNewPrivs"].strip(), "1")
            self.assertEqual(int(facts["CapEff"], 16), 0)
            self.assertEqual(int(facts["CapPrm"], 16), 0)
            self.assertNotIn(TOKEN.encode(), (process / "environ").read_bytes())
            for path in world.data.iterdir():
                expected = 0 if path.name == "options.json" else APP_USER
                self.assertEqual(path.stat().st_uid, expected, path.name)
                self.assertEqual(path.stat().st_mode & 0o077, 0, path.name)

    @needs_root
    def test_commands_of_root_leave_nothing_that_the_bridge_cannot_open(self):
        with App("--vehicles", "2") as world:
            for command in (("doctor",), ("fetch",), ("retry-login",)):
                self.assertEqual(world.command(*command)[0], 0, command)
            strangers = [path.name for path in world.data.iterdir()
                         if path.stat().st_uid != APP_USER]
            self.assertEqual(strangers, ["options.json"])
            bridge = world.start()
            world.wait_for_cars(2)
            self.assertEqual(world.simulator.state()["sign_ins"], 1)
            self.assertEqual(bridge.stop()[0], 0)

    @needs_root
    def test_three_capabilities_are_enough(self):
        with App("--vehicles", "2") as world:
            def limited(*command):
                done = subprocess.run(
                    ["setpriv", "--bounding-set=-all,+chown,+setuid,+setgid",
                     str(BUILD / "toyota2mqtt"), *command, "--config", str(world.write_settings())],
                    env=world.environment, capture_output=True, text=True, timeout=60)
                return done.returncode, done.stderr
            (world.data / "tokens").write_text("of a restored backup")  # root's
            (world.data / "tokens").chmod(0o600)
            for command in ("fetch", "fetch", "doctor"):
                status, err = limited(command)
                self.assertEqual(status, 0, err)
            self.assertEqual(world.simulator.state()["sign_ins"], 1)
            world.start()
            world.online()
            self.assertEqual(limited("health")[0], 0)

    @needs_root
    def test_a_storage_that_root_left_behind_is_taken_over(self):
        with App("--vehicles", "2") as world:
            inside, world.environment = world.environment, None
            world.settings["storage"] = {"directory": str(world.data)}
            world.settings["mqtt"] = {"host": "127.0.0.1", "port": world.broker.port}
            world.start().stop()  # as root, outside the app
            world.fetch()
            self.assertEqual((world.data / "tokens").stat().st_uid, 0)
            world.environment = inside
            world.start()
            world.wait_for_cars(2)
            self.assertEqual(world.simulator.state()["sign_ins"], 1)

    def test_outside_the_app_nobodys_files_are_touched(self):
        with World("--vehicles", "2") as world:
            world.start()
            world.wait_for_cars(2)
            for path in (world.storage(), *world.storage().iterdir()):
                self.assertEqual(path.stat().st_uid, os.geteuid(), path.name)

    def test_a_storage_outside_the_data_directory_is_refused(self):
        with App(options={"storage": {"directory": "/var/lib/toyota2mqtt"}}) as world:
            status, _, err = world.command("check-config")
            self.assertEqual(status, 2)
            self.assertIn("storage.directory", err)
            self.assertIn("does not outlive an update", err)
            world.settings["storage"]["directory"] = str(world.data / "cars")
            bridge = world.start()
            world.online()
            self.assertTrue((world.data / "cars" / "toyota2mqtt.db").exists())
            status, out = world.health()[:2]
            self.assertEqual((status, out.splitlines()[0]), (0, "ok"))
            self.assertEqual(bridge.stop()[0], 0)

    def test_a_supervisor_elsewhere_is_refused(self):
        with App(options={}) as world:
            world.environment["TOYOTA2MQTT_SUPERVISOR_URL"] = "http://supervisor.example:80"
            status, _, err = world.command("run")
            self.assertEqual(status, 2)
            self.assertIn("TOYOTA2MQTT_SUPERVISOR_URL", err)


class Health(unittest.TestCase):
    def test_health_tells_whether_a_bridge_runs(self):
        with App(options={}) as world:
            self.assertEqual(world.health()[0], 1)
            bridge = world.start()
            world.online()
            self.assertEqual(world.health()[0], 0)
            bridge.stop(signal.SIGKILL)
            self.assertEqual(world.health()[0], 1)

    @needs_root
    def test_health_needs_no_right_but_that_to_the_socket(self):
        with App(options={}) as world:
            world.start()
            world.online()
            program = world.directory / "toyota2mqtt"  # where every user may run it
            shutil.copy(BUILD / "toyota2mqtt", program)
            def ask_as(user):
                done = subprocess.run([program, "health", "--config", world.data / "options.json"],
                                      env=world.environment, user=user, group=user,
                                      extra_groups=[], capture_output=True, text=True, timeout=20)
                return done.returncode, done.stdout
            status, out = ask_as(APP_USER)
            self.assertEqual((status, out.splitlines()[0]), (0, "ok"))
            self.assertEqual(ask_as(APP_USER + 1)[0], 1)


class Removal(unittest.TestCase):
    def setUp(self):
        self.world = App("--vehicles", "2")
        self.addCleanup(self.world.__exit__, None, None, None)
        self.world.publish("foreign/topic", "stays", "-r")
        self.bridge = self.world.start()
        self.world.wait_for_cars(2)
        wait_for(lambda: len(self.world.watcher.matching("/location")) == 2, "the places")
        wait_for(lambda: len(self.world.watcher.matching("/availability")) == 2, "the rest")

    def nothing_left(self):
        return set(self.world.watcher.retained()) == {"foreign/topic"}

    def test_a_stopped_bridge_leaves_topics_that_one_command_removes(self):
        self.bridge.stop()
        count = len(self.world.watcher.retained()) - 1
        status, out, _ = self.world.command("clear-topics")
        self.assertEqual((status, out), (0, f"{count} topics removed from the broker\n"))
        wait_for(self.nothing_left, "an empty broker")
        self.assertEqual(self.world.command("clear-topics")[1], "0 topics removed from the broker\n")
        self.world.start()  # and everything comes back with the next start
        wait_for(lambda: len(self.world.watcher.retained()) - 1 == count, "the topics again")

    def test_a_running_bridge_is_not_disturbed_without_being_told(self):
        status, out, err = self.world.command("clear-topics")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("--force", err)
        self.assertIn("toyota2mqtt/status", self.world.watcher.retained())

    def test_a_running_bridge_without_a_broker_forgets_nothing(self):
        self.world.watcher.close()
        self.world.broker.stop()
        wait_for(lambda: "trying again" in self.bridge.output(), "the broken line")
        status, _, err = self.world.command("clear-topics", "--force")
        self.assertEqual(status, 4, err)
        self.assertIn("no connection to the broker", err)
        self.world.broker.start()
        self.world.watch_again()
        self.world.online(70)

    def test_a_running_bridge_that_is_told_removes_its_topics_and_stays_quiet(self):
        status, out, err = self.world.command("clear-topics", "--force")
        self.assertEqual(status, 0, err)
        self.assertIn("topics removed from the broker", out)
        wait_for(self.nothing_left, "an empty broker")
        self.assertIn("was removed from the broker", self.world.health()[1])
        self.assertEqual(self.bridge.stop()[0], 0)
        self.assertTrue(self.nothing_left())  # not even a farewell

    def test_without_a_broker_nothing_is_forgotten(self):
        self.bridge.stop()
        self.world.watcher.close()
        self.world.broker.stop()
        self.assertEqual(self.world.command("clear-topics")[0], 4)
        self.world.supervisor.set_service(None)
        self.assertEqual(self.world.command("clear-topics")[0], 4)
        self.world.broker.start()
        self.world.supervisor.set_service(self.world.service())
        self.assertNotEqual(self.world.command("clear-topics")[1],
                            "0 topics removed from the broker\n")


class Backup(unittest.TestCase):
    def test_a_stop_leaves_a_fresh_snapshot_and_is_quick(self):
        with App("--vehicles", "2") as world:
            bridge = world.start()
            world.wait_for_cars(2)
            status, seconds = bridge.stop()
            self.assertEqual(status, 0)
            self.assertLess(seconds, 2.0)
            self.assertTrue((world.data / "toyota2mqtt.snapshot").exists())
            self.assertFalse((world.data / "toyota2mqtt.snapshot.new").exists())

    def test_a_first_snapshot_comes_soon_after_the_start(self):
        with App("--vehicles", "2") as world:
            world.start()
            wait_for((world.data / "toyota2mqtt.snapshot").exists, "the snapshot", 30)

    def test_a_backup_under_load_restored_into_a_fresh_app_costs_at_most_one_sign_in(self):
        with App("--vehicles", "2") as world:
            world.simulator.ask("token-life?seconds=90", method="POST")  # renewed at every look
            first = world.start()
            world.wait_for_cars(2)
            wait_for((world.data / "toyota2mqtt.snapshot").exists, "the snapshot", 30)
            ending = threading.Event()
            def load():
                while not ending.is_set():
                    world.command("fetch")
            worker = threading.Thread(target=load)
            worker.start()
            before = world.simulator.state()["refreshes"]
            wait_for(lambda: world.simulator.state()["refreshes"] > before + 5, "load")
            back_up(world.data, world.directory / "restored")
            before = world.simulator.state()["refreshes"]
            wait_for(lambda: world.simulator.state()["refreshes"] > before + 5, "more load")
            ending.set()
            worker.join()
            first.stop()
            posts = world.simulator.state()["password_posts"]
            self.assertEqual(posts, 1)

            second = self.start_restored(world, world.directory / "restored")
            state = world.simulator.state()
            # The tokens of the backup were renewed by the original since: they are worth nothing.
            self.assertLessEqual(state["password_posts"] - posts, 1)
            self.assertEqual(second.stop()[0], 0)

    def start_restored(self, world, backup):
        """The app in a fresh container with that backup, once it has read every car."""
        self.assertFalse((backup / "toyota2mqtt.db").exists())
        world.data = backup
        vins = [car["vin"] for car in world.cars()]
        before = world.simulator.state()
        bridge = world.start()
        wait_for(lambda: "its snapshot took its place" in bridge.output(), "the restored line")
        def read():
            now = world.simulator.state()
            return all(requests_of(now, vin, LAST_ROUTE) > requests_of(before, vin, LAST_ROUTE)
                       for vin in vins)
        wait_for(read, "both cars to be read", 60)
        return bridge

    def test_a_backup_whose_tokens_are_the_latest_costs_no_sign_in(self):
        with App("--vehicles", "2") as world:
            bridge = world.start()
            world.wait_for_cars(2)
            bridge.stop()
            back_up(world.data, world.directory / "restored")
            self.start_restored(world, world.directory / "restored")
            self.assertEqual(world.simulator.state()["password_posts"], 1)

    def test_a_restored_backup_remembers_that_a_password_was_rejected(self):
        with App("--vehicles", "2") as world:
            world.settings["accounts"][0]["password"] = "wrong-password"
            bridge = world.start()
            wait_for(lambda: world.simulator.state()["password_posts"] == 1, "the rejection")
            wait_for(lambda: "account" in world.health()[1], "health to tell of it")
            bridge.stop()
            back_up(world.data, world.directory / "restored")
            world.data = world.directory / "restored"
            bridge = world.start()
            wait_for(lambda: "its snapshot took its place" in bridge.output(), "the restored line")
            wait_for(lambda: "account" in world.health()[1], "the rejection to be known")
            self.assertEqual(world.simulator.state()["password_posts"], 1)


if __name__ == "__main__":
    unittest.main()
