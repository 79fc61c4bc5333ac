#!/usr/bin/env python3
"""Checks config/home-assistant/blueprints: that Home Assistant takes them, that every entity they ask
for is a row of the catalogue, and that they keep their rules over whole stories.

  check_blueprints.py [--program toyota2mqtt] [--self-test] [-v]

An input for an entity of ours names the row (or rows) in backticks in its description; platform and
device class of its selector have to be the row's. An entity of another integration has a name that begins
with other_, or is a zone."""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "blueprints"))

import jinja2  # noqa: E402
import yaml  # noqa: E402

from blueprint import inputs_of, load, uses  # noqa: E402
from home import BLUEPRINTS  # noqa: E402
from templates import Templates  # noqa: E402

SOURCE = ("https://github.com/toyota2mqtt/toyota2mqtt/blob/main/"
          "config/home-assistant/blueprints/automation/toyota2mqtt/")
TOP = {"blueprint", "mode", "max_exceeded", "triggers", "variables", "conditions", "actions"}
HEAD = {"name", "description", "domain", "author", "source_url", "homeassistant", "input"}
TRIGGERS = {
    "state": {"entity_id", "to", "from", "not_to", "not_from"},
    "numeric_state": {"entity_id", "above", "below"},
    "time_pattern": {"minutes"},
    "time": {"at"}}
ACTIONS = [{"variables"}, {"wait_template", "timeout", "continue_on_timeout"},
           {"if", "then", "else"}, {"condition", "value_template"}, {"sequence"},
           {"delay"}, {"action", "target", "data"}]
SELECTORS = {"entity": {"filter", "multiple"}, "number": {"min", "max", "step",
             "unit_of_measurement", "mode"}, "boolean": set(), "time": set(), "date": set(),
             "action": set(), "select": {"multiple", "options"}, "text": {"multiple"}}
QUIET = {"quiet_start", "quiet_end"}


def rows_of(program):
    """Rows by id: the cars', the commands' and the bridge's. A value and a command may have one id."""
    text = subprocess.run([program, "entities", "--format", "json"], text=True, capture_output=True,
                          check=True, timeout=30).stdout
    found = {}
    for rows in json.loads(text).values():
        for row in rows if isinstance(rows, list) else []:
            found.setdefault(row["id"], []).append(row)
    return found


def walk(node, path=""):
    yield path, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from walk(value, f"{path}.{key}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from walk(value, f"{path}[{number}]")


def check_head(name, document):
    head = document.get("blueprint") or {}
    if set(document) - TOP or not TOP - {"max_exceeded"} <= set(document):
        yield f"has the keys {sorted(document)}, expected {sorted(TOP)}"
    if set(head) != HEAD:
        yield f"blueprint has the keys {sorted(head)}, expected {sorted(HEAD)}"
        return
    if head["domain"] != "automation":
        yield "the domain is not automation"
    if head["source_url"] != SOURCE + name:
        yield f"source_url is {head['source_url']}"
    if not re.fullmatch(r"\d{4}\.\d{1,2}\.\d+", str(head["homeassistant"].get("min_version"))):
        yield "homeassistant.min_version is no version"
    if document.get("mode") == "single" and document.get("max_exceeded") != "silent":
        yield "mode single without max_exceeded: silent writes a warning at each trigger"


def check_inputs(document):
    declared, used = inputs_of(document), uses({key: value for key, value in document.items()
                                                if key != "blueprint"})
    for name in sorted(used - set(declared)):
        yield f"!input {name} is not declared"
    for name in sorted(set(declared) - used):
        yield f"the input {name} is not used"
    for name in sorted((QUIET | {"actions"}) - set(declared)):
        yield f"there is no input {name}"
    for section in document["blueprint"]["input"].values():
        needed = [key for key, spec in (section.get("input") or {}).items() if "default" not in spec]
        if section.get("collapsed") and needed:
            yield f"a collapsed section hides {needed}, which the owner has to fill in"
    for name, spec in declared.items():
        yield from (f"input {name}: {problem}" for problem in check_selector(name, spec))


def check_selector(name, spec):
    if set(spec) - {"name", "description", "default", "selector"} or not spec.get("name"):
        yield f"has the keys {sorted(spec)}"
    kinds = list((spec.get("selector") or {}).items())
    if len(kinds) != 1 or kinds[0][0] not in SELECTORS:
        yield f"the selector {spec.get('selector')} is not known"
        return
    kind, options = kinds[0]
    if set(options or {}) - SELECTORS[kind]:
        yield f"the selector {kind} has the keys {sorted(options)}"
    default = spec.get("default")
    if kind == "number" and not options["min"] <= default <= options["max"]:
        yield f"the default {default} is out of range"
    if kind == "time" and not re.fullmatch(r"\d\d:\d\d:\d\d", str(default)):
        yield f"the default {default!r} is not written as \"HH:MM:SS\""
    if name in QUIET and kind != "time":
        yield "is no time"


def filters_of(spec):
    return (spec["selector"].get("entity") or {}).get("filter") or []


def check_entities(document, rows):
    for name, spec in inputs_of(document).items():
        if "entity" not in (spec.get("selector") or {}):
            continue
        filters = filters_of(spec)
        domains = {one.get("domain") for one in filters}
        if name.startswith("other_") or domains == {"zone"}:
            continue
        ids = re.findall(r"`([a-z_]+)`", spec.get("description", ""))
        if not ids:
            yield f"input {name}: the description names no row of the catalogue in backticks"
        for one in filters:
            if one.get("integration") != "mqtt":
                yield f"input {name}: the selector is not limited to the mqtt integration"
        for row_id in ids:
            known = {(row["platform"], row.get("device_class")): row for row in rows.get(row_id, [])}
            if not known:
                yield f"input {name}: the catalogue has no {row_id}"
                continue
            offered = {(one.get("domain"), one.get("device_class")) for one in filters}
            meant = [row for kind, row in known.items() if kind in offered]
            if not meant:
                yield (f"input {name}: {row_id} is {sorted(map(str, known))}, the selector offers "
                       f"{sorted(map(str, offered))}")
            hidden = any(not row.get("enabled", True) for row in meant)
            if hidden and "disabled" not in spec["description"]:
                yield f"input {name}: {row_id} is disabled at first, which the description hides"


def words_of(document, rows):
    """{option: [its words in all languages]} of the enumerations that the blueprint asks for."""
    found = {}
    for spec in inputs_of(document).values():
        for row_id in re.findall(r"`([a-z_]+)`", spec.get("description") or ""):
            for row in rows.get(row_id, []):
                found.update({option: set(words.values())
                              for option, words in row.get("words", {}).items()})
    return found


def check_words(document, rows):
    """States of an enumeration are in the owner's language: who compares with one word compares
    with that of every language."""
    known = words_of(document, rows)
    for path, node in walk({key: value for key, value in document.items() if key != "blueprint"}):
        if isinstance(node, str) and ("{{" in node or "{%" in node):
            here = set(re.findall(r"'([^']*)'", node))
        elif isinstance(node, (str, list)) and re.search(r"\.(?:not_)?(?:to|from)$", path):
            here = {one for one in ([node] if isinstance(node, str) else node)}
        else:
            continue
        for option in sorted((here & set(known)) - {"unknown"}):
            missing = known[option] - here
            if missing:
                yield f"{path.lstrip('.')}: {option} without its words {sorted(missing)}"


def check_triggers(document):
    for trigger in document.get("triggers", []):
        kind = trigger.get("trigger")
        if kind not in TRIGGERS or set(trigger) - TRIGGERS[kind] - {"trigger", "id"}:
            yield f"the trigger {trigger} is not known"
        if kind == "state" and "to" not in trigger and "unknown" not in trigger.get("not_to", []):
            yield f"the trigger {trigger} fires when the value becomes unknown"


def check_actions(actions):
    for action in actions if isinstance(actions, list) else []:
        keys = set(action) - {"alias"}
        if not any(keys <= known for known in ACTIONS):
            yield f"the action with {sorted(keys)} is not known"
        if action.get("condition", "template") != "template":
            yield f"the condition {action['condition']} is not known"
        for key in ("then", "else", "sequence"):
            yield from check_actions(action.get(key, []))


def check_templates(document):
    """Every template has to compile; a value that may be unknown has to be asked with a default."""
    environment = Templates(None).environment
    for path, node in walk(document):
        if not isinstance(node, str) or path.startswith(".blueprint") and ".default" not in path:
            continue
        if "{{" not in node and "{%" not in node:
            continue
        try:
            environment.from_string(node)
        except jinja2.TemplateError as error:
            yield f"{path.lstrip('.')}: {error}"
        if match := re.search(r"\|\s*(?:float|int)(?!\w|\(\S)", node):
            if not re.search(r"round\(\d\)\s*\|\s*int", node[:match.end()]):
                yield f"{path.lstrip('.')}: a number is read without a default"


def check_document(rows):
    """docs/home-assistant.md offers every blueprint, and its examples name entities of the catalogue."""
    text = (BLUEPRINTS.parents[4] / "docs/home-assistant.md").read_text()
    for path in sorted(BLUEPRINTS.glob("*.yaml")):
        if f"blueprint_url={urllib.parse.quote(SOURCE + path.name, safe='')})" not in text:
            yield f"docs/home-assistant.md: there is no link that imports {path.name}"
    for domain, row_id in re.findall(r"\b([a-z_]+)\.blitz_([a-z_]+)", text):
        if rows and domain not in {row["platform"] for row in rows.get(row_id, [])}:
            yield f"docs/home-assistant.md: the catalogue has no {domain} {row_id}"


def check_file(path, rows):
    try:
        document = load(path)
    except yaml.YAMLError as error:
        return [f"{path.name}: {error}"]
    problems = list(check_head(path.name, document))
    if not problems:
        problems += check_inputs(document)
        problems += check_triggers(document)
        problems += check_actions(document["actions"])
        problems += check_templates(document)
        problems += check_entities(document, rows) if rows else []
        problems += check_words(document, rows) if rows else []
    return [f"{path.name}: {problem}" for problem in problems]


def check(folder, rows):
    files = sorted(pathlib.Path(folder).glob("*.yaml"))
    return [problem for path in files for problem in check_file(path, rows)]


SPOILED = [  # (what is replaced, by what, what is said)
    ("domain: automation", "domain: script", "domain is not automation"),
    ("toyota2mqtt/low_range.yaml", "toyota2mqtt/other.yaml", "source_url"),
    ("max_exceeded: silent\n", "", "max_exceeded"),
    ("!input threshold", "!input treshold", "!input treshold is not declared"),
    ("  remind: !input remind\n", "", "input remind is not used"),
    ("device_class: distance", "device_class: battery", "the selector offers"),
    ("`fuel_range`", "`fuel_reach`", "has no fuel_reach"),
    ("integration: mqtt", "integration: toyota", "not limited to the mqtt"),
    ("trigger: numeric_state", "trigger: numeric", "trigger"),
    ("| float(threshold)", "| float", "without a default"),
    ("{{ has_value(range_entity) and", "{{ has_value(range_entity and", "low"),
    ("default: \"22:00:00\"", "default: 22:00:00", "HH:MM:SS"),
    ("default: 60\n", "default: 6000\n", "out of range"),
    ("mode: single\n", "mode: single\nmode: single\n", "stands twice"),
    ("  - sequence: !input actions", "  - scene: scene.x", "action with"),
]


def self_test(rows):
    good = (BLUEPRINTS / "low_range.yaml").read_text()
    fine = True
    for before, after, expected in SPOILED:
        if not rows and expected in ("the selector offers", "has no fuel_reach",
                                     "not limited to the mqtt"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "low_range.yaml").write_text(good.replace(before, after, 1))
            found = check(folder, rows)
        if before not in good or not any(expected in problem for problem in found):
            print(f"not found when {before!r} becomes {after!r}: {expected}; found {found}")
            fine = False
    return fine


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("-v", "--verbose", action="store_true")
    arguments = parser.parse_args()
    rows = rows_of(arguments.program) if arguments.program else None
    problems = check(BLUEPRINTS, rows) + list(check_document(rows))
    print("\n".join(problems) or "the blueprints are well formed")
    if not rows:
        print("SKIPPED: no program was given, so the entities were not held against its catalogue")
    good = not problems and (not arguments.self_test or self_test(rows))
    stories = unittest.defaultTestLoader.discover(
        str(pathlib.Path(__file__).resolve().parent / "blueprints"), "test_*.py")
    result = unittest.TextTestRunner(verbosity=2 if arguments.verbose else 1).run(stories)
    if result.testsRun == 0:
        print("no story was found")
    sys.exit(0 if good and result.wasSuccessful() and result.testsRun else 1)


if __name__ == "__main__":
    main()
