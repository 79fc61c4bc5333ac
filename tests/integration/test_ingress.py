"""The page inside Home Assistant's app, behind an ingress gateway like the real one.

The gateway has a fixed address and the page a fixed port, so the test runs in a network of its own:
it starts itself again under `unshare --net`, which only root may do.
"""

import http.client
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import unittest
import urllib.parse

from browser import Browser
from fake_supervisor import FakeSupervisor, mosquitto
from harness import PASSWORD, Process, World, BUILD, car_id, wait_for

GATEWAY = "172.30.32.2"
PREFIX = "/api/hassio_ingress/kZx_09-abc"
BZ4X = "JTMSIMBZ4X0000001"
INSIDE = os.environ.get("T2M_OWN_NETWORK") == "1"


class Gateway:
    """Forwards what comes below PREFIX, from the gateway's address, as the Supervisor does."""

    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def forward(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                inside = http.client.HTTPConnection("127.0.0.1", 8099, timeout=60,
                                                    source_address=(GATEWAY, 0))
                headers = dict(self.headers) | {"X-Ingress-Path": PREFIX,
                                                "X-Forwarded-Host": self.headers["Host"],
                                                "Host": "supervisor-changed-it"}
                inside.request(self.command, self.path.removeprefix(PREFIX), body, headers)
                answer = inside.getresponse()
                text = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("connection", "content-length"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = forward

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}{PREFIX}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class App(World):
    """A fresh install: empty options, and a Supervisor that knows a broker."""

    def __init__(self):
        super().__init__("--vehicles", "2")
        self.directory.chmod(0o711)  # who is no longer root must get to the data
        self.data = self.directory / "data"
        self.data.mkdir(0o755)
        options = self.data / "options.json"
        options.write_text(json.dumps({"toyota": self.settings["toyota"]}))
        options.chmod(0o600)
        self.supervisor = FakeSupervisor("supervisor-token",
                                         service=mosquitto(self.broker.port, "", ""))
        self.gateway = Gateway()

    def __exit__(self, *reason):
        super().__exit__(*reason)
        self.supervisor.stop()
        self.gateway.close()

    def start(self):
        bridge = Process(self.directory, f"bridge{len(self.bridges)}",
                         [str(BUILD / "toyota2mqtt"), "run", "--config",
                          str(self.data / "options.json")],
                         env=os.environ | {"SUPERVISOR_TOKEN": "supervisor-token",
                                           "TOYOTA2MQTT_SUPERVISOR_URL": self.supervisor.url})
        self.bridges.append(bridge)
        wait_for(lambda: "the page is in Home Assistant" in bridge.output(), "the page")
        return bridge


class Ingress(unittest.TestCase):
    @unittest.skipIf(INSIDE, "this is the inside")
    @unittest.skipUnless(os.geteuid() == 0, "only root can make a network of its own")
    @unittest.skipUnless(shutil.which("ip"), "iproute2 is not installed")
    def test_in_a_network_of_its_own(self):
        script = ("ip link set lo up && ip addr add 172.30.32.2/32 dev lo && "
                  'exec "$0" -m unittest -v test_ingress')
        done = subprocess.run(["unshare", "--net", "sh", "-c", script, sys.executable],
                              env=os.environ | {"T2M_OWN_NETWORK": "1"}, capture_output=True,
                              text=True, timeout=300, check=False)
        if "unshare failed" in done.stderr or "Operation not permitted" in done.stderr:
            self.skipTest("this machine allows no network of its own")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("OK", done.stderr)

    @unittest.skipUnless(INSIDE, "runs in a network of its own")
    def test_a_fresh_install_needs_no_file_and_four_clicks(self):
        with App() as world:
            world.start()
            browser = Browser(world.gateway.address).open()
            self.assertEqual(urllib.parse.urlsplit(browser.address).path, PREFIX + "/setup")
            browser.press("Sign in", username="driver@example.com", password="wrong")
            self.assertEqual(browser.status, 422)
            browser.press("Try again", password=PASSWORD)
            self.assertEqual(urllib.parse.urlsplit(browser.address).path, PREFIX + "/setup/cars")
            browser.press("Use these cars")
            self.assertEqual(urllib.parse.urlsplit(browser.address).path, PREFIX + "/")
            self.assertLessEqual(browser.clicks, 4)
            wait_for(lambda: world.watcher.retained().get(
                f"homeassistant/device/toyota2mqtt_{car_id(BZ4X)}/config"), "the car")
            self.assertIn("named by Home Assistant", browser.open().said("broker"))
            self.assertEqual(browser.follow("Choose cars").status, 200)
            self.assertEqual(browser.follow("Deutsch").page.language, "de")
            self.assertEqual(browser.open("nowhere/at/all").status, 404)
            self.assertIn(f'href="{PREFIX}/style.css"', browser.text)
            self.assertEqual(browser.follow("To the overview").status, 200)

    @unittest.skipUnless(INSIDE, "runs in a network of its own")
    def test_nobody_but_the_gateway_is_served(self):
        with App() as world:
            world.start()
            for headers in ({}, {"X-Ingress-Path": PREFIX}, {"X-Forwarded-For": GATEWAY},
                            {"Host": "localhost:8099"}):
                status, answer, text = Browser("").ask("http://127.0.0.1:8099/setup",
                                                       headers=headers)
                self.assertEqual(status, 403)
                self.assertNotIn("csrf", text)
                self.assertEqual(answer["Cache-Control"], "no-store")


if __name__ == "__main__":
    unittest.main()
