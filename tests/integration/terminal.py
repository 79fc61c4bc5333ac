"""A program on a terminal of its own, as a person sees it."""

import os
import pty
import subprocess
import threading
import unittest

PLAIN = {"TERM": "xterm-256color"}


def environment(**more):
    """That of the test with a terminal; a variable that is None is left out."""
    variables = {name: text for name, text in os.environ.items() if name != "NO_COLOR"} | PLAIN
    variables |= more
    return {name: text for name, text in variables.items() if text is not None}


class Terminal:
    """Starts the command with its error stream, and what else is wanted, on a new terminal."""

    def __init__(self, command, *, stdin=False, stdout=False, env=None, limit=60):
        try:
            self.ours, theirs = pty.openpty()
        except OSError as error:  # a bare root without /dev/pts
            raise unittest.SkipTest(f"this machine has no terminals to give: {error}") from error
        self.child = subprocess.Popen(
            command, stdin=theirs if stdin else subprocess.DEVNULL, stderr=theirs,
            stdout=theirs if stdout else subprocess.PIPE, start_new_session=True,
            env=environment() if env is None else env)
        os.close(theirs)
        self.shown = b""
        # A program that says nothing more must not hold the test for ever.
        self.limit = threading.Timer(limit, self.child.kill)
        self.limit.start()

    def read(self):
        """More of what is shown; False when the other side is closed."""
        try:
            piece = os.read(self.ours, 4096)
        except OSError:
            piece = b""
        self.shown += piece
        return bool(piece)

    def read_until(self, text):
        while text not in self.shown:
            if not self.read():
                raise AssertionError(f"{text!r} was not shown, but {self.shown!r}")

    def type(self, text):
        os.write(self.ours, text)

    def end(self):
        """The exit status and what went to standard output, if that was no terminal."""
        while self.read():
            pass
        printed = self.child.communicate()[0] if self.child.stdout else b""
        status = self.child.wait()
        self.limit.cancel()
        os.close(self.ours)
        return status, (printed or b"").decode()

    def stop(self):
        self.child.kill()
        self.end()
