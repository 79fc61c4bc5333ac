"""What the Supervisor makes of `options:` and `schema:` of an app (its apps/options.py, 2026-08):
the grammar of the kinds, and which options it accepts."""
import re

PLAIN = {"bool", "email", "url", "port"}
RANGED = {"str", "password", "int", "float"}
EXPRESSION = re.compile(r"(?P<name>[a-z]+)(?:\((?P<inside>.*)\))?(?P<optional>\?)?", re.DOTALL)
WORDS = {"1", "true", "yes", "on", "enable", "0", "false", "no", "off", "disable"}


class Kind:
    """One expression such as `int(1,8)?`. Raises ValueError when it is none."""

    def __init__(self, text):
        match = EXPRESSION.fullmatch(text)
        if not match:
            raise ValueError(f"{text!r} is no kind")
        self.name, inside = match["name"], match["inside"]
        self.optional = match["optional"] is not None
        self.low = self.high = None
        if self.name in PLAIN and inside is None:
            return
        if self.name in RANGED:
            self._set_range(text, inside)
        elif self.name == "list" and inside:
            self.words = inside.split("|")
        elif self.name == "match" and inside is not None:
            self.pattern = re.compile(inside)
        elif self.name != "device" or not re.fullmatch(r"(subsystem=[a-z]+)?", inside or ""):
            raise ValueError(f"{text!r} is no kind")

    def _set_range(self, text, inside):
        if inside is None:
            return
        number = {"float": r"-?\d*\.?\d+", "int": r"-?\d+"}.get(self.name, r"\d+")
        limits = re.fullmatch(rf"({number})?,({number})?", inside)
        if not limits:
            raise ValueError(f"{text!r} has no range such as (1,8)")
        self.low, self.high = (float(limit) if limit else None for limit in limits.groups())

    def problem(self, value):
        """Why the Supervisor refuses the value, or None."""
        if value is None:
            return "a value is missing"
        if self.name in ("str", "password"):
            return self._range(len(value)) if isinstance(value, str) else "not a text"
        if self.name in ("int", "float", "port"):
            try:
                number = float(value) if self.name == "float" else int(value)
            except (TypeError, ValueError):
                return "not a number"
            if self.name == "port":
                return None if 1 <= number <= 65535 else "not a port"
            return self._range(number)
        if self.name == "bool":
            good = isinstance(value, (bool, int)) or str(value).lower() in WORDS
            return None if good else "not a truth value"
        if self.name == "list":
            return None if str(value) in self.words else f"not one of {self.words}"
        if self.name == "match":
            return None if self.pattern.match(str(value)) else "does not match"
        sign = "@" if self.name == "email" else "://"
        return None if sign in str(value) else f"not of the kind {self.name}"

    def _range(self, number):
        low = self.low is not None and number < self.low
        high = self.high is not None and number > self.high
        return "out of its range" if low or high else None


def leaves(schema, path="", depth=0):
    """(path, depth, expression) of every kind in a schema; a list's entries count as one level."""
    if isinstance(schema, dict):
        for key, inner in schema.items():
            yield from leaves(inner, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(schema, list):
        if len(schema) != 1 or isinstance(schema[0], list):
            yield path, depth, None
        else:
            yield from leaves(schema[0], path + "[]", depth)
    else:
        yield path, depth, schema


def check_schema(schema):
    """Problems of the grammar."""
    for path, depth, expression in leaves(schema):
        if depth > 2:
            yield f"{path} is nested more deeply than two levels"
        try:
            Kind(expression if isinstance(expression, str) else "")
        except (ValueError, re.error) as error:
            yield f"{path}: {error}"


def merged(defaults, own):
    """What the Supervisor makes of the defaults and the owner's options: sections are merged, the
    rest is replaced."""
    if not isinstance(defaults, dict) or not isinstance(own, dict):
        return own
    result = dict(defaults)
    for key, value in own.items():
        result[key] = merged(defaults[key], value) if key in defaults else value
    return result


def check_options(schema, options, path=""):
    """Problems of options. Unlike for the Supervisor, which drops it, an unknown key is one: a
    document that shows it would mislead."""
    for key, value in options.items():
        where = f"{path}.{key}" if path else str(key)
        if key not in schema:
            yield f"{where}: unknown to the schema"
        else:
            yield from check_value(schema[key], value, where)
    for key in schema.keys() - options.keys():
        kind = schema[key][0] if isinstance(schema[key], list) and schema[key] else schema[key]
        if not (isinstance(kind, str) and kind.endswith("?")):
            yield f"{path or 'root'}: the option {key} is missing"


def check_value(kind, value, where):
    if isinstance(kind, list):
        if not isinstance(value, list):
            yield f"{where}: not a list"
            return
        for index, item in enumerate(value):
            yield from check_value(kind[0], item, f"{where}[{index}]")
    elif isinstance(kind, dict):
        if isinstance(value, dict):
            yield from check_options(kind, value, where)
        else:
            yield f"{where}: not a section"
    else:
        try:
            problem = Kind(kind).problem(value)
        except ValueError as error:
            problem = str(error)
        if problem:
            yield f"{where}: {problem}"
