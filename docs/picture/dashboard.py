#!/usr/bin/env python3
"""Draws docs/picture/dashboard.png: the dashboard that `toyota2mqtt entities --dashboard` prints, with
the values that the demo publishes. Layout and names are those of the printed dashboard; the drawing is
our own and no screenshot of Home Assistant. Maps, graphs and controls need Home Assistant and are left
out.

  docs/picture/dashboard.py [--build build/release] [--car bZ4X]

Needs Debian's chromium and python3-yaml."""
import argparse
import datetime
import html
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import yaml

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1] / "config" / "demo"))
import show  # noqa: E402

WIDTH, TIME_LIMIT = 1180, 90
DRAWN = {"heading", "tile", "gauge", "entities"}
STYLE = """
body { margin: 0; padding: 20px; background: #f3f4f7; color: #1c1f24;
  font: 14px/1.35 'DejaVu Sans', Roboto, sans-serif; }
h1 { font-size: 20px; font-weight: 500; margin: 0 0 14px; }
main { columns: 3; column-gap: 18px; }
section { break-inside: avoid; margin: 0 0 20px; }
h2 { font-size: 15px; font-weight: 600; margin: 0 0 8px; color: #3c424c; }
.cards { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; }
.card { background: #fff; border: 1px solid #dfe3e9; border-radius: 12px; padding: 10px 12px;
  min-width: 0; }
.wide { grid-column: 1 / 3; }
.name { color: #59606b; font-size: 12px; overflow-wrap: anywhere; }
.value { font-size: 15px; font-weight: 500; }
.row { display: flex; justify-content: space-between; gap: 12px; padding: 3px 0; }
.row .value { font-size: 13px; font-weight: 400; text-align: right; }
.gauge { text-align: center; }
footer { color: #59606b; font-size: 12px; margin-top: 6px; }
"""


class Values:
    """What the demo published of one car, by entity id."""

    def __init__(self, cars, car):
        self.components = {part["default_entity_id"]: (key, part) for key, part in
                           cars.documents[car]["components"].items() if "default_entity_id" in part}
        self.state = (cars.diagnostics.get(car) or {}) | (cars.states.get(car) or {})

    def known(self, entity):
        return entity in self.components and self.components[entity][0] in self.state

    def name(self, entity):
        key, part = self.components[entity]
        return part.get("name") or key

    def raw(self, entity):
        return self.state.get(self.components[entity][0])

    def text(self, entity):
        """As Home Assistant words it: on and off by their class, times as an age."""
        value, part = self.raw(entity), self.components[entity][1]
        kind = part.get("device_class")
        if value is None:
            return "Unknown"
        if kind == "timestamp":
            return age(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            digits = part.get("suggested_display_precision", 1 if isinstance(value, float) else 0)
            return f"{value:,.{digits}f} {part.get('unit_of_measurement', '')}".strip()
        words = show.text_of(value, kind).replace("_", " ")
        return words[:1].upper() + words[1:]


def age(text):
    then = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    minutes = (datetime.datetime.now(datetime.timezone.utc) - then).total_seconds() / 60
    words = "{} ago" if minutes >= 0 else "in {}"
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        count = int(abs(minutes) // size)
        if count:
            return words.format(f"{count} {unit}{'s' if count > 1 else ''}")
    return "just now"


def dial(value):
    """A half circle, filled by percent; in the colours that the printed dashboard asks for."""
    colour = "#43a047" if value >= 40 else "#ffa600" if value >= 20 else "#db4437"
    angle = math.pi * (1 - min(max(value, 0), 100) / 100)
    x, y = 60 + 46 * math.cos(angle), 56 - 46 * math.sin(angle)
    arc = '<path d="M14 56A46 46 0 0 1 {:.1f} {:.1f}" fill="none" stroke="{}" stroke-width="12"/>'
    return (f'<svg width="120" height="62" viewBox="0 0 120 62">{arc.format(106, 56, "#e4e7ec")}'
            f'{arc.format(x, y, colour)}</svg>')


def visible(card, values):
    """Whether every condition of the card holds."""
    return all(values.known(one["entity"]) and
               bool(values.raw(one["entity"])) == (one.get("state") == "on")
               for one in card.get("visibility", []))


def draw_card(card, values):
    entity = card.get("entity")
    if card["type"] == "entities":
        entries = [one if isinstance(one, dict) else {"entity": one} for one in card["entities"]]
        rows = "".join(f'<div class="row"><span class="name">{html.escape(named(one, values))}</span>'
                       f'<span class="value">{html.escape(values.text(one["entity"]))}</span></div>'
                       for one in entries if values.known(one["entity"]))
        return f'<div class="card wide">{rows}</div>' if rows else ""
    if not values.known(entity) or not visible(card, values):
        return ""
    texts = (f'<div class="name">{html.escape(named(card, values))}</div>'
             f'<div class="value">{html.escape(values.text(entity))}</div>')
    if card["type"] == "gauge" and values.raw(entity) is not None:
        return f'<div class="card wide gauge">{dial(values.raw(entity))}{texts}</div>'
    return f'<div class="card">{texts}</div>'


def named(card, values):
    name = card.get("name")
    return name if isinstance(name, str) else values.name(card["entity"])


def draw(view, values, version):
    """The page of one view, as HTML."""
    sections, left_out = "", set()
    for section in view["sections"]:
        cards = section["cards"]
        left_out |= {card["type"] for card in cards} - DRAWN
        drawn = "".join(draw_card(card, values) for card in cards if card["type"] in DRAWN
                        and card["type"] != "heading")
        title = next((card["heading"] for card in cards if card["type"] == "heading"), "")
        if drawn:
            sections += (f'<section><h2>{html.escape(title)}</h2>'
                         f'<div class="cards">{drawn}</div></section>')
    note = f"toyota2mqtt {version}, the demo's invented car"
    if left_out:
        note += "; left out: " + ", ".join(sorted(left_out))
    return (f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style>'
            f'<h1>{html.escape(view.get("title") or "Car")}</h1><main>{sections}</main>'
            f'<footer>{html.escape(note)}</footer>')


def take_picture(page, target):
    program = shutil.which("chromium")
    if not program:
        raise show.Failed("chromium is not installed")
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "page.html"
        file.write_text(page)
        command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                   f"--user-data-dir={folder}/profile", "--no-first-run", "--disable-sync",
                   "--disable-background-networking", "--disable-component-update"]
        # The height that the page wants, then the picture of just that.
        reported = subprocess.run([*command, f"--window-size={WIDTH},600", "--dump-dom",
                               measuring(file, folder)], capture_output=True, text=True, timeout=120,
                              check=True).stdout
        height = int(reported.partition('data-height="')[2].partition('"')[0])
        subprocess.run([*command, f"--window-size={WIDTH},{height}", f"--screenshot={target}",
                        file.as_uri()], capture_output=True, timeout=120, check=True)


def measuring(file, folder):
    """The address of the same page, which writes its height into itself."""
    copy = pathlib.Path(folder) / "measure.html"
    copy.write_text(file.read_text() + "<script>document.documentElement.dataset.height = "
                    "document.documentElement.scrollHeight</script>")
    return copy.as_uri()


def wait_for_cars(demo, cars):
    end = time.monotonic() + TIME_LIMIT
    while len(cars.complete()) < len(demo.cars):
        if time.monotonic() > end:
            raise show.Failed("the demo's cars did not come")
        show.drain(demo, cars, 0.5)
        demo.check_alive()
    # Once more: what the bridge works out of the first readings follows them.
    while show.drain(demo, cars, 3.0) and time.monotonic() < end:
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--car", default="bZ4X", help="model of the car that is shown")
    arguments = parser.parse_args()
    demo = show.Demo(arguments.build, [])
    try:
        cars = show.Cars(show.sources_of(arguments.build))
        demo.start_all()
        wait_for_cars(demo, cars)
        car = next(car for car in cars.complete() if arguments.car in cars.name(car))
        printed = subprocess.run([f"{arguments.build}/toyota2mqtt", "entities", "--dashboard",
                                  "--config", str(demo.folder / "toyota2mqtt.yaml")],
                                 capture_output=True, text=True, timeout=60, check=True).stdout
        values = Values(cars, car)
        view = next(view for view in yaml.safe_load(printed)["views"]
                    if any(entity in str(view) for entity in values.components))
        version = cars.documents[car]["origin"].get("sw_version", "")
        take_picture(draw(view, values, version), FOLDER / "dashboard.png")
    except show.Failed as error:
        sys.exit(f"dashboard.py: {error}")
    finally:
        demo.stop()
    print(f"docs/picture/dashboard.png: {(FOLDER / 'dashboard.png').stat().st_size} bytes")


if __name__ == "__main__":
    main()
