"""The metrics of the running program, as Prometheus scrapes them."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest
import urllib.error
import urllib.request

from browser import Browser
from harness import PASSWORD, USER, World, car_id, wait_for

SOURCE = pathlib.Path(os.environ.get("T2M_SOURCE_DIR",
                                     pathlib.Path(__file__).resolve().parents[2]))
SAMPLE = re.compile(r'^([a-z_:][\w:]*)(?:\{((?:\w+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)$')


def scrape(bridge, headers=None):
    """(status, headers, text)"""
    address = Browser.of(bridge).home.rstrip("/") + "/api/v1/metrics"
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers or {}),
                                    timeout=10) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def samples(text):
    """{(name, labels as text): value}"""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        match = SAMPLE.match(line)
        assert match, f"no sample: {line}"
        key = (match.group(1), match.group(2) or "")
        assert key not in found, f"twice: {line}"
        found[key] = float(match.group(3))
    return found


def documented():
    text = (SOURCE / "docs/metrics.md").read_text()
    return set(re.findall(r"^\| `((?:toyota2mqtt|process)_\w+)` \|", text, re.MULTILINE))


class Metrics(unittest.TestCase):
    def test_a_scrape_tells_of_car_broker_cloud_and_process_and_of_nobody(self):
        with World("--vehicles", "1") as world:
            bridge = world.start()
            world.wait_for_cars()
            car = car_id(world.cars()[0]["vin"])
            status, headers, text = scrape(bridge)
            self.assertEqual(status, 200)
            self.assertEqual(headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
            found = samples(text)
            self.assertEqual(found[("toyota2mqtt_mqtt_connected", "")], 1)
            wait_for(lambda: samples(scrape(bridge)[2])[
                ("toyota2mqtt_car_available", f'car="{car}"')] == 1, "the car to be available")
            found = samples(scrape(bridge)[2])
            self.assertEqual(found[("toyota2mqtt_cloud_sign_ins_total", 'outcome="ok"')], 1)
            self.assertGreater(found[("process_resident_memory_bytes", "")], 5e6)
            self.assertGreater(found[("toyota2mqtt_storage_operations_total", "")], 0)

            state = world.simulator.state()
            asked = sum(value for (name, labels), value in found.items()
                        if name == "toyota2mqtt_cloud_requests_total")
            self.assertGreaterEqual(sum(state["routes"].values()), asked)
            self.assertGreater(asked, 3)

            names = {re.sub(r"_(bucket|sum|count)$", "", name) for name, _ in found}
            self.assertEqual(names - documented(), set())
            for secret in (USER, PASSWORD, world.cars()[0]["vin"], "access_token"):
                self.assertNotIn(secret, text)

    def test_a_page_in_a_browser_cannot_read_them_under_another_name_of_this_machine(self):
        with World("--vehicles", "1") as world:
            bridge = world.start()
            status, _, text = scrape(bridge, {"Host": "evil.example"})
            self.assertEqual(status, 401)
            self.assertNotIn("toyota2mqtt_car", text)
            status, _, _ = scrape(bridge, {"X-Forwarded-For": "192.0.2.1"})
            self.assertEqual(status, 401)

    @unittest.skipUnless(os.environ.get("PROMTOOL") or shutil.which("promtool"), "no promtool")
    def test_prometheus_itself_finds_nothing_to_complain_about(self):
        with World("--vehicles", "1") as world:
            bridge = world.start()
            world.wait_for_cars()
            tool = os.environ.get("PROMTOOL") or shutil.which("promtool")
            reported = subprocess.run([tool, "check", "metrics"], input=scrape(bridge)[2], text=True,
                                  capture_output=True, timeout=60, check=False)
            self.assertEqual(reported.returncode, 0, reported.stdout + reported.stderr)


if __name__ == "__main__":
    unittest.main()
