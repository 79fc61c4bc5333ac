"""Breaks every rule for the app's package once, and looks whether it is reported."""
import pathlib
import shutil
import tempfile

import yaml

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
    (lambda c: c["backup_exclude"].append("toyota2mqtt.*"), "a backup would lose toyota2mqtt.snapshot"),
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
# (file, what it is replaced with: a function of its text, a part of the report)
TEXTS = [
    ("repository.yaml", lambda t: t.replace("name:", "title:"), "repository.yaml has no name"),
    ("CMakeLists.txt", lambda t: "", "CMakeLists.txt another"),
    ("CHANGELOG.md", lambda t: t.replace("## [Unreleased]", "## [7.0.0]"), "addon/CHANGELOG.md tells of"),
    ("addon/CHANGELOG.md", lambda t: t.replace("# Changelog", "# News"), "does not begin with"),
    ("addon/CHANGELOG.md", lambda t: t + "\n## Version 3\n", "not of the form of Keep a Changelog"),
    ("addon/CHANGELOG.md", lambda t: t.replace("### Added", "### Stuff"), "Stuff is no kind of change"),
    ("addon/README.md", lambda t: t + "word " * 400, "longer than an introduction"),
    ("addon/README.md", lambda t: t + "![x](docs/x.png)", "the store does not find the picture"),
    ("addon/DOCS.md", lambda t: t.replace("## Removal", "## Goodbye"), "no section Removal"),
    ("addon/DOCS.md", lambda t: t.replace("```yaml", "```yaml\nlog: {level: loud}\n```\n```yaml", 1),
     "log.level: not one of"),
    ("addon/DOCS.md", lambda t: t.replace("`activity` | no", "`activity` | yes"), "what it does is no"),
    ("addon/DOCS.md", lambda t: t.replace("blitz_locked", "blitz_lock"), "no binary_sensor lock"),
    ("addon/DOCS.md", lambda t: t.replace("| `odometer` |", "| `miles` |"), "is no such entity"),
    ("addon/DOCS.md", lambda t: t.replace("| `odometer` |", "| `miles` |"), "do not name odometer"),
    ("addon/translations/de.yaml", lambda t: t.replace("  polling:", "  poling:"), "poling is no option"),
    ("addon/translations/de.yaml", lambda t: t.replace("  polling:", "  poling:"), "polling has no text"),
    ("addon/translations/fr.yaml", lambda t: t.replace("name: Marque", "title: Marque"),
     "accounts.brand has not exactly"),
    ("addon/translations/it.yaml", lambda t: t.replace("Nome\n", "Name\n"), "vehicles.name is the English"),
    ("addon/translations/nl.yaml", lambda t: t.replace("name: Wachtwoord", 'name: ""'), "is no text"),
    ("addon/translations/es.yaml", lambda t: t.replace("15m", "10m"), "does not tell its default 15m"),
    ("addon/translations/es.yaml", lambda t: t + "  - x: [", "translations: "),
    ("addon/translations/xx.yaml", lambda t: "", "translations holds"),
    ("addon/icon.png", lambda t: "", "icon.png is no PNG"),
    ("addon/notes.txt", lambda t: "x", "does not belong into the package"),
    ("docs/config.yml", lambda t: "a: 1\n", "would take docs/config.yml for another app"),
    ("addon/Dockerfile", lambda t: "CMD run\n", "no HEALTHCHECK"),
    ("addon/Dockerfile", lambda t: "CMD run\n", "starts through a shell"),
    ("addon/Dockerfile", lambda t: "HEALTHCHECK CMD toyota2mqtt health\n", "needs a shell"),
    ("addon/Dockerfile", lambda t: "FROM scratch\n", "no label io.hass.type"),
    ("addon/apparmor.txt", lambda t: t + "\nprofile two {\n}\n", "2 lines begin with profile"),
    ("addon/apparmor.txt", lambda t: t.replace("mediate_deleted", "complain"), "complain would"),
    ("addon/apparmor.txt", lambda t: t.replace("capability chown", "capability sys_admin"), "is more than"),
    ("addon/apparmor.txt", lambda t: t.replace("capability chown", "file"), "file, is not for this"),
    ("addon/apparmor.txt", lambda t: t.replace("inet dgram", "inet raw"), "network inet raw, is not"),
    ("addon/apparmor.txt", lambda t: t.replace("/data/** rwk", "/** rwk"), "/etc/shadow must not"),
    ("addon/apparmor.txt", lambda t: t.replace("/etc/ssl/certs/{,**} r,", ""), "needs r"),
]


def package(root, copied, folder):
    """Just so much of the repository that every rule can be checked."""
    target = copied(root, folder)
    for name in ("CMakeLists.txt", "CHANGELOG.md", "config/toyota2mqtt.example.yaml",
                 "docs/entities.md"):
        (target / name).parent.mkdir(exist_ok=True)
        shutil.copy(root / name, target / name)
    return target


def break_config(change, target):
    file = target / "addon/config.yaml"
    config = yaml.safe_load(file.read_text())
    change(config)
    file.write_text(yaml.safe_dump(config, sort_keys=False))


def break_text(name, change, target):
    file = target / name
    file.parent.mkdir(exist_ok=True)
    before = file.read_text(errors="replace") if file.exists() else ""
    file.write_text(change(before))


def run(root, check, copied):
    """True when each mistake is found and the package itself has none."""
    cases = [(lambda t, c=change: break_config(c, t), report) for change, report in CONFIG]
    cases += [(lambda t, n=name, c=change: break_text(n, c, t), report) for name, change, report in TEXTS]
    good = True
    for number, (mistake, report) in enumerate(cases):
        with tempfile.TemporaryDirectory() as folder:
            target = package(root, copied, pathlib.Path(folder))
            mistake(target)
            problems = check(target)
        if report is not None and not any(report in problem for problem in problems):
            print(f"self-test: mistake {number} is not reported as {report!r}, but as {problems}")
            good = False
    print(f"self-test: {len(cases)} mistakes")
    return good
