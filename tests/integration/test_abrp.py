"""ABRP: what its checks say, what waits while it is away, and what a wrong key or token does."""

import datetime
import sqlite3
import threading
import unittest

from harness import World, car_id, requests_of, wait_for

HOURS = 24
STEP = 300  # seconds: the cars report every five minutes while driving


def hours_ago(hours):
    when = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=hours)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


class Abrp(unittest.TestCase):
    def live(self, world, vins, steps):
        """The cars live on in steps, and each step is read."""
        for _ in range(steps):
            world.simulator.ask(f"advance?seconds={STEP}", method="POST")
            world.read_now(*vins)

    def status_of(self, world, vin):
        diagnostics = world.watcher.json(f"toyota2mqtt/{car_id(vin)}/diagnostics") or {}
        state = world.state_of(vin) or {}
        return diagnostics.get("abrp_status") or state.get("abrp_status")

    def test_points_of_many_hours_are_accepted_and_the_judge_finds_nothing(self):
        # The bridge's clock is the real one, so the cars live in the hours before now.
        with World("--vehicles", "2", "--start", hours_ago(HOURS + 1)) as world:
            world.use_abrp()
            vins = [car["vin"] for car in world.cars()]
            bridge = world.start()
            world.wait_for_cars(2)
            self.live(world, vins, HOURS * 3600 // STEP)
            for vin in vins:
                wait_for(lambda vin=vin: self.status_of(world, vin) == "ok", "points accepted", 40)
            self.wait_for_empty_queue(world, bridge)
            state = world.simulator.state()
            print(f"\n{state['abrp_points']} points in {HOURS} simulated hours of two cars, "
                  f"{len(state['violations'])} violations")
            # ABRP's pace is real time while the cars live a day in half a minute: a point may go out
            # after the car moved on in virtual time. Every other complaint is an error.
            serious = [one for one in state["violations"] if one["kind"] != "place_after_moving"]
            self.assertEqual(serious, [])
            self.assertEqual(set(state["abrp_points_by_car"]), set(vins))
            self.assertGreater(state["abrp_points"], 10)
            bridge.stop()

            # Nothing is sent again after a restart: the checks count every point.
            world.start()
            wait_for(lambda: self.status_of(world, vins[0]) == "ok", "the status from before")
            before = world.simulator.state()
            world.read_now(*vins)
            threading.Event().wait(12)  # longer than the pace of ABRP's requests
            after = world.simulator.state()
            self.assertEqual(after["abrp_points"], before["abrp_points"])
            self.assertEqual(after["violations"], before["violations"])

    def wait_for_empty_queue(self, world, bridge):
        path = world.storage() / "toyota2mqtt.db"
        def empty():
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
                return database.execute("SELECT count(*) FROM abrp_queue").fetchone()[0] == 0
        wait_for(empty, "the queue to be empty", 60)
        self.assertTrue(bridge.running())

    def test_points_wait_while_abrp_is_away_and_go_out_in_bulk(self):
        with World("--vehicles", "2", "--start", hours_ago(HOURS + 1)) as world:
            world.use_abrp()
            vins = [car["vin"] for car in world.cars()]
            world.simulator.ask("faults", {"route": "/1/*", "kind": "status", "status": 503,
                                           "forever": True})
            bridge = world.start()
            world.wait_for_cars(2)
            self.live(world, vins, HOURS * 3600 // STEP)
            wait_for(lambda: self.status_of(world, vins[0]) == "unreachable", "the status", 40)
            self.assertEqual(world.simulator.state()["abrp_points"], 0)
            bridge.stop()
            waiting = self.waiting(world)
            self.assertGreater(waiting, 10)
            # What was tried in vain is no part of what went out.
            in_vain = world.simulator.state()["routes"].get("POST /1/tlm/bulk", 0)
            world.simulator.ask("clear-faults", method="POST")
            bridge = world.start()
            wait_for(lambda: world.simulator.state()["abrp_points"] >= waiting, "the points", 60)
            self.wait_for_empty_queue(world, bridge)
            state = world.simulator.state()
            bulks = state["routes"].get("POST /1/tlm/bulk", 0) - in_vain
            print(f"\n{waiting} points waited and went out in {bulks} bulk requests")
            self.assertEqual(state["violations"], [])
            self.assertGreaterEqual(bulks, 1)
            self.assertLessEqual(bulks, 4)

    def waiting(self, world):
        with sqlite3.connect(world.storage() / "toyota2mqtt.db") as database:
            return database.execute("SELECT count(*) FROM abrp_queue").fetchone()[0]

    def reject(self, change, status):
        with World("--vehicles", "2") as world:
            world.use_abrp()
            change(world.settings)
            vin = world.cars()[1]["vin"]
            bridge = world.start()
            wait_for(lambda: self.status_of(world, vin) == status, f"abrp_status {status}", 40)
            self.assertNotIn("canary-wrong", bridge.output())
            self.assertEqual(bridge.output().count(f"car {car_id(vin)}: ABRP does not know"), 1)
            wait_for(lambda: self.waiting(world) > 0, "a point that waits")
            bridge.stop()
            self.assertGreater(self.waiting(world), 0)
            world.use_abrp()
            world.start()
            wait_for(lambda: self.status_of(world, vin) == "ok", "ABRP to accept", 60)
            state = world.simulator.state()
            self.assertGreaterEqual(state["abrp_points_by_car"][vin], 1)
            self.assertEqual(state["violations"], [])

    def test_a_wrong_key_is_named_and_forgotten_after_correction(self):
        def change(settings):
            settings["abrp"]["api_key"] = "canary-wrong"
        self.reject(change, "key_rejected")

    def test_a_wrong_token_is_named_and_forgotten_after_correction(self):
        def change(settings):
            settings["vehicles"][1]["abrp_token"] = "canary-wrong"
        self.reject(change, "token_rejected")

    def test_cars_without_a_drive_battery_send_nothing(self):
        with World("--user", "toyota@example.com:secret-password:toyota") as world:
            world.simulator.ask("faults", {"route": "*/climate-settings", "kind": "status",
                                           "status": 404, "forever": True})
            world.sign_in_as("toyota@example.com")
            world.use_abrp()
            world.start()
            world.wait_for_cars(4)
            cars = {car["vin"]: car["fuel_type"] for car in world.cars()}
            electric = [vin for vin, fuel in cars.items()
                        if fuel in "EI" and requests_of(world.simulator.state(), vin)]
            self.assertEqual(len(electric), 2)
            for vin in electric:
                wait_for(lambda vin=vin: self.status_of(world, vin) == "ok", "ABRP to accept", 60)
            self.assertEqual(set(world.simulator.state()["abrp_points_by_car"]), set(electric))


if __name__ == "__main__":
    unittest.main()
