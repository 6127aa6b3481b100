"""A sender of sentences in a process of its own: so many lines a second, to a port of loopback.

    python -m benchmarks.sender {tcp,udp,mqtt} PORT FILE --rate N --seconds N

It says `ready` when all is in memory and connected, begins when it reads a line, and says when it
began. Every few milliseconds it sends what is due by then, so a receiver that is slow for a moment
gets the more at the next: the rate is kept on average, as by stations that do not wait for anybody.
At the end it says as JSON what it did. Times are of the clock that all processes share, s.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.publisher import Publisher

# Seconds between two sends. Datagrams come one by one; twenty at once are more like that.
_TICK_S = {"tcp": 0.02, "udp": 0.001, "mqtt": 0.01}
_BUFFER = 1 << 20

# Sends lines first <= n < end, so many seconds after the beginning; returns where it has got to.
Send = Callable[[int, int, float], int]


class Text:
    """Lines that are sent again and again.

    Args:
        data: whole lines.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        ends = np.flatnonzero(np.frombuffer(data, np.uint8) == 10) + 1
        self._starts = np.append(0, ends)
        self.lines = len(ends)

    def piece(self, first: int, end: int) -> bytes:
        """Lines first <= n < end of the endless repetition."""
        made = []
        while first < end:
            turn, at = divmod(first, self.lines)
            upto = min(end - turn * self.lines, self.lines)
            made.append(self._data[self._starts[at] : self._starts[upto]])
            first += upto - at
        return b"".join(made)

    def single(self, first: int, end: int) -> list[bytes]:
        """The same, a line each."""
        return self.piece(first, end).splitlines(keepends=True)


class Probes:
    """Lines that are sent at times of their own.

    Args:
        path: a file of JSON: seconds from the beginning and text of each, in order.
    """

    def __init__(self, path: Path | None) -> None:
        self._waiting: list[tuple[float, str]] = json.loads(path.read_text()) if path else []
        self.sent: list[float] = []

    def due(self, seconds: float) -> bytes:
        """Those whose time has come; they are taken for sent now."""
        count = len(self.sent)
        while count < len(self._waiting) and self._waiting[count][0] <= seconds:
            count += 1
        made = "".join(text for _, text in self._waiting[len(self.sent) : count])
        self.sent += [time.monotonic()] * (count - len(self.sent))
        return made.encode()


def paced(send: Send, first: int, rate: float, seconds: float, tick_s: float) -> dict[str, Any]:
    """Send at this rate for so long, beginning with line `first`; what was done."""
    total = round(rate * seconds)
    sent, late = 0, 0.0
    began = time.monotonic()
    sys.stdout.write(f"{began!r}\n")
    sys.stdout.flush()
    while sent < total:
        now = time.monotonic() - began
        due = min(total, int(rate * now))
        if due > sent:
            sent = send(first + sent, first + due, now) - first
        late = max(late, time.monotonic() - began - sent / rate)
        rest = (int(now / tick_s) + 1) * tick_s - (time.monotonic() - began)
        if rest > 0:
            time.sleep(rest)
    return {"began": began, "ended": time.monotonic(), "lines": sent, "late_s": late}


def over_tcp(link: socket.socket, text: Text, probes: Probes) -> Send:
    """Sends what is due in one piece."""
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(first: int, end: int, now: float) -> int:
        link.sendall(text.piece(first, end) + probes.due(now))
        return end

    return send


def over_udp(link: socket.socket, text: Text) -> Send:
    """Sends each line as a datagram."""

    def send(first: int, end: int, now: float) -> int:
        for line in text.single(first, end):
            link.send(line)
        return end

    return send


def over_mqtt(publisher: Publisher, text: Text, together: int) -> Send:
    """Publishes so many lines a message, QoS 1."""

    def send(first: int, end: int, now: float) -> int:
        end -= (end - first) % together
        if together == 1:
            publisher.publish(text.single(first, end))
        else:
            publisher.publish([text.piece(n, n + together) for n in range(first, end, together)])
        return end

    return send


def main() -> None:
    """Send, as the command line says."""
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("kind", choices=_TICK_S)
    told.add_argument("port", type=int)
    told.add_argument("file", type=Path)
    told.add_argument("--rate", type=float, required=True, help="lines a second")
    told.add_argument("--seconds", type=float, required=True)
    told.add_argument("--first", type=int, default=0, help="number of the first line")
    told.add_argument("--probes", type=Path, help="JSON: seconds and text of further lines")
    told.add_argument("--together", type=int, default=1, help="lines a message")
    asked = told.parse_args()
    text, probes = Text(asked.file.read_bytes()), Probes(asked.probes)
    here = ("127.0.0.1", asked.port)
    publisher: Publisher | None = None
    if asked.kind == "tcp":
        send = over_tcp(socket.create_connection(here), text, probes)
    elif asked.kind == "udp":
        link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        link.connect(here)
        send = over_udp(link, text)
    else:
        publisher = Publisher(asked.port)
        send = over_mqtt(publisher, text, asked.together)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    done = paced(send, asked.first, asked.rate, asked.seconds, _TICK_S[asked.kind])
    if publisher is not None:
        publisher.settle()
        done["messages"] = publisher.published
    sys.stdout.write(json.dumps({**done, "probes": probes.sent}) + "\n")


if __name__ == "__main__":
    main()
