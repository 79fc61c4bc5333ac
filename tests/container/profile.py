"""What a program did, by strace, held against an AppArmor profile: for machines whose kernel cannot
enforce one. It knows the kinds of rules that addon/apparmor.txt uses, and no others."""

import re

RULE = re.compile(r"^(?:owner\s+)?(/\S*|@\{PROC\}\S*)\s+([a-z]+),$")
NETWORK = re.compile(r"^network\s+(\S+)\s+(\S+),$")
CALL = re.compile(r"^(\d+)\s+(\w+)\((.*)\)\s+= (-?\d+|\?|0x[0-9a-f]+)(.*)$")
FAMILIES = {"AF_INET": "inet", "AF_INET6": "inet6", "AF_UNIX": "unix", "AF_LOCAL": "unix",
            "AF_NETLINK": "netlink"}
KINDS = {"SOCK_STREAM": "stream", "SOCK_DGRAM": "dgram", "SOCK_RAW": "raw", "SOCK_SEQPACKET":
         "seqpacket"}
CHANGING = {"unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "chmod",
            "fchmodat", "chown", "lchown", "fchownat", "truncate", "symlink", "link", "linkat",
            "rmdir"}
TRACED = ("openat,open,creat,execve,socket,socketpair,flock,fcntl,clone,clone3,fork,vfork,"
          + ",".join(sorted(CHANGING)))


def expression(glob):
    """An AppArmor path with *, **, ?, [] and {a,b} as a regular expression."""
    glob = glob.replace("@{PROC}", "/proc").replace("@{pid}", "[0-9]*")
    text, depth, i = "", 0, 0
    while i < len(glob):
        one = glob[i]
        if glob.startswith("**", i):
            text, i = text + ".*", i + 1
        elif one == "*":
            text += "[^/]*"
        elif one == "?":
            text += "[^/]"
        elif one == "[":
            end = glob.index("]", i)
            text, i = text + glob[i:end + 1], end
        elif one == "{":
            text, depth = text + "(?:", depth + 1
        elif one == "}":
            text, depth = text + ")", depth - 1
        elif one == "," and depth:
            text += "|"
        else:
            text += re.escape(one)
        i += 1
    return re.compile(text)


class Profile:
    def __init__(self, text):
        self.paths, self.networks = [], set()
        for line in text.splitlines():
            line = line.strip()
            if found := RULE.match(line):
                self.paths.append((expression(found.group(1)), set(found.group(2))))
            elif found := NETWORK.match(line):
                self.networks.add(found.groups())
        if not self.paths or not self.networks:
            raise AssertionError("the profile has no rules that are understood")

    def allows(self, path, wish):
        # The kernel judges where a path leads to; the image's /lib is a link.
        path = re.sub(r"^/lib(64)?/", r"/usr/lib\1/", path).replace("/proc/self/", "/proc/1/")
        return any(rule.fullmatch(path) and set(wish) <= rights for rule, rights in self.paths)


def whole_lines(trace):
    """The trace with calls that were interrupted by others' put together again."""
    begun = {}
    for line in trace.splitlines():
        pid, _, text = line.partition(" ")
        text = text.strip()
        if text.endswith("<unfinished ...>"):
            begun[pid] = text.removesuffix("<unfinished ...>").rstrip()
        elif found := re.match(r"<\.\.\. (\w+) resumed>(.*)", text):
            start = begun.pop(pid, None)
            if start is None and found.group(1) == "execve":
                # A thread became the program, and has the number of the process from now on.
                other = next((key for key, value in begun.items()
                              if value.startswith("execve(")), None)
                start = begun.pop(other, None)
            if start is not None:
                yield f"{pid} {start}{found.group(2)}"
        else:
            yield f"{pid} {text}"


def calls_of(trace, program):
    """The calls of the process that became `program`, and of its threads, from its start on."""
    ours = set()
    for line in whole_lines(trace):
        found = CALL.match(line)
        if not found:
            continue
        pid, name, arguments, result, rest = found.groups()
        if name == "execve" and arguments.startswith(f'"{program}"') and result == "0":
            ours.add(pid)
        if pid not in ours or result == "?" or result.startswith("-"):
            continue
        if name in ("clone", "clone3", "fork", "vfork"):
            # The number inside the container, and the one that strace uses itself.
            outside = re.search(r"/\* (\d+) in strace's PID NS", rest)
            ours.add(outside.group(1) if outside else result)
        yield name, arguments


def refused(profile, trace, program):
    """(what the profile would not have allowed, how many calls were judged)."""
    wrong, count = set(), 0
    for name, arguments in calls_of(trace, program):
        count += 1
        paths = re.findall(r'"(/[^"]*)"', arguments)
        wish = ""
        if name in ("open", "openat", "creat"):
            wish = "rw" if "O_RDWR" in arguments else "w" if re.search(
                r"O_WRONLY|O_CREAT", arguments) or name == "creat" else "r"
        elif name in CHANGING:
            wish = "w"
        elif name in ("flock", "fcntl"):
            if "LOCK" not in arguments and "SETLK" not in arguments:
                continue
            wish, paths = "k", re.findall(r"<(/[^>]*)>", arguments)[:1]
        elif name in ("socket", "socketpair"):
            family, kind = (part.strip() for part in arguments.split(",")[:2])
            pair = (FAMILIES.get(family, family), KINDS.get(kind.split("|")[0], kind))
            if pair not in profile.networks:
                wrong.add(" ".join(("network", *pair)))
            continue
        elif name == "execve":
            wish = "x"
        if "O_DIRECTORY" in arguments or name.startswith("mkdir"):
            paths = [path.rstrip("/") + "/" for path in paths]  # as AppArmor names folders
        for path in paths:
            # A folder can be opened like a file, too: the trace does not say which it was.
            if wish == "r" and profile.allows(path + "/", wish):
                continue
            if wish and not profile.allows(path, wish):
                wrong.add(f"{path} {wish} ({name})")
    return sorted(wrong), count
