#!/usr/bin/env python3
"""Loads the listener and prints what it did, beside a bare Beast server in the same run.

    tests/load/run.py                the listener with the load program's answers
    tests/load/run.py --bridge       the built program with REST, on the virtual cloud
    T2M_BUILD=… --seconds 8 --rounds 3 --connections 16 --readers 1000 --burst 20

Ends with 1 when an expectation of docs/rest.md is missed. Numbers are worth something only on a machine
that does nothing else: its load is printed with them.
"""

import argparse
import datetime
import json
import os
import pathlib
import re
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import urllib.request

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("T2M_BUILD", SOURCE / "build" / "release"))
os.environ["T2M_BUILD"] = str(BUILD)
sys.path.insert(0, str(SOURCE / "tests" / "integration"))
import harness  # noqa: E402

CAR = "0123456789"
LEAST_SHARE = 0.60  # of the bare server's requests
MOST_P99_MS = 1.0
LEAST_MESSAGES = 200_000
MOST_MEMORY_MB = 60.0


class Program:
    """One of the load programs; it says on which port it listens."""

    def __init__(self, name, *arguments):
        self.child = subprocess.Popen([str(BUILD / f"load_{name}"), *map(str, arguments)],
                                      stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        line = self.child.stdout.readline()
        if not line.startswith("listening on "):
            raise SystemExit(f"load_{name} does not listen: {line!r}")
        self.port = int(line.split()[-1])
        self.pid = self.child.pid

    def stop(self):
        self.child.terminate()
        self.child.wait()
        self.child.stdout.close()


class Target:
    """What is measured: a port, a path, and how one comes in."""

    def __init__(self, port, pid, path, authorization=""):
        self.port = port
        self.pid = pid
        self.path = path
        self.authorization = authorization

    def whole_answer(self):
        """The bytes of one answer, as they came over the wire."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as wire:
            text = f"GET {self.path} HTTP/1.1\r\nHost: localhost\r\n"
            if self.authorization:
                text += f"Authorization: {self.authorization}\r\n"
            wire.sendall((text + "\r\n").encode())
            data = b""
            while b"\r\n\r\n" not in data:
                data += wire.recv(65536)
            head, _, body = data.partition(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"{self.path} answers {head[:60]!r}")
            length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
            while len(body) < length:
                body += wire.recv(65536)
        return head + b"\r\n\r\n" + body

    def memory_mb(self):
        """The proportional share of this process, as the kernel counts it."""
        text = pathlib.Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1)) / 1024

    def processor_s(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def load(target, connections, seconds):
    """One run of wrk, as {rps, p50, p99, cpu_us}."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    if target.authorization:
        command += ["-H", f"Authorization: {target.authorization}"]
    before = target.processor_s()
    out = subprocess.run([*command, f"http://127.0.0.1:{target.port}{target.path}"], check=True,
                         capture_output=True, text=True).stdout
    used = target.processor_s() - before
    if "Non-2xx" in out or "Socket errors" in out:
        raise SystemExit("not every request was answered well:\n" + out)
    return {"rps": float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)),
            "p50": milliseconds(re.search(r"^\s+50%\s+(\S+)", out, re.M).group(1)),
            "p99": milliseconds(re.search(r"^\s+99%\s+(\S+)", out, re.M).group(1)),
            "cpu_us": used * 1e6 / int(re.search(r"(\d+) requests in", out).group(1))}


def middle(runs):
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def compare(target, options):
    """The bare server and ours, in turns, so that a busy moment of the machine meets both."""
    with tempfile.NamedTemporaryFile() as answer:
        answer.write(target.whole_answer())
        answer.flush()
        program = Program("bare_server", answer.name)
        bare = Target(program.port, program.pid, target.path, target.authorization)
        runs = {"bare": [], "ours": []}
        try:
            for _ in range(options.rounds):
                for name, one in (("bare", bare), ("ours", target)):
                    runs[name].append(load(one, options.connections, options.seconds))
        finally:
            program.stop()
    return middle(runs["bare"]), middle(runs["ours"])


class Readers:
    """Readers of the event stream, in a process of their own."""

    def __init__(self, target, path, readers, seconds):
        command = [str(BUILD / "load_stream_readers"), str(target.port), path, str(readers),
                   str(seconds)]
        if target.authorization:
            command.append(target.authorization)
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        if self.child.stdout.readline().strip() != "connected":
            raise SystemExit("the readers of the stream could not connect")

    def result(self):
        out, _ = self.child.communicate(timeout=120)
        return json.loads(out)

    def stop(self):
        self.child.kill()
        self.child.communicate()


def post(target, path):
    request = urllib.request.Request(f"http://127.0.0.1:{target.port}{path}", data=b"{}", method="POST")
    urllib.request.urlopen(request, timeout=10).close()


def memory_of(target, path, readers):
    crowd = Readers(target, path, readers, 1)
    try:
        return target.memory_mb()
    finally:
        crowd.stop()


def fan_out(options):
    """Messages per second in all, and memory at the end, with events as fast as they are taken."""
    program = Program("rest_server", options.burst)
    target = Target(program.port, program.pid, "/api/v1/events")
    try:
        one = memory_of(target, target.path, 1)
        crowd = Readers(target, target.path, options.readers, options.seconds)
        quiet = target.memory_mb()
        post(target, "/begin")
        result = crowd.result()
        result.update(memory_one=one, memory_quiet=quiet, memory_busy=target.memory_mb())
        return result
    finally:
        program.stop()


def print_head(options):
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    print(f"{datetime.datetime.now().astimezone():%Y-%m-%d %H:%M %Z}, {os.cpu_count()} processors, "
          f"{memory:.0f} GiB, load before {os.getloadavg()[0]:.2f}, wrk with {options.connections} "
          f"connections, {options.rounds} rounds of {options.seconds} s, medians")


def print_requests(title, bare, ours):
    print(f"\n{title}\n{'':6}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'CPU us each':>13}")
    for name, row in (("bare", bare), ("ours", ours)):
        print(f"{name:6}{row['rps']:12.0f}{row['p50']:9.3f}{row['p99']:9.3f}{row['cpu_us']:13.2f}")
    print(f"share of the bare server: {ours['rps'] / bare['rps']:.2f}")


def print_fan_out(result):
    print(f"\n{result['readers']} readers of one stream\n"
          f"messages/s in all: {result['events_per_second']:.0f} "
          f"(every reader at least {result['fewest']} in {result['seconds']:.1f} s, "
          f"lost {result['lost']})\n"
          f"memory (PSS): {result['memory_one']:.1f} MB at 1 reader, {result['memory_quiet']:.1f} MB at "
          f"{result['readers']}, {result['memory_busy']:.1f} MB after the events")


def judge(bare, ours, result):
    wishes = [(ours["rps"] >= LEAST_SHARE * bare["rps"], f"{LEAST_SHARE:.0%} of the bare server"),
              (ours["p99"] < MOST_P99_MS, f"p99 under {MOST_P99_MS} ms"),
              (result["events_per_second"] > LEAST_MESSAGES, f"over {LEAST_MESSAGES} messages/s"),
              (result["lost"] == 0, "no reader lost"),
              (max(result["memory_quiet"], result["memory_busy"]) < MOST_MEMORY_MB,
               f"memory under {MOST_MEMORY_MB} MB")]
    missed = [what for kept, what in wishes if not kept]
    print("\n" + ("missed: " + ", ".join(missed) if missed else "all expectations are met"))
    return 1 if missed else 0


def programs_run(options):
    program = Program("rest_server", options.burst)
    try:
        target = Target(program.port, program.pid, f"/api/v1/vehicles/{CAR}", "Bearer " + "t" * 300)
        bare, ours = compare(target, options)
    finally:
        program.stop()
    print_requests("GET /api/v1/vehicles/{car}, the listener with an answer of 4 kB", bare, ours)
    return bare, ours, fan_out(options)


def signed_in(world):
    """The built program with REST, its port, and the token of an administrator."""
    password = "a long password for load"
    hashed = subprocess.run([str(BUILD / "toyota2mqtt"), "hash-password"], input=password + "\n",
                            capture_output=True, text=True, check=True).stdout.strip()
    world.settings["web"].update(users=[{"name": "load", "password_hash": hashed}],
                                 requests_per_minute=0)
    world.settings["log"]["level"] = "info"
    bridge = world.start()
    world.wait_for_cars()
    port = harness.wait_for(lambda: re.search(r"page is at http://127.0.0.1:(\d+)", bridge.output()),
                            "the page's port").group(1)
    body = json.dumps({"username": "load", "password": password}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/auth/login", data=body,
                                     headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return bridge, int(port), json.load(answer)["access_token"]


def bridge_run(options):
    with harness.World() as world:
        bridge, port, token = signed_in(world)
        car = harness.car_id(world.cars()[0]["vin"])
        target = Target(port, bridge.pid, f"/api/v1/vehicles/{car}", "Bearer " + token)
        bare, ours = compare(target, options)
        print_requests("GET /api/v1/vehicles/{car}, the built program", bare, ours)
        print(f"memory (PSS) of the whole program afterwards: {target.memory_mb():.1f} MB")
    return bare, ours, fan_out(options)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bridge", action="store_true", help="measure the built program")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--burst", type=int, default=20, help="events that come at one time")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print_head(options)
    bare, ours, result = bridge_run(options) if options.bridge else programs_run(options)
    print_fan_out(result)
    print(f"load of the machine after: {os.getloadavg()[0]:.2f}")
    return judge(bare, ours, result)


if __name__ == "__main__":
    sys.exit(main())
