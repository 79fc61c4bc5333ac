"""What Home Assistant finds on a real broker: devices in their order, two cars of one name, two
installations, what an earlier version or a lost storage left, and the owner's language."""

import copy
import json
import shutil
import unittest

import yaml

from field_world import FieldWorld
from harness import Process, car_id, wait_for, BUILD

YARIS = {"kind": "aygo", "vin": "JTMFIELD000000111", "nickName": "Yaris"}
TWIN = {"kind": "aygo", "vin": "JTMFIELD000000112", "nickName": "Yaris"}
OLD_BRIDGE = "homeassistant/device/toyota2mqtt_bridge/config"


def cars_of(discovery):
    return {topic: document for topic, document in discovery.items() if "bridge" not in topic}


def bridges_of(discovery):
    return {topic: document for topic, document in discovery.items() if "bridge" in topic}


def wait_for_devices(world, cars, bridges=1):
    def announced():
        found = world.discovery()
        return (len(cars_of(found)), len(bridges_of(found))) == (cars, bridges) and found
    return wait_for(announced, f"{cars} cars and {bridges} bridges", limit=40)


class Leftovers(unittest.TestCase):
    def test_c80_two_cars_of_one_name_have_ids_and_views_of_their_own(self):
        with FieldWorld([YARIS, TWIN]) as world:
            world.start()
            found = cars_of(wait_for_devices(world, 2))
            ids = {document["components"]["locked"]["default_entity_id"]
                   for document in found.values()}
            self.assertEqual(ids, {"binary_sensor.yaris_locked", "binary_sensor.yaris_2_locked"})

            def dashboard():
                status, out, _ = world.command("entities", "--dashboard")
                views = yaml.safe_load(out)["views"] if status == 0 else []
                return views if len(views) == 3 else None
            views = wait_for(dashboard, "two cars and the bridge", limit=40)
            for view, wanted in zip(views, ("binary_sensor.yaris_locked",
                                            "binary_sensor.yaris_2_locked")):
                self.assertEqual([one for one in sorted(ids) if one in str(view)], [wanted])
            self.assertEqual([view["title"] for view in views[:2]], ["Yaris", "Yaris 2"])

    def test_the_bridge_is_there_before_any_car(self):
        with FieldWorld([YARIS, TWIN]) as world:
            world.start()
            wait_for_devices(world, 2)
            order = [topic for topic, _, payload in world.watcher.messages
                     if topic.startswith("homeassistant/device/") and payload]
            self.assertIn("bridge", order[0])
            bridge = world.discovery()[order[0]]["device"]["identifiers"][0]
            for document in cars_of(world.discovery()).values():
                self.assertEqual(document["device"]["via_device"], bridge)

    def test_a_lost_storage_leaves_no_orphan_and_no_foreign_topic_is_touched(self):
        with FieldWorld([YARIS, TWIN]) as world:
            bridge = world.start()
            wait_for_devices(world, 2)
            bridge.stop()
            shutil.rmtree(world.storage())
            gone = car_id(TWIN["vin"])
            foreign = ["zigbee2mqtt/0123456789/diagnostics", "homeassistant/device/other/config"]
            for topic in foreign:
                world.publish(topic, '{"device":{"identifiers":["x"]}}', "-r")
            world.settings["vehicles"] = [{"vin": TWIN["vin"], "ignore": True}]
            world.start()

            def removed():
                left = [topic for topic in world.watcher.retained() if gone in topic]
                return not left
            wait_for(removed, "everything of the car that is gone to go", limit=40)
            kept = world.watcher.retained()
            for topic in foreign:
                self.assertIn(topic, kept)
            self.assertTrue(any(car_id(YARIS["vin"]) in topic for topic in kept))

    def test_two_installations_on_one_broker_do_not_meet(self):
        with FieldWorld([YARIS]) as world:
            world.start()
            wait_for_devices(world, 1)
            settings = copy.deepcopy(world.settings)
            settings["mqtt"] |= {"base_topic": "second", "client_id": "second"}
            settings["storage"]["directory"] = str(world.directory / "second")
            path = world.directory / "second.yaml"
            path.write_text(json.dumps(settings))
            path.chmod(0o600)
            second = Process(world.directory, "second", [str(BUILD / "toyota2mqtt"), "run",
                                                         "--config", str(path)])
            world.bridges.append(second)
            bridges = bridges_of(wait_for_devices(world, 1, bridges=2))
            ids = [set(document["components"][key]["unique_id"] for key in document["components"])
                   for document in bridges.values()]
            self.assertEqual(ids[0] & ids[1], set())
            topics = [document["components"]["cloud"]["state_topic"]
                      for document in bridges.values()]
            self.assertEqual(sorted(topics), ["second/bridge/state", "toyota2mqtt/bridge/state"])
            second.stop()
            self.assertEqual(world.watcher.last("toyota2mqtt/status"), "online")

    def test_the_bridge_of_an_earlier_version_goes_before_the_new_one_comes(self):
        with FieldWorld([YARIS]) as world:
            world.publish(OLD_BRIDGE, json.dumps({
                "device": {"identifiers": ["toyota2mqtt_bridge"]},
                "components": {"cloud": {"state_topic": "toyota2mqtt/bridge/state"}}}), "-r")
            wait_for(lambda: world.watcher.last(OLD_BRIDGE), "the old document")
            world.start()
            wait_for_devices(world, 1)
            order = [(topic, payload != "") for topic, _, payload in world.watcher.messages
                     if topic.startswith("homeassistant/device/toyota2mqtt_bridge")]
            self.assertEqual(order[1], (OLD_BRIDGE, False))
            self.assertNotIn(OLD_BRIDGE, world.watcher.retained())

    def test_the_owners_language_is_in_names_and_words_and_in_no_state(self):
        with FieldWorld([YARIS]) as world:
            world.settings["mqtt"]["language"] = "fr"
            world.start()
            document, = cars_of(wait_for_devices(world, 1)).values()
            activity = document["components"]["activity"]
            self.assertEqual(activity["name"], "Activité")
            self.assertEqual(activity["default_entity_id"], "sensor.yaris_activity")
            self.assertIn("Stationnée", activity["options"])
            state = wait_for(lambda: world.car_state(YARIS), "the car's state")
            self.assertIn(state["activity"], ("parked", "driving", "charging", "unknown"))


if __name__ == "__main__":
    unittest.main()
