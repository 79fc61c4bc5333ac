"""What happens when a client overloads the program: Home Assistant sees nothing of it."""

import http.client
import json
import subprocess
import threading
import unittest

from crowd import Crowd, Silent, memory, p99, page_of, times_of
from fault_proxy import FaultProxy
from fault_table import Measure
from harness import BUILD, World, car_id, wait_for
from reliability_table import ALL_WELL, SOON, caught_up, nudge, row

GIANT = 200 * 2**20
ASKED_AT_MOST = b"\x27\x00\x02\x00\x00"   # Maximum Packet Size, as CONNECT announces it
WHATEVER = b"\x27\x0f\xff\xff\xff"
DAY = 24 * 3600


class Crowds(unittest.TestCase):
    def setUp(self):
        self.world = World("--vehicles", "2", "--start", "2025-06-11T05:00:00Z")
        self.addCleanup(self.world.__exit__, None, None, None)
        self.proxy = FaultProxy(self.world.broker.port)
        self.addCleanup(self.proxy.stop)
        self.world.settings["mqtt"]["port"] = self.proxy.port
        self.world.settings["log"] = {"level": "info"}
        self.vins = [car["vin"] for car in self.world.cars()]

    def running(self):
        self.bridge = self.world.start()
        self.world.wait_for_cars(2)
        self.world.read_now(*self.vins)
        return Measure(self.world, self.vins)

    def the_news_comes(self):
        """Time passes for the cars, and what they then are comes to the broker."""
        self.world.simulator.ask(f"advance?seconds={DAY}", method="POST")
        def there():
            nudge(self.world, *self.vins)
            return all(caught_up(self.world, vin) for vin in self.vins)
        wait_for(there, "the newest state", SOON)

    def nothing_was_seen(self, measure):
        self.assertNotIn("bridge offline", measure.seen())
        self.assertNotIn("car offline", measure.seen())

    def test_giant_message(self):
        giant = self.world.directory / "giant"
        with giant.open("wb") as file:
            file.truncate(GIANT)
        # A broker that does not know what it was asked.
        self.proxy.rewritten = (ASKED_AT_MOST, WHATEVER)
        measure = self.running()
        self.world.watcher.close()  # it would be sent the giant, too
        subprocess.run(["mosquitto_pub", "-V", "mqttv5", "-h", "127.0.0.1", "-p",
                        str(self.world.broker.port), "-q", "1", "-r", "-t",
                        f"toyota2mqtt/{car_id(self.vins[0])}/reading/set", "-f", str(giant)],
                       check=True)
        wait_for(lambda: "are ignored" in self.bridge.output(), "the giant", 60)
        self.bridge.stop()
        self.bridge = self.world.start()
        wait_for(lambda: "are ignored" in self.bridge.output(), "it again", 60)
        self.assertTrue(self.bridge.running())
        self.assertLess(memory(self.bridge.pid, "VmHWM:"), 64 * 2**20)
        subprocess.run(["mosquitto_pub", "-V", "mqttv5", "-h", "127.0.0.1", "-p",
                        str(self.world.broker.port), "-q", "1", "-r", "-n", "-t",
                        f"toyota2mqtt/{car_id(self.vins[0])}/reading/set"], check=True)
        measure.heal()
        self.world.watch_again()
        self.the_news_comes()
        row(self, "a retained message of 200 MB, and a broker that ignores the limit", measure,
            ALL_WELL)

    def test_page(self):
        measure = self.running()
        url = page_of(self.bridge)
        crowd = Crowd(url, 50)
        self.addCleanup(crowd.end)
        wait_for(lambda: crowd.answers > 50, "the crowd to be at work")
        taken = times_of(url + "api/v1/health", 100)
        self.the_news_comes()
        crowd.end()
        measure.heal()
        self.nothing_was_seen(measure)
        row(self, "50 connections ask for the page without end", measure,
            f"{ALL_WELL}; health answers within {p99(taken) * 1000:.0f} ms", "not needed")

    def test_half_open(self):
        measure = self.running()
        silent = Silent(page_of(self.bridge), 900)
        self.addCleanup(silent.end)
        self.the_news_comes()
        silent.end()
        measure.heal()
        self.nothing_was_seen(measure)
        row(self, "900 half-open connections from the machine itself", measure, ALL_WELL,
            "not needed")

    def test_flood_of_commands(self):
        measure = self.running()
        before = len(self.bridge.output())
        for topic, text in ((f"toyota2mqtt/{car_id(self.vins[0])}/doors/set", "OPEN"),
                            ("homeassistant/status", "online")):
            subprocess.run(["mosquitto_pub", "-V", "mqttv5", "-h", "127.0.0.1", "-p",
                            str(self.world.broker.port), "-t", topic, "-l"],
                           input=(text + "\n") * 5000, text=True, check=True)
        self.the_news_comes()
        measure.heal()
        self.nothing_was_seen(measure)
        grown = len(self.bridge.output()) - before
        self.assertLess(grown, 40000)
        row(self, "5,000 refused commands and as many births", measure,
            f"{ALL_WELL}; the log grows by {grown // 1000} kB", "not needed")

    def test_guessing(self):
        hashed = subprocess.run([str(BUILD / "toyota2mqtt"), "hash-password"], input="right password\n",
                                text=True, capture_output=True, check=True).stdout.strip()
        self.world.settings["web"]["users"] = [{"name": "anna", "password_hash": hashed}]
        measure = self.running()
        url = page_of(self.bridge) + "api/v1/auth/login"
        self.assertEqual(self.sign_in(url, "right password", "127.0.0.1"), 200)
        over = threading.Event()
        guessers = [threading.Thread(target=self.guess, args=(url, number, over), daemon=True)
                    for number in range(20)]
        for guesser in guessers:
            guesser.start()
        answers = [self.sign_in(url, "right password", "127.0.0.1") for _ in range(5)]
        over.set()
        self.the_news_comes()
        measure.heal()
        self.nothing_was_seen(measure)
        self.assertEqual(answers, [200] * 5)
        row(self, "20 addresses guess at the owner's password at once", measure,
            f"{ALL_WELL}; the owner signs in", "not needed")

    def guess(self, url, number, over):
        while not over.is_set():
            self.sign_in(url, "wrong", f"127.0.1.{number + 1}")

    @staticmethod
    def sign_in(url, password, source):
        host, port = url.removeprefix("http://").split("/")[0].rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=20,
                                                source_address=(source, 0))
        body = json.dumps({"username": "anna", "password": password})
        connection.request("POST", "/api/v1/auth/login", body,
                           {"Content-Type": "application/json"})
        status = connection.getresponse().status
        connection.close()
        return status
