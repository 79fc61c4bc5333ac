#!/usr/bin/env python3
"""Checks config/monitoring: that the rules and the dashboard name only series, labels and label
values of docs/metrics.md (which a test compares with the program), that their PromQL can be parsed,
that every alert has summary, description, severity and duration and stands in the README.

  check_monitoring.py [--self-test]

Where promtool is installed (Debian's package prometheus; or PROMTOOL names it), it checks the rules,
too, and runs tests/monitoring/rules_test.yml against them; the last line says so."""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEVERITIES = {"critical", "warning", "info"}
# Prometheus itself makes them for every scrape.
OF_PROMETHEUS = {"up": set(), "ALERTS": {"alertname", "alertstate", "severity"}}
OF_EVERY_SCRAPE = {"job", "instance"}
DURATION = r"(?:\d+(?:ms|[smhdwy]))+"
TOKEN = re.compile(rf"""\s*(?:
    (?P<duration>{DURATION})(?![\w.]) |
    (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?) |
    (?P<name>[a-zA-Z_:][\w:]*) |
    (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*') |
    (?P<sign>==|!=|>=|<=|=~|!~|[-+*/%^<>=(){{}}\[\],:@])
)""", re.VERBOSE)
AGGREGATIONS = {"sum", "min", "max", "avg", "count", "stddev", "group", "topk", "bottomk",
                "quantile", "count_values"}
FUNCTIONS = {"rate": "range", "increase": "range", "irate": "range", "deriv": "range",
             "delta": "range", "changes": "range", "resets": "range", "max_over_time": "range",
             "min_over_time": "range", "avg_over_time": "range", "sum_over_time": "range",
             "histogram_quantile": "any", "absent": "any", "time": "any", "abs": "any",
             "clamp_min": "any", "clamp_max": "any", "round": "any", "vector": "any",
             "scalar": "any", "sort_desc": "any", "label_replace": "any"}
LEVELS = [{"or"}, {"and", "unless"}, {"==", "!=", ">", "<", ">=", "<="}, {"+", "-"},
          {"*", "/", "%"}, {"^"}]


class Broken(Exception):
    pass


class PromQL:
    """One expression: parsed, with the selectors that stand in it as (name, [(label, operator,
    text)]) and the labels that are grouped by."""

    def __init__(self, text):
        self.tokens, self.at = [], 0
        self.selectors, self.labels = [], set()
        place = 0
        while text[place:].strip():
            match = TOKEN.match(text, place)
            if not match:
                raise Broken(f"cannot be read at {text[place:place + 20]!r}")
            self.tokens.append((match.lastgroup, match.group(match.lastgroup)))
            place = match.end()
        self.binary(0)
        if self.at != len(self.tokens):
            raise Broken(f"ends before {self.peek()!r}")

    def peek(self):
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def kind(self):
        return self.tokens[self.at][0] if self.at < len(self.tokens) else "end"

    def take(self, *wanted):
        value = self.peek()
        if wanted and value not in wanted:
            raise Broken(f"{value or 'the end'!r} stands where {' or '.join(wanted)} should")
        self.at += 1
        return value

    def binary(self, level):
        if level == len(LEVELS):
            return self.unary()
        self.binary(level + 1)
        while self.peek() in LEVELS[level] and self.kind() in ("sign", "name"):
            self.take()
            if self.peek() == "bool":
                self.take()
            if self.peek() in ("on", "ignoring"):
                self.take()
                self.group()
                if self.peek() in ("group_left", "group_right"):
                    self.take()
                    if self.peek() == "(":
                        self.group()
            self.binary(level + 1)
        return None

    def group(self):
        self.take("(")
        while self.peek() != ")":
            if self.kind() != "name":
                raise Broken(f"{self.peek()!r} is no label")
            self.labels.add(self.take())
            if self.peek() != ")":
                self.take(",")
        self.take(")")

    def unary(self):
        if self.peek() in ("-", "+"):
            self.take()
        kind = self.kind()
        if kind == "number":
            self.take()
        elif self.peek() == "(":
            self.take()
            self.binary(0)
            self.take(")")
            self.window(required=False)
        elif kind == "string":
            self.take()
        elif kind == "name":
            self.named()
        else:
            raise Broken(f"{self.peek() or 'the end'!r} stands where a value should")

    def named(self):
        name = self.take()
        if name in AGGREGATIONS:
            return self.aggregation()
        if self.peek() == "(":
            if name not in FUNCTIONS:
                raise Broken(f"{name} is no function that is known here")
            return self.call(FUNCTIONS[name])
        self.selector(name)
        return None

    def aggregation(self):
        grouped = self.peek() in ("by", "without")
        if grouped:
            self.take()
            self.group()
        self.call("any")
        if not grouped and self.peek() in ("by", "without"):
            self.take()
            self.group()

    def call(self, wants):
        self.take("(")
        if wants == "range":
            before = len(self.selectors)
            name = self.take()
            self.selector(name, ranged=True)
            if len(self.selectors) == before:
                raise Broken("a range is wanted")
        while self.peek() != ")":
            self.binary(0)
            if self.peek() != ")":
                self.take(",")
        self.take(")")

    def selector(self, name, ranged=False):
        matchers = []
        if self.peek() == "{":
            self.take()
            while self.peek() != "}":
                label = self.take()
                operator = self.take("=", "!=", "=~", "!~")
                if self.kind() != "string":
                    raise Broken(f"the value of {label} is no text")
                matchers.append((label, operator, self.take()[1:-1]))
                if self.peek() != "}":
                    self.take(",")
            self.take("}")
        self.window(required=ranged)
        if self.peek() == "offset":
            self.take()
            if self.kind() != "duration":
                raise Broken("offset without a time")
            self.take()
        self.selectors.append((name, matchers))

    def window(self, required):
        if self.peek() != "[":
            if required:
                raise Broken("a range such as [5m] is missing")
            return
        if not required:
            raise Broken("a range stands where a number is wanted")
        self.take()
        if self.kind() != "duration":
            raise Broken("the range has no time")
        self.take()
        self.take("]")


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split(" | ")]


def words(cell):
    return re.findall(r"`([^`]+)`", cell)


class Document:
    """docs/metrics.md: series with their type and labels, and the words of labels."""

    def __init__(self, text):
        self.series = dict(OF_PROMETHEUS)
        self.types = {}
        table = text.partition("<!-- series: begin -->")[2].partition("<!-- series: end -->")[0]
        for line in table.splitlines():
            if not line.startswith("| `"):
                continue
            name, kind, labels = cells(line)[:3]
            name = words(name)[0]
            self.types[name] = kind
            if kind == "histogram":
                self.series[name + "_bucket"] = set(words(labels)) | {"le"}
                self.series[name + "_sum"] = self.series[name + "_count"] = set(words(labels))
            else:
                self.series[name] = set(words(labels))
        self.values = []
        for line in text.partition("## Label values")[2].splitlines():
            if line.startswith("| `"):
                label, where, values = cells(line)[:3]
                self.values.append((words(label)[0], words(where), words(values)))

    def words_of(self, series, label):
        """None: its values have no end, or are not fixed."""
        base = re.sub(r"_(bucket|sum|count)$", "", series)
        for name, where, values in self.values:
            fits = any(place in (series, base) or
                       place.endswith("…") and series.startswith(place[:-1]) for place in where)
            # Those with one example or a sentence have no fixed values.
            if name == label and (fits or not where) and len(values) > 1 and \
                    name not in ("route", "command", "method"):
                return set(values)
        return None


def placeholders_filled(text):
    """Without Grafana's variables."""
    return text.replace("$__rate_interval", "5m").replace("$car", ".+")


def check_expression(document, text):
    text = placeholders_filled(text)
    try:
        parsed = PromQL(text)
    except (Broken, RecursionError) as error:
        yield f"{text!r}: {error}"
        return
    if not parsed.selectors:
        yield f"{text!r} names no series"
    known = set(OF_EVERY_SCRAPE) | {"le"}
    for name, matchers in parsed.selectors:
        if name not in document.series:
            yield f"there is no series {name}"
            continue
        labels = document.series[name] | OF_EVERY_SCRAPE
        known |= labels
        for label, operator, value in matchers:
            if label not in labels:
                yield f"{name} has no label {label}"
                continue
            fixed = document.words_of(name, label)
            if fixed is not None:
                yield from check_value(name, label, operator, value, fixed)
    for label in parsed.labels - known:
        yield f"{text!r} groups by {label}, which none of its series has"


def check_value(name, label, operator, value, fixed):
    if operator in ("=", "!="):
        if value not in fixed:
            yield f"{label} of {name} is never {value!r}"
        return
    for part in value.split("|"):
        try:
            hit = any(re.fullmatch(part, word) for word in fixed)
        except re.error as error:
            yield f"{label}=~{value!r}: {error}"
            continue
        if not hit:
            yield f"{label} of {name} never matches {part!r}"


def check_rules(root, document):
    path = root / "config/monitoring/rules.yml"
    readme = (root / "config/monitoring/README.md").read_text()
    seen = set()
    for group in yaml.safe_load(path.read_text())["groups"]:
        for rule in group["rules"]:
            name = rule.get("alert", "")
            where = f"alert {name}"
            if not name or name in seen:
                yield f"{where}: no name, or one that stands twice"
            seen.add(name)
            if f"`{name}`" not in readme:
                yield f"{where}: the README does not tell of it"
            if not re.fullmatch(DURATION, str(rule.get("for", ""))):
                yield f"{where}: no duration (for)"
            if rule.get("labels", {}).get("severity") not in SEVERITIES:
                yield f"{where}: no severity of {sorted(SEVERITIES)}"
            texts = rule.get("annotations", {})
            for text in ("summary", "description"):
                if not texts.get(text, "").strip():
                    yield f"{where}: no {text}"
            yield from (f"{where}: {problem}"
                        for problem in check_expression(document, rule.get("expr", "")))
            yield from (f"{where}: {problem}" for problem in check_texts(document, rule))
    for name in re.findall(r"^\| `(\w+)`", readme, re.MULTILINE):
        if name not in seen:
            yield f"the README tells of {name}, which is no alert"


def labels_of(document, expression):
    """Those that the result of an expression may have."""
    try:
        parsed = PromQL(placeholders_filled(expression))
    except (Broken, RecursionError):
        return set()
    if any(re.search(rf"\b{word}\b", expression) for word in AGGREGATIONS):
        return parsed.labels
    there = set(OF_EVERY_SCRAPE)
    for name, _ in parsed.selectors:
        there |= document.series.get(name, set())
    return there


def check_texts(document, rule):
    """The labels that summary and description show are there when the alert fires."""
    there = labels_of(document, rule.get("expr", ""))
    for text in rule.get("annotations", {}).values():
        for label in re.findall(r"\$labels\.(\w+)", text):
            if label not in there:
                yield f"its text shows the label {label}, which it does not have"


def targets_of(panels):
    for panel in panels:
        for target in panel.get("targets", []):
            yield panel, target
        yield from targets_of(panel.get("panels", []))


def check_dashboard(root, document):
    path = root / "config/monitoring/grafana-dashboard.json"
    board = json.loads(path.read_text())
    ids, titles = set(), set()
    if not board.get("uid") or not board.get("title"):
        yield "dashboard: no uid or title"
    for panel in board["panels"]:
        title = panel.get("title", "")
        if panel["id"] in ids or not title or title in titles:
            yield f"dashboard: panel {title!r} has no id and title of its own"
        ids.add(panel["id"])
        titles.add(title)
        if panel["type"] != "row" and not panel.get("targets"):
            yield f"dashboard: panel {title!r} shows nothing"
    for panel, target in targets_of(board["panels"]):
        for problem in check_expression(document, target.get("expr", "")):
            yield f"dashboard, {panel['title']}: {problem}"
        there = labels_of(document, target.get("expr", ""))
        for label in re.findall(r"{{(\w+)}}", target.get("legendFormat", "")):
            if label not in there:
                yield f"dashboard, {panel['title']}: its legend shows {label}, which it lacks"
    for variable in board.get("templating", {}).get("list", []):
        for series in re.findall(r"label_values\((\w+),", str(variable.get("query", ""))):
            if series not in document.series:
                yield f"dashboard: the variable {variable['name']} asks for {series}"


def check_scrape(root):
    scrape = yaml.safe_load((root / "config/monitoring/prometheus.yml").read_text())
    jobs = scrape["scrape_configs"]
    if [job["job_name"] for job in jobs] != ["toyota2mqtt"]:
        yield "prometheus.yml: the job is not called toyota2mqtt, as the rules take for granted"
    if any(job.get("metrics_path") != "/api/v1/metrics" for job in jobs):
        yield "prometheus.yml: the metrics are elsewhere"
    for file in scrape["rule_files"]:
        if not (root / "config/monitoring" / file).exists():
            yield f"prometheus.yml: there is no {file}"


def promtool():
    return os.environ.get("PROMTOOL") or shutil.which("promtool")


def check_with_promtool(root, tool):
    # The checks of the whole configuration look for files that only its owner has.
    for command in (["check", "rules", root / "config/monitoring/rules.yml"],
                    ["check", "config", "--syntax-only", root / "config/monitoring/prometheus.yml"],
                    ["test", "rules", root / "tests/monitoring/rules_test.yml"]):
        reported = subprocess.run([tool, *map(str, command)], text=True, capture_output=True,
                              timeout=120, check=False)
        if reported.returncode != 0:
            yield f"promtool {command[0]} {command[1]}: {(reported.stdout + reported.stderr).strip()}"


def check_tested(root):
    """Every alert fires in the rules' own test."""
    tests = yaml.safe_load((root / "tests/monitoring/rules_test.yml").read_text())["tests"]
    samples = [sample["labels"] for test in tests for case in test["promql_expr_test"]
               for sample in case.get("exp_samples", [])]
    fired = set(re.findall(r'alertname="(\w+)"', "".join(samples)))
    for group in yaml.safe_load((root / "config/monitoring/rules.yml").read_text())["groups"]:
        for rule in group["rules"]:
            if rule["alert"] not in fired:
                yield f"alert {rule['alert']}: tests/monitoring/rules_test.yml never makes it fire"


def check(root):
    document = Document((root / "docs/metrics.md").read_text())
    problems = []
    if len(document.series) < 40 or len(document.values) < 20:
        problems.append("docs/metrics.md: its tables cannot be read")
    for name in document.types:
        if not name.startswith(("toyota2mqtt_", "process_")):
            problems.append(f"docs/metrics.md: {name} has a foreign name")
        if (document.types[name] == "counter") != name.endswith("_total"):
            problems.append(f"docs/metrics.md: {name} is a counter without _total, or the reverse")
    problems += check_rules(root, document)
    problems += check_dashboard(root, document)
    problems += check_scrape(root)
    problems += check_tested(root)
    return problems


BAD_EXPRESSIONS = [
    "toyota2mqtt_login_attempts_total > 1",           # of the old gateway; nothing exports it
    "rate(toyota2mqtt_mqtt_messages_published_total)",  # no range
    "toyota2mqtt_mqtt_messages_published_total[5m]",    # a range alone
    "sum by (car (toyota2mqtt_car_available)",
    "toyota2mqtt_car_available == ",
    "toyota2mqtt_car_available{colour=\"red\"}",
    "toyota2mqtt_car_mode{mode=\"flying\"} == 1",
    "toyota2mqtt_account_status{status=~\"ok|asleep\"} == 1",
    "frobnicate(toyota2mqtt_car_available)",
    "sum by (colour) (toyota2mqtt_car_available)",
    "toyota2mqtt_car_available and on (car",
    "1 > 0",
    "toyota2mqtt_http_request_duration_seconds > 1",    # a histogram has no such series
]
GOOD_EXPRESSIONS = [
    "toyota2mqtt_car_available == 0 and on (car) toyota2mqtt_car_reading == 1",
    "sum(rate(toyota2mqtt_http_requests_total{status=~\"5..\"}[10m])) / 2 > -1.5e3",
    "histogram_quantile(0.9, sum(rate(toyota2mqtt_http_request_duration_seconds_bucket[5m])) by (le))",
    "toyota2mqtt_car_wakes_today / on (kind) group_left () toyota2mqtt_wake_budget",
    "time() - process_start_time_seconds offset 1h30m",
    "absent(up{job=\"toyota2mqtt\"}) or (up == 0)",
]


def self_test():
    document = Document((ROOT / "docs/metrics.md").read_text())
    good = True
    for text in BAD_EXPRESSIONS:
        if not list(check_expression(document, text)):
            print("accepted:", text)
            good = False
    for text in GOOD_EXPRESSIONS:
        for problem in check_expression(document, text):
            print("found without reason:", problem)
            good = False
    return broken_copies() and good


def broken_copies():
    """Each break of the files is found."""
    breaks = {
        "config/monitoring/rules.yml": [("severity: critical", "severity: loud"),
                                        ("summary:", "title:"), ("for: 5m", "after: 5m"),
                                        ("alert: BrokerAway", "alert: BrokerGone"),
                                        ("{{ $labels.account }}", "{{ $labels.colour }}")],
        "config/monitoring/grafana-dashboard.json": [("toyota2mqtt_car_read_age_seconds",
                                                      "toyota2mqtt_car_age"),
                                                     ("\"targets\"", "\"aims\"")],
        "config/monitoring/prometheus.yml": [("/api/v1/metrics", "/api/metrics"),
                                             ("job_name: toyota2mqtt", "job_name: bridge")],
        "config/monitoring/README.md": [("`BridgeDown`", "`BridgeUp`")],
        "docs/metrics.md": [("`toyota2mqtt_mqtt_connected`", "`toyota2mqtt_mqtt_joined`")],
        "tests/monitoring/rules_test.yml": [("alertname=\"BridgeDown\"",
                                             "alertname=\"BridgeUp\"")],
    }
    good = True
    for name, changes in breaks.items():
        for before, after in changes:
            with tempfile.TemporaryDirectory() as folder:
                copy = pathlib.Path(folder)
                for part in ("config/monitoring", "docs", "tests/monitoring"):
                    shutil.copytree(ROOT / part, copy / part)
                text = (copy / name).read_text()
                (copy / name).write_text(text.replace(before, after))
                if before not in text or not check(copy):
                    print(f"not found: {name} with {after!r} for {before!r}")
                    good = False
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--self-test", action="store_true")
    good = not parser.parse_args().self_test or self_test()
    problems = check(ROOT)
    tool = promtool()
    if tool:
        problems += check_with_promtool(ROOT, tool)
    print("\n".join(problems) or "rules and dashboard name what exists")
    if not tool:
        print("SKIPPED: no promtool, so Prometheus' own check and the test of the rules did not run")
    sys.exit(1 if problems or not good else 0)


if __name__ == "__main__":
    main()
