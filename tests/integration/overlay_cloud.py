"""A cloud that answers as the simulator does, except where a test says otherwise.

It stands between the bridge and the simulator. An answer of a test is given instead of the
simulator's; everything else goes through, with the test's VINs in place of the simulator's.

    cloud.say({"/v3/telemetry": {"payload": {...}}})             this body, status 200
    cloud.say({"/v3/telemetry": {"status": 504, "body": "..."}})  body: JSON, a text or bytes
    cloud.say({"/v3/telemetry": {"hang": 29, "status": 504}})     seconds until the answer
    cloud.say({"/v3/telemetry": [first, second]})                 one after the other; the last stays
    cloud.say({"/v3/telemetry": lambda body: body.replace(...)})  the simulator's body, changed
    cloud.say({"/v3/telemetry": None})                            the simulator answers again
    cloud.say(..., vin="JTMFIELD000000001")                       of this car only
    cloud.after_password({"status": 503, "body": "<html>"})       instead of what the password leads to

A key may begin with a method: "POST /v1/remote/status". An answer of one car goes before one of all.
"""

import http.client
import http.server
import json
import threading
import urllib.parse

AUTHENTICATE = "/authenticate"
# Of the hop between two programs: they are written anew.
HOP_HEADERS = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "date",
               "server"}


def as_answer(given):
    """{"status", "body", "hang"} of what a test wrote."""
    if isinstance(given, dict) and ({"status", "body", "hang", "headers"} & set(given)
                                    and "payload" not in given):
        return given
    return {"body": given}


def as_bytes(body):
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    return json.dumps(body).encode()


class OverlayCloud:
    """`vins`: the test's VIN for each VIN of the simulator."""

    def __init__(self, simulator_url, vins=None):
        self.target = urllib.parse.urlsplit(simulator_url)
        self.vins = dict(vins or {})
        self.answers = {}        # (vin or "", route): the answers that are left
        self.password = None     # answer after each password
        self.requests = []       # (method, path, vin), everything that was asked
        self.answered = []       # the same, once the answer was sent
        self.password_posts = 0
        self.abrp = []           # telemetry points that arrived at tlm/send and tlm/bulk
        self.lock = threading.Lock()
        self.closing = threading.Event()
        cloud = self

        class Handler(OverlayHandler):
            pass

        Handler.cloud = cloud
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def say(self, routes, vin=""):
        with self.lock:
            for route, given in routes.items():
                if given is None:
                    self.answers.pop((vin, route), None)
                else:
                    self.answers[(vin, route)] = list(given) if isinstance(given, list) else [given]

    def forget(self):
        """The simulator answers everything again."""
        with self.lock:
            self.answers.clear()
            self.password = None

    def after_password(self, answer):
        self.password = answer

    def count(self, route, vin=None):
        """How often "GET /path" was asked, of one car or of all."""
        method, path = route.split(" ", 1)
        with self.lock:
            return sum(1 for asked in self.requests
                       if asked[:2] == (method, path) and vin in (None, asked[2]))

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    # What the handler asks.

    def answer_for(self, method, path, vin):
        with self.lock:
            for key in ((vin, f"{method} {path}"), (vin, path), ("", f"{method} {path}"),
                        ("", path)):
                left = self.answers.get(key)
                if left:
                    return left.pop(0) if len(left) > 1 else left[0]
        return None

    def to_simulator(self, data):
        for simulated, named in self.vins.items():
            data = data.replace(named.encode(), simulated.encode())
        return data

    def from_simulator(self, data):
        for simulated, named in self.vins.items():
            data = data.replace(simulated.encode(), named.encode())
        return data

    def note_abrp(self, path, query, body):
        if not path.startswith("/1/tlm/"):
            return
        given = urllib.parse.parse_qs(query) | urllib.parse.parse_qs(body.decode(errors="replace"))
        text = given.get("tlm", given.get("data", [None]))[0]
        try:
            sent = json.loads(text or body or b"null")
        except ValueError:
            return
        for one in sent if isinstance(sent, list) else [sent]:
            if isinstance(one, dict):
                self.abrp.append(one.get("tlm", one))


class OverlayHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body in one go
    cloud = None

    def log_message(self, *_):
        pass

    def setup(self):
        super().setup()
        self.upstream = None

    def finish(self):
        if self.upstream:
            self.upstream.close()
        super().finish()

    def serve(self):
        cloud = self.cloud
        parts = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        vin = self.headers.get("vin", "")
        with cloud.lock:
            cloud.requests.append((self.command, parts.path, vin))
            cloud.note_abrp(parts.path, parts.query, body)
        given = self.password_answer(parts.path, body)
        if given is None:
            given = cloud.answer_for(self.command, parts.path, vin)
        if given is None or callable(given):
            status, headers, data = self.ask_simulator(body)
            self.reply(status, headers, given(data) if given else data)
        else:
            answer = as_answer(given)
            if answer.get("hang") and cloud.closing.wait(answer["hang"]):
                return
            headers = {"Content-Type": "application/json"} | answer.get("headers", {})
            self.reply(answer.get("status", 200), headers.items(), as_bytes(answer.get("body", "")))
        with cloud.lock:
            cloud.answered.append((self.command, parts.path, vin))

    def password_answer(self, path, body):
        if not path.endswith(AUTHENTICATE) or b"PasswordCallback" not in body:
            return None
        with self.cloud.lock:
            self.cloud.password_posts += 1
        return self.cloud.password

    def ask_simulator(self, body):
        cloud = self.cloud
        headers = {name: cloud.to_simulator(value.encode()).decode()
                   for name, value in self.headers.items() if name.lower() not in HOP_HEADERS}
        path = cloud.to_simulator(self.path.encode()).decode()
        if self.upstream is None:
            self.upstream = http.client.HTTPConnection(cloud.target.hostname, cloud.target.port,
                                                       timeout=60)
        self.upstream.request(self.command, path, cloud.to_simulator(body), headers)
        answer = self.upstream.getresponse()
        return answer.status, answer.getheaders(), cloud.from_simulator(answer.read())

    def reply(self, status, headers, data):
        try:
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in HOP_HEADERS:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            self.wfile.flush()
        except OSError:
            self.close_connection = True  # the client went away meanwhile

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = serve
