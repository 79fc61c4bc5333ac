#!/usr/bin/env python3
"""Checks README.md, CONTRIBUTING.md, docs/**/*.md and addon/*.md: every relative link and anchor
leads somewhere (those in addon/ not out of it, because Home Assistant shows these pages alone), no
section is there twice, every ```yaml block is a configuration that check-config accepts, no command
line or option is named that the programs do not have, and every test that docs/field-tests.md names
exists. Every document and heading that code names exists (citations.py), and every file that a recipe of
CONTRIBUTING.md names.

  check_docs.py [--program toyota2mqtt] [--simulator toyota2mqtt-sim] [--self-test]

Without a program its checks are left out, and the last line says so."""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

import citations

ROOT = pathlib.Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^(\s*)(```+)\s*(\S*)[ \t]*(.*)")
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?\)|\bsrc=\"([^\"]+)\"")
INLINE = re.compile(r"`([^`]+)`")
CALL = re.compile(r"(?:^|[\s$]|(?:bin|dev|release)/)(toyota2mqtt(?:-sim)?)((?: +[^\s|&;#`]+)*)")
FILE_KEY = re.compile(r"^\s*(?:- )?\w+_file:\s*\"?([^\"\s#]+)\"?", re.MULTILINE)
OWN = re.compile(r"https://(?:github\.com/toyota2mqtt/toyota2mqtt/blob/main|"
                 r"raw\.githubusercontent\.com/toyota2mqtt/toyota2mqtt/main)/")
HOME = "https://github.com/toyota2mqtt/toyota2mqtt#"
SHELL = {"", "sh", "bash", "console", "text", "ini"}
# ```yaml home-assistant: for Home Assistant, not for check-config; it only has to be YAML.
OTHER_YAML = {"home-assistant"}


class Block:
    """One fenced block: its language and what follows it, its first line's number, its text without
    indentation."""

    def __init__(self, language, info, line, indent):
        self.language, self.info, self.line, self.indent = language, info.strip(), line, indent
        self.lines = []

    def text(self):
        return "\n".join(line.removeprefix(self.indent) for line in self.lines) + "\n"


def split(text):
    """(prose with the fenced blocks blanked out, the blocks)."""
    prose, blocks, open_block, fence = [], [], None, ""
    for number, line in enumerate(text.splitlines(), 1):
        match = FENCE.match(line)
        if open_block is None and match:
            fence = match.group(2)
            open_block = Block(match.group(3), match.group(4), number + 1, match.group(1))
        elif open_block is not None and line.strip() == fence:
            blocks.append(open_block)
            open_block = None
        elif open_block is not None:
            open_block.lines.append(line)
        else:
            prose.append(line)
            continue
        prose.append("")
    return "\n".join(prose), blocks


def anchors(path):
    """GitHub's names of the headings of a file."""
    found = set()
    for line in split(path.read_text())[0].splitlines():
        if match := re.match(r"#{1,6}\s+(.*)", line):
            words = re.sub(r"[^\w\- ]", "", match.group(1).replace("`", "").lower())
            found.add(words.strip().replace(" ", "-"))
    return found


def check_headings(prose):
    """A second section of one name is a contradiction to come, and no link leads to it."""
    seen, above = {}, []
    for number, line in enumerate(prose.splitlines(), 1):
        if match := re.match(r"(#{1,6})\s+(.*)", line):
            level = len(match.group(1))
            above = [*above[:level - 1], match.group(2)]
            first = seen.setdefault(tuple(above), number)
            if first != number:
                yield number, f"the section {match.group(2)} is there already, in line {first}"


def check_links(root, path, prose):
    plain = INLINE.sub("", prose)
    for match in LINK.finditer(plain):
        target = match.group(1) or match.group(2)
        # The project's own pages on GitHub are checked here, where their files are.
        own = OWN.sub("", target, count=1).replace(HOME, "README.md#", 1)
        if re.match(r"[a-z]+:", own):
            continue
        line = plain.count("\n", 0, match.start()) + 1
        name, _, anchor = own.partition("#")
        folder = path.parent if own == target else root
        file = (folder / name).resolve() if name else path
        if not file.is_relative_to(root) or not file.exists():
            yield line, f"the link {target} leads nowhere"
        elif own == target and path.parent == root / "addon" and file.parent != path.parent:
            yield line, f"the link {target} leads out of addon"
        elif anchor and file.suffix == ".md" and anchor not in anchors(file):
            yield line, f"{name or path.name} has no heading #{anchor}"


def check_yaml(program, block):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "example.yaml"
        file.write_text(block.text())
        file.chmod(0o600)
        for name in FILE_KEY.findall(block.text()):
            if not name.startswith("/"):
                (pathlib.Path(folder) / name).write_text("secret\n")
        answer = subprocess.run([program, "check-config", "--config", str(file)], text=True,
                                capture_output=True, timeout=30, check=False)
    if answer.returncode != 0:
        yield block.line, "check-config says: " + answer.stderr.replace(folder + "/", "").strip()


def check_other_yaml(block):
    if block.info not in OTHER_YAML:
        yield block.line, f"a yaml block for {block.info}, which is none of {sorted(OTHER_YAML)}"
        return
    try:
        yaml.safe_load(block.text())
    except yaml.YAMLError as error:
        yield block.line, f"this is no YAML: {str(error).splitlines()[0]}"


class Program:
    """What --help of a program and of its subcommands names."""

    def __init__(self, path):
        text = self.help_of([path])
        self.options = {"": options_in(text)}
        section = text.partition("Subcommands:")[2]
        for name in re.findall(r"^  ([a-z][a-z-]*)", section, re.MULTILINE):
            self.options[name] = options_in(self.help_of([path, name]))

    @staticmethod
    def help_of(command):
        return subprocess.run([*command, "--help"], text=True, capture_output=True, timeout=30,
                              check=True).stdout

    def problem(self, words):
        """The first word of a command line that the program does not have."""
        options, subcommand = set(self.options[""]), ""
        for word in words:
            if word.startswith("--"):
                name = word.split("=")[0].rstrip(".,:)]")
                if name not in options | {"--help"}:
                    return f"no option {name}" + (f" of {subcommand}" if subcommand else "")
            elif not subcommand and word in self.options:
                subcommand = word
                options |= self.options[word]
            elif not subcommand and len(self.options) > 1 and word is words[0] \
                    and re.fullmatch(r"[a-z][a-z-]*", word):
                return f"no command {word}"
        return None


def options_in(text):
    return set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", text))


def calls_in(prose, blocks):
    """(line, program, words) of every command line in `inline code` and in shell blocks."""
    lines = []
    for match in INLINE.finditer(prose):
        lines.append((prose.count("\n", 0, match.start()) + 1, match.group(1)))
    for block in blocks:
        if block.language in SHELL:
            lines += enumerate(block.lines, block.line)
    for number, line in lines:
        for match in CALL.finditer(line):
            yield number, match.group(1), match.group(2).split()


def option_table(path, prose, program):
    """Options that stand alone in the simulator's own page."""
    if path.name != "simulator.md":
        return
    for match in INLINE.finditer(prose):
        words = match.group(1).split()
        if words[0].startswith("--") and (problem := program.problem(words[:1])):
            yield prose.count("\n", 0, match.start()) + 1, problem


def tests_of_table(root, prose):
    """Each row: | line | `tests/…` "name of a case", … | result |"""
    for number, line in enumerate(prose.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if not line.startswith("|") or len(cells) < 3 or cells[1] in ("test", "---"):
            continue
        paths = re.findall(r"`(tests/[^`]+)`", cells[1])
        names = re.findall(r'"([^"]+)"', cells[1])
        if not paths or not names:
            yield number, "the row names no file under tests/, or no case in quotation marks"
        for path in paths:
            if not (root / path).is_file():
                yield number, f"there is no {path}"
        texts = [(root / path).read_text() for path in paths if (root / path).is_file()]
        for name in names:
            if not any(name in text for text in texts):
                yield number, f'no file of the row has the case "{name}"'


def files_of_recipes(root, prose):
    """Every path in `inline code` of a section "Add a …" leads to a file or folder; `*` and `{a,b}`
    stand for at least one each."""
    in_recipe = False
    for number, line in enumerate(prose.splitlines(), 1):
        if heading := re.match(r"#{1,6}\s+(.*)", line):
            in_recipe = heading.group(1).startswith("Add a")
        if not in_recipe:
            continue
        for code in INLINE.findall(line):
            if re.fullmatch(r"[\w.*{},/-]*/[\w.*{},/-]+|[\w-]+\.(?:md|txt)", code):
                for path in spelled_out(code):
                    if not any(root.glob(path.strip("/"))):
                        yield number, f"the recipe names {path}, which does not exist"


def spelled_out(path):
    """`a{b,c}d` as `abd` and `acd`."""
    match = re.match(r"(.*)\{([^}]*)\}(.*)", path)
    if not match:
        return [path]
    before, words, behind = match.groups()
    return [one for word in words.split(",") for one in spelled_out(before + word + behind)]


def check_file(root, path, programs):
    prose, blocks = split(path.read_text())
    yield from check_links(root, path, prose)
    yield from check_headings(prose)
    if path.name == "CONTRIBUTING.md":
        yield from files_of_recipes(root, prose)
    if path.name == "field-tests.md":
        yield from tests_of_table(root, prose)
    main, simulator = programs
    for block in blocks:
        if block.language == "yaml" and block.info:
            yield from check_other_yaml(block)
        elif block.language == "yaml" and main:
            yield from check_yaml(main[0], block)
    known = {"toyota2mqtt": main and main[1], "toyota2mqtt-sim": simulator and simulator[1]}
    for line, name, words in calls_in(prose, blocks):
        if known[name] and (problem := known[name].problem(words)):
            yield line, f"{name} {' '.join(words)}: {problem}"
    if simulator:
        yield from option_table(path, prose, simulator[1])


def check(root, programs):
    files = [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").rglob("*.md")),
             *sorted((root / "addon").glob("*.md"))]
    found = [f"{path.relative_to(root)}:{line}: {problem}" for path in files if path.exists()
             for line, problem in check_file(root, path, programs)]
    return found + list(citations.check(root))


BAD = """# A page
[gone](missing.md)
[no heading](#elsewhere)
`toyota2mqtt dance`
`toyota2mqtt fetch --loudly`
```yaml
mqtt:
  hots: localhost
```
```sh
sudo /usr/bin/toyota2mqtt run --twice
```
[gone](https://github.com/toyota2mqtt/toyota2mqtt/blob/main/docs/missing.md)
[no heading](https://github.com/toyota2mqtt/toyota2mqtt#elsewhere)
```yaml home-assistant
a: [
```
```yaml elsewhere
a: 1
```
## Twice
## Twice
"""
GOOD = """# A page
[own](https://github.com/toyota2mqtt/toyota2mqtt/blob/main/docs/other.md#part-2-of-it)
[here](#a-page) [file](docs/other.md#part-2-of-it) `[not](a-link)` [away](https://example.com/)
`toyota2mqtt fetch --record FILE` and toyota2mqtt dances in prose
```yaml
mqtt:
  host: localhost
  password_file: broker-password
```
```yaml home-assistant
triggers: []
```
"""


TABLE = """| line | test | result |
|---|---|---|
| good | `tests/a.py` "holds", "holds too" | passes |
| no case | `tests/a.py` "is missing" | passes |
| no file | `tests/b.py` "holds" | passes |
| nothing | by hand | passes |
"""
RECIPES = """## Add a part
1. `src/there.cpp`, `src/*.cpp` and `src/{there,here}.cpp`
2. `src/gone.cpp`
3. `src/{there,gone}.cpp`
4. `src/gone_*.cpp`
## Style
`src/gone.cpp`, and `a/b` in prose
"""
PACKAGE = """# A page that stands alone
[out](../README.md)
[in](OTHER.md) [away](https://example.com/)
"""


def self_test(programs):
    expected = {2, 3, 13, 14, 16, 19, 22} | ({4, 5, 7, 11} if programs[0] else set())
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder).resolve()
        (root / "docs").mkdir()
        (root / "docs/other.md").write_text("## Part 2: of it\n")
        (root / "README.md").write_text(BAD)
        found = {int(problem.split(":")[1]) for problem in check(root, programs)}
        (root / "README.md").write_text(GOOD)
        wrong = check(root, programs)
        (root / "addon").mkdir()
        (root / "addon/DOCS.md").write_text(PACKAGE)
        (root / "addon/OTHER.md").write_text("# Other\n")
        out = check(root, programs)
        (root / "tests").mkdir()
        (root / "tests/a.py").write_text("def holds(): 'holds too'")
        table = {line for line, _ in tests_of_table(root, TABLE)}
        (root / "src").mkdir()
        (root / "src/there.cpp").write_text("")
        (root / "src/here.cpp").write_text("")
        recipes = {line for line, _ in files_of_recipes(root, RECIPES)}
    with tempfile.TemporaryDirectory() as folder:
        cited = citations.self_test(pathlib.Path(folder).resolve())
    for problem in wrong:
        print("found without reason:", problem)
    if found != expected:
        print(f"found problems in lines {sorted(found)}, not in {sorted(expected)}")
    if len(out) != 1 or "leads out of addon" not in out[0]:
        print("the link out of addon/ is not what was found:", out)
        return False
    if table != {4, 5, 6}:
        print(f"the table of tests: problems in lines {sorted(table)}, not in 4, 5, 6")
        return False
    if recipes != {3, 4, 5}:
        print(f"the recipes: problems in lines {sorted(recipes)}, not in 3, 4, 5")
        return False
    return not wrong and found == expected and cited


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program")
    parser.add_argument("--simulator")
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    paths = (arguments.program, arguments.simulator)
    programs = [(path, Program(path)) if path and pathlib.Path(path).exists() else None
                for path in paths]
    good = not arguments.self_test or self_test(programs)
    problems = check(ROOT, programs)
    print("\n".join(problems) or "the documents keep their word")
    for name, program in zip(("toyota2mqtt", "toyota2mqtt-sim"), programs):
        if not program:
            print(f"SKIPPED: no {name} was given, so what the documents say of it was not checked")
    sys.exit(1 if problems or not good else 0)


if __name__ == "__main__":
    main()
