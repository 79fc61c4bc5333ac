"""A TCP relay that breaks connections in the ways in which networks do.

It listens on a free loopback port and passes bytes to `target`, which may be changed while it runs.
`mode` says what happens to connections, those that exist included:

    pass       bytes go through, each chunk after `delay` seconds
    refuse     nobody listens
    blackhole  connections are accepted, and nothing is ever read or answered
    stall      what was sent goes through, answers stop after `after` bytes of each connection
    reset      as stall, but the connection is reset then
    close      as stall, but the connection is closed as if all had been said

cut() resets every connection that exists, once; the mode stays.
"""

import contextlib
import socket
import struct
import threading

MODES = ("pass", "refuse", "blackhole", "stall", "reset", "close")
CHUNK = 65536


def reset(connection):
    """Ends a connection with RST instead of FIN."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    close(connection)


def close(connection):
    # close() alone would leave a thread waiting in recv().
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        connection.close()


class Relayed:
    """One connection and its twin; each direction has a thread."""

    def __init__(self, proxy, client):
        self.proxy = proxy
        self.client = client
        self.server = None
        self.answered = 0  # bytes that went back
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        try:
            if not self.proxy.may_connect(self):
                return
            self.server = socket.create_connection(("127.0.0.1", self.proxy.target), timeout=10)
            self.server.settimeout(None)
        except OSError:
            self.end(reset)
            return
        threading.Thread(target=self.pump, args=(self.server, self.client, True),
                         daemon=True).start()
        self.pump(self.client, self.server, False)

    def pump(self, source, sink, back):
        try:
            while data := source.recv(CHUNK):
                data = self.proxy.admit(self, data, back)
                if data is None:
                    return
                sink.sendall(data)
            # The other direction may still have something to say.
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            self.end(reset)

    def end(self, how):
        for side in (self.client, self.server):
            if side is not None:
                how(side)
        self.proxy.forget(self)


class FaultProxy:
    def __init__(self, target):
        self.target = target
        self.mode = "pass"
        self.after = 0
        self.delay = 0.0
        self.rewritten = None  # (before, after): in what clients send
        self.accepted = 0
        self.changed = threading.Condition()
        self.relayed = set()
        self.ended = False
        self.listener = None
        # Bound and never listening: nobody else is given the port while connections are refused.
        self.place = self.bound(0)
        self.port = self.place.getsockname()[1]
        self.listen()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.stop()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @staticmethod
    def bound(port):
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind(("127.0.0.1", port))
        return made

    def listen(self):
        self.listener = self.bound(self.port)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.listen(128)
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with self.changed:
                self.accepted += 1
                self.relayed.add(Relayed(self, client))

    def set(self, mode, after=0, delay=0.0):
        """Another mode; what waited in the old one goes on by the new one."""
        assert mode in MODES, mode
        with self.changed:
            before, self.mode, self.after, self.delay = self.mode, mode, after, delay
            self.changed.notify_all()
        if mode == "refuse" and before != "refuse":
            close(self.listener)
            self.cut()
        elif before == "refuse" and mode != "refuse":
            self.listen()

    def cut(self, how=reset):
        for relayed in list(self.relayed):
            relayed.end(how)

    def stop(self):
        with self.changed:
            self.ended = True
            self.changed.notify_all()
        close(self.listener)
        self.place.close()
        self.cut()

    def forget(self, relayed):
        with self.changed:
            self.relayed.discard(relayed)
            self.changed.notify_all()

    def may_connect(self, relayed):
        """Waits as long as the mode swallows connections; False: it is over."""
        with self.changed:
            self.changed.wait_for(lambda: self.mode != "blackhole" or self.is_over(relayed))
            return not self.is_over(relayed)

    def is_over(self, relayed):
        return self.ended or relayed.client.fileno() < 0

    def admit(self, relayed, data, back):
        """What of the data may go on; None: the connection has ended."""
        with self.changed:
            if self.delay:
                self.changed.wait_for(lambda: self.is_over(relayed), self.delay)
            self.changed.wait_for(lambda: self.mode != "blackhole" or self.is_over(relayed))
            if self.is_over(relayed):
                return None
            if not back and self.rewritten:
                data = data.replace(*self.rewritten)
            if not back or self.mode == "pass":
                relayed.answered += len(data) if back else 0
                return data
            left = max(0, self.after - relayed.answered)
            if len(data) <= left:
                relayed.answered += len(data)
                return data
            mode = self.mode
        return self.break_off(relayed, data, left, mode)

    def break_off(self, relayed, data, left, mode):
        if left:
            with contextlib.suppress(OSError):
                relayed.client.sendall(data[:left])
            relayed.answered += left
        if mode in ("reset", "close"):
            relayed.end(reset if mode == "reset" else close)
            return None
        with self.changed:
            self.changed.wait_for(lambda: self.mode != "stall" or self.is_over(relayed))
            return None if self.is_over(relayed) else data[left:]
