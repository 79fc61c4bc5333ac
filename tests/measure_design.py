#!/usr/bin/env python3
"""Counts what docs/review.md says of the design: copies of one mechanism, types of one thing, tiny
files, functions without a caller. Prints one line per figure; `-v` names what was counted. A folder
as argument is counted instead of this one: `git archive <revision> | tar -x -C <folder>`. `--check`
fails when something that is written once has another copy; `--self-test` checks that it would."""
import pathlib
import re
import sys
import tempfile

import citations

# The simulator is written without the code of the program (docs/decisions/0007).
APART = "simulator"
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
RAW_TEXT = re.compile(r'R"(\w*)\(.*?\)\1"', re.DOTALL)

# What is written once, and how further copies look: name, where it lives, how many copies may be
# left, pattern, an example for --self-test.
COPIES = [
    ("lower-case folding", "base/text", 0,
     r"\btolower\(|\btoupper\(|- 'A' \+ 'a'|- 'a' \+ 'A'|to_lower\(\w+\) == (?:base::)?to_lower|"
     r"std::ranges::(?:equal|transform)\([^;]*to_lower",
     "char f(char c) { return c - 'A' + 'a'; }"),
    ("trimming", "base/text", 0,
     r"\bisspace\(|find_last_not_of\(|find_first_not_of\(' '\)|find_first_not_of\(\" \\t\\r\\n\"\)",
     "auto end = text.find_last_not_of(kBlanks);"),
    # Those that are left look at whole characters of Unicode.
    ("the check of control characters", "base/text", 3,
     r"< 0x20U?\b[^;]{0,20}(?:\|\||&&)|< ' ' \|\| c == '\\x7f'",
     "bool f(char c) { return c < 0x20 || c == 0x7F; }"),
    ("the border of a UTF-8 character", "base/text", 0,
     r"0xC0U\) == 0x80|kTopBits\) == k", "bool f(unsigned c) { return (c & 0xC0U) == 0x80U; }"),
    ("a brand from its name", "vehicle/car", 0,
     r"Brand::toyota, (?:vehicle::)?(?:Brand::)?lexus, |Brand::toyota, vehicle::Brand::lexus,\s|"
     r'\{"toyota", "lexus", "subaru"\}|== "T"\) return Brand',
     "for (auto b : {vehicle::Brand::toyota, vehicle::Brand::lexus, vehicle::Brand::subaru}) {}"),
    ("a JSON member by its type", "json/json_io", 0,
     r"\w+ == \w+\.end\(\) \|\| !\w+->is_(?:string|number_integer|boolean)|"
     r"!= \w+\.end\(\) && \w+->is_(?:string|number_unsigned)|"
     r"node != nullptr && node->is_string\(\) \?",
     "if (found == json.end() || !found->is_string()) return {};"),
    ("JSON in one line", "json/json_io", 0, r"\.dump\(-1, |\.dump\(\)", "auto text = json.dump();"),
    # The two that are left read documents that may as well come from the broker.
    ("reading JSON that the program printed itself", "json/json_io", 2,
     r"parse\w*\((?:[\w:.]*_json\(|[\w:.]*to_text\(|[\w:.]*to_tlm\(|[\w.]*configuration\(|\*point\b|"
     r"(?:discovery|document)\.payload)",
     "auto values = Json::parse(vehicle::values_json(car, zone));"),
    ("a header by its name", "base/http_message", 0,
     r"::header\(std::string_view name\) const \{",
     "Text Request::header(std::string_view name) const { return {}; }"),
    ("the decoding of a form", "base/http_message", 0,
     r"'\+', ' '\)|if \(c == '\+'\) c = ' '", "std::ranges::replace(text, '+', ' ');"),
]
TYPES = [
    ("a request that came in", r"^struct (?:Request|HttpServerRequest) \{"),
    ("an answer", r"^struct (?:Response|HttpResponse|HttpServerResponse) \{"),
    ("a streamed body", r"^class (?:Stream|HttpStream|HttpBodyStream) \{"),
]
# What one event is handed on by: an interface or a struct of callbacks with this member.
MECHANISM = re.compile(r"std::function<void\([^;]*>\s+commanded;|^  virtual void commanded\(", re.MULTILINE)
# A member that holds the setting polling.parked between the file and its use.
SETTING_HOME = re.compile(r"^\s+(?:\w+::)?Polling \w+(?= = \{\};|;)|\bseconds parked\b", re.MULTILINE)
ABSTRACT = re.compile(r"^class (\w+)(?: : [^{]*)? \{(.*?)^\};", re.MULTILINE | re.DOTALL)
# Parts that a part must not use: they lie above it, or beside it, in the drawing of the parts.
ABOVE = {
    "platform": {"bridge", "fleet", "home_assistant", "rest", "web", "household", "setup"},
    "rest": {"bridge", "web", "household"},
    "web": {"bridge", "rest", "household"},
    "home_assistant": {"bridge", "rest", "web", "household"},
    "fleet": {"home_assistant", "history", "rest", "web", "bridge", "household"},
    "history": {"rest", "web", "bridge", "household"},
    "setup": {"rest", "web", "bridge", "household"},
    "household": {"bridge", "rest", "web"},
    "config": {"bridge"},
}
SHORT = 60
# A name that a library calls, an operator's or a test program's is no function without a caller.
SIGNATURE = re.compile(r"^ *(?:\w[\w:<>,&*\[\]]* )+[&*]?(?:\w+::)*([a-z]\w*)\(")
STATEMENT = re.compile(r"^ *(?:co_)?(?:return|await|else|throw|case|new|delete)\b|^[^(]* = ")
WORD = re.compile(r"\b[a-z]\w*\b")
CALLED_BY_LIBRARIES = re.compile(r"^(on_\w+_impl|what|main|operator\w*|begin|end|static_assert)$")


def sources(root):
    for folder in ("src", "include"):
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            yield path


def part_of(root, path):
    parts = path.relative_to(root).parts
    return parts[1] if parts[0] == "src" else parts[2]


def home(root, path):
    """`base/text.cpp` for face and inside alike."""
    return "/".join(path.relative_to(root).parts[-2:])


def copies(root, texts):
    """Name, files, and how many of them there may be."""
    for name, lives, most, pattern, _ in COPIES:
        found = []
        for path, text in texts.items():
            if part_of(root, path) != APART and not home(root, path).startswith(lives + "."):
                found += [home(root, path)] * len(re.findall(pattern, text))
        yield f"copies of {name} beside {lives}", found, most


def types(root, texts):
    for name, pattern in TYPES:
        found = []
        for path, text in texts.items():
            if part_of(root, path) != APART:
                found += [home(root, path)] * len(re.findall(pattern, text, re.MULTILINE))
        yield f"types of {name}", found, 1


def short_files(root):
    """Without faces, as the figure was counted first."""
    return [home(root, path) for path in sources(root)
            if path.is_relative_to(root / "src") and path.read_text().count("\n") < SHORT]


def uncalled(root, texts):
    """Functions that a header declares, and whose name stands nowhere but in declarations and
    definitions."""
    declared, written, uses = {}, {}, {}
    for path, text in texts.items():
        for word in WORD.findall(text):
            uses[word] = uses.get(word, 0) + 1
        for line in text.splitlines():
            match = SIGNATURE.match(line)
            if match is None or STATEMENT.match(line):
                continue
            name = match.group(1)
            written[name] = written.get(name, 0) + 1
            if path.suffix == ".hpp" and part_of(root, path) != APART and "override" not in line:
                declared.setdefault(name, path)
    return [f"{name} ({home(root, path)})" for name, path in declared.items()
            if uses[name] <= written[name] and not CALLED_BY_LIBRARIES.match(name)]


def mechanisms(root, texts):
    return [home(root, path) for path, text in texts.items() if part_of(root, path) != APART
            for _ in MECHANISM.findall(text)]


def setting_homes(root, texts):
    return [f"{home(root, path)}: {' '.join(one.split())}" for path, text in texts.items()
            if path.suffix == ".hpp" and part_of(root, path) != APART
            for one in SETTING_HOME.findall(text)]


def ports_without_fake(root, texts):
    """Abstract classes with one implementation in the program and none in the tests."""
    tests = "".join(p.read_text() for p in sorted((root / "tests").rglob("*.[ch]pp")))
    program = "".join(texts.values())
    for path, text in texts.items():
        if part_of(root, path) == APART:
            continue
        for name, body in ABSTRACT.findall(text):
            if "= 0;" not in body:
                continue
            implements = re.compile(r"(?:class|struct) \w+ (?:final )?:[^{;]*\bpublic (?:\w+::)*" + name + r"\b")
            if len(implements.findall(program)) == 1 and not implements.findall(tests):
                yield f"{name} ({home(root, path)})"


def upward_edges(root):
    for line in (root / "src/parts.txt").read_text().splitlines():
        if line.startswith("#") or "|" not in line:
            continue
        part, used = (column.split() for column in line.split("|")[:2])
        yield from (f"{part[0]} -> {one}" for one in used if one in ABOVE.get(part[0], ()))


def event_files(root):
    """Hand-written files that name the event trip_ended, beside translations and the description."""
    for path in sorted([*root.glob("src/**/*"), *root.glob("include/**/*")]):
        written = path.suffix in (".cpp", ".hpp", ".ts") and "openapi" not in path.parts
        if written and "entity_names" not in path.name and '"trip_ended"' in path.read_text():
            yield home(root, path)


def texts_of(root):
    return {p: COMMENT.sub("", RAW_TEXT.sub('""', p.read_text())) for p in sources(root)}


def self_test():
    """Each figure counts its example once, and neither where it belongs nor in a comment."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, lives, _, _, example in COPIES:
            for place in (lives, "web/other"):
                path = root / "src" / f"{place}.cpp"
                path.parent.mkdir(parents=True, exist_ok=True)
                old = path.read_text() if path.exists() else ""
                path.write_text(f"{old}// {example}\n{example}\n")
        wrong = [name for name, found, _ in copies(root, texts_of(root)) if "web/other.cpp" not in found
                 or found.count("web/other.cpp") != 1]
    print("\n".join(f"not counted once: {name}" for name in wrong) or "each figure finds its example")
    return not wrong


def main():
    if "--self-test" in sys.argv[1:]:
        sys.exit(0 if self_test() else 1)
    words = [a for a in sys.argv[1:] if not a.startswith("-")]
    root = pathlib.Path(words[0] if words else pathlib.Path(__file__).parent.parent).resolve()
    texts = texts_of(root)
    short = short_files(root)
    whole = sum(1 for path in texts if path.is_relative_to(root / "src"))
    figures = [*copies(root, texts), *types(root, texts),
               ('mechanisms that carry "something happened to a car"', mechanisms(root, texts), 1),
               ("source files of the event trip_ended", list(event_files(root)), 3),
               ("members that hold the setting polling.parked", setting_homes(root, texts), None),
               ("ports with one implementation that no test fakes",
                list(ports_without_fake(root, texts)), None),
               ("edges that run upward in the drawing of the parts", list(upward_edges(root)), None),
               ("citations of documents or headings that are not there",
                list(citations.check(root)), 0),
               (f"C++ files under {SHORT} lines in src, of {whole}", short, None),
               ("functions that no source calls", uncalled(root, texts), None)]
    good = True
    for name, found, most in figures:
        too_many = most is not None and len(found) > most
        good = good and not too_many
        print(f"{len(found):5}  {name}{f' (at most {most})' if too_many else ''}")
        if "-v" in sys.argv[1:] or too_many:
            print("".join(f"         {one}\n" for one in found), end="")
    sys.exit(1 if "--check" in sys.argv[1:] and not good else 0)


if __name__ == "__main__":
    main()
