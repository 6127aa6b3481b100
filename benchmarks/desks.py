"""Consoles in a process of their own: sockets to a watch, that read what they are told.

    python -m benchmarks.desks ADDRESS COUNT FIRST LAST

Every fifth console looks at the whole world, the others each at a sea of its own size; all of them
see the place where the vessels FIRST to LAST (MMSIs) sail. The first line of its standard input is
JSON with the headers to ask with. It says `ready` when each has its whole snapshot, reads until
that input ends, and then says as JSON when each console was first told of each of these vessels,
how often it was told that it was too slow, and its longest wait for anything. Times are of the
clock that all processes share, s.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
import sys
import time
from dataclasses import dataclass, field

import numpy as np

# Where the vessels sail that are looked out for.
PLACE = (-140.0, -40.0)
_WORLD_EVERY = 5
_TEXT = 1


@dataclass
class Console:
    """One of them.

    Attributes:
        came: when each vessel was first seen, by MMSI.
        slow: beats that it was told it was too slow for.
        volume: bytes that it was sent.
        longest_s: between two messages of the sea.
    """

    first: int
    last: int
    came: dict[int, float] = field(default_factory=dict)
    slow: int = 0
    volume: int = 0
    longest_s: float = 0.0
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _told_at: float = 0.0

    async def run(self, host: str, port: int, head: str, see: list[float] | None) -> None:
        """Read for ever."""
        reader, writer = await asyncio.open_connection(host, port)
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET /api/v1/live HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Version: 13\r\n{head}\r\n".encode()
        )
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 101"):
            raise RuntimeError(f"the watch refused a console: {answer[:200]!r}")
        asked = json.dumps({"see": see}).encode()
        writer.write(bytes([0x80 | _TEXT, 0x80 | len(asked)]) + b"\0\0\0\0" + asked)
        while True:
            first, size = bytes(await reader.readexactly(2))
            if size > 125:
                size = int.from_bytes(await reader.readexactly(2 if size == 126 else 8), "big")
            data = await reader.readexactly(size)
            self.volume += size
            kind = first & 15
            if kind == 9:  # a ping
                writer.write(bytes([0x8A, 0x80 | len(data)]) + b"\0\0\0\0" + data)
            elif kind == _TEXT:
                told = json.loads(data)
                self.slow += told["dropped"] if told["t"] == "slow" else 0
            elif kind == 2:
                self._take(data)

    def _take(self, data: bytes) -> None:
        now = time.monotonic()
        length = struct.unpack_from("<I", data, 8)[0]
        header = json.loads(data[12 : 12 + length])
        if self.ready.is_set():
            self.longest_s = max(self.longest_s, now - self._told_at)
        self._told_at = now
        if not header["more"]:
            self.ready.set()
        mmsi = np.frombuffer(data, "<u4", header["rows"], 12 + length)
        for found in mmsi[(mmsi >= self.first) & (mmsi <= self.last)].tolist():
            self.came.setdefault(found, now)


def seen(number: int) -> list[float] | None:
    """What a console looks at; None is the world."""
    if number % _WORLD_EVERY == 0:
        return None
    half = 4.0 + 2 * number
    lon, lat = PLACE
    # Each a little elsewhere, so that few of them can share what is made.
    return [lon - half, max(-85.0, lat - half / 2), lon + half * 0.7, min(85.0, lat + half / 3)]


async def run(address: str, count: int, first: int, last: int) -> None:
    """Read until standard input ends, and report."""
    host, _, port = address.rpartition(":")
    headers = json.loads(sys.stdin.readline())
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    consoles = [Console(first, last) for _ in range(count)]
    tasks = [
        asyncio.create_task(console.run(host, int(port), head, seen(number)))
        for number, console in enumerate(consoles)
    ]
    for console, task in zip(consoles, tasks, strict=True):
        ready = asyncio.create_task(console.ready.wait())
        await asyncio.wait({task, ready}, return_when="FIRST_COMPLETED")
        if task.done():
            task.result()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()
    told = [
        {"came": c.came, "slow": c.slow, "longest_s": c.longest_s, "volume": c.volume}
        for c in consoles
    ]
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], *map(int, sys.argv[2:5])))
