"""What is done when the machine fails: killed, full, read-only, damaged files, frozen."""

import os
import random
import signal
import subprocess
import threading
import time
import unittest

from fault_proxy import FaultProxy
from fault_table import Measure
from harness import LONG, World, wait_for
from reliability_table import ALL_WELL, SOON, caught_up, nudge, row

MORNING = "2025-06-11T05:00:00Z"
DAY = 24 * 3600
KILLS = 40 if LONG else 6
LONGEST_RUN = 2.0  # s
SMALL_DISK = "2m"


class Killed(unittest.TestCase):
    def test_at_any_moment(self):
        seed = int(os.environ.get("T2M_SEED", time.time_ns() % 1_000_000))
        chance = random.Random(seed)
        with World("--vehicles", "2", "--start", MORNING) as world:
            bridge = world.start()
            vins = [car["vin"] for car in world.cars()]
            world.wait_for_cars(2)
            world.read_now(*vins)
            measure = Measure(world, vins)
            for _ in range(KILLS):
                bridge.child.kill()
                bridge.stop()
                bridge = world.start()
                threading.Event().wait(chance.uniform(0.0, LONGEST_RUN))
            world.simulator.ask(f"advance?seconds={DAY}", method="POST")
            measure.heal()
            wait_for(lambda: caught_up_all(world, vins), "the newest state", max(SOON, 90))
            self.assertFalse(list(world.storage().glob("*.corrupt-*")))
            self.assertFalse(list(world.storage().glob("*.broken-*")))
            row(self, f"SIGKILL, {KILLS} times at random moments (seed {seed})", measure,
                "bridge offline (its will), then the newest state")


def caught_up_all(world, vins):
    nudge(world, *vins)
    return all(caught_up(world, vin) for vin in vins)


def has_root():
    return os.geteuid() == 0


class Disk(unittest.TestCase):
    """A storage directory that is a small file system of its own."""

    def setUp(self):
        if not has_root():
            self.skipTest("only root may mount a small disk")
        self.world = World("--vehicles", "2", "--start", MORNING)
        self.addCleanup(self.world.__exit__, None, None, None)
        self.storage = self.world.storage()
        self.storage.mkdir(mode=0o700)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK},mode=0700",
                               "tmpfs", str(self.storage)], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            self.skipTest(f"no disk can be mounted here: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.storage)], check=False)
        self.vins = [car["vin"] for car in self.world.cars()]

    def running(self):
        bridge = self.world.start()
        self.world.wait_for_cars(2)
        self.world.read_now(*self.vins)
        return bridge, Measure(self.world, self.vins)

    def moved_on(self, what):
        self.world.simulator.ask(f"advance?seconds={DAY}", method="POST")
        wait_for(lambda: caught_up_all(self.world, self.vins), what, SOON)

    def fill(self):
        """Takes what is left, also what was given back meanwhile."""
        with open(self.storage / "filler", "ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def test_full(self):
        bridge, measure = self.running()
        self.fill()
        self.moved_on("the news without a disk")
        # A renewed token that cannot be stored is used from memory.
        self.world.simulator.ask("expire-tokens", method="POST")
        def held():
            self.fill()
            nudge(self.world, *self.vins)
            return "held in memory only" in bridge.output()
        wait_for(held, "the warning", SOON)
        self.moved_on("the news with a token that is not stored")
        self.assertNotIn("car offline", measure.seen())
        (self.storage / "filler").unlink()
        measure.heal()
        def stored():
            nudge(self.world, *self.vins)
            return "held in memory is stored now" in bridge.output()
        wait_for(stored, "the token to be stored", max(SOON, 100))
        taken = measure.seconds()
        bridge.stop()
        self.world.start()  # with what was stored
        wait_for(lambda: self.world.watcher.last("toyota2mqtt/status") == "online", "a start")
        self.world.read_now(*self.vins)
        self.assertFalse(list(self.storage.glob("*.corrupt-*")))
        row(self, "the disk is full", measure,
            ALL_WELL, f"{taken:.1f} s")

    def remount(self, how):
        subprocess.run(["mount", "-o", f"remount,{how}", str(self.storage)], check=True)

    def test_read_only(self):
        bridge, measure = self.running()
        bridge.stop()
        self.remount("ro")
        bridge = self.world.start()
        wait_for(lambda: not bridge.running(), "the start to end")
        self.assertEqual(bridge.child.returncode, 1)
        self.assertIn("Make the directory writable", bridge.output())
        self.remount("rw")
        measure.heal()
        self.world.start()
        self.moved_on("the news")
        row(self, "the storage is read-only at the start", measure,
            "bridge offline; the log says what to do")


class Damaged(unittest.TestCase):
    def test_files_are_kept_aside_with_a_message_and_the_start_goes_on(self):
        for name, damage in [("toyota2mqtt.db", "garbage"), ("toyota2mqtt.db", "half"),
                             ("tokens", "garbage"), ("tokens", "half"), ("key", "garbage"),
                             ("tokens", "empty"), ("toyota2mqtt.db", "empty")]:
            with self.subTest(file=name, damage=damage):
                with World("--vehicles", "2", "--start", MORNING) as world:
                    self.one(world, name, damage)

    def one(self, world, name, damage):
        bridge = world.start()
        vins = [car["vin"] for car in world.cars()]
        world.wait_for_cars(2)
        world.read_now(*vins)
        bridge.stop()
        measure = Measure(world, vins)
        self.spoil(world.storage() / name, damage)
        world.simulator.ask(f"advance?seconds={DAY}", method="POST")
        bridge = world.start()
        measure.heal()
        wait_for(lambda: caught_up_all(world, vins), "the newest state", SOON)
        self.assertEqual(world.simulator.state()["password_posts"],
                         1 + sum(measure.sign_ins()))
        # An empty database is a fresh one; the key is looked at when it is needed.
        if damage != "empty" or name != "toyota2mqtt.db":
            self.assertRegex(bridge.output(), "kept as|new one was made")
            self.assertTrue([*world.storage().glob("*.corrupt-*"),
                             *world.storage().glob("*.broken-*")])
        row(self, f"{name} is damaged ({damage})", measure, ALL_WELL)

    def spoil(self, file, damage):
        size = file.stat().st_size
        for log in file.parent.glob(file.name + "-*"):
            log.unlink()  # a write-ahead log would repair it
        with open(file, "r+b") as opened:
            if damage == "garbage":
                opened.write(b"\xa5" * min(size, 8192))
            elif damage == "half":
                opened.truncate(size // 2)
            else:
                opened.truncate(0)


class Frozen(unittest.TestCase):
    def test_suspend_and_resume(self):
        with World("--vehicles", "2", "--start", MORNING) as world:
            with FaultProxy(world.broker.port) as proxy:
                world.settings["mqtt"]["port"] = proxy.port
                bridge = world.start()
                vins = [car["vin"] for car in world.cars()]
                world.wait_for_cars(2)
                world.read_now(*vins)
                measure = Measure(world, vins)
                os.kill(bridge.pid, signal.SIGSTOP)
                proxy.cut()  # what a broker does with a client that sleeps
                world.simulator.ask(f"advance?seconds={DAY}", method="POST")
                world.simulator.ask("expire-tokens", method="POST")
                wait_for(lambda: world.watcher.last("toyota2mqtt/status") == "offline", "the will")
                os.kill(bridge.pid, signal.SIGCONT)
                measure.heal()
                wait_for(lambda: world.watcher.last("toyota2mqtt/status") == "online", "online", 30)
                wait_for(lambda: caught_up_all(world, vins), "the newest state", SOON)
                row(self, "the machine sleeps for a day and wakes", measure,
                    "bridge offline (its will), then the newest state")


if __name__ == "__main__":
    unittest.main()
