#!/usr/bin/python3
"""Checks an image that tests/container/run.sh has built, and writes the table of results.

    checks.py --arch amd64 --image localhost/toyota2mqtt-amd64:0.1.0 [--only NAME]... [--keep]

It makes network namespaces without a way out and runs itself again inside them. Root only."""

import argparse
import datetime
import fnmatch
import os
import pathlib
import platform
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import house  # noqa: E402
from running import Running  # noqa: E402
from scan import Scan  # noqa: E402

try:
    from browsing import Browsing
except ImportError as missing:  # no browser on this machine
    print(f"without the browser: {missing}", file=sys.stderr)
    Browsing = None


class Result(unittest.TextTestResult):
    """Keeps one row of the table for each check."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.rows = []

    def startTest(self, test):  # noqa: N802 (names that the library calls)
        super().startTest(test)
        test.notes, self.begun = [], time.monotonic()

    def row(self, test, word, reason=""):
        rule = test.shortDescription() if hasattr(test, "shortDescription") else str(test)
        notes = "; ".join([*getattr(test, "notes", []), *([reason] if reason else [])])
        self.rows.append((rule or str(test), word, notes, time.monotonic() - self.begun))

    def addSuccess(self, test):  # noqa: N802
        super().addSuccess(test)
        self.row(test, "passed")

    def addFailure(self, test, error):  # noqa: N802
        super().addFailure(test, error)
        self.row(test, "**failed**")

    def addError(self, test, error):  # noqa: N802
        super().addError(test, error)
        self.begun = getattr(self, "begun", time.monotonic())
        self.row(test, "**failed**")

    def addSkip(self, test, reason):  # noqa: N802
        super().addSkip(test, reason)
        self.row(test, "left out", reason)


def machine():
    model = next((line.split(":")[1].strip() for line in
                  pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GB, load {os.getloadavg()[0]:.1f}"


def table(arch, rows):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    lines = [f"{arch}, {now}, {machine()}:", "", "| check | result | measured |", "|---|---|---|"]
    lines += [f"| {rule} | {word} | {notes} |" for rule, word, notes, _ in rows]
    return "\n".join(lines) + "\n"


def chosen_tests(only):
    suite = unittest.TestSuite()
    for case in filter(None, (Scan, Running, Browsing)):
        own = vars(case)  # Browsing inherits the house of Running, not its checks
        names = [name for name in sorted(own) if name.startswith("test_")]
        kept = [name for name in names
                if not only or any(fnmatch.fnmatch(name, f"*{part}*") for part in only)]
        suite.addTests(case(name) for name in kept)
    return suite


def main():
    parser = argparse.ArgumentParser(description="checks an image of the app")
    parser.add_argument("--arch", choices=("amd64", "aarch64"), required=True)
    parser.add_argument("--image", required=True)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--keep", action="store_true")
    chosen = parser.parse_args()
    house.Namespaces.enter()
    for case in filter(None, (Scan, Running, Browsing)):
        case.image, case.arch, case.keep = chosen.image, chosen.arch, chosen.keep
        case.slow = 1 if chosen.arch == "amd64" else 10
        case.note = lambda self, text: self.notes.append(text)
    result = unittest.TextTestRunner(stream=sys.stderr, verbosity=2, descriptions=True,
                                     resultclass=Result).run(chosen_tests(chosen.only))
    text = table(chosen.arch, result.rows)
    path = house.WORK / f"table-{chosen.arch}.md"
    path.write_text(text)
    print(f"\n{text}")
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main())
