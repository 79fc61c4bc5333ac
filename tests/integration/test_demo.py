"""The demonstration ends by itself when everything was seen, and prints it."""

import subprocess
import sys
import unittest

from harness import BUILD, SOURCE

DRIVES = {"bZ4X", "RAV4 Plug-in", "Corolla TS Hybrid", "Aygo X", "RZ 450e", "Solterra"}


class Demo(unittest.TestCase):
    def test_once_prints_every_car_and_an_accepted_point_and_ends_with_0(self):
        done = subprocess.run([sys.executable, str(SOURCE / "config" / "demo" / "show.py"),
                               "--build", str(BUILD), "--once"], capture_output=True, text=True,
                              timeout=150, stdin=subprocess.DEVNULL, check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-4000:])
        for model in DRIVES:
            self.assertIn(f"({model})", done.stdout)
        self.assertEqual(done.stdout.count("  Odometer  "), len(DRIVES))
        self.assertEqual(done.stdout.count("  Location  "), len(DRIVES))
        self.assertRegex(done.stdout, r"  Odometer +[0-9.]+ km +20\d\d-\d\d-\d\dT")
        self.assertRegex(done.stdout, r'ABRP accepted: \{.*"utc": \d+')
        self.assertNotIn("secret-password", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
