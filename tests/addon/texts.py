"""Rules for the translations, the documents and the pictures of the Home Assistant app."""
import functools
import re
import struct

import yaml

from addon import options

LANGUAGES = {"en", "de", "fr", "nl", "es", "it"}
# Names that are the same word in the language, or a name.
SAME_NAME = {
    "de": {"vehicles.name", "mqtt.port", "abrp", "abrp.token", "log.format", "toyota"},
    "fr": {"mqtt.port", "abrp", "log.format", "toyota"},
    "nl": {"accounts", "polling.parked", "abrp", "abrp.token", "toyota"},
    "es": {"abrp", "abrp.token"},
    "it": {"accounts.password", "mqtt.password", "abrp", "abrp.token", "toyota"},
}
CATEGORIES = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
# Home Assistant's quality scale for documents, and what this project adds.
SECTIONS = ("Installation", "Options", "How data is updated", "Supported cars",
            "Supported functions", "Known limits", "Troubleshooting", "Examples", "Use cases",
            "Backups", "Privacy", "Send a recording of your car", "Removal", "Licence")
# Entities that are no function of their own.
NO_FUNCTION = ("_reported_at", "subscription_end", "model_year", "fuel_type", "picture",
               "rear_seat_reminder")
REPOSITORY_PICTURE = "https://raw.githubusercontent.com/toyota2mqtt/toyota2mqtt/main/"


@functools.lru_cache(maxsize=64)
def load(text):
    """The YAML in a text; nobody may change the answer."""
    return yaml.safe_load(text)


def entries(tree, path=""):
    """(path, entry) of every entry of `configuration`."""
    for key, entry in (tree.items() if isinstance(tree, dict) else ()):
        where = f"{path}.{key}" if path else str(key)
        yield where, entry
        if isinstance(entry, dict):
            yield from entries(entry.get("fields", {}), where)


def schema_paths(schema):
    """`accounts`, `accounts.username`, … of a schema."""
    paths = set()
    for path, _, _ in options.leaves(schema):
        parts = path.replace("[]", "").split(".")
        paths |= {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
    return paths


def check_language(language, texts, schema, english):
    if not isinstance(texts, dict) or set(texts) != {"configuration"}:
        yield f"{language}: not the one section configuration"
        return
    found = dict(entries(texts["configuration"]))
    for path in sorted(schema_paths(schema) - found.keys()):
        yield f"{language}: {path} has no text"
    for path in sorted(found.keys() - schema_paths(schema)):
        yield f"{language}: {path} is no option"
    for path, entry in found.items():
        if not isinstance(entry, dict) or set(entry) - {"fields"} != {"name", "description"}:
            yield f"{language}: {path} has not exactly a name and a description"
            continue
        for part, longest in (("name", 40), ("description", 170)):
            yield from check_text(f"{language}: {path}.{part}", entry[part], longest)
        if language != "en" and isinstance(english.get(path), dict):
            if entry["description"] == english[path].get("description"):
                yield f"{language}: the description of {path} is the English one"
            if entry["name"] == english[path].get("name") and path not in SAME_NAME[language]:
                yield f"{language}: the name of {path} is the English one"


def check_text(where, text, longest):
    if not isinstance(text, str) or not text.strip():
        yield f"{where} is no text"
    elif "\n" in text or "{" in text or text != text.strip():
        yield f"{where} has a line break, a brace or a blank at its end"
    elif len(text) > longest:
        yield f"{where} has {len(text)} characters, more than {longest}"


def check_translations(folder, schema):
    files = {path.stem: path for path in folder.iterdir()} if folder.is_dir() else {}
    if set(files) != LANGUAGES or any(path.suffix != ".yaml" for path in files.values()):
        yield f"translations holds {sorted(files)}"
    try:
        texts = {name: load(path.read_text()) for name, path in sorted(files.items())}
    except yaml.YAMLError as error:
        yield f"translations: {error}"
        return
    english = dict(entries((texts.get("en") or {}).get("configuration", {})))
    for language in sorted(set(texts) & LANGUAGES):
        yield from check_language(language, texts[language], schema, english)


def check_defaults(folder, example):
    """An empty field of the form has to tell what the program takes instead."""
    for path in sorted(folder.glob("*.yaml")):
        try:
            found = dict(entries((load(path.read_text()) or {}).get("configuration", {})))
        except yaml.YAMLError:
            continue  # check_translations tells it
        for key, default in default_words(example):
            description = found.get(key, {}).get("description", "")
            for word in default:
                if not re.search(rf"(?<![\w.]){re.escape(word)}(?![\w])", description):
                    yield f"{path.stem}: the description of {key} does not tell its default {word}"


def default_words(example):
    """(path, words of the default) of the example file, as far as an owner needs them."""
    # What these do without a value is said in words, or is nobody's concern.
    said = {"mqtt.host", "storage.directory", "toyota.app_version", "web.listen"}
    for section, inner in example.items():
        keys = inner[0] if isinstance(inner, list) else inner
        for key, value in (keys or {}).items():
            path = f"{section}.{key}"
            words = [str(word) for word in value] if isinstance(value, list) else [str(value)]
            needed = key not in ("username", "password") or section != "accounts"
            if path in said or not needed or isinstance(value, bool) or value in ("", None):
                continue
            if not str(value).startswith("https://"):
                yield path, words


def check_changelog(text):
    if not text.startswith("# Changelog\n"):
        yield "CHANGELOG.md does not begin with # Changelog"
    for line in re.findall(r"^## .*$", text, re.MULTILINE):
        if not re.fullmatch(r"## \[(Unreleased|\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d)\]?", line):
            yield f"CHANGELOG.md: {line} is not of the form of Keep a Changelog"
    for line in re.findall(r"^### (.*)$", text, re.MULTILINE):
        if line not in CATEGORIES:
            yield f"CHANGELOG.md: {line} is no kind of change"
    if not re.search(r"^- \S", text, re.MULTILINE):
        yield "CHANGELOG.md tells no change"


def versions(text):
    return re.findall(r"^## \[([^\]]+)\]", text, re.MULTILINE)


def headings(text, level):
    plain = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(rf"^{'#' * level} (.+)$", plain, re.MULTILINE)


def yaml_blocks(text):
    """(first line's number, text) of each ```yaml block, without its indentation."""
    for match in re.finditer(r"^( *)```yaml\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL):
        inside = re.sub(rf"^{match[1]}", "", match[2], flags=re.MULTILINE)
        yield text.count("\n", 0, match.start()) + 2, inside


def check_documentation(text, config):
    """DOCS.md: its sections, and an example of every option that the Supervisor accepts."""
    for section in SECTIONS:
        if section not in headings(text, 2):
            yield f"DOCS.md has no section {section}"
    schema, defaults, shown = config.get("schema", {}), config.get("options", {}), set()
    for line, block in yaml_blocks(text):
        own = load(block)
        for problem in options.check_options(schema, options.merged(defaults, own)):
            yield f"DOCS.md:{line}: the Supervisor refuses this example: {problem}"
        for section, inner in own.items():
            for entry in inner if isinstance(inner, list) else [inner]:
                shown |= {section} | {f"{section}.{key}" for key in entry}
    for path in sorted(schema_paths(schema) - shown):
        yield f"DOCS.md shows no example of {path}"


def catalogue(text):
    """{id: {(platform, confirmed)}} of the cars' entities and commands in docs/entities.md."""
    found = {}
    # Number of columns, and which one is the mark.
    for begin, end, columns, mark in (("## Per car", "## Commands", 13, 11),
                                      ("## Commands", "## Bridge", 10, 8)):
        part = text.partition(begin)[2].partition(end)[0]
        for line in part.splitlines():
            row = line.strip("| ").split(" | ")
            if len(row) == columns and row[1].startswith("`"):
                found.setdefault(row[1].strip("`"), set()).add((row[0], row[mark]))
    return found


def check_functions(documentation, entities):
    """The tables of DOCS.md against the catalogue: every entity exists, and no mark is too good."""
    known = catalogue(entities)
    section = documentation.partition("## Supported functions")[2].partition("\n## ")[0]
    for row in re.findall(r"^\|([^|]*)\|([^|]*)\|([^|]*)\|$", section, re.MULTILINE):
        names = re.findall(r"`(\w+)`", row[1])
        for name in (name for name in names if name not in known):
            yield f"DOCS.md: {name} is no such entity"
        marks = {mark for name in names for _, mark in known.get(name, ())}
        word = marks.pop() if len(marks) == 1 else "partly"
        if "`" in row[1] and word != row[2].strip():
            yield f"DOCS.md: the mark of{row[0]}is {word}, not {row[2].strip()}"
    for platform, name in re.findall(r"\b(\w+)\.blitz_(\w+)", documentation):
        if platform not in {one for one, _ in known.get(name, ())}:
            yield f"DOCS.md: there is no {platform} {name}"
    reported = set(re.findall(r"`(\w+)`", section))
    for name, rows in sorted(known.items()):
        is_value = bool({"yes", "no"} & {mark for _, mark in rows})
        if name not in reported and is_value and not name.endswith(NO_FUNCTION):
            yield f"DOCS.md: the functions do not name {name}"


def check_introduction(text):
    if len(text.split()) > 350:
        yield "README.md is longer than an introduction"
    for picture in re.findall(r"!\[[^\]]*\]\(([^)]*)\)", text):
        if not picture.startswith(REPOSITORY_PICTURE):
            yield f"README.md: the store does not find the picture {picture}"


def check_picture(path, width, height):
    content = path.read_bytes() if path.exists() else b""
    if content[:8] != b"\x89PNG\r\n\x1a\n" or len(content) < 33:
        yield f"{path.name} is no PNG"
        return
    size = struct.unpack(">II", content[16:24])
    if size != (width, height):
        yield f"{path.name} is {size[0]}×{size[1]}, not {width}×{height}"
    if content[25] not in (4, 6) and b"tRNS" not in content[:2000]:
        yield f"{path.name} is not transparent: it has to fit light and dark pages"
    if len(content) > 40000:
        yield f"{path.name} has {len(content)} bytes"
