"""Rules for apparmor.txt: its form as the Supervisor wants it, its syntax (when apparmor_parser is
there), and what it allows and does not allow."""
import functools
import os
import re
import shutil
import subprocess

VARIABLES = {"@{PROC}": "/proc", "@{pid}": "[1-9]*"}
NEVER = {"mount", "remount", "umount", "pivot_root", "userns", "change_profile", "dbus", "deny"}
CAPABILITIES = {"chown", "dac_override", "setgid", "setuid"}
# A file of the system in the sources; /proc/self may be put together from two parts. What lies below
# /etc/toyota2mqtt is read outside Home Assistant only.
NAMED_FILE = re.compile(r'"(/(?:proc|sys|etc(?!/toyota2mqtt))/[^"]+|/self/[^"]+)"')
FILE_RULE = re.compile(r"^(?:owner )?(?P<path>[/@]\S*) (?P<letters>[a-z]+),$")

# What the program was seen to open (with strace), and what the container gives it.
NEEDED = {
    "/usr/bin/toyota2mqtt": "rm",
    "/lib/x86_64-linux-gnu/libc.so.6": "rm",
    "/usr/lib/aarch64-linux-gnu/libcurl.so.4.8.0": "rm",
    "/lib64/ld-linux-x86-64.so.2": "rm",
    "/lib/ld-linux-aarch64.so.1": "rm",
    "/usr/lib/x86_64-linux-gnu/ossl-modules/legacy.so": "rm",
    "/etc/ssl/openssl.cnf": "r",
    "/usr/lib/ssl/openssl.cnf": "r",
    "/etc/ssl/certs/ca-certificates.crt": "r",
    "/usr/lib/ssl/certs/ca-certificates.crt": "r",
    "/etc/ssl/certs/": "r",
    "/usr/share/ca-certificates/mozilla/Root.crt": "r",
    "/usr/share/publicsuffix/public_suffix_list.dafsa": "r",
    "/usr/share/zoneinfo/": "r",
    "/usr/share/zoneinfo/America/Argentina/": "r",
    "/usr/share/zoneinfo/Europe/Berlin": "r",
    "/etc/localtime": "r",
    "/etc/hosts": "r",
    "/etc/host.conf": "r",
    "/etc/nsswitch.conf": "r",
    "/etc/resolv.conf": "r",
    "/etc/ld.so.cache": "r",
    "/dev/urandom": "r",
    "/dev/null": "rw",
    "/dev/pts/0": "rw",
    "/proc/version": "r",
    "/proc/17/status": "r",
    "/proc/17/stat": "r",
    "/proc/17/fd/": "r",
    "/proc/17/net/tcp": "r",
    "/proc/stat": "r",
    "/proc/sys/vm/overcommit_memory": "r",
    "/sys/devices/system/cpu/online": "r",
    "/data/": "r",
    "/data/options.json": "r",
    "/data/toyota2mqtt.db": "rwk",
    "/data/toyota2mqtt.db-shm": "rwk",
    "/data/toyota2mqtt.snapshot": "rw",
    "/data/health.sock": "rw",
    "/data/.guard": "rwk",
    "/tmp/etilqs_1": "rw",
}
# Each of these letters would be too many.
FORBIDDEN = {
    "/bin/sh": "rx",
    "/usr/bin/env": "rx",
    "/usr/bin/toyota2mqtt": "w",
    "/data/program": "mx",
    "/tmp/program": "mx",
    "/etc/passwd": "rw",
    "/etc/shadow": "rw",
    "/etc/ssl/private/key.pem": "rw",
    "/etc/hosts": "w",
    "/etc/ld.so.preload": "w",
    "/lib/x86_64-linux-gnu/libc.so.6": "w",
    "/config/secrets.yaml": "rw",
    "/ssl/privkey.pem": "r",
    "/share/file": "rw",
    "/run/docker.sock": "rw",
    "/proc/1/environ": "r",
    "/proc/1/mem": "rw",
    "/proc/sys/kernel/core_pattern": "w",
    "/proc/kcore": "r",
    "/sys/kernel/security/apparmor": "r",
    "/dev/mem": "rw",
    "/dev/sda": "rw",
    "/root/file": "rw",
}


def to_pattern(glob):
    """The regular expression of an AppArmor path."""
    for name, value in VARIABLES.items():
        glob = glob.replace(name, value)
    result, depth = "", 0
    parts = re.findall(r"\*\*|\*|\?|\{|\}|,|\[[^\]]*\]|[^*?{},\[\]]+", glob)
    for part in parts:
        if part == "{":
            depth += 1
        elif part == "}":
            depth -= 1
        simple = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}
        if part == ",":
            result += "|" if depth else ","
        elif part.startswith("["):
            result += part
        else:
            result += simple.get(part, re.escape(part))
    return re.compile(result)


def rules_of(text):
    """The lines of the profile without comments."""
    for line in text.splitlines():
        if (bare := line.strip()) and not bare.startswith("#"):
            yield bare


def letters_for(text, path):
    """What the file rules allow for a path."""
    allowed = set()
    for rule in rules_of(text):
        match = FILE_RULE.match(rule)
        if match and to_pattern(match["path"]).fullmatch(path):
            allowed |= set(match["letters"])
    return allowed


def check_form(text):
    names = re.findall(r"^profile ([^ ]+).*$", text, re.MULTILINE)
    if len(names) != 1:
        yield f"{len(names)} lines begin with profile; the Supervisor wants one"
    if "complain" in text:
        yield "complain would only write down what it should refuse"
    for rule in rules_of(text):
        words = rule.rstrip(",").split()
        if words[0] == "capability" and not set(words[1:] or ["every"]) <= CAPABILITIES:
            yield f"{rule} is more than the program needs"
        if words in (["file"], ["network"], ["signal"], ["unix"], ["ptrace"]) or words[0] in NEVER:
            yield f"{rule} is not for this program"
        if words[0] == "network" and "raw" in words and "netlink" not in words:
            yield f"{rule} is not for this program"
        if "abstractions/" in rule:
            yield f"{rule} allows what the program does not need"


def check_paths(text):
    for path, letters in NEEDED.items():
        if missing := set(letters) - letters_for(text, path):
            yield f"{path} needs {''.join(sorted(missing))}"
    for path, letters in FORBIDDEN.items():
        if given := set(letters) & letters_for(text, path):
            yield f"{path} must not be given {''.join(sorted(given))}"


def check_sources(profile, sources):
    """Each file of the system that the sources name may be read. A folder's name ends with /."""
    for name, text in sources.items():
        for named in NAMED_FILE.findall(text):
            path = re.sub(r"^(/proc)?/self/", "/proc/17/", named)
            if not any("r" in letters_for(profile, one) for one in (path, path + "/")):
                yield f"{name} opens {named}, which apparmor.txt does not allow"


def find_parser():
    places = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    return shutil.which("apparmor_parser", path=places)


@functools.lru_cache(maxsize=1)
def check_syntax(text):
    parser = find_parser()
    if not parser:
        return ["SKIPPED: apparmor_parser is not installed, so the syntax was not checked"]
    answer = subprocess.run([parser, "--skip-kernel-load", "--skip-cache", "--stdout"],
                            input=text.encode(), capture_output=True, timeout=60, check=False)
    if answer.returncode == 0:
        return []
    words = answer.stderr.decode(errors="replace").strip().splitlines()
    return [words[-1] if words else "apparmor_parser refuses it"]


def check_profile(file):
    text = file.read_text()
    yield from check_form(text)
    yield from check_paths(text)
    yield from check_syntax(text)
