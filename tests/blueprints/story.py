"""What the stories share: a car called Blitz, and short ways to say what it reports."""

import pathlib
import re
import sys
import unittest

from blueprint import make
from home import Home

ENTITIES = pathlib.Path(__file__).resolve().parents[2] / "docs/entities.md"

CAR = {
    "locked": "binary_sensor.blitz_locked", "any_open": "binary_sensor.blitz_any_open",
    "charging": "binary_sensor.blitz_charging", "plugged_in": "binary_sensor.blitz_plugged_in",
    "warning": "binary_sensor.blitz_warning", "engine_oil": "binary_sensor.blitz_engine_oil",
    "window": "binary_sensor.blitz_window_driver", "location": "device_tracker.blitz_location",
    "climate": "climate.blitz_climate"}


def entity(key):
    return CAR.get(key, f"sensor.blitz_{key}")


def words_by_language():
    """{language: {option: what Home Assistant shows}}, from the table in docs/entities.md."""
    text = ENTITIES.read_text()
    table = text[text.index("## Words in other languages"):]
    languages = re.search(r"^\| option \| (.*) \|$", table, re.M).group(1).split(" | ")
    found = {language: {} for language in languages}
    for line in re.findall(r"^\| `.*$", table.split("\n## ")[0], re.M):
        option, *words = [cell.strip() for cell in line.strip("|").split("|")]
        for language, word in zip(languages, words):
            found[language][option.strip("`")] = word
    return found


class Story(unittest.TestCase):
    words = {}  # of mqtt.language; empty = English, whose words are the options
    worded = ("activity", "charging_status")  # the rows whose states are such words
    # The values of one report arrive one after the other, in an order that nobody promises.
    backwards = False
    patience = 1  # minutes until a message has to be there

    def setUp(self):
        self.home = Home()
        self.home.device("Blitz", *map(entity, [
            *CAR, "battery_level", "charging_status", "charge_end", "odometer", "ev_range"]))

    def tearDown(self):
        for automation in self.home.automations:
            self.assertLess(len(automation.runs), 2)

    def say(self, **reports):
        """The car's report: key = the row's id; a number of minutes stands for a time from now."""
        order = list(reports.items())
        for key, value in reversed(order) if self.backwards else order:
            if key in self.worded:
                value = self.words.get(value, value)
            if key.endswith("_at") or key == "charge_end":
                value = value if isinstance(value, str) else self.home.minutes(value)
            self.home.set(entity(key), value)
            # The clock may strike in the middle of a report.
            self.home.tick()

    def use(self, blueprint, *keys, **chosen):
        """An automation from the blueprint; `keys` are inputs that are called like their row."""
        return make(self.home, blueprint, **{key: entity(key) for key in keys}, **chosen)

    def nothing(self):
        self.home.advance(self.patience)
        self.assertEqual(self.home.messages(), [])

    def one(self, *parts):
        """Exactly one message was sent since the last look, with these parts."""
        self.home.advance(self.patience)
        messages = self.home.messages()
        self.assertEqual(len(messages), 1, messages)
        for part in parts:
            self.assertIn(part, messages[0])


def also_backwards(story):
    """Adds the same stories with the values of each report in the other order."""
    name = story.__name__ + "Backwards"
    other = type(name, (story,), {"backwards": True, "__module__": story.__module__})
    vars(sys.modules[story.__module__])[name] = other
    return story


def also_in_every_language(*stories):
    """Adds these stories of the class with the states that Home Assistant has in each
    mqtt.language. A class has many, and each takes its time: two that need every word are enough."""
    def add(story):
        others = {one: None for one in dir(story) if one.startswith("test_") and one not in stories}
        if len(others) + len(stories) != sum(one.startswith("test_") for one in dir(story)):
            raise ValueError(f"{story.__name__} lacks one of {stories}")
        for language, words in words_by_language().items():
            name = story.__name__ + language.capitalize()
            other = type(name, (story,), {**others, "words": words, "__module__": story.__module__})
            vars(sys.modules[story.__module__])[name] = other
        return story
    return add
