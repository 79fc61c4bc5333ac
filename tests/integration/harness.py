"""Starts the built programs, a real mosquitto and the simulator, on free loopback ports.

Everything lives in one temporary directory per World and ends with it. Nothing sleeps for a fixed
time: `wait_for` looks at a condition until it holds or its limit is over.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request

BUILD = pathlib.Path(os.environ["T2M_BUILD"])
USER = "driver@example.com"
PASSWORD = "secret-password"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, limit=20.0):
    """The first true value of condition(), or an error that says what was waited for."""
    end = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {limit} s for: {what}")
        threading.Event().wait(0.02)


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
    def __init__(self, directory, port=None):
        self.directory = directory
        self.port = port or free_port()
        self.process = None
        self.start()

    def start(self):
        config = self.directory / "mosquitto.conf"
        config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n"
                          "persistence false\nlog_type error\n")
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self.process = Process(self.directory, "mosquitto", [program, "-c", str(config)])
        wait_for(self.accepts, "mosquitto to listen")

    def accepts(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        if self.process and self.process.running():
            self.process.stop()


class Watcher:
    """A second MQTT client that sees what Home Assistant would see."""

    def __init__(self, broker):
        self.messages = []  # (topic, retained, payload)
        self.child = subprocess.Popen(
            ["mosquitto_sub", "-V", "mqttv5", "-h", "127.0.0.1", "-p", str(broker.port), "-q", "1",
             "-t", "#", "-F", "%t\t%r\t%p"],
            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        for line in self.child.stdout:
            topic, retained, payload = line.rstrip("\n").split("\t", 2)
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

    def close(self):
        self.child.terminate()
        self.child.wait()
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


class World:
    """Broker, simulator, and as many starts of the bridge as a test wants."""

    def __init__(self, *simulator_options, broker=True):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="toyota2mqtt-test-"))
        self.broker = Broker(self.directory) if broker else None
        self.simulator = Simulator(self.directory, *simulator_options)
        self.watcher = Watcher(self.broker) if broker else None
        self.bridges = []
        self.settings = {
            "accounts": [{"username": USER, "password": PASSWORD, "brand": "toyota"}],
            "polling": {"parked": "1m"},
            "mqtt": {"host": "127.0.0.1", "port": self.broker.port if broker else free_port()},
            "toyota": {"login_url": self.simulator.url, "api_url": self.simulator.url},
            "storage": {"directory": str(self.directory / "storage")},
            "log": {"level": "debug"},
        }

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            for log in sorted(self.directory.glob("*.log")):
                print(f"--- {log.name}\n" + log.read_text(errors="replace")[-6000:])
        for bridge in self.bridges:
            if bridge.running():
                bridge.stop(signal.SIGKILL)
        if self.watcher:
            self.watcher.close()
        self.simulator.stop()
        if self.broker:
            self.broker.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def write_settings(self):
        path = self.directory / "settings.yaml"
        path.write_text(json.dumps(self.settings, indent=1))
        path.chmod(0o600)
        return path

    def use_abrp(self):
        cars = self.cars()
        self.settings["abrp"] = {"api_key": "sim-key", "url": self.simulator.url}
        self.settings["vehicles"] = [{"vin": car["vin"], "abrp_token": car["abrp_token"]}
                                     for car in cars if car.get("abrp_token")]

    def cars(self):
        return self.simulator.ask("cars")

    def command(self, *arguments, limit=60):
        """Runs a command to its end: (status, standard output, standard error)."""
        done = subprocess.run([str(BUILD / "toyota2mqtt"), *arguments, "--config",
                               str(self.write_settings())], capture_output=True, text=True,
                              timeout=limit, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout, done.stderr

    def start(self):
        bridge = Process(self.directory, f"bridge{len(self.bridges)}",
                         [str(BUILD / "toyota2mqtt"), "run", "--config",
                          str(self.write_settings())])
        self.bridges.append(bridge)
        return bridge

    def wait_for_cars(self, count=1, limit=30):
        return wait_for(lambda: len(self.watcher.matching("/state")) > count
                        and self.watcher.matching("/state"), f"{count} cars' state", limit)
