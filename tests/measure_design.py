#!/usr/bin/env python3
"""Counts what docs/review.md says of the design: copies of one mechanism, types of one thing, tiny
files, functions without a caller. Prints one line per figure; `-v` names what was counted. A folder
as argument is counted instead of this one: `git archive <revision> | tar -x -C <folder>`."""
import pathlib
import re
import sys

# The simulator is written without the code of the program (docs/decisions/0007).
APART = "simulator"
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
RAW_TEXT = re.compile(r'R"(\w*)\(.*?\)\1"', re.DOTALL)

# What is written once, and how further copies look: name, where it lives, pattern.
COPIES = [
    ("lower-case folding", "base/text.",
     r"\btolower\(|\btoupper\(|- 'A' \+ 'a'|- 'a' \+ 'A'|to_lower\(\w+\) == (?:base::)?to_lower|"
     r"std::ranges::(?:equal|transform)\([^;]*to_lower"),
    ("trimming", "base/text.",
     r"\bisspace\(|find_last_not_of\(|find_first_not_of\(' '\)|find_first_not_of\(\" \\t\\r\\n\"\)"),
    ("control characters", "base/text.",
     r"< 0x20U?\b[^;]{0,20}(?:\|\||&&)|< ' ' \|\| c == '\\x7f'"),
    ("border of a UTF-8 character", "base/text.", r"0xC0U\) == 0x80|kTopBits\) == k"),
    ("brand from text", "vehicle/car.",
     r"Brand::toyota, (?:vehicle::)?(?:Brand::)?lexus, |Brand::toyota, vehicle::Brand::lexus,\s|"
     r'\{"toyota", "lexus", "subaru"\}|== "T"\) return Brand'),
    ("member of a JSON object by type", "json/json_io.",
     r"\w+ == \w+\.end\(\) \|\| !\w+->is_(?:string|number_integer|boolean)|"
     r"!= \w+\.end\(\) && \w+->is_(?:string|number_unsigned)|"
     r"node != nullptr && node->is_string\(\) \?"),
    ("printing of JSON in one line", "json/json_io.", r"\.dump\(-1, |\.dump\(\)"),
    ("header by name", "base/http_message.",
     r"::header\(std::string_view name\) const \{"),
    ("decoding of a form", "base/http_message.", r"'\+', ' '\)|if \(c == '\+'\) c = ' '"),
]
TYPES = [
    ("types of a request that came in", r"^struct (?:Request|HttpServerRequest) \{"),
    ("types of an answer", r"^struct (?:Response|HttpResponse|HttpServerResponse) \{"),
    ("types of a streamed body", r"^class (?:Stream|HttpStream|HttpBodyStream) \{"),
]
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
    for name, lives, pattern in COPIES:
        found = []
        for path, text in texts.items():
            if part_of(root, path) == APART or home(root, path).startswith(lives):
                continue
            found += [home(root, path)] * len(re.findall(pattern, text))
        yield f"copies of {name} beside the one in {lives}*", len(found), found


def types(root, texts):
    for name, pattern in TYPES:
        found = []
        for path, text in texts.items():
            if part_of(root, path) != APART:
                found += [home(root, path)] * len(re.findall(pattern, text, re.MULTILINE))
        yield name, len(found), found


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


def main():
    words = [a for a in sys.argv[1:] if a != "-v"]
    wordy = "-v" in sys.argv[1:]
    root = pathlib.Path(words[0] if words else pathlib.Path(__file__).parent.parent).resolve()
    texts = {p: COMMENT.sub("", RAW_TEXT.sub('""', p.read_text())) for p in sources(root)}

    def say(name, number, found):
        print(f"{number:5}  {name}")
        if wordy:
            for one in found:
                print(f"         {one}")

    for name, number, found in copies(root, texts):
        say(name, number, found)
    for name, number, found in types(root, texts):
        say(name, number, found)
    found = short_files(root)
    whole = sum(1 for path in texts if path.is_relative_to(root / "src"))
    say(f"C++ files under {SHORT} lines in src, of {whole}", len(found), found)
    found = uncalled(root, texts)
    say("functions that no source calls", len(found), found)


if __name__ == "__main__":
    main()
