"""`entities --dashboard`: only what Home Assistant received, by the ids that it received."""

import re
import unittest

import yaml

from harness import World, wait_for

ENTITY = re.compile(r"^(sensor|binary_sensor|device_tracker|button|switch|lock|climate)\.[a-z0-9_]+$")


def entities_of(node):
    if isinstance(node, dict):
        return set().union(*map(entities_of, node.values()))
    if isinstance(node, list):
        return set().union(*map(entities_of, node))
    return {node} if isinstance(node, str) and ENTITY.match(node) else set()


def announced(world):
    """Every id of every discovery document on the broker that Home Assistant enables itself."""
    documents = [world.watcher.json(topic) for topic, payload in
                 world.watcher.matching("/config").items() if payload]
    return {component["default_entity_id"] for document in documents
            for component in document.get("components", {}).values()
            if "default_entity_id" in component and component.get("enabled_by_default", True)}


class Dashboard(unittest.TestCase):
    def test_before_anything_was_announced_it_says_so_and_makes_no_directory(self):
        with World("--vehicles", "2", broker=False) as world:
            status, out, err = world.command("entities", "--dashboard")
            self.assertEqual((status, out), (1, ""), err)
            self.assertIn("no car was announced", err)
            self.assertFalse(world.storage().exists())

    def test_every_entity_of_it_was_announced_and_no_request_is_made(self):
        with World("--vehicles", "6") as world:
            bridge = world.start()
            world.wait_for_cars(6)

            def dashboard():
                status, out, _ = world.command("entities", "--dashboard")
                views = yaml.safe_load(out)["views"] if status == 0 else []
                return views if len(views) == 7 else None
            views = wait_for(dashboard, "six cars and the bridge", limit=60)
            used = entities_of(views)
            self.assertGreater(len(used), 60)
            self.assertEqual(used - announced(world), set())
            self.assertEqual(len({view["path"] for view in views}), 7)
            for car in world.cars():
                self.assertNotIn(car["vin"], str(views))
            bridge.stop()
            before = world.simulator.state()["routes"]
            self.assertEqual(world.command("entities", "--dashboard")[0], 0)
            self.assertEqual(world.simulator.state()["routes"], before)

    def test_a_car_that_is_taken_out_leaves_the_dashboard(self):
        with World("--vehicles", "2") as world:
            bridge = world.start()
            world.wait_for_cars(2)
            views = lambda: yaml.safe_load(world.command("entities", "--dashboard")[1] or "{}")
            wait_for(lambda: len((views() or {}).get("views", [])) == 3, "two cars and the bridge")
            bridge.stop()
            world.settings["vehicles"] = [{"vin": world.cars()[0]["vin"], "ignore": True}]
            world.start()
            wait_for(lambda: len((views() or {}).get("views", [])) == 2, "one car and the bridge")

    def test_after_clear_topics_there_is_nothing_to_show(self):
        with World("--vehicles", "2") as world:
            bridge = world.start()
            world.wait_for_cars(2)
            show = lambda: world.command("entities", "--dashboard")
            wait_for(lambda: show()[0] == 0, "a dashboard")
            bridge.stop()
            status, out, err = world.command("clear-topics")
            self.assertEqual(status, 0, out + err)
            status, out, err = show()
            self.assertEqual((status, out), (1, ""))
            self.assertIn("no car was announced", err)

    def test_the_dashboard_and_a_format_exclude_each_other(self):
        with World("--vehicles", "2", broker=False) as world:
            status, _, err = world.command("entities", "--dashboard", "--format", "json")
            self.assertEqual(status, 2)
            self.assertTrue(err.strip())


if __name__ == "__main__":
    unittest.main()
