"""Asks the REST interface of a running bridge, and holds every answer against openapi.json: status,
headers, content type and body. What was asked is counted, for the table at the end of test_rest.py."""

import atexit
import base64
import collections
import contextlib
import functools
import http.client
import itertools
import json
import re
import socket
import subprocess
import threading
import urllib.parse

from harness import BUILD, PASSWORD, World, car_id, wait_for
from openapi_document import Document

ADMIN, ADMIN_PASSWORD = "anna", "anna's long password"
SECOND_ADMIN, SECOND_PASSWORD = "ben", "ben's long password"
HOUSEHOLD = "toyota@example.com"
GUESTS = {"lexus@example.com": "lexus", "subaru@example.com": "subaru"}
GUEST, OTHER_GUEST = GUESTS
BZ4X, RAV4, COROLLA = "JTMSIMBZ4X0000001", "JTMSIMRAV40000001", "SB1SIMCORO0000001"
LEXUS, SUBARU = "JTJSIMRZ450000001", "JF1SIMSOLT0000001"
STRANGER = "0123456789"  # the id of no car

ASKED = collections.Counter()  # (method, path as the document writes it, status)
SEEN_ROUTES = {}               # (method, path): operation, of every document that was used


@functools.cache
def password_hash(password):
    done = subprocess.run([str(BUILD / "toyota2mqtt"), "hash-password"], input=password + "\n",
                          text=True, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def __getitem__(self, name):
        return self.headers.get(name)

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def problem(self):
        """The last part of the problem's type; None when it is no problem."""
        if not (self["Content-Type"] or "").startswith("application/problem+json"):
            return None
        return self.json["type"].rsplit("/", 1)[-1]


class Rest:
    """One client. `address` is where it comes from: attempts are limited for each, so tests that
    fail to sign in use one of their own."""

    fresh = (f"127.0.{high}.{low}" for high, low in itertools.product(range(1, 250), range(1, 250)))

    def __init__(self, home, document=None, address="127.0.0.1"):
        self.home, self.address = urllib.parse.urlsplit(home), address
        if document is None:
            with self.open("GET", "/openapi.json", {}, b"") as (answer, _):
                document = Document(answer.read())
        self.document = document
        for method, path, _, operation in document.routes:
            SEEN_ROUTES[method, path] = operation

    def elsewhere(self):
        """The same client from an address that nobody else uses."""
        return Rest(self.home.geturl(), self.document, next(Rest.fresh))

    def open(self, method, target, headers, body):
        return Exchange(self, method, target, headers, body)

    def ask(self, method, target, token=None, body=None, headers=None, raw=None):
        """One exchange below /api/v1; an assertion when the answer is not as described."""
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = raw
        if body is not None:
            data = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        with self.open(method, target, headers, data) as (got, _):
            answer = Answer(got.status, got.headers, got.read())
        self.judge(method, target, answer)
        return answer

    def judge(self, method, target, answer):
        path = urllib.parse.unquote(urllib.parse.urlsplit(target).path)
        template, _ = self.document.route_of(method, path)
        if template:
            ASKED["GET" if method == "HEAD" else method, template, answer.status] += 1
        wrong = self.document.judge(method, target, answer.status, answer.headers, answer.body)
        if wrong:
            lines = "\n  ".join(wrong[:12])
            raise AssertionError(f"{method} {target} answered {answer.status}, not as openapi.json "
                                 f"describes it:\n  {lines}\n"
                                 f"{answer.headers}{answer.body[:600].decode(errors='replace')}")

    def get(self, target, token=None, **headers):
        return self.ask("GET", target, token, headers={
            name.replace("_", "-"): value for name, value in headers.items()})

    def login(self, name=ADMIN, password=ADMIN_PASSWORD, brand=None):
        body = {"username": name, "password": password}
        return self.ask("POST", "/auth/login", body=body | ({"brand": brand} if brand else {}))

    def tokens(self, name=ADMIN, password=None, brand=None):
        if password is None:
            password = {ADMIN: ADMIN_PASSWORD, SECOND_ADMIN: SECOND_PASSWORD}.get(name, PASSWORD)
        answer = self.login(name, password, brand or GUESTS.get(name))
        assert answer.status == 200, (answer.status, answer.body)
        return answer.json

    def token(self, name=ADMIN):
        return self.tokens(name)["access_token"]

    def refresh(self, token):
        return self.ask("POST", "/auth/refresh", body={"refresh_token": token})


class Exchange:
    """An answer whose body was not read yet; closes its connection at the end."""

    def __init__(self, rest, method, target, headers, body):
        self.connection = http.client.HTTPConnection(
            rest.home.hostname, rest.home.port, timeout=60, source_address=(rest.address, 0))
        path = rest.home.path.rstrip("/") + "/api/v1" + target
        self.connection.request(method, path, body=body, headers=headers)
        self.answer = self.connection.getresponse()

    def __enter__(self):
        return self.answer, self.connection

    def __exit__(self, *_):
        self.connection.close()


class Events:
    """A stream of events, read in a thread. Each event is held against its schema."""

    def __init__(self, rest, token, last=None):
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        if last is not None:
            headers["Last-Event-ID"] = last
        self.rest, self.events, self.comments = rest, [], 0
        self.wrong, self.ended = [], threading.Event()
        self.exchange = rest.open("GET", "/events", headers, b"")
        self.answer = self.exchange.answer
        self.status = self.answer.status
        if self.status == 200:
            rest.judge("GET", "/events", Answer(200, self.answer.headers, b""))
            self.thread = threading.Thread(target=self.read, daemon=True)
            self.thread.start()
        else:
            body = self.answer.read()
            rest.judge("GET", "/events", Answer(self.status, self.answer.headers, body))

    def read(self):
        schemas = self.rest.document.json["paths"]["/events"]["get"]["responses"]["200"]["content"][
            "text/event-stream"]["x-events"]
        fields = {}
        try:
            for line in self.answer:
                line = line.decode().rstrip("\r\n")
                if line.startswith(":"):
                    self.comments += 1
                elif line:
                    name, _, value = line.partition(": ")
                    fields[name] = fields.get(name, "") + value
                elif "data" in fields:
                    data = json.loads(fields["data"])
                    name = fields.get("event")
                    self.wrong += ([f"the event {name} is not described"] if name not in schemas
                                   else self.rest.document.errors(schemas[name], data, name))
                    self.events.append((fields.get("id"), name, data))
                    fields = {}
                else:
                    fields = {}
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            pass  # it was closed
        self.ended.set()

    def of(self, name):
        return [data for _, found, data in list(self.events) if found == name]

    def wait(self, condition, what, limit=30):
        found = wait_for(lambda: [event for event in list(self.events) if condition(*event)], what,
                         limit)
        assert not self.wrong, self.wrong
        return found[0]

    def close(self):
        # The thread that reads holds the socket open until its read ends.
        with contextlib.suppress(OSError, AttributeError):
            self.answer.fp.raw._sock.shutdown(socket.SHUT_RDWR)
        self.exchange.connection.close()
        assert not self.wrong, self.wrong

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class RestWorld(World):
    """A household with Toyota cars; a Lexus and a Subaru of other people, who may sign in."""

    def __init__(self, *simulator_options, broker=True):
        super().__init__("--vehicles", "6", *simulator_options, broker=broker)
        self.settings["accounts"] = [{"username": HOUSEHOLD, "password": PASSWORD,
                                      "brand": "toyota"}]
        self.settings["web"] |= {
            "users": [{"name": ADMIN, "password_hash": password_hash(ADMIN_PASSWORD)},
                      {"name": SECOND_ADMIN, "password_hash": password_hash(SECOND_PASSWORD)}],
            "toyota_login": True,
            "requests_per_minute": 60000,
        }
        self.use_abrp()
        self.home = self.rest = self.bridge = None
        self.guests = {}

    def start_rest(self, cars=4):
        """Starts the bridge; returns a client when the household's cars are there and read."""
        self.bridge = self.start()

        def address():
            found = re.findall(r"the page is at (http://\S+)", self.bridge.output())
            return found[-1] if found else None
        self.home = wait_for(address, "the page's address")
        self.rest = Rest(self.home)
        token = self.rest.token()

        def read():
            vehicles = self.rest.get("/vehicles", token).json["vehicles"]
            return len(vehicles) >= cars and all(
                self.rest.get(f"/vehicles/{car['id']}", token)["X-Cache"] == "HIT"
                for car in vehicles)
        wait_for(read, f"{cars} cars over REST", 60)
        return self.rest

    def guest(self, name=GUEST):
        """The tokens of a guest whose car is there. One sign-in for all who ask for them: Toyota is
        sent a password three times a day."""
        tokens = self.guests.get(name)
        if tokens is None or self.rest.ask("GET", "/vehicles", tokens["access_token"]).status == 401:
            tokens = self.guests[name] = self.rest.tokens(name)
        wait_for(lambda: [car for car in self.rest.get("/vehicles", tokens["access_token"])
                          .json["vehicles"] if car["available"]], f"the car of {name}", 60)
        return tokens


@functools.cache
def shared():
    """One world for all tests that leave it as it was; it ends with the process."""
    world = RestWorld()
    atexit.register(world.__exit__, None, None, None)
    world.start_rest()
    return world


def parts_of(token):
    """(header, claims, signature) of a token, without looking whether it holds."""
    header, claims, signature = token.split(".")
    return (json.loads(unpack(header)), json.loads(unpack(claims)), signature)


def unpack(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def pack(data):
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def fill(path, car):
    """A path of the document with its parameters filled in."""
    values = {"car": car, "command": "lock", "file": "start.js", "account": "none",
              "session": "none", "limit": "none"}
    return re.sub(r"{(\w+)}", lambda found: values[found.group(1)], path)


def body_of(document, operation):
    """The first example of a request's body; None when it takes none."""
    if "requestBody" not in operation:
        return None
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    return next(iter(examples.values()))["value"]
