"""Starts the built programs, a real mosquitto and the simulator, on free loopback ports.

Everything lives in one temporary directory per World and ends with it. Nothing sleeps for a fixed
time: `wait_for` looks at a condition until it holds or its limit is over.
"""

import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request

SOURCE = pathlib.Path(os.environ.get("T2M_SOURCE_DIR",
                                     pathlib.Path(__file__).resolve().parents[2]))
BUILD = pathlib.Path(os.environ.get("T2M_BUILD", SOURCE / "build" / "release"))
LONG = os.environ.get("T2M_LONG") == "1"  # the long forms of the tests that have one
FIXTURES = SOURCE.parent / "shared" / "fixtures" / "toyota"
USER = "driver@example.com"
PASSWORD = "secret-password"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, limit=60.0, pause=0.02):
    """The first true value of condition(), or an error that says what was waited for."""
    end = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {limit} s for: {what}")
        threading.Event().wait(pause)


class Process:
    """A child whose output is kept in a file."""

    def __init__(self, directory, name, command, env=None):
        self.log_path = directory / f"{name}.log"
        self.log = open(self.log_path, "ab")
        self.child = subprocess.Popen(command, stdout=self.log, stderr=self.log,
                                      stdin=subprocess.DEVNULL, env=env)

    @property
    def pid(self):
        return self.child.pid

    def output(self):
        return self.log_path.read_text(errors="replace")

    def running(self):
        return self.child.poll() is None

    def stop(self, number=signal.SIGTERM, limit=10.0):
        """The exit status and the seconds it took."""
        begun = time.monotonic()
        if self.running():
            self.child.send_signal(number)
        try:
            status = self.child.wait(limit)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise AssertionError(f"{self.log_path.name} did not end within {limit} s")
        finally:
            self.log.close()
        return status, time.monotonic() - begun


class Broker:
    address = "127.0.0.1"

    def __init__(self, directory, port=None, start=True):
        self.directory = directory
        self.port = port or free_port()
        self.process = None
        self.users = None  # (name, password): nobody else may come in
        self.extra = ""    # lines of mosquitto.conf
        if start:
            self.start()

    def start(self):
        config = self.directory / "mosquitto.conf"
        text = f"listener {self.port} {self.address}\npersistence false\nlog_type error\n"
        if os.geteuid() == 0:
            text += "user root\n"
        if self.users:
            passwords = self.directory / "mosquitto.passwords"
            subprocess.run(["mosquitto_passwd", "-b", "-c", str(passwords), *self.users],
                           check=True, capture_output=True)
            text += f"allow_anonymous false\npassword_file {passwords}\n"
        else:
            text += "allow_anonymous true\n"
        config.write_text(text + self.extra)
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self.process = Process(self.directory, "mosquitto", [program, "-c", str(config)])
        wait_for(self.accepts, "mosquitto to listen")

    def login(self):
        """The options with which a mosquitto client comes in."""
        return ["-u", self.users[0], "-P", self.users[1]] if self.users else []

    def accepts(self):
        with socket.socket() as probe:
            return probe.connect_ex((self.address, self.port)) == 0

    def stop(self):
        if self.process and self.process.running():
            self.process.stop()


class Watcher:
    """A second MQTT client that sees what Home Assistant would see."""

    MARK = "test/mark"  # see World.settle

    def __init__(self, broker):
        self.messages = []  # (topic, retained, payload)
        self.mark = None    # the last one that came
        self.child = subprocess.Popen(
            ["mosquitto_sub", "-V", "mqttv5", "-h", broker.address, "-p", str(broker.port), "-q", "1",
             *broker.login(), "-t", "#", "-F", "%t\t%r\t%p"],
            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        for line in self.child.stdout:
            topic, retained, payload = line.rstrip("\n").split("\t", 2)
            if topic == self.MARK:
                self.mark = payload
            else:
                self.messages.append((topic, retained == "1", payload))

    def last(self, topic):
        found = [payload for name, _, payload in list(self.messages) if name == topic]
        return found[-1] if found else None

    def json(self, topic):
        text = self.last(topic)
        return json.loads(text) if text else None

    def matching(self, suffix):
        """The last payload of every topic that ends so."""
        found = {}
        for topic, _, payload in list(self.messages):
            if topic.endswith(suffix):
                found[topic] = payload
        return found

    def retained(self):
        """The last payload of every topic that holds one."""
        found = {}
        for topic, _, payload in list(self.messages):
            found[topic] = payload
        return {topic: payload for topic, payload in found.items() if payload}

    def close(self):
        if self.child.stdout.closed:
            return
        # Asked to leave politely, mosquitto_sub may wait for ever for a broker that was stopped.
        self.child.kill()
        self.child.wait()
        self.thread.join(5)
        self.child.stdout.close()


class Simulator:
    def __init__(self, directory, *options, port=0, name="simulator"):
        command = [str(BUILD / "toyota2mqtt-sim"), "--port", str(port), *options]
        self.process = Process(directory, name, command)
        line = wait_for(lambda: [text for text in self.process.output().splitlines()
                                 if text.startswith("listening on ")], "the simulator's address")
        self.url = line[-1].removeprefix("listening on ").strip()

    def ask(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + "/_sim/" + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read().decode()
        return json.loads(text) if text else None

    def state(self):
        return self.ask("state")

    def stop(self):
        if self.process.running():
            self.process.stop()


def car_id(vin):
    """What stands for the car in topics (a pseudonym)."""
    return hashlib.sha256(vin.encode()).hexdigest()[:10]


def requests_of(state, vin, route=None):
    """How many requests the cloud got for a car, or for one of its routes."""
    routes = state["routes_by_car"].get(vin, {})
    return sum(routes.values()) if route is None else routes.get(route, 0)


FIRST_ROUTE = "GET /v3/telemetry"            # every read of a car begins with it
LAST_ROUTE = "GET /v2/notification/history"  # and ends with it
LAST_SOURCE = "notifications"                # as the log names it


class World:
    """Broker, simulator, and as many starts of the bridge as a test wants."""

    def __init__(self, *simulator_options, broker=True):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="toyota2mqtt-test-"))
        self.broker = Broker(self.directory) if broker else None
        self.simulator = Simulator(self.directory, *simulator_options)
        self.watcher = Watcher(self.broker) if broker else None
        self.simulators = [self.simulator]
        self.bridges = []
        self.marks = 0
        self.environment = None  # of the program; None = that of the test
        self.settings = {
            "accounts": [{"username": USER, "password": PASSWORD, "brand": "toyota"}],
            "polling": {"parked": "1m"},
            "mqtt": {"host": "127.0.0.1", "port": self.broker.port if broker else free_port()},
            "toyota": {"login_url": self.simulator.url, "api_url": self.simulator.url},
            "web": {"listen": "127.0.0.1:0"},
            "storage": {"directory": str(self.directory / "storage")},
            "log": {"level": "debug"},
        }

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None and kind is not unittest.SkipTest:
            for log in sorted(self.directory.glob("*.log")):
                print(f"--- {log.name}\n" + log.read_text(errors="replace")[-6000:])
        for bridge in self.bridges:
            if bridge.running():
                bridge.stop(signal.SIGKILL)
        if self.watcher:
            self.watcher.close()
        for simulator in self.simulators:
            simulator.stop()
        if self.broker:
            self.broker.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def write_settings(self):
        path = self.directory / "settings.yaml"
        text = json.dumps(self.settings, indent=1)
        if not path.exists() or path.read_text() != text:
            new = path.with_suffix(".new")
            new.write_text(text)
            new.chmod(0o600)
            new.replace(path)  # another command may read it just now
        return path

    def use_abrp(self):
        cars = self.cars()
        self.settings["abrp"] = {"api_key": "sim-key", "url": self.simulator.url}
        self.settings["vehicles"] = [{"vin": car["vin"], "abrp_token": car["abrp_token"]}
                                     for car in cars if car.get("abrp_token")]

    def cars(self):
        return self.simulator.ask("cars")

    def use_simulator(self, *options, name="simulator2"):
        """Another cloud beside the first; the settings point to it from now on."""
        self.simulators.append(Simulator(self.directory, *options, name=name))
        self.simulator = self.simulators[-1]
        self.settings["toyota"] = {"login_url": self.simulator.url, "api_url": self.simulator.url}

    def watch_again(self):
        """A new second client, after the broker went away."""
        self.watcher = Watcher(self.broker)

    def sign_in_as(self, username, password=PASSWORD, brand="toyota"):
        self.settings["accounts"] = [{"username": username, "password": password, "brand": brand}]

    def save_set_up(self, accounts=(), cars=None, abrp_api_key=""):
        """Saves what an owner enters on the page; `cars` by VIN: used, abrp_token."""
        set_up = {"accounts": list(accounts), "cars": cars or {}, "abrp_api_key": abrp_api_key}
        subprocess.run([str(BUILD / "write_set_up"), str(self.storage())], check=True, text=True,
                       input=json.dumps(set_up))

    def storage(self):
        return pathlib.Path(self.settings["storage"]["directory"])

    def command(self, *arguments, limit=60):
        """Runs a command to its end: (status, standard output, standard error)."""
        done = subprocess.run([str(BUILD / "toyota2mqtt"), *arguments, "--config",
                               str(self.write_settings())], capture_output=True, text=True,
                              timeout=limit, stdin=subprocess.DEVNULL, env=self.environment)
        return done.returncode, done.stdout, done.stderr

    def fetch(self, *arguments):
        """The document that fetch prints; an assertion when it does not end with 0."""
        status, out, err = self.command("fetch", *arguments)
        assert status == 0, f"fetch ended with {status}: {err[-2000:]}"
        return json.loads(out)

    def start(self):
        bridge = Process(self.directory, f"bridge{len(self.bridges)}",
                         [str(BUILD / "toyota2mqtt"), "run", "--config",
                          str(self.write_settings())], env=self.environment)
        self.bridges.append(bridge)
        return bridge

    def wait_for_cars(self, count=1, limit=60):
        """The state of every car, once so many are there."""
        def states():
            found = {topic.split("/")[1]: json.loads(payload)
                     for topic, payload in self.watcher.matching("/state").items() if payload}
            found.pop("bridge", None)
            return found if len(found) >= count else None
        return wait_for(states, f"{count} cars' state", limit)

    def state_of(self, vin):
        return self.watcher.json(f"toyota2mqtt/{car_id(vin)}/state")

    def publish(self, topic, payload, *options):
        subprocess.run(["mosquitto_pub", "-V", "mqttv5", "-h", "127.0.0.1", "-p",
                        str(self.broker.port), "-q", "1", *self.broker.login(), "-t", topic,
                        "-m", payload, *options], check=True)

    def web(self, bridge):
        """The address of the page of a running bridge."""
        found = wait_for(lambda: re.search(r"http://127\.0\.0\.1:(\d+)/", bridge.output()),
                         "the page's address")
        return f"http://127.0.0.1:{found[1]}"

    def metric(self, name):
        """A figure of the newest bridge that has no labels."""
        with urllib.request.urlopen(self.web(self.bridges[-1]) + "/api/v1/metrics",
                                    timeout=10) as answer:
            return float(re.search(rf"(?m)^{name} (\S+)$", answer.read().decode())[1])

    def reading_lines(self, vin):
        """What the logs of all starts say of the car's readings. Sources that answer late are followed
        by another line."""
        words = f"({car_id(vin)}): read "
        return [line for bridge in self.bridges for line in bridge.output().splitlines()
                if words in line]

    def whole_readings(self, vin):
        return sum(LAST_SOURCE in line for line in self.reading_lines(vin))

    def wait_for_readings(self, *vins, before=None, limit=60):
        """Until whole readings of the cars are over (more than `before`, by VIN; else any), and what
        they brought is at the watcher."""
        def ended():
            return all(self.whole_readings(vin) > (before or {}).get(vin, 0)
                       and "under way" not in self.reading_lines(vin)[-1] for vin in vins)
        wait_for(ended, "the whole cars to be read", limit)
        self.settle(limit)

    def settle(self, limit=60):
        """Until the watcher has all that the bridge has published: the broker keeps their order."""
        # Asked slowly: the page limits how often a client may ask.
        wait_for(lambda: self.metric("toyota2mqtt_mqtt_messages_waiting") == 0,
                 "the messages to be sent", limit, pause=0.2)
        self.marks += 1
        self.publish(Watcher.MARK, str(self.marks))
        wait_for(lambda: self.watcher.mark == str(self.marks), "the watcher to catch up", limit)

    def read_now(self, *vins, limit=60, published=False):
        """Makes the running bridge read cars, and waits until it has asked for everything; `published`:
        until what it learnt is at the watcher."""
        last_look = before = self.simulator.state()
        readings = {vin: self.whole_readings(vin) for vin in vins}
        for vin in vins:
            self.publish(f"toyota2mqtt/{car_id(vin)}/reading/set", "ON")
        # One that was under way ends with the last route, too: it counts after the first one only.
        ends = {}
        def finished():
            nonlocal last_look
            now = self.simulator.state()
            for vin in vins:
                begun = requests_of(now, vin, FIRST_ROUTE) > requests_of(before, vin, FIRST_ROUTE)
                if begun:
                    ends.setdefault(vin, requests_of(last_look, vin, LAST_ROUTE))
            last_look = now
            return all(vin in ends and requests_of(now, vin, LAST_ROUTE) > ends[vin]
                       for vin in vins)
        wait_for(finished, "the cars to be read", limit)
        if published:
            self.wait_for_readings(*vins, before=readings, limit=limit)
