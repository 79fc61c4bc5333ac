"""Signs of life on a terminal: what is being tried, colours; and nothing of it in a pipe."""

import json
import os
import unittest

from harness import BUILD, World
from terminal import Terminal, environment

ERASE = b"\r\x1b[K"
ELLIPSIS = "…".encode()


def on_terminal(world, *arguments, **more):
    return Terminal([str(BUILD / "toyota2mqtt"), *arguments, "--config",
                     str(world.write_settings())], **more)


def quiet(world):
    """Only what a person needs: the log says nothing that is no trouble."""
    world.settings["log"] = {"level": "warning"}
    return world


class SignsOfLife(unittest.TestCase):
    def test_doctor_says_what_it_tries_and_leaves_nothing_of_that_behind(self):
        with World("--vehicles", "2") as world:
            quiet(world).use_abrp()
            terminal = on_terminal(world, "doctor", stdout=True)
            status, _ = terminal.end()
            self.assertEqual(status, 0)
            host = world.simulator.url.removeprefix("http://").encode()
            for tried in (b"asking " + host, ": signing in".encode(), b": asking for the list of cars",
                          b"connecting to broker 127.0.0.1", b"asking ABRP for "):
                self.assertIn(tried, terminal.shown)
            # Every status line was erased before the next thing was written.
            for line in terminal.shown.split(b"\n"):
                self.assertNotIn(ELLIPSIS, line.split(ERASE)[-1].replace("d…@e….com".encode(), b"")
                                 .replace("…000".encode(), b""), line)
            self.assertIn(b"\x1b[32mok     \x1b[0m account ", terminal.shown)
            self.assertNotIn(world.cars()[0]["vin"].encode(), terminal.shown)

    def test_a_trouble_is_red_and_what_is_left_out_yellow(self):
        with World("--vehicles", "2") as world:
            quiet(world).sign_in_as("driver@example.com", "not-it")
            terminal = on_terminal(world, "doctor", stdout=True)
            self.assertEqual(terminal.end()[0], 3)
            self.assertIn(b"\x1b[31mfailed \x1b[0m account ", terminal.shown)
            self.assertIn(b"\x1b[33mskipped\x1b[0m ABRP", terminal.shown)

    def test_no_color_takes_the_colours_and_a_dumb_terminal_everything(self):
        with World("--vehicles", "2") as world:
            quiet(world)
            for env, colours, progress in ((environment(NO_COLOR="1"), False, True),
                                           (environment(NO_COLOR=""), True, True),
                                           (environment(TERM="dumb"), False, False),
                                           (environment(TERM=None), False, False)):
                with self.subTest(env.get("TERM"), no_color=env.get("NO_COLOR")):
                    terminal = on_terminal(world, "doctor", stdout=True, env=env)
                    self.assertEqual(terminal.end()[0], 0)
                    self.assertEqual(b"\x1b[3" in terminal.shown, colours)
                    self.assertEqual(ERASE in terminal.shown, progress)

    def test_a_pipe_gets_neither_colour_nor_progress(self):
        with World("--vehicles", "2") as world:
            quiet(world)
            world.environment = os.environ | {"TERM": "xterm-256color"}
            for command in ("doctor", "fetch"):
                status, out, err = world.command(command)
                self.assertEqual((status, err), (0, ""))
                self.assertNotIn("\x1b", out)
                self.assertNotIn("asking", out)

    def test_fetch_says_which_part_of_which_car_is_read_and_prints_json_alone(self):
        with World("--vehicles", "2") as world:
            terminal = on_terminal(quiet(world), "fetch")
            status, printed = terminal.end()
            self.assertEqual(status, 0)
            self.assertEqual(len(json.loads(printed)["vehicles"]), 2)
            self.assertIn(b": asking for the list of cars", terminal.shown)
            self.assertRegex(terminal.shown.decode(), r"bZ4X …0001: reading telemetry \(1 of \d+\)")
            self.assertIn(b"reading climate status (", terminal.shown)
            self.assertTrue(terminal.shown.endswith(ERASE), terminal.shown[-200:])

    def test_clear_topics_says_what_it_does(self):
        with World("--vehicles", "2") as world:
            terminal = on_terminal(quiet(world), "clear-topics")
            status, printed = terminal.end()
            self.assertEqual(status, 0)
            self.assertRegex(printed, r"^\d+ topics? removed from the broker\n$")
            self.assertIn(b"removing the topics from the broker", terminal.shown)
            self.assertTrue(terminal.shown.endswith(ERASE), terminal.shown[-200:])

    def test_a_step_that_hangs_counts_its_seconds(self):
        with World("--vehicles", "2") as world:
            world.simulator.ask("faults", {"route": "GET /v2/vehicle/guid", "kind": "stall",
                                           "forever": True})
            terminal = on_terminal(quiet(world), "fetch")
            terminal.read_until("asking for the list of cars … 2 s".encode())
            terminal.read_until("asking for the list of cars … 3 s".encode())
            terminal.stop()

    def test_a_line_of_the_log_stands_above_the_status_line(self):
        with World("--vehicles", "2") as world:
            terminal = on_terminal(world, "fetch")
            self.assertEqual(terminal.end()[0], 0)
            lines = [line.split(ERASE)[-1] for line in terminal.shown.split(b"\n")]
            logged = [line for line in lines if b" debug http: " in line]
            self.assertTrue(logged)
            for line in logged:
                self.assertRegex(line, rb"^20\d\d-\d\d-\d\dT")


if __name__ == "__main__":
    unittest.main()
