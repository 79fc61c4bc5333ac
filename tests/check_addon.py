#!/usr/bin/env python3
"""Checks the package of the Home Assistant app (addon/ and repository.yaml) against the rules of
the Supervisor, of the stores' linter and of this project. The package is copied to an empty folder
first and judged there, because installing it needs nothing else of the repository.

  check_addon.py [--self-test]

The rules stand in tests/addon; the self-test breaks each of them once."""
import argparse
import os
import pathlib
import re
import shutil
import sys
import tempfile

from addon import config_rules, profile, self_test, texts

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILES = {"config.yaml", "apparmor.txt", "icon.png", "logo.png", "README.md", "DOCS.md",
         "CHANGELOG.md", "translations"}
# The image is built from it; an installation takes the image.
OPTIONAL_FILES = {"Dockerfile"}
# Folders in which nothing is the project's own.
NOT_OURS = {".git", "build", "node_modules"}
CONFIG_NAMES = {"config.yaml", "config.yml", "config.json"}


def read(file):
    return file.read_text() if file.exists() else ""


def check_files(addon):
    found = {path.name for path in addon.iterdir()}
    for name in sorted(FILES - found):
        yield f"{name} is missing"
    for name in sorted(found - FILES - OPTIONAL_FILES):
        yield f"{name} does not belong into the package"


def check_repository_file(root):
    content = texts.load(read(root / "repository.yaml")) or {}
    if not isinstance(content.get("name"), str):
        yield "repository.yaml has no name"
    for key in set(content) - {"name", "url", "maintainer"}:
        yield f"repository.yaml: {key} is no key"
    if not str(content.get("url", "")).startswith("https://"):
        yield "repository.yaml: url is no https address"


def check_dockerfile(text):
    """What the Supervisor sees of the image; the rest is the container test's."""
    health = re.search(r"^HEALTHCHECK .*?CMD (.*)$", text.replace("\\\n", " "), re.MULTILINE)
    if not health or "toyota2mqtt" not in health[1] or "health" not in health[1]:
        yield "the Dockerfile has no HEALTHCHECK through toyota2mqtt health"
    elif not health[1].lstrip().startswith("["):
        yield "the HEALTHCHECK needs a shell, which the image and the profile do not have"
    if re.search(r"^(ENTRYPOINT|CMD) [^\[]", text, re.MULTILINE):
        yield "the Dockerfile starts through a shell, which the image and the profile do not have"
    if "io.hass.type" not in text:
        yield "the Dockerfile sets no label io.hass.type"


def check_package(root):
    """Everything that holds for the package alone."""
    addon = root / "addon"
    yield from check_files(addon)
    yield from check_repository_file(root)
    config = texts.load(read(addon / "config.yaml")) or {}
    yield from config_rules.check_config(config, (addon / "apparmor.txt").exists())
    if (addon / "apparmor.txt").exists():
        yield from (f"apparmor.txt: {problem}" if not problem.startswith("SKIPPED") else problem
                    for problem in profile.check_profile(addon / "apparmor.txt"))
    yield from texts.check_translations(addon / "translations", config.get("schema", {}))
    yield from texts.check_changelog(read(addon / "CHANGELOG.md"))
    yield from texts.check_documentation(read(addon / "DOCS.md"), config)
    yield from texts.check_introduction(read(addon / "README.md"))
    yield from texts.check_picture(addon / "icon.png", 128, 128)
    yield from texts.check_picture(addon / "logo.png", 250, 100)
    if (addon / "Dockerfile").exists():
        yield from check_dockerfile(read(addon / "Dockerfile"))


def files_of(root):
    """The files of the source tree, with or without git: not what builds and packagers leave."""
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in NOT_OURS]
        yield from (str(pathlib.Path(folder, name).relative_to(root)) for name in names)


def check_rest(root):
    """What the package has in common with the rest of the repository."""
    config = texts.load(read(root / "addon/config.yaml")) or {}
    for name in sorted(files_of(root)):
        if pathlib.PurePath(name).name in CONFIG_NAMES and name != "addon/config.yaml":
            yield f"the Supervisor would take {name} for another app"
    version = re.search(r"project\(\S+ VERSION (\S+)", read(root / "CMakeLists.txt"))
    if not version or version[1] != str(config.get("version")):
        yield f"config.yaml has the version {config.get('version')}, CMakeLists.txt another"
    own, all_versions = (texts.versions(read(root / name))
                         for name in ("addon/CHANGELOG.md", "CHANGELOG.md"))
    if own != all_versions:
        yield f"addon/CHANGELOG.md tells of {own}, CHANGELOG.md of {all_versions}"
    yield from texts.check_functions(read(root / "addon/DOCS.md"), read(root / "docs/entities.md"))
    sources = {path.relative_to(root): read(path) for path in sorted((root / "src").rglob("*.cpp"))
               if "simulator" not in path.parts}
    yield from profile.check_sources(read(root / "addon/apparmor.txt"), sources)
    example = texts.load(read(root / "config/toyota2mqtt.example.yaml")) or {}
    yield from texts.check_defaults(root / "addon/translations", example)


def copied(source, target):
    """The package alone, in a folder of its own."""
    shutil.copytree(source / "addon", target / "addon")
    shutil.copy(source / "repository.yaml", target)
    return target


def check(root):
    with tempfile.TemporaryDirectory() as folder:
        problems = list(check_package(copied(root, pathlib.Path(folder))))
    return problems + list(check_rest(root))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    answers = check(ROOT)
    problems = [answer for answer in answers if not answer.startswith("SKIPPED")]
    print("\n".join(answers))
    print(f"{len(problems)} problems" if problems else "the package of the app keeps the rules")
    good = not arguments.self_test or self_test.run(ROOT, check, copied)
    sys.exit(1 if problems or not good else 0)


if __name__ == "__main__":
    main()
