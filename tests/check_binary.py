#!/usr/bin/env python3
"""Checks how the program was built: against what the processor and the loader can prevent, without a
path of the machine that built it, and the same to the byte wherever it is built.

  check_binary.py --program FILE --build DIRECTORY [--self-test]"""
import argparse
import json
import pathlib
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Compiled twice in different places; one with assertions of the library and texts of its own.
SAMPLES = ("src/platform/files.cpp", "src/base/redaction.cpp")

# How a function begins that may be called by a pointer (x86-64), or that signs its return address.
FIRST_INSTRUCTION = {
    "x86_64": ("endbr64", b"\xf3\x0f\x1e\xfa", "-fcf-protection"),
    "aarch64": ("paciasp", b"\x3f\x23\x03\xd5", "-mbranch-protection"),
}


def readelf(what, program):
    return subprocess.run(["readelf", "--wide", what, str(program)], check=True,
                          capture_output=True, text=True).stdout


def check_program(program, forbidden, machine=None):
    """What a program lacks; `machine` is its processor, by default the one of this machine."""
    machine = machine or platform.machine()
    if "DYN" not in readelf("-h", program):
        yield "its address is not random (no PIE)"
    segments = readelf("-l", program)
    if "GNU_RELRO" not in segments:
        yield "the loader's tables stay writable (no RELRO)"
    stack = re.search(r"GNU_STACK(?: +0x[0-9a-f]+){5} +(R\w*)", segments)
    if not stack or "E" in stack[1]:
        yield "the stack is executable"
    if any("RWE" in line.replace(" ", "") for line in segments.splitlines() if "LOAD" in line):
        yield "there is memory that may be written and executed"
    if "NOW" not in readelf("-d", program):
        yield "functions are bound late"
    if machine == "x86_64" and "SHSTK" not in readelf("-n", program):
        yield "no shadow stack (-fcf-protection)"
    content = pathlib.Path(program).read_bytes()
    name, code, option = FIRST_INSTRUCTION.get(machine, ("", b"", ""))
    if code and content.count(code) < 1000:
        yield f"functions do not begin with {name} ({option})"
    for path in forbidden:
        if path.encode() in content:
            at = content.index(path.encode())
            yield f"it holds a path of the build machine: {content[at:at + 80]!r}"


def command_of(build, source):
    """How a source file is compiled, unity or not."""
    entries = json.loads((build / "compile_commands.json").read_text())
    part = source.split("/")[1]
    for entry in entries:
        if entry["file"].endswith(source) or f"/{part}.dir/Unity/" in entry["file"]:
            return shlex.split(entry.get("command") or shlex.join(entry["arguments"])), entry
    raise SystemExit(f"no command compiles {source}")


def object_of(root, build, source, place, mapped):
    """The bytes of the object file when the sources lie in `place`."""
    command, entry = command_of(build, source)
    while "ccache" in command[0]:
        command = command[1:]
    command[command.index("-o") + 1] = str(place / "sample.o")
    command = [str(place / source) if word == entry["file"] else word.replace(str(root), str(place))
               for word in command]
    if not mapped:
        command = [word for word in command if not word.startswith("-ffile-prefix-map")]
    here = place / build.relative_to(root)
    here.mkdir(parents=True, exist_ok=True)
    subprocess.run(command, check=True, cwd=here)
    return (place / "sample.o").read_bytes()


def check_repeatable(root, build, mapped=True):
    """Each sample once in a short and once in a long place; each names its file."""
    for source in SAMPLES:
        objects = []
        with tempfile.TemporaryDirectory() as folder:
            for name in ("a", "another/place/far/away"):
                place = pathlib.Path(folder) / name
                for tree in ("src", "include"):
                    shutil.copytree(root / tree, place / tree)
                with (place / source).open("a") as sample:
                    sample.write("extern const char* const built_from;\n"
                                 "const char* const built_from = __FILE__;\n")
                objects.append(object_of(root, build, source, place, mapped))
        if objects[0] != objects[1]:
            yield f"{source} gives another object in another place"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    build = pathlib.Path(arguments.build).resolve()
    problems = list(check_program(arguments.program, [str(ROOT), str(build)]))
    if build.is_relative_to(ROOT):
        problems += check_repeatable(ROOT, build)
        if arguments.self_test and not list(check_repeatable(ROOT, build, mapped=False)):
            problems.append("a path in an object is not noticed")
    else:
        print("SKIPPED: the build lies outside the sources, so it was not repeated")
    print("\n".join(problems) or "the program is built as it should be")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
