"""The broker is late, restarts, refuses, or knows another client of our name."""

import json
import re
import signal
import threading
import time
import unittest

from harness import LAST_ROUTE, World, requests_of, wait_for


def without_times(topics):
    """Retained topics without what changes by itself."""
    kept = {}
    for topic, payload in topics.items():
        if topic.endswith("/diagnostics") or topic == "toyota2mqtt/bridge/state":
            payload = sorted(json.loads(payload))
        kept[topic] = payload
    return kept


class Broker(unittest.TestCase):
    def test_a_broker_that_comes_late_gets_everything(self):
        with World("--vehicles", "2") as world:
            world.watcher.close()
            world.broker.stop()
            bridge = world.start()
            wait_for(lambda: "broker 127.0.0.1" in bridge.output(), "the line about the broker")
            vins = [car["vin"] for car in world.cars()]
            wait_for(lambda: all(requests_of(world.simulator.state(), vin,
                                             "GET /v2/notification/history") for vin in vins),
                     "the cars to be read without a broker")
            world.broker.start()
            world.watch_again()
            self.assertEqual(len(world.wait_for_cars(2)), 2)
            wait_for(lambda: "broker is back" in bridge.output(), "the line that it is back")
            self.assertEqual(bridge.output().count("trying again until it is back"), 1)
            # The documents follow the states.
            wait_for(lambda: len(world.watcher.matching("/config")) == 3, "every document")

    def test_after_a_restart_of_the_broker_everything_stands_there_again(self):
        with World("--vehicles", "2") as world:
            # Nothing may become due meanwhile: every request would be taken for one of the restart.
            world.settings["polling"] = {key: "2h" for key in ("driving", "charging", "parked")}
            world.settings["wake"] = {"enabled": False}
            bridge = world.start()
            vins = [car["vin"] for car in world.cars()]
            wait_for(lambda: all(requests_of(world.simulator.state(), vin, LAST_ROUTE)
                                 for vin in vins), "the cars to be read")
            wait_for(lambda: len(world.watcher.matching("/location")) == 2, "the places")
            # Availability goes last.
            wait_for(lambda: len(world.watcher.matching("/availability")) == 2, "both cars online")
            before = without_times(world.watcher.retained())
            world.watcher.close()
            requests = sum(world.simulator.state()["routes"].values())
            world.broker.stop()
            wait_for(lambda: "trying again until it is back" in bridge.output(), "the broken line")
            world.broker.start()
            world.watch_again()
            self.assertEqual(len(world.wait_for_cars(2)), 2)
            wait_for(lambda: set(world.watcher.retained()) == set(before), "the same topics")
            wait_for(lambda: without_times(world.watcher.retained()) == before, "the same payloads")
            self.assertEqual(sum(world.simulator.state()["routes"].values()), requests)
            self.assertEqual(bridge.output().count("broker is back"), 1)

    def test_home_assistants_birth_brings_everything_again_after_a_moment(self):
        with World("--vehicles", "2") as world:
            world.start()
            world.wait_for_cars(2)
            wait_for(lambda: len(world.watcher.matching("/location")) == 2, "the places")
            before = without_times(world.watcher.retained())
            count = len(world.watcher.messages)
            begun = time.monotonic()
            world.publish("homeassistant/status", "online")
            def again():
                return set(before) <= {topic for topic, _, _ in world.watcher.messages[count + 1:]}
            wait_for(again, "every topic once more", 15)
            self.assertGreater(time.monotonic() - begun, 0.9)

    def test_nothing_is_published_twice_without_a_change(self):
        with World("--vehicles", "2", "--speed", "0") as world:
            world.start()
            vins = [car["vin"] for car in world.cars()]
            world.wait_for_cars(2)
            world.read_now(*vins)
            world.read_now(*vins)
            seen = {}
            for topic, _, payload in list(world.watcher.messages):
                if topic.endswith("/set"):
                    continue
                self.assertNotEqual(seen.get(topic), payload, topic)
                seen[topic] = payload

    def test_a_refused_password_is_explained_and_the_cars_are_still_read(self):
        with World("--vehicles", "2") as world:
            world.watcher.close()
            world.broker.stop()
            world.broker.users = ("bridge", "canary-broker-password")
            world.broker.start()
            world.watch_again()
            world.settings["mqtt"] |= {"username": "bridge", "password": "wrong-broker-password"}
            bridge = world.start()
            wait_for(lambda: "refuses the user name or password" in bridge.output(), "the reason")
            wait_for(lambda: world.simulator.state()["routes"].get("GET /v2/notification/history")
                     == 2, "both cars to be read")
            self.assertNotIn("wrong-broker-password", bridge.output())
            status, out, _ = world.command("doctor")
            self.assertNotEqual(status, 0)
            self.assertIn("refuses the user name or password", out)
            bridge.stop()
            world.settings["mqtt"]["password"] = "canary-broker-password"
            world.start()
            self.assertEqual(len(world.wait_for_cars(2)), 2)

    def test_two_bridges_of_one_client_id_do_not_spin(self):
        seconds = 20
        with World("--vehicles", "2") as world:
            first = world.start()
            world.wait_for_cars(2)
            world.settings["storage"]["directory"] = str(world.directory / "storage2")
            second = world.start()
            threading.Event().wait(seconds)
            def connects(bridge):
                return len(re.findall("connected to the broker|broker is back", bridge.output()))
            total = connects(first) + connects(second)
            print(f"\n{total} connections of two rivals in {seconds} s")
            self.assertLess(total, seconds)
            self.assertGreater(total, 2)  # they really were rivals
            self.assertEqual(second.stop()[0], 0)
            wait_for(lambda: world.watcher.last("toyota2mqtt/status") == "online",
                     "the one that is left to say that it is there", 70)

    def test_the_last_will_says_offline_for_a_killed_bridge(self):
        with World("--vehicles", "2") as world:
            bridge = world.start()
            world.wait_for_cars(2)
            wait_for(lambda: world.watcher.last("toyota2mqtt/status") == "online", "online")
            bridge.stop(signal.SIGKILL)
            wait_for(lambda: world.watcher.last("toyota2mqtt/status") == "offline", "offline")


if __name__ == "__main__":
    unittest.main()
