#!/usr/bin/env python3
"""Checks what goes to GitHub and to servers: .github (workflows, forms, dependabot), docs/deploy,
that the app is offered for what is built, and that the version stands in one place.

  check_delivery.py [--self-test]

Workflows: actions pinned by commit with their version beside it, no rights by default and as few as
needed, nothing from outside in a script, scripts that the shell (and shellcheck, if installed)
accepts."""
import argparse
import configparser
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
PINNED = re.compile(r"^\s*(?:- )?uses: (\./\S+|[\w./-]+@[0-9a-f]{40} # v?\d[\w.]*)$")
RIGHTS = {"contents": {"read", "write"}, "packages": {"write"}, "id-token": {"write"}}
MAY_WRITE = {("images.yml", "packages"), ("images.yml", "id-token"), ("release.yml", "packages"),
             ("release.yml", "id-token"), ("release.yml", "contents")}
ELEMENTS = {"markdown": {"value"}, "textarea": {"label", "description", "placeholder", "render"},
            "input": {"label", "description", "placeholder"},
            "dropdown": {"label", "description", "options"},
            "checkboxes": {"label", "description", "options"}}


def load(path):
    # YAML 1.1 reads the key `on` as true.
    document = yaml.safe_load(path.read_text())
    if isinstance(document, dict) and True in document:
        document["on"] = document.pop(True)
    return document


def check_workflow(root, path):
    document = load(path)
    if document.get("permissions") != {}:
        yield "top-level permissions are not {}"
    if {"pull_request_target", "workflow_run"} & set(document.get("on") or {}):
        yield "runs with rights on what strangers send"
    for line in path.read_text().splitlines():
        if re.match(r"^\s*(- )?uses:", line) and not PINNED.match(line):
            yield f"not pinned by commit and version: {line.strip()}"
    for name, job in document["jobs"].items():
        yield from (f"job {name}: {problem}" for problem in check_job(root, path, job))


def check_job(root, path, job):
    for right, level in (job.get("permissions") or {}).items():
        if level not in RIGHTS.get(right, set()):
            yield f"the right {right}: {level}"
        if level == "write" and (path.name, right) not in MAY_WRITE:
            yield f"may write {right}"
    if not job.get("permissions"):
        yield "says no permissions"
    if "uses" not in job and "prepare" not in job.get("name", "").lower() \
            and "timeout-minutes" not in job:
        yield "has no timeout-minutes"
    for step in job.get("steps", []):
        if step.get("uses", "").startswith("actions/checkout@") \
                and (step.get("with") or {}).get("persist-credentials") is not False:
            yield "the checkout keeps credentials"
        yield from check_script(root, step)
        for secret in re.findall(r"secrets\.(\w+)", str(step)):
            if secret != "GITHUB_TOKEN":
                yield f"the secret {secret}"


def check_script(root, step):
    script = step.get("run")
    if not script:
        return
    if "${{" in script:
        yield f"an expression inside the script of {step.get('name')!r}: give it by env"
    for name in re.findall(r"(?<![\w/$])(?:tests|config)/[\w/.-]+\.sh", script):
        if not (root / name).exists():
            yield f"there is no {name}"
    command = ["bash", "-n"]
    if shutil.which("shellcheck"):
        command = ["shellcheck", "--shell=bash", "-"]
    reported = subprocess.run(command, input=script, text=True, capture_output=True, check=False)
    if reported.returncode != 0:
        yield f"the script of {step.get('name')!r}: {(reported.stdout + reported.stderr).strip()}"


def check_form(path):
    document = load(path)
    if not {"name", "description", "body"} <= set(document):
        yield "name, description or body is missing"
        return
    ids = [element["id"] for element in document["body"] if "id" in element]
    if len(ids) != len(set(ids)):
        yield "an id stands twice"
    for element in document["body"]:
        known = ELEMENTS.get(element.get("type"))
        attributes = element.get("attributes") or {}
        if known is None or set(attributes) - known:
            yield f"the element {element} is not known"
        if element.get("type") != "markdown" and not ("id" in element and attributes.get("label")):
            yield f"{element.get('type')} without id or label"
        if element.get("type") == "dropdown" and len(set(attributes["options"])) < 2:
            yield "a dropdown without a choice"
    warning = next((element["attributes"]["value"] for element in document["body"]
                    if element["type"] == "markdown"), "")
    for word in ("Never paste", "password", "VIN", "coordinates", "e-mail"):
        if word.lower() not in warning.lower():
            yield f"does not say that {word} must not be pasted"


def check_deploy(root):
    folder = root / "docs/deploy"
    text = (root / "docs/deploy.md").read_text()
    for path in sorted(folder.iterdir()):
        if f"deploy/{path.name}" not in text:
            yield f"docs/deploy.md does not mention {path.name}"
    compose = load(folder / "compose.yaml")
    service = compose["services"]["toyota2mqtt"]
    expected = {"read_only": True, "cap_drop": ["ALL"],
                "security_opt": ["no-new-privileges:true"]}
    for key, value in expected.items():
        if service.get(key) != value:
            yield f"compose.yaml: {key} is {service.get(key)}"
    if str(service.get("user", "0")).split(":")[0] in ("0", "root"):
        yield "compose.yaml: the bridge runs as root"
    if "privileged" in service or "network_mode" in service:
        yield "compose.yaml: the bridge has more rights than it needs"
    for name, other in compose["services"].items():
        for mount in other.get("volumes", []):
            source = mount.split(":")[0]
            if not source.startswith("./") and source not in compose.get("volumes", {}):
                yield f"compose.yaml: {name} mounts {source}, which is declared nowhere"
        for needed in other.get("depends_on", []):
            if needed not in compose["services"]:
                yield f"compose.yaml: {name} depends on {needed}"
    page = load(folder / "compose.page.yaml")
    if page != {"services": {"toyota2mqtt": {"network_mode": "host"}}}:
        yield f"compose.page.yaml gives more than the network: {page}"
    if service.get("ports"):
        yield "compose.yaml: ports of the bridge cannot stand beside compose.page.yaml"
    yield from check_quadlet(folder / "toyota2mqtt.container", service)
    yield from check_unit(folder / "toyota2mqtt.service")


MOST_EXPOSURE = 2.0
NEEDED_IN_UNIT = {"SystemCallFilter", "MemoryMax", "MemoryDenyWriteExecute", "NoNewPrivileges",
                  "User"}


def check_unit(path):
    """Words that are missing, and what systemd itself thinks of the rest."""
    lines = [line.split("=", 1) for line in path.read_text().splitlines() if "=" in line
             and not line.startswith("#")]
    for missing in sorted(NEEDED_IN_UNIT - {key for key, _ in lines}):
        yield f"toyota2mqtt.service: no {missing}"
    if not shutil.which("systemd-analyze"):
        return
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager",
                           str(path)], capture_output=True, text=True)
    found = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    if not found:
        yield f"toyota2mqtt.service: systemd-analyze says {(done.stderr or done.stdout)[-300:]!r}"
    elif float(found[1]) > MOST_EXPOSURE:
        yield f"toyota2mqtt.service: exposure {found[1]} of 10, at most {MOST_EXPOSURE}"
    for line in done.stderr.splitlines():
        if "Unknown" in line or "Failed to parse" in line:
            yield f"toyota2mqtt.service: {line}"


def check_quadlet(path, service):
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str
    unit.read(path)
    container = unit["Container"]
    if container["Image"] != service["image"]:
        yield "the quadlet and compose.yaml name different images"
    for key in ("ReadOnly", "NoNewPrivileges"):
        if container.get(key) != "true":
            yield f"the quadlet does not say {key}=true"
    if container.get("DropCapability") != "all":
        yield "the quadlet keeps capabilities"
    if unit["Service"].get("RestartPreventExitStatus") != "2":
        yield "the quadlet restarts after a mistake in the configuration"


def check_architectures(root):
    """The app is offered for those architectures whose images are tried and published."""
    offered = sorted(load(root / "addon/config.yaml")["arch"])
    tried = load(root / ".github/workflows/ci.yml")["jobs"]["image"]["strategy"]["matrix"]["include"]
    built = {"ci.yml": [sorted(one["arch"] for one in tried)], "images.yml": []}
    for job in load(root / ".github/workflows/images.yml")["jobs"].values():
        built["images.yml"] += [sorted(json.loads(step["with"]["architectures"])) for step in job["steps"]
                                if "architectures" in step.get("with", {})]
    for name, lists in built.items():
        if not lists or any(one != offered for one in lists):
            yield f"{name} builds images for {lists}, the app is offered for {offered}"


def check_version(root):
    """tests/version.sh finds the version, and refuses every tag but the right one."""
    def ask(*arguments, at=root):
        return subprocess.run(["sh", str(ROOT / "tests/version.sh"), *arguments], text=True,
                              capture_output=True, check=False, env={**os.environ, "T2M_ROOT": str(at)})
    version = ask().stdout.strip()
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        yield f"tests/version.sh prints {version!r}"
        return
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        (place / "addon").mkdir()
        (place / "CMakeLists.txt").write_text("project(toyota2mqtt VERSION 1.2.3 LANGUAGES CXX)\n")
        (place / "CHANGELOG.md").write_text("## [Unreleased]\n\n## [1.2.3] - 2026-01-01\n- New.\n\n"
                                            "## [1.2.2]\n- Old.\n")
        config = place / "addon" / ("config" + ".yaml")
        config.write_text('version: "1.2.3"\n')
        if ask("v1.2.3", at=place).stdout != "1.2.3\n":
            yield "tests/version.sh refuses the right tag"
        if ask("--changes", "v1.2.3", at=place).stdout.split() != ["-", "New."]:
            yield "tests/version.sh does not find what changed"
        for tag in ("1.2.3", "v1.2.4", "v1.2.30", "v1"):
            if ask(tag, at=place).returncode == 0:
                yield f"tests/version.sh accepts the tag {tag}"
        for text in ('version: "1.2.30"\n', "version: dev\n"):
            config.write_text(text)
            if ask("v1.2.3", at=place).returncode == 0:
                yield f"tests/version.sh accepts an app with {text.strip()}"
        config.write_text('version: "1.2.3"\n')
        (place / "CHANGELOG.md").write_text("## [Unreleased]\n")
        if ask("v1.2.3", at=place).returncode == 0:
            yield "tests/version.sh accepts a version that the changelog does not know"


def check(root):
    problems = []
    for path in sorted((root / ".github").rglob("*")):
        if path.name in ("config.yml", "config.yaml"):
            problems.append(f"{path.relative_to(root)}: only addon may hold a file of this name")
    for path in sorted((root / ".github/workflows").glob("*.yml")):
        problems += [f"{path.name}: {problem}" for problem in check_workflow(root, path)]
    for path in sorted((root / ".github/ISSUE_TEMPLATE").glob("*.yml")):
        problems += [f"{path.name}: {problem}" for problem in check_form(path)]
    updates = load(root / ".github/dependabot.yml")["updates"]
    if "github-actions" not in [one["package-ecosystem"] for one in updates]:
        problems.append("dependabot.yml does not look after the actions")
    return [*problems, *check_deploy(root), *check_architectures(root), *check_version(root)]


SPOILED = [  # (file, what is replaced, by what, what is said)
    (".github/workflows/ci.yml", "permissions: {}", "permissions: write-all", "top-level"),
    (".github/workflows/ci.yml", "checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
     "checkout@v7", "not pinned"),
    (".github/workflows/ci.yml", "persist-credentials: false", "fetch-depth: 1", "credentials"),
    (".github/workflows/ci.yml", "contents: read", "contents: write", "may write contents"),
    (".github/workflows/ci.yml", "tests/run.sh install", "tests/go.sh install", "no tests/go.sh"),
    (".github/workflows/ci.yml", "install $STAGES", "install ${{ matrix.stages }}", "expression"),
    (".github/workflows/ci.yml", "install $STAGES", "install \"$STAGES", "the script of"),
    (".github/workflows/ci.yml", "  pull_request:\n", "  pull_request_target:\n", "strangers"),
    (".github/workflows/ci.yml", "    timeout-minutes: 90\n", "", "timeout-minutes"),
    (".github/workflows/ci.yml", "secrets.GITHUB_TOKEN", "secrets.PASSWORD", "the secret"),
    (".github/workflows/ci.yml", "          - arch: amd64\n            os: ubuntu-24.04\n", "",
     "ci.yml builds images for"),
    (".github/workflows/images.yml", "'[\"amd64\", \"aarch64\"]'", "'[\"amd64\"]'",
     "images.yml builds images for"),
    ("addon/config.yaml", "  - aarch64\n", "", "the app is offered for"),
    (".github/ISSUE_TEMPLATE/bug.yml", "**Never paste**", "**Paste**", "Never paste"),
    (".github/ISSUE_TEMPLATE/bug.yml", "id: log", "id: doctor", "twice"),
    (".github/ISSUE_TEMPLATE/car.yml", "type: dropdown", "type: choice", "not known"),
    ("docs/deploy/compose.yaml", "read_only: true", "read_only: false", "read_only"),
    ("docs/deploy/compose.yaml", "\"1000:1000\"", "\"0:0\"", "root"),
    ("docs/deploy/compose.yaml", "  mosquitto-data:\n", "  other:\n", "declared nowhere"),
    ("docs/deploy/compose.page.yaml", "host\n", "host\n    privileged: true\n", "more than the network"),
    ("docs/deploy/toyota2mqtt.container", "DropCapability=all\n", "", "capabilities"),
    ("docs/deploy/toyota2mqtt.service", "MemoryMax=", "MemoryHigh=", "no MemoryMax"),
    ("docs/deploy/toyota2mqtt.service", "MemoryDenyWriteExecute=true\n", "",
     "no MemoryDenyWriteExecute"),
]
if shutil.which("systemd-analyze"):
    SPOILED += [
        ("docs/deploy/toyota2mqtt.service", "NoNewPrivileges=true\nCapabilityBoundingSet=\n",
         "NoNewPrivileges=true\n", "exposure"),
        ("docs/deploy/toyota2mqtt.service", "ProtectProc=invisible", "ProtectEverything=yes",
         "ProtectEverything"),
    ]


def self_test():
    fine = True
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        for name in (".github", "addon", "docs", "tests"):
            shutil.copytree(ROOT / name, place / name, symlinks=True,
                            ignore=shutil.ignore_patterns("golden", "fixtures", "unit", "support"))
        shutil.copy(ROOT / "CMakeLists.txt", place)
        for name, before, after, expected in SPOILED:
            text = (place / name).read_text()
            (place / name).write_text(text.replace(before, after, 1))
            found = check(place)
            (place / name).write_text(text)
            if before not in text or not any(expected in problem for problem in found):
                print(f"{name}: not found when {before!r} becomes {after!r}; found {found}")
                fine = False
    return fine


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    problems = check(ROOT)
    print("\n".join(problems) or "workflows, forms and deployments are in order")
    if not shutil.which("shellcheck"):
        print("SKIPPED: shellcheck is not installed; the scripts were only parsed")
    if not shutil.which("systemd-analyze"):
        print("SKIPPED: systemd-analyze (package systemd) is not installed; the unit was only read")
    sys.exit(0 if not problems and (not arguments.self_test or self_test()) else 1)


if __name__ == "__main__":
    main()
