"""What was kept of a car."""

import csv
import io
import unittest
import urllib.parse

from harness import wait_for
from rest_client import BZ4X, COROLLA, RAV4, RestWorld, car_id, shared

ID = car_id(BZ4X)
KINDS = ("trips", "charges", "samples", "events")
LONG = "from=2026-01-01&to=2027-01-01"


class History(unittest.TestCase):
    def setUp(self):
        self.rest = shared().rest
        self.token = self.rest.token()

    def get(self, target, **headers):
        return self.rest.get(target, self.token, **headers)

    def test_trips_and_samples_of_a_car_that_drives_are_there(self):
        for kind in ("trips", "samples"):
            wait_for(lambda: self.get(f"/vehicles/{ID}/{kind}").json[kind], f"{kind} of the car", 60)
        trip = self.get(f"/vehicles/{ID}/trips").json["trips"][0]
        self.assertGreater(trip["distance"], 0)
        self.assertLess(trip["start"], trip["end"])
        self.assertNotIn("route", trip)  # history.routes is off
        sample = self.get(f"/vehicles/{ID}/samples").json["samples"][0]
        self.assertGreater(sample["battery_level"], 0)

    def test_a_list_is_read_part_by_part_and_holds_each_entry_once_newest_first(self):
        self.get(f"/vehicles/{RAV4}/trips")
        for kind, time in (("trips", "start"), ("samples", "at"), ("events", "at"),
                           ("charges", "start")):
            with self.subTest(kind):
                whole = self.get(f"/vehicles/{ID}/{kind}?limit=1000&{LONG}").json[kind]
                self.assertEqual(whole, sorted(whole, key=lambda one: one[time], reverse=True))
                parts, target = [], f"/vehicles/{ID}/{kind}?limit=1&{LONG}"
                while target and len(parts) <= len(whole):
                    answer = self.get(target)
                    parts += answer.json[kind]
                    cursor, link = answer.json["next"], answer["Link"]
                    self.assertEqual(cursor is None, link is None)
                    target = None
                    if cursor is not None:
                        target = f"/vehicles/{ID}/{kind}?limit=1&{LONG}&cursor=" \
                            + urllib.parse.quote(cursor)
                        linked = link.split(">")[0].removeprefix("</api/v1")
                        self.assertIn('rel="next"', link)
                        self.assertEqual(self.get(linked).json, self.get(target).json)
                self.assertEqual(parts, whole)

    def test_a_period_holds_its_begin_and_not_its_end(self):
        trips = wait_for(lambda: self.get(f"/vehicles/{ID}/trips").json["trips"], "trips", 60)
        begin = trips[0]["start"]
        inside = self.get(f"/vehicles/{ID}/trips?from={begin}&to=2027-01-01").json["trips"]
        self.assertEqual([trip["id"] for trip in inside], [trips[0]["id"]])
        before = self.get(f"/vehicles/{ID}/trips?from=2026-01-01&to={begin}").json["trips"]
        self.assertNotIn(trips[0]["id"], [trip["id"] for trip in before])
        day = begin[:10]
        self.assertTrue(self.get(f"/vehicles/{ID}/trips?from={day}&to={day}").json["trips"])
        self.assertEqual(self.get(f"/vehicles/{ID}/trips?from=2001-01-01&to=2001-12-31")
                         .json["trips"], [])

    def test_what_cannot_be_understood_is_400(self):
        for query in ("from=yesterday", "to=2026-13-01", "from=2026-02-30", "limit=0", "limit=1001",
                      "limit=-1", "limit=ten", "limit=", "limit=1e3", "from=2026-11-02&to=2026-11-01",
                      "cursor=x", "cursor=" + "A" * 300, "cursor=%00", "cursor=%27%3B--",
                      "from=2026-11-01T00%3A00%3A00"):
            for kind in KINDS:
                with self.subTest(f"{kind}?{query}"):
                    answer = self.get(f"/vehicles/{ID}/{kind}?{query}")
                    self.assertEqual((answer.status, answer.problem), (400, "bad-request"))
        for query in ("from=yesterday", "format=xml", "from=2024-01-01&to=2026-01-01"):
            with self.subTest(f"export?{query}"):
                self.assertEqual(self.get(f"/vehicles/{ID}/trips/export?{query}").status, 400)
        self.assertEqual(self.get(f"/vehicles/{ID}/statistics?from=x").status, 400)

    def test_a_cursor_of_another_car_or_list_gives_nothing_of_it(self):
        wait_for(lambda: self.get(f"/vehicles/{ID}/trips?limit=1&{LONG}").json["next"], "two trips",
                 60)
        cursor = self.get(f"/vehicles/{ID}/trips?limit=1&{LONG}").json["next"]
        own = {trip["id"] for trip in self.get(f"/vehicles/{ID}/trips?limit=1000&{LONG}").json["trips"]}
        other = self.get(f"/vehicles/{COROLLA}/trips?limit=1000&{LONG}&cursor="
                         + urllib.parse.quote(cursor))
        if other.status == 200:
            self.assertFalse(own & {trip["id"] for trip in other.json["trips"]})

    def test_an_export_holds_everything_of_the_period(self):
        wait_for(lambda: self.get(f"/vehicles/{ID}/trips").json["trips"], "trips", 60)
        for kind in KINDS:
            with self.subTest(kind):
                whole = self.get(f"/vehicles/{ID}/{kind}?limit=1000&{LONG}").json[kind]
                exported = self.get(f"/vehicles/{ID}/{kind}/export?{LONG}")
                self.assertIn("attachment", exported["Content-Disposition"])
                self.assertEqual(len(exported.json["entries"]), len(whole))
                table = self.get(f"/vehicles/{ID}/{kind}/export?format=csv&{LONG}")
                self.assertTrue(table["Content-Type"].startswith("text/csv"))
                rows = list(csv.DictReader(io.StringIO(table.body.decode(), newline="")))
                self.assertEqual(len(rows), len(whole))
                self.assertIn(b"\r\n", table.body)

    def test_figures_say_what_they_stand_on(self):
        answer = self.get(f"/vehicles/{ID}/statistics?{LONG}")
        self.assertEqual(answer.json["vehicle"], ID)
        for name, figure in answer.json["figures"].items():
            if figure is not None:
                self.assertTrue(figure["basis"], name)
                self.assertNotIn(name, answer.json["reasons"])
            else:
                self.assertTrue(answer.json["reasons"][name], name)
        ahead = self.get(f"/vehicles/{ID}/statistics?from=2099-01-01&to=2099-02-01").json
        self.assertEqual(set(ahead["figures"].values()), {None})
        self.assertEqual(set(ahead["reasons"]), set(ahead["figures"]))


class Deletion(unittest.TestCase):
    def test_a_deleted_history_is_gone_and_the_other_cars_stays(self):
        with RestWorld() as world:
            rest = world.start_rest()
            token = rest.token()
            for vin in (BZ4X, RAV4):
                wait_for(lambda vin=vin: rest.get(f"/vehicles/{vin}/trips", token).json["trips"],
                         "trips", 60)
            other = rest.get(f"/vehicles/{RAV4}/trips?{LONG}", token).json["trips"]
            gone = rest.get(f"/vehicles/{BZ4X}/trips?{LONG}", token).json["trips"]
            answer = rest.ask("DELETE", f"/vehicles/{BZ4X}/history", token)
            self.assertEqual(answer.status, 200)
            self.assertGreaterEqual(answer.json["deleted"], len(gone))
            self.assertEqual(rest.get(f"/vehicles/{RAV4}/trips?{LONG}", token).json["trips"], other)
            left = rest.get(f"/vehicles/{BZ4X}/trips?{LONG}", token).json["trips"]
            self.assertLess(len(left), len(gone) + 1)

    def test_a_guest_deletes_the_own_cars_history(self):
        world = shared()
        token = world.guest()["access_token"]
        car = world.rest.get("/vehicles", token).json["vehicles"][0]["id"]
        self.assertEqual(world.rest.ask("DELETE", f"/vehicles/{car}/history", token).status, 200)
