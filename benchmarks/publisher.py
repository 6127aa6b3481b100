"""A publisher over MQTT that costs next to nothing: just enough of 3.1.1 for QoS 1.

It sends many messages before the first is acknowledged, as a busy partner does, and counts the
acknowledgements instead of matching them: the broker answers in order, once each.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence

TOPIC = b"ais/bench"

# Messages in flight: identifiers have 16 bits, and none may be used twice at a time.
_MOST = 30_000
_ACK_BYTES = 4
_TIMEOUT_S = 30.0


class Publisher:
    """A connection to a broker on loopback.

    Attributes:
        published: messages so far.

    Raises:
        OSError: the broker is not there or refuses us.
    """

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), _TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(packet(0x10, b"\0\4MQTT\4\2\0\0" + _text(b"vigie-bench")))
        answer = self._socket.recv(4, socket.MSG_WAITALL)
        if len(answer) < 4 or answer[3]:
            raise ConnectionError(f"the broker refuses us: {answer.hex()}")
        self._socket.settimeout(None)  # with one, MSG_DONTWAIT would wait
        self.published = 0
        self._acknowledged = 0  # bytes of acknowledgements

    def publish(self, payloads: Sequence[bytes]) -> None:
        """Publish messages; waits while too many are not acknowledged."""
        if not payloads:
            return
        head = _text(TOPIC)
        made = []
        for number, payload in enumerate(payloads, self.published):
            made.append(packet(0x32, head + struct.pack("!H", number % 65_535 + 1) + payload))
        self.published += len(payloads)
        self._socket.sendall(b"".join(made))
        self._hear(_MOST)

    def settle(self) -> None:
        """Wait until all is acknowledged.

        Raises:
            ConnectionError: the broker has gone.
        """
        self._hear(0)

    def _hear(self, most: int) -> None:
        """Take acknowledgements until at most so many are outstanding."""
        while True:
            outstanding = self.published - self._acknowledged // _ACK_BYTES
            waits = 0 if outstanding > most else socket.MSG_DONTWAIT
            try:
                heard = len(self._socket.recv(1 << 16, waits))
            except BlockingIOError:
                return
            if not heard:
                raise ConnectionError("the broker has closed the connection")
            self._acknowledged += heard
            if most == 0 and self._acknowledged == self.published * _ACK_BYTES:
                return


def packet(kind: int, body: bytes) -> bytes:
    """A packet: its first byte, its length (MQTT 3.1.1, 2.2.3), its body."""
    size, left = bytearray(), len(body)
    while True:
        left, byte = left >> 7, left & 127
        size.append(byte | (128 if left else 0))
        if not left:
            return bytes((kind,)) + bytes(size) + body


def _text(text: bytes) -> bytes:
    return struct.pack("!H", len(text)) + text
