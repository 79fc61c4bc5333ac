"""`toyota2mqtt hash-password`: what a pipe and a terminal get, and that a password is never shown."""

import base64
import hashlib
import subprocess
import tempfile
import unittest

import harness
from terminal import Terminal

PROGRAM = str(harness.BUILD / "toyota2mqtt")
LIMIT = 60


def run(text):
    return subprocess.run([PROGRAM, "hash-password"], input=text, capture_output=True, timeout=LIMIT,
                          check=False)


def fits(line, password):
    kind, log_n, r, p, salt, digest = line.strip().split("$")
    salt = base64.urlsafe_b64decode(salt + "==")
    found = hashlib.scrypt(password, salt=salt, n=1 << int(log_n), r=int(r), p=int(p), dklen=32,
                           maxmem=1 << 27)
    return kind == "scrypt" and base64.urlsafe_b64encode(found).decode().rstrip("=") == digest


class HashPassword(unittest.TestCase):
    def test_a_pipe_gives_one_line_and_gets_its_hash(self):
        for text in (b"correct horse\n", b"correct horse", b"correct horse\r\nmore\n"):
            done = run(text)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertTrue(fits(done.stdout.decode(), b"correct horse"))

    def test_the_same_password_never_has_the_same_hash(self):
        self.assertNotEqual(run(b"correct horse").stdout, run(b"correct horse").stdout)

    def test_what_is_no_good_password_is_refused(self):
        for text in (b"", b"\n", b"too short\n", b"x" * 1025 + b"\n", b"x" * 1_000_000,
                     b"tab\tin the middle\n"):
            done = run(text)
            self.assertEqual((done.returncode, done.stdout), (2, b""))
            self.assertNotIn(b"x" * 20, done.stderr)

    def test_the_configuration_takes_the_hash(self):
        line = run("pässword of anna".encode()).stdout.decode().strip()
        for users in (f"[{{name: anna, password_hash: '{line}'}}]", f"['anna:{line}']"):
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                file.write(f"web: {{users: {users}}}\n")
                file.flush()
                done = subprocess.run([PROGRAM, "check-config", "--config", file.name],
                                      capture_output=True, text=True, timeout=LIMIT, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)

    def typed(self, first, second):
        """What a terminal gives: exit status, standard output, the terminal."""
        terminal = Terminal([PROGRAM, "hash-password"], stdin=True, limit=LIMIT)
        for question, answer in ((b"Password", first), (b"again", second)):
            terminal.read_until(question)
            terminal.type(answer + b"\n")
        return *terminal.end(), terminal

    def test_a_terminal_asks_twice_and_shows_nothing_of_it(self):
        status, printed, terminal = self.typed(b"correct horse", b"correct horse")
        self.assertTrue(fits(printed, b"correct horse"))
        self.assertEqual(status, 0)
        self.assertNotIn(b"correct", terminal.shown)

    def test_two_different_ones_at_a_terminal_are_refused(self):
        status, printed, terminal = self.typed(b"correct horse", b"correct house")
        self.assertEqual((status, printed), (2, ""))
        self.assertIn(b"different", terminal.shown)


if __name__ == "__main__":
    unittest.main()
