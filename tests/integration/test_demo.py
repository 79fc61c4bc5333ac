"""The demonstration ends by itself when everything was seen, and prints it."""

import contextlib
import json
import re
import subprocess
import sys
import threading
import unittest
import urllib.request

from harness import BUILD, SOURCE

SHOW = [sys.executable, str(SOURCE / "config" / "demo" / "show.py"), "--build", str(BUILD)]
DRIVES = {"bZ4X", "RAV4 Plug-in", "Corolla TS Hybrid", "Aygo X", "RZ 450e", "Solterra"}


class Demo(unittest.TestCase):
    def test_once_prints_every_car_and_an_accepted_point_and_ends_with_0(self):
        done = subprocess.run([*SHOW, "--once"], capture_output=True, text=True, timeout=150,
                              stdin=subprocess.DEVNULL, check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-4000:])
        for model in DRIVES:
            self.assertIn(f"({model})", done.stdout)
        self.assertEqual(done.stdout.count("  Odometer  "), len(DRIVES))
        self.assertEqual(done.stdout.count("  Location  "), len(DRIVES))
        self.assertRegex(done.stdout, r"  Odometer +[0-9.]+ km +20\d\d-\d\d-\d\dT")
        self.assertRegex(done.stdout, r'ABRP accepted: \{.*"utc": \d+')
        self.assertNotIn("secret-password", done.stdout + done.stderr)

    @contextlib.contextmanager
    def live(self):
        """The demo as it runs until Ctrl-C, and the lines that it prints."""
        with subprocess.Popen(SHOW, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              stdin=subprocess.DEVNULL) as demo:
            # A demo that prints nothing more must not hold the test for ever.
            limit = threading.Timer(150, demo.kill)
            limit.start()
            try:
                yield demo.stdout
            finally:
                limit.cancel()
                demo.terminate()
                demo.stdout.read()

    def ask(self, address, body=None, headers=()):
        request = urllib.request.Request(address, None if body is None else json.dumps(body).encode(),
                                         {"Content-Type": "application/json", **dict(headers)})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def test_the_user_that_the_demo_names_may_use_the_rest_interface(self):
        with self.live() as lines:
            found = next(filter(None, (re.search(
                r"REST interface (http://\S+/api/v1)/docs   user (\S+)   password (\S+)", line)
                for line in lines)), None)
            self.assertTrue(found, "the demo names no address, user and password")
            home, user, password = found.groups()
            tokens = self.ask(f"{home}/auth/login", {"username": user, "password": password})
            bearer = [("Authorization", f"Bearer {tokens['access_token']}")]
            cars = self.ask(f"{home}/vehicles", headers=bearer)
            self.assertTrue(cars["vehicles"], cars)


if __name__ == "__main__":
    unittest.main()
