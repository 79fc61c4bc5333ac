"""Canary secrets: the programs do everything they can, then every trace of it is searched."""

import datetime
import json
import os
import pathlib
import re
import select
import signal
import socket
import sqlite3
import stat
import threading
import unittest

from harness import World, car_id, wait_for

USER = "canary.owner@canary-mail.example"
PASSWORD = "canary-Passw0rd-9f27"
BROKER_PASSWORD = "canary-broker-51c3"
ABRP_KEY = "canary-abrp-key-77aa"
ABRP_TOKEN = "canary-abrp-token-{}"


class Tap:
    """A TCP relay in front of the cloud that keeps what passed: the issued tokens are in there."""

    def __init__(self, target_port):
        self.target = ("127.0.0.1", target_port)
        self.seen = bytearray()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.relay, args=(client,), daemon=True).start()

    def relay(self, client):
        try:
            with client, socket.create_connection(self.target) as cloud:
                while True:
                    for ready in select.select([client, cloud], [], [])[0]:
                        data = ready.recv(65536)
                        if not data:
                            return
                        self.seen += data
                        (cloud if ready is client else client).sendall(data)
        except OSError:
            return

    def secrets(self):
        """Tokens, cookies, one-time codes and verifiers that were on the wire."""
        text = self.seen.decode("latin-1")
        found = set()
        for pattern in (r'"(?:access_token|refresh_token|id_token|tokenId|authId)":"([^"]+)"',
                        r"[Bb]earer ([^\s\"]+)", r"[?&]code=([^&\s]+)",
                        r"code_verifier=([^&\s]+)", r"iPlanetDirectoryPro=([^;\s]+)",
                        r"refresh_token=([^&\s]+)"):
            found.update(re.findall(pattern, text))
        return {secret for secret in found if len(secret) >= 8}

    def close(self):
        self.server.close()


TIME = "%Y-%m-%dT%H:%M:%SZ"
NOTE_TOKEN = "eyJhbGciOiJIUzI1NiJ9.canary-note.5f6e"
NOTE_PLACE = ("48.137154", "11.576124")
NOTE = "canary note: {vin} stands at {place}; tell {user}, token {token}"


class Privacy(unittest.TestCase):
    def test_no_secret_is_left_anywhere(self):
        for style, saved in (("text", False), ("json", True)):
            with self.subTest(log=style, entered_on_the_page=saved):
                self.exercise(style, saved)

    def sign_in(self, world, password, saved):
        if not saved:
            world.sign_in_as(USER, password)
            return
        world.settings["accounts"] = []
        world.settings["abrp"].pop("api_key", None)
        world.settings["vehicles"] = []
        world.save_set_up([{"username": USER, "password": password, "brand": "toyota"}],
                          {car["vin"]: {"used": True, "abrp_token": car["abrp_token"]}
                           for car in world.cars()}, ABRP_KEY)

    def prepare(self, world, tap, style):
        cars = world.cars()
        world.settings["toyota"] = {"login_url": tap.url, "api_url": tap.url}
        world.settings["log"] = {"level": "debug", "format": style}
        world.settings["mqtt"] |= {"username": "canary", "password": BROKER_PASSWORD}
        world.settings["abrp"] = {"api_key": ABRP_KEY, "url": tap.url}
        world.settings["vehicles"] = [{"vin": car["vin"], "abrp_token": car["abrp_token"]}
                                      for car in cars if car["abrp_token"]]
        return cars

    def exercise(self, style, saved):
        vins = ["JTMSIMBZ4X0000001", "JTMSIMRAV40000001"]
        options = ["--vehicles", "2", "--user", f"{USER}:{PASSWORD}", "--abrp-key", ABRP_KEY]
        for number, vin in enumerate(vins):
            options += ["--abrp-token", f"{ABRP_TOKEN.format(number)}:{vin}"]
        with World(*options) as world:
            tap = Tap(int(world.simulator.url.rsplit(":", 1)[1]))
            cars = self.prepare(world, tap, style)
            self.assertEqual([car["vin"] for car in cars], vins)
            outputs, places = [], []

            def command(*arguments):
                status, out, err = world.command(*arguments)
                outputs.append(err if arguments[0] == "fetch" else out + err)
                return status, out

            # A wrong password first: its rejection is stored and shown.
            self.sign_in(world, "canary-Wr0ng-3e11", saved)
            self.assertEqual(command("fetch")[0], 3)
            self.assertEqual(command("doctor")[0], 3)
            self.assertEqual(command("health")[0], 1)
            self.sign_in(world, PASSWORD, saved)

            self.write_notes(world, vins)
            bridge = world.start()
            world.wait_for_cars(2)
            world.read_now(*vins)
            status, out = command("fetch")
            self.assertEqual(status, 0)
            for car in json.loads(out)["vehicles"]:
                place = car["values"]["location"]["value"]
                places += [str(place["latitude"]), str(place["longitude"])]
            wait_for(lambda: world.simulator.state()["abrp_points"] > 0, "a point at ABRP")
            self.assertEqual(command("doctor")[0], 0)
            self.assertEqual(command("health")[0], 0)
            self.assertEqual(command("check-config")[0], 0)
            self.assertEqual(command("retry-login")[0], 0)
            world.simulator.ask("expire-tokens?refresh=true", method="POST")
            world.read_now(*vins)
            self.trouble(world, vins)
            world.publish(f"toyota2mqtt/{car_id(vins[0])}/reading/set", "nonsense")
            wait_for(lambda: "command refused" in bridge.output(), "the refusal")
            files = self.files_of(world)
            self.assertEqual("set_up" in files, saved)
            self.assertEqual(bridge.stop(signal.SIGTERM)[0], 0)
            files |= {f"{name} (after the end)": data
                      for name, data in self.files_of(world).items()}
            tap.close()

            secrets = {PASSWORD, "canary-Wr0ng-3e11", USER, "canary.owner", BROKER_PASSWORD,
                       ABRP_KEY, ABRP_TOKEN.format(0), ABRP_TOKEN.format(1),
                       NOTE_TOKEN} | tap.secrets()
            places += NOTE_PLACE
            self.assertTrue(any("canary note: [redacted] stands at [redacted]" in payload
                                for _, _, payload in list(world.watcher.messages)))
            self.assertGreater(len(secrets), 18)
            self.search(world, bridge, outputs, files, secrets, set(vins), set(places))
            if style == "json":
                for line in bridge.output().splitlines():
                    json.loads(line)

    def write_notes(self, world, vins):
        """Two notifications whose texts hold all that is personal, the second of them new while the
        bridge runs."""
        now = datetime.datetime.fromisoformat(world.simulator.state()["now"])
        def note(number, vin):
            at = now - datetime.timedelta(hours=3 - number)
            return {"messageId": f"note{number}", "notificationDate": at.strftime(TIME),
                    "category": "Alert", "type": "alert", "isRead": False,
                    "message": NOTE.format(vin=vin, place=", ".join(NOTE_PLACE), user=USER,
                                           token=NOTE_TOKEN)}
        for number in (1, 2):
            body = json.dumps({"payload": [{"vin": vins[0], "notifications": [
                note(each, vins[0]) for each in range(1, number + 1)]}]})
            fault = {"kind": "status", "status": 200, "body": body, "vin": vins[0],
                     "route": "/v2/notification/history"}
            world.simulator.ask("faults", [fault | ({"count": 1} if number == 1 else
                                                    {"forever": True})])

    def trouble(self, world, vins):
        for fault in ({"kind": "status", "status": 401}, {"kind": "html"}, {"kind": "garbage"},
                      {"kind": "redirect"}, {"kind": "status", "status": 403}):
            world.simulator.ask("faults", [fault | {"route": "/v1/*", "vin": vins[0],
                                                    "forever": True},
                                           fault | {"route": "/1/*", "forever": True}])
            world.simulator.ask("advance?seconds=3600", method="POST")
            world.read_now(*vins)
            world.simulator.ask("clear-faults", method="POST")

    def files_of(self, world):
        storage = world.storage()
        self.assertEqual(stat.S_IMODE(storage.stat().st_mode), 0o700)
        found = {}
        for folder, _, names in os.walk(storage):
            for name in names:
                path = pathlib.Path(folder) / name
                mode = path.lstat().st_mode
                self.assertEqual(stat.S_IMODE(mode), 0o600, name)
                if stat.S_ISREG(mode):
                    found[name] = path.read_bytes()
        self.assertIn("tokens", found)
        self.assertIn("toyota2mqtt.db", found)
        return found

    def search(self, world, bridge, outputs, files, secrets, vins, places):
        texts = {"log": bridge.output()}
        texts |= {f"output {number}": text for number, text in enumerate(outputs)}
        for number, (topic, _, payload) in enumerate(list(world.watcher.messages)):
            texts[f"topic {number}"] = topic
            texts[f"payload {number} of {topic}"] = payload
        self.assertGreater(len(texts["log"]), 5000)
        for where, text in texts.items():
            self.free_of(where, text, secrets | vins)
            if not where.endswith("/location"):
                self.free_of(where, text, places)
        locations = [text for where, text in texts.items() if where.endswith("/location")]
        self.assertTrue(any(place in text for place in places for text in locations))
        for name, data in files.items():
            self.free_of(name, data.decode("latin-1"), secrets | vins)
            if not name.startswith(("toyota2mqtt.db", "toyota2mqtt.snapshot")):
                self.free_of(name, data.decode("latin-1"), places)
        for name in ("toyota2mqtt.db", "toyota2mqtt.snapshot"):
            if name in files:
                self.only_waiting_points_hold_places(world.storage() / name, places)

    def only_waiting_points_hold_places(self, path, places):
        """The database may hold a place only in a point that waits for ABRP."""
        with sqlite3.connect(path) as database:
            for table, in database.execute("SELECT name FROM sqlite_master WHERE type='table'"):
                if table == "abrp_queue":
                    continue
                for row in database.execute(f"SELECT * FROM {table}"):
                    self.free_of(f"table {table}", str(row), places)

    def free_of(self, where, text, words):
        for word in words:
            if word in text:
                at = text.index(word)
                self.fail(f"{where} holds {word!r}: …{text[max(0, at - 80):at + 80]!r}…")


if __name__ == "__main__":
    unittest.main()
