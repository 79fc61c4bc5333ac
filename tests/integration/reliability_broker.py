"""What is done when the broker fails. Whatever happened: afterwards it holds the newest state."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import unittest

from fault_proxy import FaultProxy
from fault_table import Measure
from harness import LONG, World, requests_of, wait_for
from reliability_table import ALL_WELL, caught_up, row

MORNING = "2025-06-11T05:00:00Z"
DAY = 24 * 3600
HELD = 10.5             # s: a connection that has held so long is no sign of another client
DROPS = 5 if LONG else 2
DROP_EVERY = 60 if LONG else HELD
PROBE = "GET /v3/telemetry"  # what the schedule reads most often
KEEP_ALIVE = 30         # s
ABSENCES = 3 if LONG else 2
DAYS_AWAY = 5 if LONG else 1
MEMORY_LIMIT = 4 * 2**20


def memory(pid):
    """Private and shared memory in bytes, each shared page by its share."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as lines:
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def hold(seconds):
    """Lets real time pass: what is tested is a time."""
    threading.Event().wait(seconds)


class OldBroker:
    """A broker from before MQTT 5: refuses the version."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.refused = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                with client:
                    client.recv(4096)
                    client.sendall(bytes([0x20, 2, 0, 1]))  # CONNACK, unacceptable protocol version
                    self.refused += 1

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class BrokerFaults(unittest.TestCase):
    def setUp(self):
        self.world = World("--vehicles", "2", "--start", MORNING)
        self.addCleanup(self.world.__exit__, None, None, None)
        self.proxy = FaultProxy(self.world.broker.port)
        self.addCleanup(self.proxy.stop)
        self.world.settings["mqtt"]["port"] = self.proxy.port
        self.world.settings["polling"] |= {"driving": "1m", "charging": "1m"}
        self.vins = [car["vin"] for car in self.world.cars()]

    def running(self):
        """A bridge whose cars are on the broker."""
        self.bridge = self.world.start()
        self.world.wait_for_cars(2)
        self.world.read_now(*self.vins)
        wait_for(self.online, "the bridge to be online")
        return Measure(self.world, self.vins)

    def online(self):
        return self.world.watcher.last("toyota2mqtt/status") == "online"

    def health(self):
        return self.world.command("health")[1]

    def reported(self, words, limit=60):
        wait_for(lambda: words in self.health(), f"health to say: {words}", limit)

    def move_on(self):
        """Time passes for the cars; the bridge reads them although the broker may be away."""
        self.world.simulator.ask(f"advance?seconds={DAY}", method="POST")

    def read_unseen(self):
        """Waits for a reading by the schedule: nobody can ask for one without a broker."""
        before = self.world.simulator.state()
        wait_for(lambda: all(requests_of(self.world.simulator.state(), vin, PROBE) >
                             requests_of(before, vin, PROBE) for vin in self.vins),
                 "the cars to be read", 130)

    def newest_is_there(self, limit=130):
        """By the schedule alone: with the broker away nobody can nudge."""
        wait_for(lambda: all(caught_up(self.world, vin) for vin in self.vins) and self.online(),
                 "the newest state", limit)

    def test_absent_at_start(self):
        self.proxy.set("refuse")
        self.bridge = self.world.start()
        measure = Measure(self.world, self.vins)
        self.reported("no connection to the MQTT broker")
        self.proxy.set("pass")
        measure.heal()
        self.world.wait_for_cars(2, 70)
        self.newest_is_there()
        row(self, "the broker is absent at the start", measure, "nothing, then " + ALL_WELL)

    def test_away_while_the_cars_move_on(self):
        measure = self.running()
        sizes = []
        for _ in range(ABSENCES):
            self.proxy.set("refuse")
            self.reported("broker: ")
            for _ in range(DAYS_AWAY):
                self.move_on()
                self.read_unseen()
            sizes.append(memory(self.bridge.pid))  # with all that it holds back
            self.proxy.set("pass")
            measure.heal()
            self.newest_is_there()
        # The first time touches memory that the program then keeps.
        self.assertLess(sizes[-1] - sizes[0], MEMORY_LIMIT, sizes)
        row(self, "the broker goes away while the cars move on", measure,
            "bridge offline (its will), then the newest state")

    def test_dropped_again_and_again(self):
        measure = self.running()
        for _ in range(DROPS):
            hold(DROP_EVERY)
            connects = self.proxy.accepted
            self.proxy.cut()
            wait_for(lambda: self.proxy.accepted > connects, "the next connection", 30)
            wait_for(lambda: self.health() == "ok\n", "all to be well", 30)
        measure.heal()
        self.newest_is_there()
        self.assertNotIn("another client", self.bridge.output())
        row(self, f"the broker drops the connection every {DROP_EVERY:g} s", measure,
            "bridge offline and online again each time; the values stay")

    def test_refused_password(self):
        measure = self.running()
        broker = self.world.broker
        self.world.watcher.close()
        broker.stop()
        broker.users = ("somebody", "another-password")
        broker.start()
        self.reported("refuses the user name or password")
        self.assertTrue(self.bridge.running())
        broker.stop()
        broker.users = None
        broker.start()
        measure.heal()
        self.world.watch_again()
        measure.first = 0
        self.newest_is_there()
        row(self, "the broker refuses the password", measure,
            "bridge offline, then the newest state")

    def test_one_that_takes_nothing_any_more(self):
        measure = self.running()
        pid = self.world.broker.process.pid
        os.kill(pid, signal.SIGSTOP)
        try:
            self.move_on()
            self.reported("broker: ", KEEP_ALIVE * 4)
        finally:
            os.kill(pid, signal.SIGCONT)
        measure.heal()
        self.newest_is_there()
        row(self, "the broker hangs and takes nothing any more", measure,
            "bridge offline (its will), then the newest state")

    def test_one_that_is_full(self):
        measure = self.running()
        broker = self.world.broker
        self.world.watcher.close()
        broker.stop()
        broker.extra = "max_packet_size 600\n"  # discovery does not fit, the small topics do
        broker.start()
        wait_for(lambda: "broker is back" in self.bridge.output(), "the bridge to be back", 60)
        self.move_on()
        broker.stop()
        broker.extra = ""
        broker.start()
        measure.heal()
        self.world.watch_again()
        measure.first = 0
        self.newest_is_there()
        wait_for(lambda: len(self.world.watcher.matching("/config")) == 3, "the discovery")
        row(self, "the broker takes small messages only", measure, "the small topics, then all")

    def test_another_client_with_the_same_id(self):
        measure = self.running()
        stop = threading.Event()
        def take_over():
            while not stop.is_set():
                subprocess.run(["mosquitto_sub", "-V", "mqttv5", "-h", "127.0.0.1", "-p",
                                str(self.world.broker.port), "-i", self.client_id(), "-t", "x",
                                "-E"], check=False, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
                stop.wait(0.3)
        rival = threading.Thread(target=take_over)
        rival.start()
        try:
            self.reported("another client uses the same mqtt.client_id")
        finally:
            stop.set()
            rival.join()
        measure.heal()
        wait_for(lambda: self.health() == "ok\n", "the connection to hold", 100)
        self.newest_is_there()
        self.assertEqual(self.bridge.output().count("another client uses the same"), 1)
        row(self, "another client takes over the id", measure,
            "bridge offline and online by turns; health and page name the cause")

    def client_id(self):
        return self.world.settings["mqtt"].get("client_id", "toyota2mqtt")

    def test_no_mqtt_5(self):
        old = OldBroker()
        self.addCleanup(old.close)
        self.proxy.target = old.port
        self.bridge = self.world.start()
        measure = Measure(self.world, self.vins)
        self.reported("does not speak MQTT 5")
        self.proxy.target = self.world.broker.port
        measure.heal()
        self.world.wait_for_cars(2, 70)
        self.newest_is_there()
        row(self, "the broker does not speak MQTT 5", measure, "nothing, then " + ALL_WELL)


if __name__ == "__main__":
    unittest.main()
