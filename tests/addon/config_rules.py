"""Rules for config.yaml of the Home Assistant app: those of the linter that its stores use, those
of the Supervisor, and those of this project."""
import pathlib
import re

from addon import options

REQUIRED = ("name", "version", "slug", "description", "arch")
# What each key must be, and the default that a key must not repeat (None: it has none).
TEXT, FLAG, NUMBER, LIST, MAP = str, bool, int, list, dict
KEYS = {
    "apparmor": ((TEXT, FLAG), True), "arch": (LIST, None), "audio": (FLAG, False),
    "auth_api": (FLAG, False), "backup": (TEXT, "hot"), "backup_exclude": (LIST, None),
    "backup_post": (TEXT, None), "backup_pre": (TEXT, None), "boot": (TEXT, "auto"),
    "breaking_versions": (LIST, None), "description": (TEXT, None), "devices": (LIST, None),
    "devicetree": (FLAG, False), "discovery": (LIST, None), "docker_api": (FLAG, False),
    "environment": (MAP, None), "full_access": (FLAG, False), "gpio": (FLAG, False),
    "hassio_api": (FLAG, False), "hassio_role": (TEXT, "default"), "homeassistant": (TEXT, None),
    "homeassistant_api": (FLAG, False), "host_dbus": (FLAG, False), "host_ipc": (FLAG, False),
    "host_network": (FLAG, False), "host_pid": (FLAG, False), "host_uts": (FLAG, False),
    "image": (TEXT, None), "ingress": (FLAG, False), "ingress_entry": (TEXT, None),
    "ingress_port": (NUMBER, 8099), "ingress_stream": (FLAG, False), "init": (FLAG, True),
    "journald": (FLAG, False), "kernel_modules": (FLAG, False), "legacy": (FLAG, False),
    "machine": (LIST, None), "map": (LIST, None), "name": (TEXT, None), "options": (MAP, {}),
    "panel_admin": (FLAG, True), "panel_icon": (TEXT, "mdi:puzzle"), "panel_title": (TEXT, None),
    "ports": (MAP, None), "ports_description": (MAP, None), "privileged": (LIST, None),
    "realtime": (FLAG, False), "schema": (MAP, {}), "services": (LIST, None), "slug": (TEXT, None),
    "stage": (TEXT, "stable"), "startup": (TEXT, "application"), "stdin": (FLAG, False),
    "timeout": (NUMBER, 10), "tmpfs": (FLAG, False), "uart": (FLAG, False), "udev": (FLAG, False),
    "ulimits": (MAP, {}), "url": (TEXT, None), "usb": (FLAG, False), "version": (TEXT, None),
    "video": (FLAG, False), "webui": (TEXT, None),
}
OBSOLETE = {
    "watchdog": "the image's HEALTHCHECK takes its place",
    "codenotary": "it is no longer used",
    "advanced": "it is ignored since 2026.03",
    "auto_uart": "it is called uart now",
    "snapshot": "it is called backup now",
    "snapshot_exclude": "it is called backup_exclude now",
}
WORDS = {
    "backup": {"hot", "cold"},
    "boot": {"auto", "manual", "manual_only"},
    "hassio_role": {"admin", "backup", "default", "homeassistant", "manager"},
    "stage": {"deprecated", "experimental", "stable"},
    "startup": {"application", "initialize", "once", "services", "system"},
}
# The internal network reaches broker, Supervisor and internet; the program needs nothing else.
RIGHTS = ("hassio_api", "homeassistant_api", "hassio_role", "auth_api", "docker_api", "full_access",
          "privileged", "host_network", "host_pid", "host_ipc", "host_uts", "host_dbus", "ports",
          "map", "devices", "gpio", "uart", "usb", "udev", "audio", "video", "kernel_modules",
          "realtime", "stdin", "journald", "environment", "discovery", "devicetree")
LOWERING = {"BPF", "CHECKPOINT_RESTORE", "DAC_READ_SEARCH", "NET_ADMIN", "NET_RAW", "PERFMON",
            "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO"}
LEFT_OUT = ("toyota2mqtt.db", "toyota2mqtt.db-wal", "toyota2mqtt.db-shm", "toyota2mqtt.db-journal",
            "toyota2mqtt.db.corrupt-20260101", "toyota2mqtt.db.corrupt-20260101-wal", "tokens.new",
            "tokens.broken-20260101", "toyota2mqtt.snapshot.new", "health.sock", "lock", ".guard")
KEPT = ("toyota2mqtt.snapshot", "tokens", "key", "set_up", "options.json")
# A list of users holds hashes of passwords.
SECRET = re.compile(r"(^|[._])(password|token|api_key|unlock_code|secret|users\[\])$")


def check_linter(config):
    """The linter's schema and what it checks besides."""
    for key in REQUIRED:
        if key not in config:
            yield f"the key {key} is missing"
    for key, value in config.items():
        if key in OBSOLETE:
            yield f"{key} is obsolete: {OBSOLETE[key]}"
        elif key not in KEYS:
            yield f"{key} is no key of an app"
        elif type(value) not in (kinds if isinstance(kinds := KEYS[key][0], tuple) else (kinds,)):
            yield f"{key} is a {type(value).__name__}"
        elif KEYS[key][1] is not None and value == KEYS[key][1]:
            yield f"{key} repeats its default"
        elif key in WORDS and value not in WORDS[key]:
            yield f"{key}: {value} is not one of {sorted(WORDS[key])}"
    yield from check_linter_pairs(config)


def check_linter_pairs(config):
    if config.get("ingress") and config.get("webui"):
        yield "webui beside ingress"
    if config.get("ingress_port") == 0 and not config.get("host_network"):
        yield "ingress_port 0 is for the host network only"
    if config.get("full_access") and {"devices", "gpio", "uart", "usb"} & set(config):
        yield "full_access makes devices, gpio, uart and usb useless"
    if config.get("backup") == "cold" and ("backup_pre" in config or "backup_post" in config):
        yield "backup_pre and backup_post are not for cold backups"
    if not 10 <= config.get("timeout", 10) <= 300:
        yield "timeout is from 10 to 300"
    for service in config.get("services", []):
        if not re.fullmatch(r"(mqtt|mysql):(provide|want|need)", service):
            yield f"{service} is no service"


def check_identity(config):
    if not re.fullmatch(r"[-_.A-Za-z0-9]+", config.get("slug", "")):
        yield "the slug has other characters than letters, digits, - _ and ."
    if set(config.get("arch", [])) != {"aarch64", "amd64"}:
        yield "arch is not aarch64 and amd64, the two that are left"
    if not re.fullmatch(r"\d+\.\d+\.\d+", str(config.get("version"))):
        yield "the version is not of the form 1.2.3, so no image has such a tag"
    image = config.get("image", "")
    if not re.fullmatch(r"[a-z0-9.-]+\.[a-z]+(/[a-z0-9][a-z0-9._-]*)+", image):
        yield "image is no lower-case name of one multi-architecture image without a tag"
    if not re.fullmatch(r"20\d\d\.\d{1,2}\.\d+", str(config.get("homeassistant"))):
        yield "homeassistant does not name the oldest Core version, such as 2025.10.0"
    if not re.fullmatch(r"mdi:[a-z0-9-]+", config.get("panel_icon", "")):
        yield "panel_icon is no mdi: icon"
    if not str(config.get("url", "")).startswith("https://"):
        yield "url is no https address"
    if len(config.get("description", "")) > 100:
        yield "the description does not fit into the store's card"


def check_rights(config):
    for key in RIGHTS:
        if key in config:
            yield f"{key} is a right that the program does not need"
    if config.get("services") != ["mqtt:want"]:
        yield "services is not [mqtt:want]: without a broker the app could not start"
    if config.get("ingress") is not True:
        yield "ingress is off"


def rating(config, has_profile):
    """The Supervisor's security rating, 1 to 8 (apps/utils.py, 2026-08)."""
    if config.get("docker_api") or config.get("full_access"):
        return 1
    points = 5
    apparmor = config.get("apparmor", True)
    points += -1 if not apparmor else 1 if has_profile else 0
    points += 2 if config.get("ingress") else 1 if config.get("auth_api") else 0
    privileged = set(config.get("privileged", []))
    points -= bool(privileged & LOWERING) or bool(config.get("kernel_modules"))
    points -= {"manager": 1, "admin": 2}.get(config.get("hassio_role"), 0)
    points -= bool(config.get("host_network"))
    points -= 2 * bool(config.get("host_pid"))
    points -= bool(config.get("host_uts")) and "SYS_ADMIN" in privileged
    return max(1, min(8, points))


def excluded(config, name):
    """Whether a backup leaves a file of /data out: the Supervisor matches the whole path from the
    right, as pathlib does."""
    path = pathlib.PurePosixPath("/data/apps/data/0123abcd_toyota2mqtt") / name
    return any(path.match(pattern) for pattern in config.get("backup_exclude", []))


def check_backup(config):
    for name in LEFT_OUT:
        if not excluded(config, name):
            yield f"a backup would keep {name}"
    for name in KEPT:
        if excluded(config, name):
            yield f"a backup would lose {name}"


def check_schema(config):
    schema, defaults = config.get("schema", {}), config.get("options", {})
    yield from options.check_schema(schema)
    for path, _, expression in options.leaves(schema):
        if not str(expression).endswith("?"):
            yield f"{path} is not optional"
        secret = str(expression).startswith("password")
        if bool(SECRET.search(path)) != secret:
            yield f"{path}: {'no' if secret else 'a'} secret, but {expression}"
        if str(expression).startswith(("email", "url")):
            yield f"{path}: {expression} refuses an emptied field"
    for path, value in defaults.items():
        if value is None:
            yield f"{path} has the default null: the app would not start without it"
    if list(defaults) != list(schema):
        yield "options and schema name different sections"
    for section, inner in schema.items():
        if isinstance(inner, dict) and not isinstance(defaults.get(section), dict):
            yield f"{section} has no default, so options without it would be refused"
    # A fresh install, and a section that was emptied in the form.
    for own in ({}, {name: value for name, value in defaults.items() if isinstance(value, list)}):
        for problem in options.check_options(schema, options.merged(defaults, own)):
            yield f"the Supervisor refuses the untouched options: {problem}"


def check_config(config, has_profile):
    yield from check_linter(config)
    yield from check_identity(config)
    yield from check_rights(config)
    yield from check_backup(config)
    yield from check_schema(config)
    if (points := rating(config, has_profile)) != 8:
        yield f"the security rating is {points}, not 8"
