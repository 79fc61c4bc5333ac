"""Memory, processor time, disk writes and start times of the real program; see tests/measure.sh.

The bridge is the release build as people run it. The simulator and mosquitto are other processes,
and what they use is not counted.
"""

import datetime
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent / "integration"))
import harness  # noqa: E402
from harness import World, wait_for  # noqa: E402

MORNING = "2026-11-20T05:30:00Z"  # drives and a notification fall into the hours that follow
STARTS = 10
READS = 200
REFRESHES = 50
READS_PER_DAY = 96
DISK_READS = 12


def smaps(pid):
    """kB by name, of the whole process."""
    values = {}
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, rest = line.split(":", 1)
        values[name] = int(rest.split()[0])
    return values


def cpu_seconds(pid):
    """User and system time of all threads, in the scheduler's nanoseconds: the ticks of
    /proc/PID/stat are too coarse for a program that does next to nothing."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def cpu_ticks(pid):
    """User and system seconds as every tool shows them."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    tick = os.sysconf("SC_CLK_TCK")
    return int(fields[11]) / tick, int(fields[12]) / tick


def written(pid):
    for line in pathlib.Path(f"/proc/{pid}/io").read_text().splitlines():
        if line.startswith("write_bytes:"):
            return int(line.split(":")[1])
    raise AssertionError("no write_bytes")


def load():
    return pathlib.Path("/proc/loadavg").read_text().split()[0]


class Remote:
    """Publishes to one topic over a connection that stays: a reading that the owner asks for."""

    def __init__(self, world, car):
        self.topic = f"toyota2mqtt/{car}/reading/set"
        self.child = subprocess.Popen(
            ["mosquitto_pub", "-V", "mqttv5", "-h", "127.0.0.1", "-p", str(world.broker.port),
             "-t", self.topic, "-l"], stdin=subprocess.PIPE, text=True)

    def read_now(self):
        self.child.stdin.write("ON\n")
        self.child.stdin.flush()

    def close(self):
        self.child.stdin.close()
        self.child.wait()


def requests_of(world, route):
    return world.simulator.state()["routes"].get(route, 0)


def wait_until_quiet(world, seconds=2.0):
    """Returns once no request has come for so long."""
    def total():
        return sum(world.simulator.state()["routes"].values())
    seen, since = total(), time.monotonic()
    while time.monotonic() - since < seconds:
        threading.Event().wait(0.1)
        now = total()
        if now != seen:
            seen, since = now, time.monotonic()


def car_ids(world):
    return [topic.split("/")[1] for topic in world.watcher.matching("/availability")]


def start_quietly(world, cars, parked="15m"):
    """The bridge after its first readings, in the state in which it spends its life."""
    world.settings["polling"] = {"parked": parked}
    world.settings["log"] = {"level": "info"}
    bridge = world.start()
    wait_for(lambda: len(car_ids(world)) >= cars, f"{cars} cars")
    wait_until_quiet(world)
    return bridge


def measure_idle(results, wanted):
    with World("--start", MORNING) as world:
        world.use_abrp()
        bridge = start_quietly(world, 6)
        remotes = [Remote(world, car) for car in car_ids(world)]
        for _ in range(3):
            world.simulator.ask("advance?seconds=900", method="POST")
            for remote in remotes:
                remote.read_now()
            wait_until_quiet(world)
        for remote in remotes:
            remote.close()
        if "memory" in wanted:
            used = smaps(bridge.pid)
            results.append(("idle memory, PSS (six cars, ABRP)", f"{used['Pss'] / 1024:.1f} MB",
                            "under 12 MB"))
            results.append(("… of which anonymous", f"{used['Pss_Anon'] / 1024:.1f} MB",
                            "under 4 MB"))
            results.append(("… resident in all (shared libraries counted in full)",
                            f"{used['Rss'] / 1024:.1f} MB", "—"))
        if "cpu" in wanted:
            threading.Event().wait(12)  # ABRP's questions come 10 s apart
            wait_until_quiet(world)
            before, ticks = cpu_seconds(bridge.pid), cpu_ticks(bridge.pid)
            threading.Event().wait(60)
            used = cpu_seconds(bridge.pid) - before
            after = cpu_ticks(bridge.pid)
            note = f"{(after[0] - ticks[0]) + (after[1] - ticks[1]):.2f} s by utime + stime"
            results.append(("idle CPU over a minute between two readings",
                            f"{used / 60 * 100:.4f} % ({used * 1000:.1f} ms; {note})",
                            "under 0.1 %"))


def first_state(world):
    """Seconds from exec to the first car's state at a subscriber."""
    topics = world.watcher.messages
    seen = len(topics)
    begun = time.monotonic()
    bridge = world.start()

    def state():
        return any(topic.endswith("/state") and "/bridge/" not in topic
                   for topic, _, _ in topics[seen:])
    while not state():
        if time.monotonic() - begun > 20:
            raise AssertionError("no state within 20 s")
        time.sleep(0.0005)
    took = time.monotonic() - begun
    bridge.stop()
    return took


def measure_starts(results):
    with World("--start", MORNING) as world:
        world.settings["log"] = {"level": "info"}
        bridge = world.start()
        wait_for(lambda: len(car_ids(world)) >= 6, "six cars")
        bridge.stop()
        before = world.simulator.state()["sign_ins"]
        times = [first_state(world) * 1000 for _ in range(STARTS)]
        assert world.simulator.state()["sign_ins"] == before, "a start signed in"
        results.append((f"exec to the first retained car state, median of {STARTS}",
                        f"{statistics.median(times):.0f} ms "
                        f"({min(times):.0f} to {max(times):.0f})", "under 150 ms"))


def measure_read(results):
    with World("--start", MORNING) as world:
        cars = world.cars()
        world.settings["vehicles"] = [{"vin": car["vin"], "ignore": True} for car in cars[1:]]
        bridge = start_quietly(world, 1)
        remote = Remote(world, car_ids(world)[0])
        last_route = "GET /v2/notification/history"

        def read():
            done = requests_of(world, last_route)
            world.simulator.ask("advance?seconds=900", method="POST")
            remote.read_now()
            wait_for(lambda: requests_of(world, last_route) > done, "a full reading")
        for _ in range(5):
            read()
        wait_until_quiet(world)
        requests = sum(world.simulator.state()["routes_by_car"][cars[0]["vin"]].values())
        before = cpu_seconds(bridge.pid)
        for _ in range(READS):
            read()
        wait_until_quiet(world)
        used = cpu_seconds(bridge.pid) - before
        requests = sum(world.simulator.state()["routes_by_car"][cars[0]["vin"]].values()) - requests
        remote.close()
        results.append((f"CPU per full reading of one car (mean of {READS}, "
                        f"{requests / READS:.0f} requests each; with everything that follows: "
                        "storing, publishing)", f"{used / READS * 1000:.2f} ms", "under 1 ms"))


def measure_refresh(results):
    # Access tokens that live for less than the 90 s in which they are renewed early: every request
    # brings a renewal.
    with World("--start", MORNING, "--token-life", "60") as world:
        start_quietly(world, 6).stop()
        world.settings["log"] = {"level": "debug"}
        times = []
        while len(times) < REFRESHES:
            bridge = world.start()
            wait_until_quiet(world)
            bridge.stop()
            times += [int(number) for number in
                      re.findall(r"stored rotated tokens (\d+) ms after", bridge.output())]
        results.append((f"answer to store of a token renewal, mean of {len(times)}",
                        f"{statistics.mean(times):.1f} ms (median {statistics.median(times):.0f}, at most {max(times)})", "under 5 ms"))


def measure_disk(results):
    # 60 s between readings and 15 virtual seconds per second: each reading is a quarter of an hour.
    # Renewals are an hour of the car's time apart, as they are in real life.
    with World("--start", MORNING, "--speed", "15", "--token-life", str(240 + 90)) as world:
        world.use_abrp()
        bridge = start_quietly(world, 6, parked="1m")
        route = "GET /v2/notification/history"
        first, bytes_before, began = requests_of(world, route), written(bridge.pid), time.monotonic()
        threading.Event().wait(DISK_READS * 60)
        wait_until_quiet(world)
        passed = time.monotonic() - began
        used = written(bridge.pid) - bytes_before
        reads = (requests_of(world, route) - first) / 6
        state = world.simulator.state()
        scale = READS_PER_DAY / reads
        results.append((
            "written to disk per simulated day (six cars, ABRP)",
            f"{used * scale / 1e6:.2f} MB", "under 5 MB"))
        results.append((
            "… scaled from",
            f"{used / 1e3:.0f} kB in {reads:.1f} readings of each car ({passed:.0f} s, from "
            f"{MORNING[11:16]} of the cars' day), times {scale:.2f}; {state['refreshes']} renewals, "
            f"{state['abrp_points']} ABRP points", "—"))
        used = smaps(bridge.pid)
        results.append((f"memory after those readings, PSS / anonymous",
                        f"{used['Pss'] / 1024:.1f} / {used['Pss_Anon'] / 1024:.1f} MB", "—"))


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    return (f"{today}; {os.cpu_count()} cores ({model.group(1) if model else 'unknown'}), "
            f"{int(memory.group(1)) / 1048576:.0f} GB; load before {load()}")


def main():
    known = ["memory", "cpu", "starts", "read", "refresh", "disk"]
    wanted = sys.argv[1:] or known
    for name in wanted:
        if name not in known:
            sys.exit(f"nothing is called {name}; there are: {' '.join(known)}")
    where = machine()
    results = []
    if "memory" in wanted or "cpu" in wanted:
        measure_idle(results, wanted)
    for name, measure in [("starts", measure_starts), ("read", measure_read),
                          ("refresh", measure_refresh), ("disk", measure_disk)]:
        if name in wanted:
            print(f"measuring: {name} (load {load()})", file=sys.stderr, flush=True)
            measure(results)
            print(results[-1], file=sys.stderr, flush=True)
    print(f"Measured {where}, after {load()}.\n")
    print("| what | measured | goal |\n|---|---|---|")
    for what, value, goal in results:
        print(f"| {what} | {value} | {goal} |")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()
