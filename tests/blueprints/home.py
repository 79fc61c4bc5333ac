"""A small Home Assistant: states, time, and automations made from blueprints.

It knows the triggers, conditions and actions that our blueprints use, and renders their templates
with jinja2 as Home Assistant does (a result that looks like a number, list or truth value becomes
one). It is stricter in one thing: an undefined name or a failing template is an error here, not a
line in a log. An action is recorded, not carried out.
"""

import datetime
import pathlib

from templates import Templates, is_true

UTC = datetime.timezone.utc
NO_VALUE = ("unknown", "unavailable")


class State:
    def __init__(self, entity_id, state, attributes, last_changed):
        self.entity_id, self.state, self.attributes = entity_id, state, attributes
        self.last_changed = last_changed
        self.domain = entity_id.split(".")[0]

    @property
    def name(self):
        return self.attributes.get("friendly_name", self.entity_id)


class Home:
    """Time goes on only by advance() and at(); everything happens then, in order."""

    def __init__(self, now="2026-03-02 12:00"):  # a Monday
        self.now = datetime.datetime.fromisoformat(now).replace(tzinfo=UTC)
        self.states = {}
        self.devices = {}  # entity id -> (device id, device name)
        self.automations = []
        self.calls = []  # (time, action, data, target)
        self.templates = Templates(self)

    # -- what happens

    def set(self, entity_id, state, **attributes):
        """A new report; attributes that are not named stay."""
        old = self.states.get(entity_id)
        state = str(state)
        kept = {**(old.attributes if old else {}), **attributes}
        changed = old is None or old.state != state
        new = State(entity_id, state, kept, self.now if changed else old.last_changed)
        self.states[entity_id] = new
        for automation in self.automations:
            automation.on_change(entity_id, old, new)
        self.settle()

    def device(self, name, *entity_ids):
        for entity_id in entity_ids:
            self.devices[entity_id] = ("device of " + name, name)

    def advance(self, minutes=0, hours=0):
        for _ in range(round(minutes + hours * 60)):
            self.now += datetime.timedelta(minutes=1)
            self.tick()

    def tick(self):
        for automation in self.automations:
            automation.on_time()
        self.settle()

    def at(self, clock):
        """To the next time of day."""
        hour, minute = map(int, clock.split(":"))
        wanted = self.now.replace(hour=hour, minute=minute, second=0)
        if wanted <= self.now:
            wanted += datetime.timedelta(days=1)
        self.advance((wanted - self.now).total_seconds() / 60)

    def restart(self):
        """Home Assistant restarts: running automations are lost, every MQTT entity is unknown for
        a moment, and every value comes back as a change."""
        before = dict(self.states)
        for automation in self.automations:
            automation.runs.clear()
        for entity_id in before:
            if not entity_id.startswith("zone."):
                self.set(entity_id, "unknown")
        for entity_id, old in before.items():
            self.set(entity_id, old.state)

    def settle(self):
        for automation in self.automations:
            automation.go_on()

    # -- what came of it

    def messages(self):
        """The messages since the last call."""
        found = [data["message"] for _, action, data, _ in self.calls
                 if action == "persistent_notification.create"]
        self.calls = [call for call in self.calls
                      if call[1] != "persistent_notification.create"]
        return found

    def minutes(self, text):
        """An ISO time of today, or `-5` minutes from now, as a timestamp state."""
        return (self.now + datetime.timedelta(minutes=text)).isoformat()


class Unsupported(Exception):
    pass


class Automation:
    """One automation made from a blueprint: `document` with every !input replaced."""

    MODES = {"single", "restart"}

    def __init__(self, home, document, name="automation.of_the_test"):
        self.home, self.document, self.name = home, document, name
        self.last_triggered = None
        self.runs = []
        if document.get("mode", "single") not in self.MODES:
            raise Unsupported("mode " + document["mode"])
        self.needed = home.templates.needed(document.get("conditions", []),
                                            document.get("variables", {}))
        home.automations.append(self)

    # -- triggers

    def on_change(self, entity_id, old, new):
        for trigger in self.document["triggers"]:
            kind = trigger["trigger"]
            if kind == "state" and self.state_fires(trigger, entity_id, old, new) or \
                    kind == "numeric_state" and self.number_fires(trigger, entity_id, old, new):
                self.fire(trigger, old, new)

    @staticmethod
    def entities(trigger):
        found = trigger["entity_id"]
        found = found if isinstance(found, list) else [found]
        if not all(isinstance(one, str) for one in found):
            # An input that may be empty is a list: it needs a trigger of its own.
            raise Unsupported(f"the entities {found}")
        return found

    def state_fires(self, trigger, entity_id, old, new):
        if entity_id not in self.entities(trigger):
            return False
        filters = {key: trigger[key] for key in ("to", "from", "not_to", "not_from")
                   if key in trigger}
        old_state = old.state if old else None
        # A filter makes a change of attributes alone uninteresting, as in Home Assistant.
        if filters and old_state == new.state:
            return False
        listed = {key: value if isinstance(value, list) else [value]
                  for key, value in filters.items()}
        return (new.state in listed.get("to", [new.state])
                and old_state in listed.get("from", [old_state])
                and new.state not in listed.get("not_to", [])
                and old_state not in listed.get("not_from", []))

    def number_fires(self, trigger, entity_id, old, new):
        if entity_id not in self.entities(trigger):
            return False
        return self.in_range(trigger, new) and not self.in_range(trigger, old)

    @staticmethod
    def in_range(trigger, state):
        try:
            value = float(state.state)
        except (AttributeError, ValueError):
            return False
        return value < float(trigger.get("below", "inf")) and value > float(
            trigger.get("above", "-inf"))

    def on_time(self):
        now = self.home.now
        for trigger in self.document["triggers"]:
            kind = trigger["trigger"]
            if kind == "time_pattern" and now.minute % int(trigger["minutes"].lstrip("/")) == 0:
                self.fire(trigger)
            elif kind == "time" and now.strftime("%H:%M:%S") == trigger["at"]:
                self.fire(trigger)

    def fire(self, trigger, old=None, new=None):
        scope = {"this": {"entity_id": self.name,
                          "attributes": {"last_triggered": self.last_triggered}},
                 "trigger": {"id": trigger.get("id", "0"), "platform": trigger["trigger"],
                             "from_state": old, "to_state": new}}
        variables = self.document.get("variables", {})
        # Most triggers end at the conditions: what those do not need is worked out later.
        self.assign({key: variables[key] for key in variables if key in self.needed}, scope)
        if not all(self.holds(one, scope) for one in self.document.get("conditions", [])):
            return
        self.assign(variables, scope)
        if self.runs and self.document.get("mode", "single") == "single":
            return
        self.runs.clear()
        self.last_triggered = self.home.now
        run = Run(self.home, self.document["actions"], scope, self)
        self.runs.append(run)
        self.go_on()

    def go_on(self):
        self.runs = [run for run in self.runs if not run.step()]

    # -- shared with runs

    def assign(self, variables, scope):
        for key, value in variables.items():
            scope[key] = self.home.templates.render(value, scope)

    def holds(self, condition, scope):
        if isinstance(condition, str):
            return is_true(self.home.templates.text(condition, scope))
        if condition["condition"] != "template":
            raise Unsupported("condition " + condition["condition"])
        return is_true(self.home.templates.text(condition["value_template"], scope))


class Stop(Exception):
    pass


class Run:
    """One run of the actions. Waits are where the generator yields."""

    def __init__(self, home, actions, scope, automation):
        self.home, self.automation = home, automation
        self.conversation = self.sequence(actions, scope)

    def step(self):
        """Goes on as far as possible; whether it has ended."""
        try:
            next(self.conversation)
        except (StopIteration, Stop):
            return True
        return False

    def sequence(self, actions, scope):
        for action in actions:
            yield from self.one(action, scope)

    def one(self, action, scope):
        render, holds = self.home.templates.render, self.automation.holds
        if "variables" in action:
            self.automation.assign(action["variables"], scope)
        elif "wait_template" in action:
            yield from self.wait(action, scope)
        elif "delay" in action:
            end = self.home.now + duration(render(action["delay"], scope))
            while self.home.now < end:
                yield
        elif "if" in action:
            yield from self.sequence(
                action["then"] if holds(action["if"], scope) else action.get("else", []), scope)
        elif "condition" in action:
            if not holds(action, scope):
                raise Stop
        elif "sequence" in action:
            yield from self.sequence(action["sequence"], scope)
        elif "action" in action:
            self.home.calls.append((self.home.now, action["action"],
                                    render(action.get("data", {}), scope),
                                    render(action.get("target", {}), scope)))
        else:
            raise Unsupported(f"action {sorted(action)}")

    def wait(self, action, scope):
        limit = None
        if "timeout" in action:
            limit = self.home.now + duration(self.home.templates.render(action["timeout"], scope))
        while not is_true(self.home.templates.text(action["wait_template"], scope)):
            if limit and self.home.now >= limit:
                scope["wait"] = {"completed": False}
                if action.get("continue_on_timeout", True) is False:
                    raise Stop
                return
            yield
        scope["wait"] = {"completed": True}


def duration(value):
    if isinstance(value, dict):
        return datetime.timedelta(**{key: float(number) for key, number in value.items()})
    hours, minutes, seconds = map(int, value.split(":"))
    return datetime.timedelta(hours=hours, minutes=minutes, seconds=seconds)


BLUEPRINTS = (pathlib.Path(__file__).resolve().parents[2]
              / "config/home-assistant/blueprints/automation/toyota2mqtt")
