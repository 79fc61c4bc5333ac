"""The stream of events."""

import unittest

from harness import wait_for
from rest_client import BZ4X, Events, RestWorld, car_id, shared

ID = car_id(BZ4X)
STREAMS = 8  # of one session


class Stream(unittest.TestCase):
    def setUp(self):
        self.world = shared()
        self.rest = self.world.rest
        self.token = self.rest.token()

    def horn(self):
        answer = self.rest.ask("POST", f"/vehicles/{ID}/commands/climate_stop", self.token, {})
        self.assertEqual(answer.status, 202, answer.body)
        return answer.json["id"]

    @staticmethod
    def of_command(number):
        return lambda _id, name, data: name == "command" and data["id"] == number

    def test_it_begins_with_the_cars_and_all_their_values(self):
        with Events(self.rest, self.token) as events:
            self.assertTrue(events.answer.headers["Content-Type"].startswith("text/event-stream"))
            events.wait(lambda _id, name, data: name == "cars" and ID in data["vehicles"], "the cars")
            _, _, car = events.wait(lambda _id, name, data: name == "car" and data["vehicle"] == ID,
                                    "the car")
            whole = self.rest.get(f"/vehicles/{ID}", self.token).json["values"]
            self.assertEqual(set(car["values"]), set(whole))

    def test_ids_are_unlike_and_what_was_missed_is_sent_again(self):
        with Events(self.rest, self.token) as events:
            first = self.horn()
            last, _, _ = events.wait(self.of_command(first), "a command")
            # Those of the begin do not count: a client that is cut off before its end begins anew.
            ids = [number for number, _, _ in events.events if not number.endswith("-begin")]
            self.assertEqual(len(ids), len(set(ids)))
        second = self.horn()
        with Events(self.rest, self.token, last) as events:
            events.wait(self.of_command(second), "what was missed")
            self.assertFalse([data for data in events.of("command")
                              if data["id"] == first and data["status"] == "requested"])
            self.assertFalse(events.of("reset"))

    def test_an_id_that_is_not_known_begins_anew_and_says_so(self):
        for last in ("5f2c9a1e-1", "nonsense", "-1", "9" * 90):
            with self.subTest(last), Events(self.rest, self.token, last) as events:
                events.wait(lambda _id, name, _data: name == "reset", "the reset")
                events.wait(lambda _id, name, data: name == "car" and data["vehicle"] == ID,
                            "the cars anew")

    def test_a_session_may_have_so_many_streams(self):
        streams = [Events(self.rest, self.token) for _ in range(STREAMS)]
        try:
            self.assertEqual({stream.status for stream in streams}, {200})
            refused = Events(self.rest, self.token)
            self.assertEqual(refused.status, 429)
            with Events(self.rest, self.rest.token()) as other:
                self.assertEqual(other.status, 200)
        finally:
            for stream in streams:
                stream.close()

        def room():
            with Events(self.rest, self.token) as again:
                return again.status == 200
        wait_for(room, "room for another stream")

    def test_it_ends_with_the_session(self):
        with Events(self.rest, self.token) as events:
            events.wait(lambda _id, name, _data: name == "cars", "the begin")
            self.assertEqual(self.rest.ask("POST", "/auth/logout", self.token).status, 204)
            self.assertTrue(events.ended.wait(20), "the stream goes on without a session")

    def test_a_heartbeat_comes(self):
        with Events(self.rest, self.token) as events:
            wait_for(lambda: events.comments > 0, "a comment", 40)

    def test_it_needs_a_sign_in(self):
        self.assertEqual(self.rest.get("/events").status, 401)


class Restart(unittest.TestCase):
    def test_after_a_restart_everything_follows_anew_and_the_stream_ends_with_the_program(self):
        with RestWorld() as world:
            rest = world.start_rest()
            token = rest.token()
            events = Events(rest, token)
            last, _, _ = events.wait(lambda _id, name, _data: name == "car", "a car")
            status, seconds = world.bridge.stop()
            self.assertEqual(status, 0)
            self.assertLess(seconds, 3)
            self.assertTrue(events.ended.wait(5))
            events.close()
            rest = world.start_rest()
            with Events(rest, token, last) as again:
                again.wait(lambda _id, name, _data: name == "reset", "the reset")
