"""Commands to the cars, published as Home Assistant publishes them, against the simulator."""

import json
import tempfile
import unittest

from field_world import scenario_of
from harness import World, car_id, wait_for

BEV = "JTMSIMBZ4X0000001"
CODE = "canary-4711"
EVERYTHING = ["lock", "unlock", "trunk", "climate", "refresh", "horn", "hazards", "buzzer",
              "headlights", "windows", "engine", "charge_now", "charge_schedule"]


class Remote(World):
    """One electric car that stands parked, with everything allowed."""

    def __init__(self, **commands):
        # The bridge believes no report from the future, so the car has to stand still now.
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as scenario:
            scenario.write(scenario_of([{}]))
            scenario.flush()
            super().__init__("--scenario", scenario.name)
        self.settings["commands"] = {"allow": EVERYTHING, **commands}
        self.car = f"toyota2mqtt/{car_id(BEV)}"

    def begin(self):
        self.start()
        self.wait_for_cars(1)
        wait_for(lambda: self.components(), "the discovery document")

    def components(self):
        document = self.watcher.json(f"homeassistant/device/toyota2mqtt_{car_id(BEV)}/config")
        return document and document["components"]

    def send(self, path, payload, *options):
        """The expiry is the one that the discovery document names."""
        self.publish(f"{self.car}/{path}/set", payload, "-D", "publish",
                     "message-expiry-interval", "60", *options)

    def results(self):
        return [json.loads(payload) for topic, _, payload in list(self.watcher.messages)
                if topic == f"{self.car}/event/command_result"]

    def wait_for_result(self, outcome, command, limit=60):
        def found():
            return [one for one in self.results()
                    if one["event_type"] == outcome and one["command"] == command]
        return wait_for(found, f"{command}: {outcome}, not {self.results()}", limit)[0]

    def shown(self, key):
        state = self.watcher.json(f"{self.car}/state")
        return state and state.get(key)

    def truth(self):
        return self.simulator.ask("cars")[0]


class Commands(unittest.TestCase):
    def test_an_unlock_is_pending_then_done_when_the_car_reports_it(self):
        with Remote(unlock_code=CODE) as world:
            world.begin()
            lock = world.components()["doors"]
            self.assertEqual(lock["command_topic"], f"{world.car}/doors/set")
            self.assertEqual(lock["message_expiry_interval"], 60)
            world.send("doors", json.dumps({"action": "UNLOCK", "code": "0000"}))
            refused = world.wait_for_result("refused", "unlock")
            self.assertIn("wrong", refused["reason"])
            wait_for(lambda: world.truth()["locked"], "the car to be locked")
            # The next code is looked at after two seconds only.
            def opened():
                if not any(one["event_type"] == "accepted" for one in world.results()):
                    world.send("doors", json.dumps({"action": "UNLOCK", "code": CODE}))
                    wait_for(lambda: world.results()[-1] != refused, "an answer", 5)
                return any(one["event_type"] == "accepted" for one in world.results())
            wait_for(opened, "the right code to be taken")
            wait_for(lambda: world.shown("doors") == "UNLOCKING", "the lock to be pending")
            self.assertNotIn("done", [one["event_type"] for one in world.results()])
            world.simulator.ask("advance?seconds=30", body={}, method="POST")
            done = world.wait_for_result("done", "unlock", 120)
            self.assertIn(done["confirmed_by"], ("report", "message"))
            self.assertFalse(world.truth()["locked"])
            self.assertEqual(world.simulator.state()["commands"], 1)
            everything = "".join(topic + payload for topic, _, payload in world.watcher.messages
                                 if not topic.endswith("/set"))
            self.assertNotIn(CODE, everything)
            self.assertNotIn(CODE, world.bridges[0].output())
            self.assertNotIn(BEV, everything)

    def test_a_climate_start_of_two_messages_is_one_command_and_is_confirmed(self):
        with Remote() as world:
            world.begin()
            world.send("climate/mode", "heat_cool")
            world.send("climate/temperature", "23.0")
            world.wait_for_result("accepted", "climate_start")
            self.assertEqual(world.shown("climate_mode"), "heat_cool")
            world.simulator.ask("advance?seconds=30", body={}, method="POST")
            world.wait_for_result("done", "climate_start", 90)
            wait_for(lambda: world.shown("climate_temperature") == 23, "the temperature")
            self.assertTrue(world.truth()["climate_on"])
            state = world.simulator.state()
            self.assertEqual(state["commands"], 1)
            self.assertEqual(state["violations"], [])

    def test_what_the_car_refuses_and_what_nobody_allows_is_told(self):
        with Remote(allow=["lock", "horn"]) as world:
            world.simulator.ask("faults", {"kind": "command_code", "code": "118003"})
            world.begin()
            self.assertIn("lock_doors", world.components())
            self.assertNotIn("doors", world.components())
            world.send("horn", "PRESS")
            failed = world.wait_for_result("failed", "horn")
            self.assertIn("118003", failed["reason"])
            self.assertTrue(failed["remedy"])
            world.send("doors", "UNLOCK")
            refused = world.wait_for_result("refused", "unlock")
            self.assertIn("commands.allow", refused["remedy"])
            world.send("lock_doors", "TOGGLE")
            wait_for(lambda: [one for one in world.results() if one["entity"] == "lock_doors"],
                     "the refusal of a payload")
            self.assertEqual(world.simulator.state()["commands"], 1)

    def test_a_retained_command_is_never_carried_out_and_is_cleared(self):
        with Remote() as world:
            world.publish(f"{world.car}/doors/set", "UNLOCK", "-r")
            world.begin()
            wait_for(lambda: f"{world.car}/doors/set" not in world.watcher.retained(),
                     "the command to be cleared")
            self.assertEqual(world.simulator.state()["commands"], 0)
            self.assertTrue(world.truth()["locked"])

    def test_without_remote_services_no_command_is_offered_and_the_reason_is_shown(self):
        with Remote() as world:
            world.simulator.ask("faults", {"kind": "remote_display", "value": "2"})
            world.begin()
            platforms = {one["platform"] for one in world.components().values()}
            self.assertFalse(platforms & {"lock", "climate", "button"})
            diagnostics = wait_for(lambda: world.watcher.json(f"{world.car}/diagnostics"),
                                   "the diagnostics")
            self.assertEqual(diagnostics["remote_services"], "not_activated")
            self.assertIn("state 2", diagnostics["remote_services_attributes"]["reason"])

    def test_a_stop_leaves_no_lock_pending_on_the_broker(self):
        with Remote() as world:
            world.begin()
            world.send("doors", "UNLOCK")
            wait_for(lambda: world.shown("doors") == "UNLOCKING", "the lock to be pending")
            world.bridges[0].stop()
            world.wait_for_result("unconfirmed", "unlock", 5)
            self.assertEqual(world.shown("doors"), "LOCKED")


if __name__ == "__main__":
    unittest.main()
