#!/usr/bin/env python3
"""Starts broker, virtual cloud and bridge for config/demo/run.sh, and shows what the bridge
publishes. Standard library only. Everything it started ends with it."""
import argparse
import ctypes
import json
import os
import pathlib
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

TIME_LIMIT = 120
USER, PASSWORD, API_KEY = "driver@example.com", "secret-password", "sim-key"
# Who may sign in to the REST interface. Everything here is on loopback and ends with the demo.
REST_USER, REST_PASSWORD = "demo", "demo-password"


def end_with_parent():
    """In the child: a kill of this script ends its programs too (Linux, PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Failed(Exception):
    """Something to tell the reader in one sentence."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get_json(url):
    # Never through a proxy of the environment: this is our own loopback server.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        return json.load(answer)


class Demo:
    """The running programs and the folder they write to."""

    def __init__(self, build, sim_arguments):
        self.build = build
        self.sim_arguments = sim_arguments
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="toyota2mqtt-demo-"))
        self.folder.chmod(0o700)
        self.programs = []
        self.messages = queue.Queue()

    def start(self, name, command, **options):
        log = open(self.folder / f"{name}.log", "wb")
        program = subprocess.Popen(command, stderr=log, stdin=subprocess.DEVNULL,
                                   start_new_session=True, preexec_fn=end_with_parent,
                                   **({"stdout": log} | options))
        log.close()
        self.programs.append((name, program))
        return program

    def check_alive(self):
        for name, program in self.programs:
            if program.poll() is not None:
                raise Failed(f"{name} ended with status {program.returncode}")

    def page(self):
        """The address of the bridge's page; None until its log tells it."""
        found = re.search(r"the page is at (http://\S+)",
                          (self.folder / "toyota2mqtt.log").read_text(errors="replace"))
        return found.group(1) if found else None

    def rest(self):
        """How to sign in to the REST interface, once it is there."""
        page = self.page()
        return (f"REST interface {page}api/v1/docs   user {REST_USER}   password {REST_PASSWORD}\n"
                if page else "")

    def start_broker(self):
        self.broker_port = free_port()
        path = self.folder / "mosquitto.conf"
        user = "user root\n" if os.geteuid() == 0 else ""
        path.write_text(f"listener {self.broker_port} 127.0.0.1\nallow_anonymous true\n"
                        f"persistence false\n{user}")
        program = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
        if program is None:
            raise Failed("mosquitto is not installed")
        self.start("mosquitto", [program, "-c", str(path)])
        end = time.monotonic() + 10
        while time.monotonic() < end:
            self.check_alive()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.broker_port)) == 0:
                    return
            time.sleep(0.05)
        raise Failed("mosquitto does not listen")

    def start_cloud(self):
        command = [f"{self.build}/toyota2mqtt-sim", "--port", "0", *self.sim_arguments]
        program = self.start("toyota2mqtt-sim", command, stdout=subprocess.PIPE)
        first = queue.Queue()
        threading.Thread(target=self.read_cloud, args=(program, first), daemon=True).start()
        try:
            line = first.get(timeout=10)
        except queue.Empty:
            raise Failed("toyota2mqtt-sim does not say where it listens") from None
        marker = "listening on "
        if not line.startswith(marker):
            raise Failed("toyota2mqtt-sim ended at once" if not line else
                         f"toyota2mqtt-sim began with {line!r}")
        self.cloud = line[len(marker):].strip()

    @staticmethod
    def read_cloud(program, first):
        first.put(program.stdout.readline().decode(errors="replace"))
        for _ in program.stdout:
            pass

    def password_hash(self):
        """As an owner makes it: the configuration holds no password."""
        answer = subprocess.run([f"{self.build}/toyota2mqtt", "hash-password"], text=True,
                                input=REST_PASSWORD + "\n", capture_output=True, timeout=60,
                                check=True)
        return answer.stdout.strip()

    def write_configuration(self):
        """JSON is YAML too, and needs no quoting rules of its own."""
        cars = get_json(f"{self.cloud}/_sim/cars")
        self.cars = cars["cars"] if isinstance(cars, dict) else cars
        vehicles = [{"vin": car["vin"], "abrp_token": car["abrp_token"]}
                    for car in self.cars if car.get("abrp_token")]
        settings = {
            "accounts": [{"username": USER, "password": PASSWORD, "brand": "toyota"}],
            "vehicles": vehicles,
            "polling": {"parked": "1m"},
            "mqtt": {"host": "127.0.0.1", "port": self.broker_port},
            "abrp": {"url": self.cloud, "api_key": API_KEY},
            "web": {"listen": "127.0.0.1:0",
                    "users": [{"name": REST_USER, "password_hash": self.password_hash()}]},
            "storage": {"directory": str(self.folder / "storage")},
            "toyota": {"login_url": self.cloud, "api_url": self.cloud},
        }
        path = self.folder / "toyota2mqtt.yaml"
        path.touch(mode=0o600)
        path.write_text(json.dumps(settings, indent=2, ensure_ascii=False))
        return path

    def start_all(self):
        self.start_broker()
        self.start_cloud()
        listener = self.start(
            "mosquitto_sub",
            ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(self.broker_port), "-V", "mqttv5",
             "-F", "%t\t%p", "-t", "toyota2mqtt/#", "-t", "homeassistant/device/+/config"],
            stdout=subprocess.PIPE)
        threading.Thread(target=self.read_messages, args=(listener,), daemon=True).start()
        path = self.write_configuration()
        self.start("toyota2mqtt", [f"{self.build}/toyota2mqtt", "run", "--config", str(path)])

    def read_messages(self, listener):
        for line in listener.stdout:
            topic, _, payload = line.decode(errors="replace").rstrip("\n").partition("\t")
            self.messages.put((topic, payload))

    def logs(self):
        """The last lines of every program, for an explanation."""
        for name, _ in self.programs:
            lines = (self.folder / f"{name}.log").read_text(errors="replace").splitlines()[-15:]
            if lines:
                yield f"--- {name}\n" + "\n".join(lines)

    def stop(self):
        # The bridge first, so that it can say goodbye to a broker that is still there.
        for _, program in reversed(self.programs):
            if program.poll() is None:
                program.terminate()
                try:
                    program.wait(timeout=4)
                except subprocess.TimeoutExpired:
                    program.kill()
                    program.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


# The entity that carries the car's own time of each source.
REPORTED_AT = {
    "telemetry": "telemetry_reported_at", "electric": "charge_reported_at",
    "status": "doors_reported_at", "location": "location_reported_at",
    "climate_status": "climate_reported_at",
}
# What Home Assistant calls on and off.
ON_OFF = {
    "lock": ("unlocked", "locked"), "door": ("open", "closed"), "window": ("open", "closed"),
    "opening": ("open", "closed"), "plug": ("plugged in", "unplugged"), "problem": ("problem", "ok"),
    "battery_charging": ("charging", "not charging"),
}


class Cars:
    """What was published so far, by car."""

    def __init__(self, sources):
        self.sources = sources
        self.documents = {}
        self.states = {}
        self.diagnostics = {}
        self.locations = {}
        self.online = {}

    def take(self, topic, payload):
        parts = topic.split("/")
        if topic.startswith("homeassistant/device/toyota2mqtt_") and parts[-1] == "config":
            car = parts[2].removeprefix("toyota2mqtt_")
            if car != "bridge":
                self.documents[car] = parse(payload)
        elif len(parts) == 3 and parts[1] != "bridge":
            target = {"state": self.states, "location": self.locations,
                      "diagnostics": self.diagnostics}.get(parts[2])
            if target is not None:
                target[parts[1]] = parse(payload)
            elif parts[2] == "availability":
                self.online[parts[1]] = payload == "online"

    def complete(self):
        return {car for car in self.documents if self.documents[car] and self.states.get(car)}

    def name(self, car):
        device = (self.documents.get(car) or {}).get("device", {})
        return f"{device.get('name', car)} ({device.get('model', 'unknown model')})"

    def rows(self, car):
        """(name, value, unit, time measured by the car) of every announced entity with a value."""
        state = (self.diagnostics.get(car) or {}) | (self.states.get(car) or {})
        components = (self.documents.get(car) or {}).get("components") or {}
        for key, component in components.items():
            if key not in state:
                continue
            measured = state.get(REPORTED_AT.get(self.sources.get(key)))
            unit = "" if state[key] is None else component.get("unit_of_measurement") or ""
            value = text_of(state[key], component.get("device_class"))
            yield component.get("name") or key, value, unit, measured or ""


def sources_of(build):
    """Which report of the car each entity comes from, by the bridge's own catalogue."""
    answer = subprocess.run([f"{build}/toyota2mqtt", "entities", "--format", "json"],
                            capture_output=True, timeout=10, check=False)
    rows = parse(answer.stdout.decode(errors="replace")) or []
    rows = rows.get("car", []) if isinstance(rows, dict) else rows
    return {row["id"]: row.get("source") for row in rows if isinstance(row, dict) and "id" in row}


def parse(payload):
    try:
        return json.loads(payload) if payload else None
    except ValueError:
        return None


def text_of(value, device_class):
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return ON_OFF.get(device_class, ("on", "off"))[0 if value else 1]
    return str(value)


def print_car(cars, car):
    print(f"\n{cars.name(car)}  {'online' if cars.online.get(car) else 'offline'}")
    for name, value, unit, measured in cars.rows(car):
        print(f"  {name:<36} {value + ' ' + unit:<40} {measured}")
    location = cars.locations.get(car)
    if location:
        print(f"  {'Location':<36} {location.get('latitude')}, {location.get('longitude'):<18} "
              f"{location.get('reported_at', '')}")


def accepted_points(cloud):
    """The newest ABRP point of each car that the virtual cloud accepted; none if its judge objects."""
    state = get_json(f"{cloud}/_sim/state")
    if state["violations"]:
        raise Failed(f"the judge of the virtual cloud objects: {state['violations'][0]}")
    return list(state["abrp_last_points"].values())


def drain(demo, cars, seconds):
    """Takes messages for so long; true when something came."""
    end, came = time.monotonic() + seconds, False
    while (left := end - time.monotonic()) > 0:
        try:
            cars.take(*demo.messages.get(timeout=left))
            came = True
        except queue.Empty:
            break
    return came


def run_once(demo, cars):
    end = time.monotonic() + TIME_LIMIT
    points = []
    while time.monotonic() < end:
        drain(demo, cars, 0.5)
        demo.check_alive()
        points = accepted_points(demo.cloud)
        if len(cars.complete()) >= len(demo.cars) and points:
            for car in sorted(cars.complete(), key=cars.name):
                print_car(cars, car)
            print("\nABRP accepted:", json.dumps(points[0], ensure_ascii=False))
            return
    raise Failed(f"after {TIME_LIMIT} s: {len(cars.complete())} of {len(demo.cars)} cars complete, "
                 f"{len(points)} ABRP points accepted")


def run_live(demo, cars):
    clear = "\033[H\033[2J" if sys.stdout.isatty() else ""
    while True:
        if drain(demo, cars, 1.0):
            print(clear, end="")
            for car in sorted(cars.complete(), key=cars.name):
                print_car(cars, car)
            print(f"\npage {demo.page() or 'not there yet'}   "
                  f"broker 127.0.0.1:{demo.broker_port}   virtual cloud {demo.cloud}\n"
                  f"{demo.rest()}Ctrl-C ends", flush=True)
        demo.check_alive()


def main():
    parser = argparse.ArgumentParser(description="Shows the bridge at work without a car.")
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--once", action="store_true", help="end when everything was seen")
    parser.add_argument("sim", nargs="*", help="arguments for toyota2mqtt-sim, after --")
    arguments = parser.parse_args()
    demo, status = Demo(arguments.build, arguments.sim), 0
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    try:
        cars = Cars(sources_of(arguments.build))
        demo.start_all()
        (run_once if arguments.once else run_live)(demo, cars)
    except KeyboardInterrupt:
        print()
    except (Failed, OSError, LookupError, ValueError, subprocess.SubprocessError) as error:
        print(*demo.logs(), sep="\n", file=sys.stderr)
        print(f"demo: {error}", file=sys.stderr)
        status = 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        demo.stop()
    sys.exit(status)


if __name__ == "__main__":
    main()
