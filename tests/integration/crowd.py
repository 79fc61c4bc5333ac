"""Many clients at once that want nothing good, and what they cost the program."""

import asyncio
import contextlib
import pathlib
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

from harness import wait_for


def memory(pid, key="Pss:"):
    """Bytes; a key of smaps_rollup, or of status such as VmHWM:."""
    file = "status" if key.startswith("Vm") else "smaps_rollup"
    for line in pathlib.Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"no {key} of {pid}")


def page_of(bridge):
    """The address of the page of a running bridge, with a slash."""
    mark = "the page is at "
    def found():
        lines = [line for line in bridge.output().splitlines() if mark in line]
        return lines and lines[-1].split(mark)[1].split()[0].strip('"}')
    return wait_for(found, "the page's address")


def times_of(url, count):
    """Seconds that each of so many requests took, one after the other."""
    taken = []
    for _ in range(count):
        begun = time.monotonic()
        with urllib.request.urlopen(url, timeout=10) as answer:
            assert answer.status == 200
        taken.append(time.monotonic() - begun)
    return taken


def p99(taken):
    return statistics.quantiles(taken, n=100)[98]


class Crowd:
    """So many connections that ask for a page as fast as they can, until end(): a process of its
    own, so that it does not take the time of the one that measures."""

    def __init__(self, url, size, path="/"):
        self.answers = 0
        self.child = subprocess.Popen([sys.executable, __file__, url, str(size), path],
                                      stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        self.reader = threading.Thread(target=self.count, daemon=True)
        self.reader.start()

    def count(self):
        for line in self.child.stdout:
            self.answers = int(line)

    def end(self):
        if self.child.stdout.closed:
            return
        self.child.kill()
        self.child.wait()
        self.reader.join(5)
        self.child.stdout.close()


class Silent:
    """So many connections that never finish their request, until end()."""

    def __init__(self, url, size):
        self.host, self.port = url.removeprefix("http://").rstrip("/").rsplit(":", 1)
        head = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 12000
        self.connections = []
        for _ in range(size):
            connection = socket.create_connection((self.host, int(self.port)), 5)
            with contextlib.suppress(OSError):
                connection.sendall(head)
            self.connections.append(connection)

    def end(self):
        while self.connections:
            self.connections.pop().close()


async def ask(host, port, request, counted):
    while True:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            reader, writer = await asyncio.open_connection(host, port)
            while True:
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                counted[0] += 1


async def crowd(url, size, path):
    host, port = url.removeprefix("http://").rstrip("/").rsplit(":", 1)
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    counted = [0]
    asking = [asyncio.create_task(ask(host, int(port), request, counted)) for _ in range(size)]
    while asking:
        await asyncio.sleep(0.1)
        print(counted[0], flush=True)


if __name__ == "__main__":
    asyncio.run(crowd(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
