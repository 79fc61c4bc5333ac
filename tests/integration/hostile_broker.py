"""A broker of the test's own that does not heed what the client asks of it: a process of its own, so
that what it holds in memory is not the program's.

  hostile_broker.py PORT_FILE BYTES

Accepts every client and acknowledges what it publishes. To each that subscribes it sends one retained
message of BYTES. Prints a line of JSON for what happens."""

import json
import pathlib
import socket
import struct
import sys
import threading

MAXIMUM_PACKET_SIZE = 0x27


saying = threading.Lock()  # each client has threads of its own


def say(**what):
    with saying:
        print(json.dumps(what), flush=True)


def length_of(number):
    out = bytearray()
    while True:
        digit, number = number % 128, number // 128
        out.append(digit | (128 if number else 0))
        if not number:
            return bytes(out)


class Client:
    def __init__(self, connection, giant):
        self.connection = connection
        self.giant = giant
        self.sending = threading.Lock()

    def exactly(self, count):
        data = bytearray()
        while len(data) < count:
            piece = self.connection.recv(count - len(data))
            if not piece:
                raise EOFError
            data += piece
        return bytes(data)

    def packet(self):
        head = self.exactly(1)[0]
        length = shift = 0
        while True:
            digit = self.exactly(1)[0]
            length |= (digit & 127) << shift
            shift += 7
            if not digit & 128:
                return head, self.exactly(length)

    def send(self, data):
        with self.sending:
            self.connection.sendall(data)

    def serve(self):
        try:
            while True:
                head, body = self.packet()
                self.answer(head >> 4, head, body)
        except (EOFError, OSError):
            say(event="gone")

    def answer(self, kind, head, body):
        if kind == 1:
            asked = body[11:11 + body[10]]  # properties behind name, version, flags and keep-alive
            at = asked.find(bytes([MAXIMUM_PACKET_SIZE]))
            size = struct.unpack(">I", asked[at + 1:at + 5])[0] if at >= 0 else None
            say(event="connected", maximum_packet_size=size)
            self.send(bytes([0x20, 3, 0, 0, 0]))
        elif kind == 3 and head & 6:
            topic = struct.unpack(">H", body[:2])[0]
            name = body[2:2 + topic].decode()
            self.send(bytes([0x40, 2]) + body[2 + topic:4 + topic])
            say(event="published", topic=name)
        elif kind == 4:
            say(event="acknowledged", id=struct.unpack(">H", body[:2])[0])
        elif kind == 8:
            filters = body.count(b"\x01", 3)
            self.send(bytes([0x90]) + length_of(3 + filters) + body[:2] + b"\0" + b"\1" * filters)
            threading.Thread(target=self.send_giant, daemon=True).start()
        elif kind == 12:
            self.send(bytes([0xD0, 0]))

    def send_giant(self):
        topic = b"toyota2mqtt/left/behind/set"
        body = struct.pack(">H", len(topic)) + topic + struct.pack(">H", 77) + b"\0"
        piece = b"x" * (1 << 20)
        try:
            with self.sending:  # a message is sent whole
                self.connection.sendall(bytes([0x33]) + length_of(len(body) + self.giant) + body)
                left = self.giant
                while left:
                    self.connection.sendall(piece[:left])
                    left -= min(left, len(piece))
            say(event="sent")
        except OSError:
            say(event="refused")


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    port_file = pathlib.Path(sys.argv[1])
    port_file.with_suffix(".new").write_text(str(listener.getsockname()[1]))
    port_file.with_suffix(".new").rename(port_file)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=Client(connection, int(sys.argv[2])).serve, daemon=True).start()


if __name__ == "__main__":
    main()
