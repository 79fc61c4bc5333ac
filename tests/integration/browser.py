"""A browser without scripts: loads pages, fills forms by what they hold, presses buttons, follows
redirects and relative links. It counts clicks, as a person would."""

import html.parser
import re
import urllib.error
import urllib.parse
import urllib.request

from harness import wait_for


class Reader(html.parser.HTMLParser):
    """The forms, links and ids of a page."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.forms = []  # {"action", "method", "fields": [[name, value]], "buttons": [...]}
        self.links = []  # (address, text)
        self.texts = {}  # id: text inside
        self.language = None
        self.open_ids = []  # (tag depth, id)
        self.stack = []
        self.select = None
        self.void = {"input", "meta", "link", "br", "path", "circle"}

    def handle_starttag(self, tag, attributes):
        has = dict(attributes)
        if tag not in self.void:
            self.stack.append((tag, has.get("id")))
        if has.get("id"):
            self.texts[has["id"]] = ""
        if tag == "html":
            self.language = has.get("lang")
        elif tag == "form":
            self.forms.append({"action": has["action"], "method": has["method"], "fields": [],
                               "buttons": [], "boxes": []})
        elif tag == "a":
            self.links.append([has["href"], ""])
        elif self.forms and tag == "input" and has.get("name") and "disabled" not in has:
            box = has.get("type") == "checkbox"
            if box:
                self.forms[-1]["boxes"].append(has["value"])
            if not box or "checked" in has:
                self.forms[-1]["fields"].append([has["name"], has.get("value", "")])
        elif self.forms and tag == "select":
            self.select = [has["name"], None]
            self.forms[-1]["fields"].append(self.select)
        elif self.select and tag == "option" and "disabled" not in has:
            if self.select[1] is None or "selected" in has:
                self.select[1] = has["value"]
        elif self.forms and tag == "button":
            self.forms[-1]["buttons"].append([has.get("name"), has.get("value"), ""])

    def handle_endtag(self, tag):
        while self.stack and self.stack.pop()[0] != tag:
            pass
        if tag == "select":
            self.select = None

    def handle_data(self, data):
        for _, name in self.stack:
            if name:
                self.texts[name] += data
        tags = [tag for tag, _ in self.stack]
        if "a" in tags:
            self.links[-1][1] += data
        if "button" in tags:
            self.forms[-1]["buttons"][-1][2] += data


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


class Browser:
    def __init__(self, address, language="en"):
        self.home = address
        self.language = language
        self.opener = urllib.request.build_opener(NoRedirect)
        self.clicks = 0
        self.seen = []  # every page that was shown, for searching
        self.address = self.status = self.text = self.page = self.headers = None

    @staticmethod
    def of(bridge, language="en"):
        """The page of a bridge, once its log tells the address."""
        def address():
            found = re.findall(r"the page is at (http://\S+)", bridge.output())
            return found[-1] if found else None
        return Browser(wait_for(address, "the page's address"), language)

    def ask(self, address, data=None, headers=None):
        """One exchange without following anything: (status, headers, text)."""
        body = None if data is None else urllib.parse.urlencode(data).encode()
        request = urllib.request.Request(address, data=body, headers={
            "Accept-Language": self.language, **(headers or {})})
        try:
            with self.opener.open(request, timeout=120) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.headers, answer.read().decode()

    def load(self, address, data=None):
        origin = {}
        if data is not None:  # as browsers do; Sec-Fetch-Site they tell to https and loopback only
            parts = urllib.parse.urlsplit(self.address)
            origin["Origin"] = f"{parts.scheme}://{parts.netloc}"
        for _ in range(5):
            status, headers, text = self.ask(address, data, origin if data is not None else {})
            if status != 303:
                break
            address, data = urllib.parse.urljoin(address, headers["Location"]), None
        self.address, self.status, self.headers, self.text = address, status, headers, text
        self.seen.append(text)
        self.page = Reader()
        self.page.feed(text)
        return self

    def open(self, path=""):
        return self.load(urllib.parse.urljoin(self.home, path))

    def follow(self, words):
        """Clicks on the link with these words."""
        self.clicks += 1
        address = next(link for link, text in self.page.links if text.strip() == words)
        return self.load(urllib.parse.urljoin(self.address, address))

    def press(self, words, untick=(), **typed):
        """Types into the form that has this button, and presses it."""
        form, button = next((form, button) for form in self.page.forms
                            for button in form["buttons"] if button[2].strip() == words)
        fields = [(name, typed.get(name, value)) for name, value in form["fields"]
                  if not (name == "use" and value in untick)]
        known = {name for name, _ in form["fields"]}
        assert set(typed) <= known, f"the form has no {set(typed) - known}"
        if button[0]:
            fields.append((button[0], button[1]))
        self.clicks += 1
        return self.load(urllib.parse.urljoin(self.address, form["action"]), fields)

    def said(self, name):
        """What stands in the element of that id; None when there is none."""
        text = self.page.texts.get(name)
        return None if text is None else " ".join(text.split())
