#!/usr/bin/python3
"""An owner's first run in a real browser: signs in, chooses cars, counts fields and clicks, tries
every failure that the simulator knows, and takes pictures.

    first_run.py [--build build/dev] [--pictures DIR]

So it starts the simulator, a mosquitto and `toyota2mqtt run` itself, without a container; the checks
of the container (browsing.py) use the same steps behind a proxy that behaves like Home Assistant's.
Needs Debian's chromium, chromium-driver and python3-selenium."""

import argparse
import json
import os
import pathlib
import re
import sys
import time
import urllib.parse

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.by import By

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
import harness  # noqa: E402

MOST_FIELDS, MOST_CLICKS = 3, 8
# Opening the page from the app's entry; installing and starting it happen before.
CLICKS_TO_OPEN = 1
SIZES = {"phone": (400, 860), "desktop": (1000, 800)}
# Every user of the simulator that cannot sign in, and what is wrong.
FAILURES = {
    "wrong password": ("driver@example.com", "canary-wrong-password"),
    "unknown user": ("nobody@example.com", "canary-secret"),
    "one-time code": ("otp@example.com", harness.PASSWORD),
    "one-time code asked for": ("mfa@example.com", harness.PASSWORD),
    "locked": ("locked@example.com", harness.PASSWORD),
    "terms": ("terms@example.com", harness.PASSWORD),
    "social account": ("social@example.com", harness.PASSWORD),
    "timed out": ("timeout@example.com", harness.PASSWORD),
    "unreachable": ("lexus@example.com", harness.PASSWORD),
}


class Owner:
    """A browser, and a count of what its owner does."""

    def __init__(self, language="en", profile=None):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        flags = ["--headless=new", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
                 "--disable-background-networking", "--disable-component-update",
                 "--disable-sync", "--disable-default-apps", "--disable-dev-shm-usage",
                 "--no-default-browser-check", f"--accept-lang={language}"]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")
        for flag in flags:
            options.add_argument(flag)
        options.add_experimental_option("prefs", {"intl.accept_languages": language})
        options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
        service = webdriver.chrome.service.Service("/usr/bin/chromedriver")
        self.browser = webdriver.Chrome(service=service, options=options)
        self.browser.set_page_load_timeout(60)
        self.fields = self.clicks = 0
        self.asked = []
        self.look()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.browser.quit()

    def look(self, size="desktop", dark=False):
        width, height = SIZES[size]
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def open(self, url):
        self.browser.get(url)

    def find(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector):
        try:
            return " ".join(element.text for element in self.find(selector)).strip()
        except StaleElementReferenceException:
            return ""  # the page is just being replaced

    def type(self, selector, text):
        element = self.find(selector)[0]
        element.clear()
        element.send_keys(text)
        self.fields += 1

    def choose(self, selector, value):
        """Another entry of a list: one click to open it, one to choose."""
        self.find(f"{selector} option[value='{value}']")[0].click()
        self.clicks += 2

    def click(self, selector):
        """Clicks, and waits for the page that follows."""
        before = self.find("html")[0]
        self.find(selector)[0].click()
        self.clicks += 1

        def replaced():
            try:
                before.is_enabled()
                return False
            except (StaleElementReferenceException, WebDriverException):
                return self.browser.execute_script("return document.readyState") == "complete"
        harness.wait_for(replaced, f"the page after {selector}", 60)

    def path(self):
        return urllib.parse.urlsplit(self.browser.current_url).path

    def addresses(self):
        """Every address that the browser has asked for."""
        for entry in self.browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.asked.append(message["params"]["request"]["url"])
        return [url for url in self.asked if not url.startswith(("data:", "about:", "chrome:"))]

    def picture(self, path):
        """The whole page, not only what the window shows."""
        path.parent.mkdir(parents=True, exist_ok=True)
        height = self.browser.execute_script("return document.documentElement.scrollHeight")
        width = self.browser.execute_script("return window.innerWidth")
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": max(height, 300), "deviceScaleFactor": 1, "mobile": False})
        self.browser.save_screenshot(str(path))


def sign_in(owner, username, password, brand="toyota"):
    """From the form to the answer. After a failure the form is there again with another button."""
    if owner.find("#username")[0].get_attribute("value") != username:
        owner.type("#username", username)
    owner.type("#password", password)
    if brand != "toyota":
        owner.choose("#brand", brand)
    owner.click("main form button")


def try_failures(owner, base, simulator):
    """Each failure in plain words with a way out; nothing is saved. {what: (problem, remedy)}."""
    reported = {}
    for what, (username, password) in FAILURES.items():
        simulator.ask("clear-faults", {})
        if what == "unreachable":
            simulator.ask("faults", [{"route": "*", "kind": "status", "status": 503,
                                      "forever": True}])
        owner.open(base)
        assert owner.path().endswith("/setup"), f"{what}: the page is {owner.path()}"
        sign_in(owner, username, password)
        problem, remedy = owner.text("#problem"), owner.text("#remedy")
        assert problem and remedy, f"{what}: the page says {owner.text('main')!r}"
        assert password not in owner.browser.page_source, f"{what}: the password came back"
        assert owner.find("#username")[0].get_attribute("value") == username, what
        assert owner.find("button[name=again][value='1']"), f"{what}: no way to try again"
        reported[what] = (problem, remedy)
    simulator.ask("clear-faults", {})
    return reported


def first_run(owner, base, username=harness.USER, brand="toyota", cars=6):
    """From the open page to the status page: what was typed and clicked."""
    owner.fields = 0
    owner.clicks = CLICKS_TO_OPEN
    owner.open(base)
    assert owner.path().endswith("/setup"), f"the page is {owner.path()}, not the set-up"
    sign_in(owner, username, harness.PASSWORD, brand)
    assert owner.path().endswith("/setup/cars"), owner.text("main")
    assert len(owner.find("input[name=use]")) == cars, owner.text("main")
    owner.click("main form button")
    assert owner.find("#broker"), f"no status page: {owner.text('main')}"
    assert owner.fields <= MOST_FIELDS, f"{owner.fields} typed fields"
    assert owner.clicks <= MOST_CLICKS, f"{owner.clicks} clicks"
    return owner.fields, owner.clicks


def wait_for_entities(owner, base, cars=6, limit=60):
    """The owner looks at the status page until it tells how many entities are published."""
    def published():
        owner.open(base)
        good = owner.find("[data-car] .badge.good")
        found = re.search(r"\d+", owner.text("#entities"))
        return int(found.group()) if found and len(good) >= cars else None
    return harness.wait_for(published, "every car and the number of entities on the page", limit)


def set_up_abrp(owner, base, car, key, token):
    """The check shows the vehicle's name in ABRP, then both are saved."""
    owner.open(base + f"setup/abrp?car={car}")
    owner.type("#api_key", key)
    owner.type("#token", "a-token-of-nobody")
    owner.click("button[value=check]")
    assert owner.find("#check.bad"), f"a wrong token passes: {owner.text('main')}"
    owner.type("#api_key", key)
    owner.type("#token", token)
    owner.click("button[value=check]")
    assert owner.find("#check.good"), owner.text("main")
    name = owner.text("#check")
    for secret in (key, token):
        assert f'value="{secret}"' not in owner.browser.page_source, "a secret came back"
    if not owner.find("#token")[0].get_attribute("value"):
        owner.type("#token", token)
    if owner.find("#api_key") and not owner.find("#api_key")[0].get_attribute("value"):
        owner.type("#api_key", key)
    owner.click("button[value=save]")
    return name


def take_pictures(owner, base, pages, directory, prefix=""):
    """Each page in both languages, on a phone and on a desktop, light and (desktop) dark."""
    for name, path in pages.items():
        for language in ("en", "de"):
            for size, dark in (("phone", False), ("desktop", False), ("desktop", True)):
                owner.look(size, dark)
                mark = "&" if "?" in path else "?"
                owner.open(f"{base}{path}{mark}lang={language}")
                file = f"{prefix}{name}-{language}-{size}{'-dark' if dark else ''}.png"
                owner.picture(directory / file)
    owner.look()


def only_own_addresses(owner, base):
    """No page made the browser ask anybody else."""
    origin = "{0.scheme}://{0.netloc}/".format(urllib.parse.urlsplit(base))
    strange = [url for url in owner.addresses() if not url.startswith(origin)]
    assert not strange, f"the browser asked for {strange[:5]}"
    return len(owner.asked)


def page_of(bridge):
    """The address that a program started without a container has printed to its log."""
    found = harness.wait_for(lambda: re.search(r"http://127\.0\.0\.1:\d+", bridge.output()),
                             "the address of the page in the log")
    return found.group() + "/"


def plain(pictures):
    """The first run with a program of this machine."""
    with harness.World() as world:
        del world.settings["accounts"]
        world.settings["web"] = {"listen": "127.0.0.1:0"}
        world.settings["abrp"] = {"url": world.simulator.url}
        base = page_of(world.start())
        with Owner() as owner:
            begun = time.monotonic()
            if pictures:
                take_pictures(owner, base, {"set-up": "setup"}, pictures)
            for what, (problem, remedy) in try_failures(owner, base, world.simulator).items():
                print(f"{what}: {problem} {remedy}")
            fields, clicks = first_run(owner, base)
            entities = wait_for_entities(owner, base)
            car = next(one for one in world.cars() if one.get("abrp_token"))
            print(set_up_abrp(owner, base, harness.car_id(car["vin"]), "sim-key",
                              car["abrp_token"]))
            wait_for_entities(owner, base)
            if pictures:
                take_pictures(owner, base, {"status": "", "cars": "setup/cars",
                                            "abrp": "setup/abrp"}, pictures)
            asked = only_own_addresses(owner, base)
            print(f"{fields} typed fields, {clicks} clicks, {entities} entities, {asked} requests, "
                  f"none to anybody else; {time.monotonic() - begun:.0f} s")


def main():
    parser = argparse.ArgumentParser(description="the first run in a browser")
    parser.add_argument("--build", type=pathlib.Path)
    parser.add_argument("--pictures", type=pathlib.Path)
    chosen = parser.parse_args()
    if chosen.build:
        harness.BUILD = chosen.build.resolve()
    plain(chosen.pictures)


if __name__ == "__main__":
    main()
