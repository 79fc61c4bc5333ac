"""A stand-in for Home Assistant's Supervisor: the calls that this program makes, and no others.

Run by itself, it prints `listening on http://HOST:PORT` as its first line:

    python3 fake_supervisor.py --port 0 --token secret-token

What an app sees (each call needs `Authorization: Bearer <token>`):

    GET /services/mqtt      the broker; 400 when there is none
    GET /info               versions and the like
    GET /addons/self/info   the app's own entry with its options

How a test controls it (no token):

    GET  /_fake/state       what was asked so far, and the present service
    PUT  /_fake/service     the broker from now on: the service's keys as JSON; null = none
    PUT  /_fake/options     the options that /addons/self/info tells
    PUT  /_fake/fault       {"kind": "401"|"403"|"500"|"garbage"|"huge"|"stall"|null} for /services
    PUT  /_fake/token       {"token": "..."}: as after a restart of the app

It uses the standard library only. Nothing here is secret: it is for tests.
"""

import argparse
import hmac
import http.server
import json
import threading

FAULTS = ("401", "403", "500", "garbage", "huge", "stall")
HUGE = 8 << 20
LARGEST_BODY = 1 << 20


class State:
    """What the Supervisor knows, and what it was asked."""

    def __init__(self, token, service=None, options=None):
        self.lock = threading.Lock()
        self.ending = threading.Event()
        self.token = token
        self.service = service
        self.options = options or {}
        self.fault = None
        self.asked = {}     # path -> how often, with a good token
        self.refused = 0    # calls without a good token

    def view(self):
        return {"service": self.service, "options": self.options, "fault": self.fault,
                "asked": dict(self.asked), "refused": self.refused}


def mosquitto(port, username="addons", password="", host="127.0.0.1", ssl=False):
    """The service as the Mosquitto broker app registers it."""
    service = {"addon": "core_mosquitto", "host": host, "port": port, "ssl": ssl,
               "protocol": "3.1.1"}
    if username:
        service |= {"username": username, "password": password}
    return service


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def state(self):
        return self.server.state

    def log_message(self, *_):
        pass

    def answer(self, status, document=None, text=None):
        body = (json.dumps(document) if text is None else text).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def error(self, status, message):
        self.answer(status, {"result": "error", "message": message})

    def good_token(self):
        given = self.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {self.state.token}".encode())

    def do_GET(self):  # noqa: N802 (the name that the library calls)
        if self.path == "/_fake/state":
            with self.state.lock:
                return self.answer(200, self.state.view())
        with self.state.lock:
            if not self.good_token():
                self.state.refused += 1
                return self.error(401, "Unauthorized")
            self.state.asked[self.path] = self.state.asked.get(self.path, 0) + 1
            service, options, fault = self.state.service, self.state.options, self.state.fault
        if self.path == "/services/mqtt":
            return self.tell_service(service, fault)
        if self.path == "/info":
            return self.answer(200, {"result": "ok", "data": {
                "supervisor": "2026.11.1", "homeassistant": "2026.11.2", "hassos": "16.3",
                "arch": "amd64", "timezone": "Europe/Berlin"}})
        if self.path == "/addons/self/info":
            return self.answer(200, {"result": "ok", "data": {
                "slug": "local_toyota2mqtt", "state": "started", "options": options,
                "ingress_url": "/api/hassio_ingress/token/", "version": "0"}})
        return self.error(404, "Not found")

    def tell_service(self, service, fault):
        if fault == "stall":
            self.state.ending.wait(60)
            self.close_connection = True
            return None
        if fault == "garbage":
            return self.answer(200, text="<html>not the Supervisor</html>")
        if fault == "huge":
            return self.answer(200, text=" " * HUGE)
        if fault:
            return self.error(int(fault), "a fault that the test asked for")
        if service is None:
            return self.error(400, "Service not enabled")
        return self.answer(200, {"result": "ok", "data": service})

    def do_PUT(self):  # noqa: N802
        length = int(self.headers.get("Content-Length", 0))
        if length > LARGEST_BODY:
            return self.error(413, "too large")
        document = json.loads(self.rfile.read(length) or "null")
        with self.state.lock:
            if self.path == "/_fake/service":
                self.state.service = document
            elif self.path == "/_fake/options":
                self.state.options = document
            elif self.path == "/_fake/token":
                self.state.token = document["token"]
            elif self.path == "/_fake/fault":
                kind = (document or {}).get("kind")
                if kind is not None and kind not in FAULTS:
                    return self.error(400, "unknown fault")
                self.state.fault = kind
            else:
                return self.error(404, "Not found")
            return self.answer(200, self.state.view())


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # an asker that hangs up, as at a stop or over its limit of size


class FakeSupervisor:
    """The server on a thread of this process."""

    def __init__(self, token, host="127.0.0.1", port=0, service=None, options=None):
        self.state = State(token, service, options)
        self.server = Server((host, port), Handler)
        self.server.state = self.state
        self.url = f"http://{host}:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def set_service(self, service):
        with self.state.lock:
            self.state.service = service

    def set_fault(self, kind):
        with self.state.lock:
            self.state.fault = kind

    def set_token(self, token):
        with self.state.lock:
            self.state.token = token

    def asked(self, path="/services/mqtt"):
        with self.state.lock:
            return self.state.asked.get(path, 0)

    def refused(self):
        with self.state.lock:
            return self.state.refused

    def stop(self):
        self.state.ending.set()
        self.server.shutdown()
        self.server.server_close()


def main():
    parser = argparse.ArgumentParser(description="a stand-in for Home Assistant's Supervisor")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", required=True)
    parser.add_argument("--service", help="the broker as JSON; default: none")
    parser.add_argument("--options", help="the app's options as JSON")
    chosen = parser.parse_args()
    fake = FakeSupervisor(chosen.token, chosen.host, chosen.port,
                          json.loads(chosen.service) if chosen.service else None,
                          json.loads(chosen.options) if chosen.options else None)
    print(f"listening on {fake.url}", flush=True)
    try:
        fake.thread.join()
    except KeyboardInterrupt:
        fake.stop()


if __name__ == "__main__":
    main()
