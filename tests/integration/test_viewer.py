"""The page to try the REST interface, in a browser, under the rules that it is served with."""

import http.server
import shutil
import subprocess
import tempfile
import threading
import unittest

from rest_client import shared

CHROMIUM = shutil.which("chromium")
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
           "--disable-background-networking", "--disable-component-update", "--disable-sync",
           "--enable-logging=stderr", "--virtual-time-budget=15000")


def look(address):
    """(the page as it stands in the browser, what the browser complained about)."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([CHROMIUM, *OPTIONS, f"--user-data-dir={folder}", "--dump-dom", address],
                              capture_output=True, text=True, timeout=120, check=False)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@unittest.skipUnless(CHROMIUM, "chromium is not installed (the section [container] of .dependencies)")
class Viewer(unittest.TestCase):
    def setUp(self):
        self.rest = shared().rest
        self.page = self.rest.get("/docs")
        if self.page.status == 404:
            self.skipTest("the program was built without the page")

    def test_it_shows_the_routes_and_the_browser_has_nothing_to_complain_about(self):
        text, complaints = look(self.rest.home.geturl().rstrip("/")
                                + "/api/v1/docs#/vehicles/getVehicle")
        self.assertEqual(complaints, [])
        self.assertIn("operations-vehicles-getVehicle", text)
        self.assertIn("/vehicles/{car}", text.replace("\u200b", "").replace("<wbr>", ""))
        self.assertIn("Try it out", text)

    def test_the_browser_does_complain_when_a_rule_is_broken(self):
        rules = self.page["Content-Security-Policy"]

        class Broken(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Security-Policy", rules)
                self.end_headers()
                self.wfile.write(b"<p>page</p><script>document.body.id = 'ran'</script>")

            def log_message(self, *_):
                pass
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Broken) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            text, complaints = look(f"http://127.0.0.1:{server.server_port}/")
            server.shutdown()
        self.assertTrue(complaints)
        self.assertNotIn('id="ran"', text)


if __name__ == "__main__":
    unittest.main()
