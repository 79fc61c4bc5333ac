"""What was entered on the page: every command uses it, and the configuration wins."""

import pathlib
import signal
import stat
import unittest

from harness import PASSWORD, USER, World, car_id, wait_for

DRIVER = {"username": USER, "password": PASSWORD, "brand": "toyota"}
VIN = "JTMSIMBZ4X0000001"
OTHER_VIN = "JTMSIMRAV40000001"


class SetUp(unittest.TestCase):
    def world(self):
        world = World("--vehicles", "2")
        world.settings["accounts"] = []
        return world

    def test_without_an_account_the_program_stays_up_healthy_and_says_how_to_set_one_up(self):
        with self.world() as world:
            bridge = world.start()
            wait_for(lambda: "connected to the broker" in bridge.output(), "the broker")
            for way in ("page", "options", "configuration file"):
                self.assertIn(way, bridge.output())
            status, out, _ = world.command("health")
            self.assertEqual(status, 0)
            self.assertEqual(out.splitlines()[0], "ok")
            self.assertIn("no account is set up", out)
            wait_for(lambda: world.watcher.last("toyota2mqtt/status") == "online", "online")
            self.assertTrue(bridge.running())
            status, _, err = world.command("fetch")
            self.assertEqual(status, 2)
            self.assertIn("no account is set up", err)
            self.assertIn("no account is set up", world.command("doctor")[1])
            self.assertEqual(world.simulator.state()["password_posts"], 0)
            self.assertEqual(bridge.stop(signal.SIGTERM)[0], 0)

    def test_every_command_uses_what_was_saved(self):
        with self.world() as world:
            world.settings["abrp"] = {"url": world.simulator.url}
            token = world.cars()[0]["abrp_token"]
            world.save_set_up([DRIVER], {VIN: {"abrp_token": token}, OTHER_VIN: {"used": False}},
                              "sim-key")
            self.assertEqual(stat.S_IMODE((world.storage() / "set_up").stat().st_mode), 0o600)
            self.assertEqual(len(world.fetch()["vehicles"]), 2)
            status, out, _ = world.command("doctor")
            self.assertEqual(status, 0, out)
            self.assertIn("ABRP for …0001", out)
            self.assertIn("ignored", out)
            bridge = world.start()
            self.assertEqual(list(world.wait_for_cars(1)), [car_id(VIN)])
            wait_for(lambda: world.simulator.state()["abrp_points"] > 0, "a point at ABRP")
            self.assertEqual(world.command("health")[1], "ok\n")
            self.assertEqual(world.command("retry-login")[0], 0)
            self.assertEqual(world.command("retry-login", USER)[0], 0)
            self.assertIsNone(world.state_of(OTHER_VIN))
            self.assertEqual(world.simulator.state()["password_posts"], 1)
            self.assertEqual(bridge.stop(signal.SIGTERM)[0], 0)

    def test_the_configuration_wins(self):
        with self.world() as world:
            world.save_set_up([DRIVER | {"password": "canary-wrong"}],
                              {VIN: {"used": False}, OTHER_VIN: {"used": False}})
            world.settings["accounts"] = [DRIVER | {"username": USER.upper()}]
            world.settings["vehicles"] = [{"vin": VIN, "ignore": False}]
            world.start()
            self.assertEqual(list(world.wait_for_cars(1)), [car_id(VIN)])
            self.assertEqual(world.simulator.state()["password_posts"], 1)

    def test_a_broken_set_up_is_set_aside_and_the_program_stays_up(self):
        with self.world() as world:
            world.save_set_up([DRIVER])
            path = world.storage() / "set_up"
            path.write_bytes(path.read_bytes()[:-1])
            bridge = world.start()
            wait_for(lambda: "connected to the broker" in bridge.output(), "the broker")
            self.assertIn("have to be entered again", bridge.output())
            self.assertIn("no account is set up", world.command("health")[1])
            kept = [name.name for name in pathlib.Path(world.storage()).glob("set_up.broken-*")]
            self.assertEqual(len(kept), 1)
            self.assertFalse(path.exists())


if __name__ == "__main__":
    unittest.main()
