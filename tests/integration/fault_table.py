"""Measures what a fault does to the bridge, and collects the rows of a table about it."""

import datetime
import os
import shutil
import subprocess
import time

from harness import BUILD, LONG, requests_of

HEADINGS = ("fault", "what Home Assistant saw", "recovered after", "requests", "sign-ins")


def machine():
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return f"{os.cpu_count()} processors, {round(pages * size / 2**30)} GiB of memory"


def revision():
    """Of the repository; a source tree, or a machine without git, has none."""
    if not shutil.which("git"):
        return "unknown"
    done = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True,
                          text=True, check=False, cwd=os.path.dirname(os.path.abspath(__file__)))
    return done.stdout.strip() or "unknown"


def heading(seed):
    form = "long" if LONG else "short"
    return (f"{datetime.date.today()}, revision {revision()}, {BUILD.name} build, {form} form, "
            f"seed {seed}, {machine()}.")


class Table:
    def __init__(self, name, headings=HEADINGS):
        self.name = name
        self.headings = headings
        self.rows = []

    def add(self, *cells):
        self.rows.append(tuple(str(cell) for cell in cells))

    def text(self, seed):
        lines = [heading(seed), "", "| " + " | ".join(self.headings) + " |",
                 "|" + "---|" * len(self.headings)]
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        return "\n".join(lines) + "\n"

    def finish(self, seed="none"):
        """Prints the table and keeps it in the build directory."""
        text = self.text(seed)
        print(f"\n{text}")
        path = BUILD / f"{self.name}.md"
        path.write_text(text)
        print(f"kept in {path.name} in the build directory")


def spent(state):
    return state["sign_ins"]


class Measure:
    """One fault in a world: from its making until everything is as if it had never been."""

    def __init__(self, world, vins):
        self.world = world
        self.vins = vins
        self.first = len(world.watcher.messages) if world.watcher else 0
        self.before = world.simulator.state()
        self.during = self.before
        self.healed_at = None

    def heal(self):
        """To be called when the fault is taken away."""
        self.during = self.world.simulator.state()
        self.healed_at = time.monotonic()

    def seconds(self):
        return time.monotonic() - self.healed_at

    def requests(self):
        """Requests about these cars since the fault was made."""
        now = self.world.simulator.state()
        return sum(requests_of(now, vin) - requests_of(self.before, vin) for vin in self.vins)

    def sign_ins(self):
        """During the fault, and since it was taken away."""
        now = self.world.simulator.state()
        return (spent(self.during) - spent(self.before), spent(now) - spent(self.during))

    def seen(self):
        """What other clients of the broker received since the fault was made."""
        reported = []
        for topic, _, payload in list(self.world.watcher.messages[self.first:]):
            what = None
            if topic == "toyota2mqtt/status":
                what = f"bridge {payload}"
            elif topic.endswith("/availability"):
                what = f"car {payload}"
            if what and (not reported or reported[-1] != what) and payload:
                reported.append(what)
        return reported
