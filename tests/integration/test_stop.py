"""SIGTERM ends every command within 2 s, whatever is stalled, and says goodbye to the broker."""

import fcntl
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import unittest

from harness import BUILD, Process, World, wait_for
from rest_client import Events, RestWorld

LIMIT = 2.0
INSIDE = "T2M_INSIDE_NAMESPACE"


class Stop(unittest.TestCase):
    def stop_in_time(self, world, bridge, offline=True):
        status, seconds = bridge.stop(signal.SIGTERM)
        self.assertEqual(status, 0)
        self.assertLess(seconds, LIMIT)
        if offline:
            wait_for(lambda: world.watcher.last("toyota2mqtt/status") == "offline", "offline", 3)

    def started(self, world):
        return wait_for(lambda: world.watcher.last("toyota2mqtt/status") == "online", "online")

    def test_an_idle_bridge_leaves_at_once_and_says_offline(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number), World("--vehicles", "2") as world:
                bridge = world.start()
                world.wait_for_cars(2)
                self.started(world)
                status, seconds = bridge.stop(number)
                self.assertEqual(status, 0)
                self.assertLess(seconds, 1.0)
                wait_for(lambda: world.watcher.last("toyota2mqtt/status") == "offline", "offline")

    def test_readers_of_events_and_guests_delay_nothing(self):
        with RestWorld() as world:
            rest = world.start_rest()
            guest = world.guest()["access_token"]
            with Events(rest, rest.token()) as own, Events(rest, guest) as others:
                for events in (own, others):
                    events.wait(lambda _id, name, _data: name == "cars", "the first event")
                self.stop_in_time(world, world.bridge)
                for events in (own, others):
                    self.assertTrue(events.ended.wait(5), "the stream has not ended")

    def stalled(self, route, kind):
        with World("--vehicles", "2") as world:
            world.simulator.ask("faults", {"route": "*" + route, "kind": kind, "forever": True})
            bridge = world.start()
            self.started(world)
            wait_for(lambda: any(name.endswith(route) for name in
                                 world.simulator.state()["routes"]), "the request that stalls")
            self.stop_in_time(world, bridge)

    def test_a_stalled_answer_delays_nothing(self):
        for kind in ("stall", "stall_after_headers"):
            for route in ("/v3/telemetry", "/v2/vehicle/guid", "/authenticate", "/access_token"):
                with self.subTest(kind=kind, route=route):
                    self.stalled(route, kind)

    def test_a_stalled_abrp_answer_delays_nothing(self):
        with World("--vehicles", "2") as world:
            world.use_abrp()
            world.simulator.ask("faults", {"route": "/1/*", "kind": "stall", "forever": True})
            bridge = world.start()
            self.started(world)
            wait_for(lambda: any("/1/" in name for name in world.simulator.state()["routes"]),
                     "a request to ABRP")
            self.stop_in_time(world, bridge)

    def test_a_stalled_fetch_ends_within_the_limit(self):
        with World("--vehicles", "2", broker=False) as world:
            world.simulator.ask("faults", {"route": "/v3/telemetry", "kind": "stall",
                                           "forever": True})
            fetch = Process(world.directory, "fetch", [str(BUILD / "toyota2mqtt"), "fetch",
                                                       "--config", str(world.write_settings())])
            wait_for(lambda: "GET /v3/telemetry" in world.simulator.state()["routes"], "the stall")
            status, seconds = fetch.stop()
            self.assertLess(seconds, LIMIT)
            self.assertEqual((status, "vehicles" in fetch.output()), (1, False))

    def test_a_broker_that_never_answers_delays_nothing(self):
        with World("--vehicles", "2") as world, socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(8)
            world.settings["mqtt"]["port"] = silent.getsockname()[1]
            bridge = world.start()
            wait_for(lambda: "GET /v2/notification/history" in world.simulator.state()["routes"],
                     "the cars to be read")
            self.stop_in_time(world, bridge, offline=False)

    def test_a_stopped_broker_delays_nothing(self):
        with World("--vehicles", "2") as world:
            bridge = world.start()
            world.wait_for_cars(2)
            os.kill(world.broker.process.pid, signal.SIGSTOP)
            try:
                self.stop_in_time(world, bridge, offline=False)
            finally:
                os.kill(world.broker.process.pid, signal.SIGCONT)


def namespace_command():
    """What runs a command in a network of its own, or None."""
    for options in (["--net", "--mount"], ["--user", "--map-root-user", "--net", "--mount"]):
        command = ["unshare", *options]
        try:
            done = subprocess.run([*command, "true"], capture_output=True, check=False)
        except OSError:
            return None
        if done.returncode == 0:
            return command
    return None


def enter_network(directory, patience="timeout:30 attempts:5"):
    """Inside the namespace: loopback up, and a name server that never answers."""
    SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        flags, = struct.unpack_from("h", fcntl.ioctl(control, SIOCGIFFLAGS, request), 16)
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))
    resolv = directory / "resolv.conf"
    resolv.write_text(f"nameserver 127.0.0.1\noptions {patience}\n")
    subprocess.run(["mount", "--bind", str(resolv), "/etc/resolv.conf"], check=True)
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 53))
    silent.settimeout(20)
    return silent


@unittest.skipUnless(os.environ.get(INSIDE) or namespace_command(),
                     "unshare may not make a network namespace here")
class StalledNames(unittest.TestCase):
    def again_inside(self):
        """Runs this very test in a namespace; True when that was done."""
        if os.environ.get(INSIDE):
            return False
        done = subprocess.run([*namespace_command(), sys.executable, "-m", "unittest",
                               f"test_stop.{self.id().split('.', 1)[1]}"],
                              cwd=os.path.dirname(os.path.abspath(__file__)),
                              env=os.environ | {INSIDE: "1"}, capture_output=True, text=True,
                              timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return True

    def stop_with_stalled_names(self, change, offline):
        with tempfile.TemporaryDirectory() as directory:
            silent = enter_network(pathlib.Path(directory))
            with silent, World("--vehicles", "2") as world:
                change(world.settings)
                bridge = world.start()
                if offline:
                    wait_for(lambda: world.watcher.last("toyota2mqtt/status") == "online", "online")
                silent.recv(2000)  # the question that nobody answers
                status, seconds = bridge.stop(signal.SIGTERM)
                self.assertEqual(status, 0)
                self.assertLess(seconds, LIMIT)
                if offline:
                    wait_for(lambda: world.watcher.last("toyota2mqtt/status") == "offline",
                             "offline", 3)

    def test_a_stalled_resolution_of_the_cloud_delays_nothing(self):
        if self.again_inside():
            return
        def change(settings):
            settings["toyota"] = {"login_url": "https://login.example.com",
                                  "api_url": "https://api.example.com"}
        self.stop_with_stalled_names(change, offline=True)

    def test_a_stalled_resolution_of_the_broker_delays_nothing(self):
        if self.again_inside():
            return
        def change(settings):
            settings["mqtt"]["host"] = "broker.example.com"
        self.stop_with_stalled_names(change, offline=False)

    def test_a_broker_whose_name_does_not_resolve_holds_up_no_reading(self):
        if self.again_inside():
            return
        with tempfile.TemporaryDirectory() as directory:
            silent = enter_network(pathlib.Path(directory))
            with silent, World("--vehicles", "2") as world:
                world.settings["mqtt"]["host"] = "broker.example.com"
                bridge = world.start()
                silent.recv(2000)
                wait_for(lambda: world.simulator.state()["routes"].get(
                    "GET /v2/notification/history") == 2, "both cars to be read")
                self.assertLess(bridge.stop(signal.SIGTERM)[1], LIMIT)


if __name__ == "__main__":
    unittest.main()
