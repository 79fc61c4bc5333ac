"""Loads blueprints: YAML with `!input`, as Home Assistant reads it."""

import pathlib
from dataclasses import dataclass

import yaml

from home import BLUEPRINTS, Automation


@dataclass(frozen=True)
class Input:
    """An `!input name` in a document."""
    name: str


class Loader(yaml.SafeLoader):
    """Refuses a key that stands twice, which PyYAML would let pass."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


Loader.add_constructor("!input", lambda loader, node: Input(loader.construct_scalar(node)))


def load(path):
    return yaml.load(pathlib.Path(path).read_text(), Loader)


def inputs_of(document):
    """Every input by name, the sections dissolved."""
    found = {}
    for key, value in (document["blueprint"].get("input") or {}).items():
        if isinstance(value, dict) and "input" in value:
            found.update(value["input"])
        else:
            found[key] = value
    return found


def uses(node):
    """The names of every !input in a document."""
    if isinstance(node, Input):
        return {node.name}
    if isinstance(node, dict):
        return set().union(*map(uses, node.values())) if node else set()
    if isinstance(node, list):
        return set().union(*map(uses, node)) if node else set()
    return set()


def filled(node, values):
    if isinstance(node, Input):
        return values[node.name]
    if isinstance(node, dict):
        return {key: filled(value, values) for key, value in node.items()}
    if isinstance(node, list):
        return [filled(value, values) for value in node]
    return node


def make(home, name, **chosen):
    """The automation that an owner makes from a blueprint of ours."""
    document = load(BLUEPRINTS / f"{name}.yaml")
    declared = inputs_of(document)
    unknown = set(chosen) - set(declared)
    if unknown:
        raise ValueError(f"{name} has no input {sorted(unknown)}")
    values = {key: chosen.get(key, (spec or {}).get("default")) for key, spec in declared.items()}
    missing = [key for key, spec in declared.items()
               if key not in chosen and "default" not in (spec or {})]
    if missing:
        raise ValueError(f"{name} needs {missing}")
    body = {key: value for key, value in document.items() if key != "blueprint"}
    return Automation(home, filled(body, values))
