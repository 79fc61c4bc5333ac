"""Breaks every rule for the app's package once, and looks whether it is reported."""
import functools
import pathlib
import shutil
import tempfile

import yaml

from addon import profile

# (what is done to config.yaml, a part of the report)
CONFIG = [
    (lambda c: c.pop("arch"), "the key arch is missing"),
    (lambda c: c.update(colour="red"), "colour is no key"),
    (lambda c: c.update(version=1), "version is a int"),
    (lambda c: c.update(boot="auto"), "boot repeats its default"),
    (lambda c: c.update(ingress_port=8099), "ingress_port repeats its default"),
    (lambda c: c.update(startup="later"), "startup: later is not one of"),
    (lambda c: c.update(watchdog="tcp://[HOST]:[PORT:80]"), "watchdog is obsolete"),
    (lambda c: c.update(codenotary="a@b.c"), "codenotary is obsolete"),
    (lambda c: c.update(advanced=True), "advanced is obsolete"),
    (lambda c: c.update(auto_uart=True), "auto_uart is obsolete"),
    (lambda c: c.update(snapshot="hot"), "snapshot is obsolete"),
    (lambda c: c.update(webui="http://[HOST]:[PORT:80]"), "webui beside ingress"),
    (lambda c: c.update(ingress_port=0), "ingress_port 0"),
    (lambda c: c.update(full_access=True, gpio=True), "full_access makes"),
    (lambda c: c.update(backup="cold", backup_pre="x"), "not for cold backups"),
    (lambda c: c.update(timeout=5), "timeout is from 10 to 300"),
    (lambda c: c.update(tmpfs="size=1m"), "tmpfs is a str"),
    (lambda c: c.update(services=["mqtt:maybe"]), "mqtt:maybe is no service"),
    (lambda c: c.update(services=["mqtt:need"]), "services is not [mqtt:want]"),
    (lambda c: c.update(slug="to yota"), "the slug"),
    (lambda c: c["arch"].append("armv7"), "arch is not"),
    (lambda c: c.update(version="dev"), "not of the form 1.2.3"),
    (lambda c: c.update(version="9.9.9"), "CMakeLists.txt another"),
    (lambda c: c.update(image="ghcr.io/Org/{arch}-x"), "image is no"),
    (lambda c: c.update(image="ghcr.io/org/name:1.0.0"), "image is no"),
    (lambda c: c.pop("image"), "image is no"),
    (lambda c: c.pop("homeassistant"), "homeassistant does not name"),
    (lambda c: c.update(panel_icon="car"), "panel_icon"),
    (lambda c: c.update(url="github"), "url is no"),
    (lambda c: c.update(description="x" * 101), "the description"),
    (lambda c: c.update(ingress=False), "ingress is off"),
    (lambda c: c.update(host_network=True), "host_network is a right"),
    (lambda c: c.update(map=["ssl"]), "map is a right"),
    (lambda c: c.update(privileged=["SYS_ADMIN"]), "the security rating is 7"),
    (lambda c: c.update(apparmor=False), "the security rating is 6"),
    (lambda c: c.update(docker_api=True), "the security rating is 1"),
    (lambda c: c["backup_exclude"].remove("toyota2mqtt.db"), "a backup would keep toyota2mqtt.db"),
    (lambda c: c["backup_exclude"].append("toyota2mqtt.*"), "would lose toyota2mqtt.snapshot"),
    (lambda c: c["schema"]["mqtt"].update(port="prot?"), "'prot?' is no kind"),
    (lambda c: c["schema"]["mqtt"].update(port="int(a,b)?"), "has no range"),
    (lambda c: c["schema"]["mqtt"].update(port="port"), "mqtt.port is not optional"),
    (lambda c: c["schema"]["mqtt"].update(more={"deep": "str?"}), "more deeply than two levels"),
    (lambda c: c["schema"]["mqtt"].update(password="str?"), "mqtt.password: a secret"),
    (lambda c: c["schema"]["mqtt"].update(host="password?"), "mqtt.host: no secret"),
    (lambda c: c["schema"]["mqtt"].update(username="email?"), "refuses an emptied field"),
    (lambda c: c["options"].update(mqtt=None), "the default null"),
    (lambda c: c["options"].pop("log"), "options and schema name different sections"),
    (lambda c: c["options"].pop("log"), "the option log is missing"),
    (lambda c: c["options"]["mqtt"].update(port="many"), "mqtt.port: not a number"),
    (lambda c: c["options"]["mqtt"].update(colour="red"), "mqtt.colour: unknown to the schema"),
    (lambda c: c["options"].update(accounts={}), "accounts: not a list"),
    (lambda c: c["schema"]["log"].update(extra="str?"), "log.extra has no text"),
    (lambda c: c["schema"]["log"].update(extra="str?"), "DOCS.md shows no example of log.extra"),
]
ALL, END = "the whole text", "the end of the text"
DE, CHANGES, PROFILE = "addon/translations/de.yaml", "addon/CHANGELOG.md", "addon/apparmor.txt"
DOCS, README, IMAGE = "addon/DOCS.md", "addon/README.md", "addon/Dockerfile"
# (file, what is replaced in it, by what, a part of the report)
TEXTS = [
    ("repository.yaml", "name:", "title:", "repository.yaml has no name"),
    ("repository.yaml", "url: https", "url: ftp", "url is no https address"),
    ("repository.yaml", END, "colour: red\n", "repository.yaml: colour is no key"),
    ("CMakeLists.txt", ALL, "", "CMakeLists.txt another"),
    ("CHANGELOG.md", "## [Unreleased]", "## [7.0.0]", "addon/CHANGELOG.md tells of"),
    (CHANGES, "# Changelog", "# News", "does not begin with"),
    (CHANGES, END, "\n## Version 3\n", "not of the form of Keep a Changelog"),
    (CHANGES, "### Added", "### Stuff", "Stuff is no kind of change"),
    (CHANGES, ALL, "# Changelog\n", "tells no change"),
    (README, END, "word " * 400, "longer than an introduction"),
    (README, END, "![x](docs/x.png)", "the store does not find the picture"),
    (DOCS, "## Removal", "## Goodbye", "no section Removal"),
    (DOCS, "level: info", "level: loud", "log.level: not one of"),
    (DOCS, "`activity` | no", "`activity` | yes", "what it does is no"),
    (DOCS, "`climate` | yes", "`climate` | no", "climate is yes, not no"),
    (DOCS, "`horn`, `hazards_on`", "`hazards_on`", "do not name horn"),
    (DOCS, "blitz_locked", "blitz_lock", "no binary_sensor lock"),
    (DOCS, "| `odometer` |", "| `miles` |", "is no such entity"),
    (DOCS, "| `odometer` |", "| `miles` |", "do not name odometer"),
    (DE, "  polling:", "  poling:", "poling is no option"),
    (DE, "  polling:", "  poling:", "polling has no text"),
    (DE, "configuration:", "options:", "de: not the one section configuration"),
    (DE, "name: Adresse\n", "name: Adresse " + "x" * 40 + "\n", "more than 40"),
    (DE, "name: Adresse\n", "name: Adresse {x}\n", "a line break, a brace"),
    (DE, "Das Passwort für die App des Herstellers.", "The password of the maker's app.",
     "the description of accounts.password is the English"),
    ("addon/translations/fr.yaml", "name: Marque", "title: Marque", "brand has not exactly"),
    ("addon/translations/it.yaml", "Nome\n", "Name\n", "vehicles.name is the English"),
    ("addon/translations/nl.yaml", "name: Wachtwoord", 'name: ""', "is no text"),
    ("addon/translations/es.yaml", "15m", "10m", "does not tell its default 15m"),
    ("addon/translations/es.yaml", END, "  - x: [", "translations: "),
    ("addon/translations/xx.yaml", ALL, "", "translations holds"),
    ("addon/icon.png", ALL, "", "icon.png is no PNG"),
    ("addon/notes.txt", ALL, "x", "does not belong into the package"),
    ("docs/config.yml", ALL, "a: 1\n", "would take docs/config.yml for another app"),
    (IMAGE, ALL, "CMD run\n", "no HEALTHCHECK"),
    (IMAGE, ALL, "CMD run\n", "starts through a shell"),
    (IMAGE, ALL, "HEALTHCHECK CMD toyota2mqtt health\n", "needs a shell"),
    (IMAGE, ALL, "FROM scratch\n", "no label io.hass.type"),
    (PROFILE, END, "\nprofile two {\n}\n", "2 lines begin with profile"),
    (PROFILE, "mediate_deleted", "complain", "complain would"),
    (PROFILE, "capability chown", "capability sys_admin", "is more than"),
    (PROFILE, "capability chown", "file", "file, is not for this"),
    (PROFILE, "capability chown", "mount", "mount, is not for this"),
    (PROFILE, "inet dgram", "inet raw", "network inet raw, is not"),
    (PROFILE, "  capability chown", "  #include <abstractions/base>\n  include <abstractions/x>",
     "allows what the program does not need"),
    (PROFILE, "/data/** rwk", "/** rwk", "/etc/shadow must not"),
    (PROFILE, "/data/** rwk", "/data/** rwkm", "/data/program must not"),
    (PROFILE, "/etc/ssl/certs/{,**} r,", "", "needs r"),
    (PROFILE, "net/tcp", "net/udp", "src/platform/mqtt_guard.cpp opens /proc/self/net/tcp"),
    (PROFILE, "@{PROC}/@{pid}/fd/ r,", "", "src/platform/metrics.cpp opens /self/fd"),
]
# (what is done to the files, a part of the report)
FILES = [
    (lambda addon: shutil.copy(addon / "logo.png", addon / "icon.png"), "icon.png is 250×100"),
    (lambda addon: (addon / "apparmor.txt").unlink(), "apparmor.txt is missing"),
    (lambda addon: (addon / "apparmor.txt").unlink(), "the security rating is 7"),
]
# Only apparmor_parser knows this one.
SYNTAX = (PROFILE, "  signal (send)", "  signl (send)", "AppArmor parser error")


def package(root, copied, folder):
    """Just so much of the repository that every rule can be checked."""
    target = copied(root, folder)
    for name in ("CMakeLists.txt", "CHANGELOG.md", "config/toyota2mqtt.example.yaml",
                 "docs/entities.md", "src/platform/mqtt_guard.cpp",
                 "src/platform/metrics.cpp"):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, target / name)
    return target


def break_config(change, target):
    file = target / "addon/config.yaml"
    config = yaml.safe_load(file.read_text())
    change(config)
    file.write_text(yaml.safe_dump(config, sort_keys=False))


def break_text(name, old, new, target):
    file = target / name
    file.parent.mkdir(exist_ok=True)
    before = "" if old == ALL else file.read_text()
    if old not in (ALL, END) and old not in before:
        raise ValueError(f"{name} does not hold {old!r}")
    file.write_text(new if old == ALL else before + new if old == END else before.replace(old, new))


def mistakes():
    """(what breaks a package, what has to be reported)."""
    for change, report in CONFIG:
        yield functools.partial(break_config, change), report
    for change, report in FILES:
        yield lambda target, change=change: change(target / "addon"), report
    for name, old, new, report in [*TEXTS, *([SYNTAX] if profile.find_parser() else [])]:
        yield functools.partial(break_text, name, old, new), report


def run(root, check, copied):
    """True when each mistake is found and the package itself has none."""
    cases = list(mistakes())
    good = True
    for number, (mistake, report) in enumerate(cases):
        with tempfile.TemporaryDirectory() as folder:
            target = package(root, copied, pathlib.Path(folder))
            mistake(target)
            problems = check(target)
        if not any(report in problem for problem in problems):
            print(f"self-test: mistake {number} is not reported as {report!r}, but as {problems}")
            good = False
    print(f"self-test: {len(cases)} mistakes")
    return good
