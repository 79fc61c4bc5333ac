"""Citations of documents in code: every *.md that a comment, a message or a string names exists, and
so does the heading that is named with it: `docs/rest.md, "Events"`, `docs/rest.md, Events` or
`docs/rest.md#events`. Used by check_docs.py."""
import re

FOLDERS = ("src", "include", "tests", "addon", "config", ".github", ".ci")
SINGLE = ("CMakeLists.txt", "CMakePresets.json")
SUFFIXES = {".cpp", ".hpp", ".h", ".py", ".sh", ".cmake", ".txt", ".json", ".yaml", ".yml", ".conf", ".ts",
            ".service", ".html", ".css"}
NAMES = {"Dockerfile", "run"}
# These hold samples of what the checks find.
SKIPPED = {"tests/check_docs.py", "tests/citations.py"}
DATA = ("tests/fixtures/", "tests/golden/", "tests/config/")
# Documents that a run writes; they are not in the repository.
WRITTEN = {"changes.md", "failures.md", "image.md", "table.md", "week.md"}
NAME = re.compile(r"(?<![\w$])(?:\.\./|/)*((?:[\w.-]+/)*[\w-][\w.-]*\.md)\b(?:#([\w-]+))?")
OWN = re.compile(r"https://(?:github\.com/toyota2mqtt/toyota2mqtt/blob/main|"
                 r"raw\.githubusercontent\.com/toyota2mqtt/toyota2mqtt/main)/")
ADDRESS = re.compile(r"\w+://\S*")
# A line break with the comment's marker at the beginning of the next line.
BREAK = re.compile(r"\n[ \t]*(?://[/!<]*|#+|\*)?[ \t]*")
COMMENT = re.compile(r"//[^\n]*")
HEADING = re.compile(r"\s*`?,\s*(?:(?P<quote>[\"*])(?P<quoted>[^\"*]+)(?P=quote)|(?P<bare>[A-Z][^.;:)]*))")
ANOTHER = re.compile(r"(?:,|\s+and)\s+\"(?P<quoted>[^\"]+)\"")
NUMBERED = re.compile(r"(?<!RFC )(?<!RFC \d{4} )(?<!\d-\d\d, )\bsections? \d|\bfact \d")


def plain(heading):
    return re.sub(r"[`*]", "", heading).strip()


def headings(path):
    return {plain(match) for match in re.findall(r"^#{1,6}\s+(.*)", path.read_text(), re.MULTILINE)}


def anchor(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def blank(match):
    return " " * len(match.group())


def one_line(text):
    """The text with its line breaks blanked out, and nothing moved."""
    return BREAK.sub(blank, text)


def find(root, path, name, in_comment):
    """The document that a name means. A comment writes the whole path; a message that is printed into a
    document writes it as a link there."""
    places = [root / name]
    if not in_comment:
        places += [path.parent / name, root / "docs" / name, root / "addon" / name]
    return next((place for place in places if place.is_file()), None)


def named_headings(text, end):
    """What stands behind a name as its headings: [(heading, whether only its beginning is known)]."""
    match = HEADING.match(text, end)
    if not match:
        return []
    squeezed = re.sub(r"\s+", " ", match.group("quoted") or match.group("bare"))
    found = [(plain(squeezed), match.group("bare") is not None)]
    while match.group("quoted") and (match := ANOTHER.match(text, match.end())):
        found.append((plain(re.sub(r"\s+", " ", match.group("quoted"))), False))
    return found


def has(known, heading, only_begins):
    if not only_begins:
        return heading in known
    return any(re.match(re.escape(one) + r"(?!\w)", heading) for one in known)


def check_text(root, path, text):
    # A quotation mark inside a string is written \" there.
    text = text.replace('\\"', ' "')
    text = ADDRESS.sub(blank, OWN.sub(blank, text))
    cpp = path.suffix in (".cpp", ".hpp", ".h")
    comments = [match.span() for match in COMMENT.finditer(text)] if cpp else []
    joined = one_line(text)
    for match in NAME.finditer(joined):
        name, line = match.group(1), text.count("\n", 0, match.start()) + 1
        if name.split("/")[-1] in WRITTEN:
            continue
        in_comment = any(begin <= match.start() < end for begin, end in comments)
        document = find(root, path, name, in_comment)
        if document is None:
            yield line, f"{name} is not in the repository" + (
                "; a comment names its whole path" if in_comment and "/" not in name else "")
            continue
        known = headings(document)
        if match.group(2) and match.group(2) not in {anchor(one) for one in known}:
            yield line, f"{name} has no heading #{match.group(2)}"
        for heading, only_begins in named_headings(joined, match.end()):
            if not has(known, heading, only_begins):
                yield line, f"{name} has no heading \"{heading}\""
    for begin, end in comments:
        if NUMBERED.search(text, begin, end):
            yield text.count("\n", 0, begin) + 1, "a section is named by its number; name document and heading"


def files(root):
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and (path.suffix in SUFFIXES or path.name in NAMES):
                yield path
    yield from (root / name for name in SINGLE if (root / name).is_file())


def check(root):
    for path in files(root):
        name = str(path.relative_to(root))
        if name in SKIPPED or name.startswith(DATA):
            continue
        text = path.read_text(errors="replace")
        if ".md" not in text and "section" not in text and "fact" not in text:
            continue
        for line, problem in check_text(root, path, text):
            yield f"{name}:{line}: {problem}"


# Line by line, with what has to be found there.
SAMPLE = """// docs/page.md, "First part": good
// docs/page.md, "First
//   part" and "Second": good over two lines
// docs/page.md, First part; good without marks
// docs/page.md, which says more: good
// toyota-cloud-api.md                                    #
// page.md                                                #
// docs/page.md, "Third"                                  #
// docs/page.md, "Second" and "Third"                     #
// docs/page.md, Third part                               #
// docs/page.md#first-part
// docs/page.md#third-part                                #
// as section 4 says                                      #
// RFC 9110 section 4 says
const char* text = "see page.md";
const char* text = "see gone.md";  //                     #
// https://example.com/gone.md
// https://github.com/toyota2mqtt/toyota2mqtt/blob/main/docs/page.md
// https://github.com/toyota2mqtt/toyota2mqtt/blob/main/docs/gone.md  #
"""


def self_test(root):
    """`root` is an empty folder."""
    (root / "docs").mkdir()
    (root / "docs/page.md").write_text("# First `part`\n## Second\n")
    (root / "src").mkdir()
    (root / "src/sample.cpp").write_text(SAMPLE)
    expected = [n for n, line in enumerate(SAMPLE.splitlines(), 1) if line.endswith("#")]
    found = sorted(int(problem.split(":")[1]) for problem in check(root))
    if found != expected:
        print(f"citations: found problems in lines {found}, not in {expected}")
    return found == expected
