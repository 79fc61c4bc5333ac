"""Home Assistant's templates, as far as our blueprints use them, on jinja2."""

import ast
import datetime
import re

import jinja2
import jinja2.meta
import jinja2.sandbox

NUMBER = re.compile(r"^[+-]?(?!0\d)\d*(?:\.\d*)?$")
MISSING = object()


def is_true(text):
    return text.strip().lower() == "true"


def parsed(text):
    """Home Assistant's reading of a result: numbers, truth values and lists become what they are."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    if isinstance(value, (str, complex, bytes)):
        return text
    if isinstance(value, (int, float)) and not isinstance(value, bool) and not NUMBER.match(text):
        return text
    return value


def read_number(kind):
    def read(value, default=MISSING):
        try:
            return kind(float(value))
        except (TypeError, ValueError, jinja2.UndefinedError):
            if default is MISSING:
                raise jinja2.TemplateError(f"{value!r} is no number and has no default") from None
            return default
    return read


def is_number(value):
    try:
        return float(value) == float(value) and abs(float(value)) != float("inf")
    except (TypeError, ValueError):
        return False


def as_datetime(value):
    if isinstance(value, datetime.datetime):
        return value
    if isinstance(value, (int, float)):
        return datetime.datetime.fromtimestamp(value, datetime.timezone.utc)
    found = datetime.datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=datetime.timezone.utc)


def as_timestamp(value, default=MISSING):
    # A bare number is a time here only when it already is one, as in Home Assistant.
    try:
        if isinstance(value, str) and not re.match(r"\d{4}-\d\d-\d\dT|\d{4}-\d\d-\d\d ", value):
            raise ValueError(value)
        if not isinstance(value, (str, datetime.datetime)):
            raise ValueError(value)
        return as_datetime(value).timestamp()
    except ValueError:
        if default is MISSING:
            raise jinja2.TemplateError(f"{value!r} is no time and has no default") from None
        return default


def timestamp_custom(value, form="%Y-%m-%d %H:%M:%S", local=True, default=MISSING):
    try:
        return datetime.datetime.fromtimestamp(float(value), datetime.timezone.utc).strftime(form)
    except (TypeError, ValueError):
        if default is MISSING:
            raise jinja2.TemplateError(f"{value!r} is no time stamp") from None
        return default


class Templates:
    def __init__(self, home):
        self.home = home
        self.environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
            undefined=jinja2.StrictUndefined, extensions=["jinja2.ext.loopcontrols", "jinja2.ext.do"])
        functions = {
            "states": self.state_of, "is_state": self.is_state, "state_attr": self.attribute_of,
            "has_value": self.has_value, "expand": self.expand, "device_id": self.device_id,
            "device_attr": self.device_attr, "device_entities": self.device_entities,
            "now": lambda: home.now, "today_at": self.today_at, "as_timestamp": as_timestamp,
            "as_datetime": as_datetime, "is_number": is_number, "float": read_number(float),
            "int": read_number(int)}
        self.environment.globals.update(functions)
        self.environment.filters.update(
            {"float": read_number(float), "int": read_number(int), "is_number": is_number,
             "as_timestamp": as_timestamp, "as_datetime": as_datetime,
             "as_local": lambda value: value, "timestamp_custom": timestamp_custom})
        self.compiled = {}

    # -- rendering

    def text(self, template, scope):
        if template not in self.compiled:
            self.compiled[template] = self.environment.from_string(template)
        return self.compiled[template].render(scope).strip()

    def render(self, value, scope):
        """Every template in a value of YAML; texts without one stay as they are."""
        if isinstance(value, dict):
            return {key: self.render(one, scope) for key, one in value.items()}
        if isinstance(value, list):
            return [self.render(one, scope) for one in value]
        if isinstance(value, str) and ("{{" in value or "{%" in value):
            return parsed(self.text(value, scope))
        return value

    def needed(self, conditions, variables):
        """The names of the variables that conditions need, directly or by other variables."""
        found, waiting = set(), [conditions]
        while waiting:
            node = waiting.pop()
            if isinstance(node, (list, dict)):
                waiting += node.values() if isinstance(node, dict) else node
            elif isinstance(node, str):
                names = jinja2.meta.find_undeclared_variables(self.environment.parse(node))
                for name in (names & set(variables)) - found:
                    found.add(name)
                    waiting.append(variables[name])
        return found

    # -- what Home Assistant knows

    @staticmethod
    def checked(entity_id):
        if not isinstance(entity_id, str) or not re.match(r"^[a-z_]+\.[a-z0-9_]+$", entity_id):
            raise jinja2.TemplateError(f"{entity_id!r} is no entity id")
        return entity_id

    def state_of(self, entity_id):
        found = self.home.states.get(self.checked(entity_id))
        return found.state if found else "unknown"

    def is_state(self, entity_id, wanted):
        found = self.home.states.get(self.checked(entity_id))
        return found is not None and (found.state in wanted if isinstance(wanted, list)
                                      else found.state == wanted)

    def attribute_of(self, entity_id, name):
        found = self.home.states.get(self.checked(entity_id))
        return found.attributes.get(name) if found else None

    def has_value(self, entity_id):
        return self.state_of(entity_id) not in ("unknown", "unavailable")

    def expand(self, *entities):
        flat = [one for part in entities for one in (part if isinstance(part, list) else [part])]
        found = [self.home.states.get(self.checked(one)) for one in flat]
        return sorted((one for one in found if one), key=lambda one: one.entity_id)

    def device_id(self, entity_id):
        return self.home.devices.get(self.checked(entity_id), (None, None))[0]

    def device_attr(self, entity_id, name):
        device = self.home.devices.get(self.checked(entity_id))
        return device[1] if device and name == "name" else None

    def device_entities(self, device_id):
        return [one for one, (device, _) in self.home.devices.items() if device == device_id]

    def today_at(self, text):
        clock = datetime.time.fromisoformat(text)
        return datetime.datetime.combine(self.home.now.date(), clock, self.home.now.tzinfo)
