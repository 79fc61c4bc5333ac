#!/usr/bin/env python3
"""Checks the rules between the parts: src/parts.txt against every #include, the faces, and where
the loop's primitives may be used. `--self-test` checks that each rule finds a violation.

CMake links by the same table, but all parts share one include root, so linking alone would not
notice an #include that is not allowed."""
import os
import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]', re.MULTILINE)
FACE = re.compile(r"toyota2mqtt/([a-z_]+)/")
# What a face may include besides the standard library and other faces.
FOREIGN_IN_FACES = {"boost/asio/awaitable.hpp", "boost/asio/any_io_executor.hpp"}
# Coroutines start and wait only through base; adapters and the simulator's server need the rest.
LOOP_PRIMITIVES = re.compile(r"\b(co_spawn|detached|steady_timer|awaitable_operators)\b")
# Parts whose inside is for others: the types of a library show in their declarations.
WITHOUT_FACE = {"json", "simulator"}
# Prints the tables of other parts as documents.
SEES_INSIDES = {"tools"}
LOOP_PARTS = {"base", "platform", "simulator"}
# Home Assistant's Supervisor takes every file of this name for an app's description.
CONFIG_NAMES = {"config.yaml", "config.yml", "config.json"}
NOT_OURS = {".git", "build", "node_modules"}


def read_table(root):
    allowed = {}
    for line in (root / "src/parts.txt").read_text().splitlines():
        if line and line[0].isalpha():
            part, uses, _ = (column.strip() for column in line.split("|"))
            allowed[part] = set(uses.split())
    allowed["simulator"] = {"base", "platform"}
    allowed["app"] = set(allowed)
    allowed["tools"] = set(allowed) - {"app"}
    return allowed


def code_of(text):
    """The text without comments, so that prose may name what code may not use."""
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.DOTALL)
    return re.sub(r"//[^\n]*", "", text)


def target_part(name, parts):
    """The part that an included file belongs to; None for foreign ones."""
    if face := FACE.match(name):
        return face.group(1)
    first = name.split("/")[0]
    return first if first in parts and "/" in name else None


def check_include(part, is_face, quote, name, allowed):
    if name.startswith(".."):
        return f'#include "{name}" is relative; write it from the root'
    used = target_part(name, allowed)
    if quote == '"' and used is None:
        return f'#include "{name}" belongs to no part; foreign headers stand in <>'
    if used is not None:
        if used not in allowed:
            return f"{name} belongs to no part"
        if is_face and not name.startswith("toyota2mqtt/"):
            return f"a face includes the inside header {name}"
        inside = not name.startswith("toyota2mqtt/") and used not in WITHOUT_FACE
        if used != part and inside and part not in SEES_INSIDES:
            return f"{name} is inside another part"
        if used != part and used not in allowed[part]:
            return f"{part} may not use {used} (src/parts.txt)"
    elif is_face and "/" in name and name not in FOREIGN_IN_FACES:
        return f"a face includes the foreign header {name}"
    elif is_face and name.endswith(".h"):
        return f"a face includes the foreign header {name}"
    return None


def check_file(root, path, allowed):
    relative = path.relative_to(root)
    is_face = relative.parts[0] == "include"
    part = relative.parts[2] if is_face else relative.parts[1]
    if part not in allowed:
        yield f"{relative}: {part} is not in src/parts.txt"
        return
    text = code_of(path.read_text())
    for match in INCLUDE.finditer(text):
        if problem := check_include(part, is_face, *match.groups(), allowed):
            yield f"{relative}:{text.count(chr(10), 0, match.start(2)) + 1}: {problem}"
    if part in LOOP_PARTS:
        return
    for number, line in enumerate(text.splitlines(), 1):
        if match := LOOP_PRIMITIVES.search(line):
            yield f"{relative}:{number}: {match.group()} is for base and platform only"


def check(root):
    allowed = read_table(root)
    problems = []
    for folder in ("include", "src"):
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            problems += check_file(root, path, allowed)
    for relative in configs(root):
        if relative != "addon/config.yaml":
            problems.append(f"{relative}: only addon/config.yaml may have this name")
    return problems


def configs(root):
    """Files that the Supervisor would take for an app's; build folders change while they are read."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in NOT_OURS)
        yield from (str(pathlib.Path(folder, name).relative_to(root))
                    for name in sorted(names) if name in CONFIG_NAMES)


VIOLATIONS = {
    "src/vehicle/a.cpp": '#include "toyota2mqtt/toyota/b.hpp"\n',
    "src/vehicle/b.cpp": '#include "../base/b.hpp"\n',
    "src/bridge/c.cpp": '#include "toyota/inside.hpp"\n',
    "src/bridge/d.cpp": "void f() { co_spawn(a, b); }\n",
    "src/bridge/e.cpp": '#include "unknown.hpp"\n',
    "src/simulator/f.cpp": '#include "toyota2mqtt/vehicle/car.hpp"\n',
    "src/stranger/g.cpp": "int x;\n",
    "include/toyota2mqtt/base/h.hpp": "#include <nlohmann/json.hpp>\n",
    "include/toyota2mqtt/base/i.hpp": "#include <sqlite3.h>\n",
    "include/toyota2mqtt/base/j.hpp": '#include "base/inside.hpp"\n',
    "include/toyota2mqtt/vehicle/k.hpp": '#include "json/json_io.hpp"\n',
    "src/base/l.cpp": '#include "json/json_io.hpp"\n',
    "tests/config/config.yaml": "log: {}\n",
}
ALLOWED = {
    "src/vehicle/ok.cpp": '// co_spawn in prose\n#include <fmt/format.h>\n#include "vehicle/x.hpp"\n'
                          '#include "toyota2mqtt/base/error.hpp"\n',
    "src/vehicle/ok2.cpp": '#include "json/json_io.hpp"\n',
    "src/app/ok.cpp": '#include "toyota2mqtt/config/load.hpp"\n',
    "src/base/ok.cpp": "void f() { co_spawn(a, b); }\n",
    "include/toyota2mqtt/base/ok.hpp": "#include <boost/asio/awaitable.hpp>\n#include <vector>\n",
    "addon/config.yaml": "name: x\n",
}


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in (VIOLATIONS | ALLOWED).items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        (root / "src/parts.txt").write_text((ROOT / "src/parts.txt").read_text())
        problems = check(root)
    missed = [n for n in VIOLATIONS if sum(p.startswith(n + ":") for p in problems) != 1]
    wrong = [p for p in problems if p.split(":")[0] in ALLOWED]
    for line in [f"not found exactly once: {n}" for n in missed] + [f"found: {p}" for p in wrong]:
        print(line)
    return not missed and not wrong


def main():
    if "--self-test" in sys.argv[1:]:
        sys.exit(0 if self_test() else 1)
    problems = check(ROOT)
    print("\n".join(problems) or "the parts keep to src/parts.txt")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
