"""Two ends of a cable in network namespaces of their own; run by the test, as root of them.

A station in one namespace sends a line now and then, over a cable whose other end is here. The
cable is pulled, without a word to either side, and put back. `main` writes what a source of the
kind that is named made of it, as JSON.

    unshare --user --map-root-user --net python half_open.py tcp|tcp-server
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import aclosing
from typing import Any

from ingest.sources.kinds import open_source, read_source
from ingest.sources.status import SourceStatus

# Of the addresses that are kept free for documentation (RFC 5737).
HERE, THERE, PORT = "192.0.2.1", "192.0.2.2", 10110
LINE = b"!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23\r\n"
QUIET_S = 0.6


def ip(*words: str, inside: int | None = None) -> None:
    enter = ["nsenter", "--net", "--target", str(inside)] if inside else []
    subprocess.run([*enter, "ip", *words], check=True, capture_output=True)


def station(kind: str) -> None:
    """The other end: sends a line ten times a second to whoever is connected."""
    sys.stdin.readline()  # the cable is laid
    listening = socket.create_server((THERE, PORT)) if kind == "tcp" else None
    while True:
        try:
            link = listening.accept()[0] if listening else socket.create_connection((HERE, PORT), 1)
            # Who sends notices by itself that nothing arrives; within a second here.
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 500)
            with link:
                while True:
                    link.sendall(LINE)
                    time.sleep(0.1)
        except OSError:
            time.sleep(0.05)


async def watch(kind: str) -> dict[str, Any]:
    """The source, and what it says of itself while the cable is pulled and put back."""
    more = {"host": THERE, "reconnect_first": 0.05, "reconnect_max": 0.1, "connect_timeout": 0.3}
    if kind == "tcp-server":
        more = {"listen": HERE}
    table = {"kind": kind, "name": "north", "timeout": QUIET_S, "silent_after": QUIET_S / 2, **more}
    status = SourceStatus("north", kind)
    lines: list[bytes] = []

    async def hear() -> None:
        async with aclosing(open_source(read_source(table, where="here"), status)) as items:
            async for item in items:
                lines.append(item.data)
                status.changed()

    hearing = asyncio.create_task(hear())
    async with asyncio.timeout(30):
        await status.until(lambda s: len(lines) >= 2)
        before = {"state": status.state, "links": status.links, "connects": status.connects}
        ip("link", "set", "cable", "down")
        await status.until(lambda s: s.state == "silent")
        silent = {"links": status.links}
        errors = status.errors
        await status.until(lambda s: s.links == 0 and s.errors > errors)
        lost = {"error": status.last_error, "bytes": status.bytes}
        heard = len(lines)
        ip("link", "set", "cable", "up")
        await status.until(lambda s: len(lines) >= heard + 2)
        after = {"state": status.state, "links": status.links, "connects": status.connects}
    hearing.cancel()
    await asyncio.wait([hearing])
    whole = all(line == LINE for item in lines for line in item.splitlines(keepends=True))
    return {"before": before, "silent": silent, "lost": lost, "after": after, "whole": whole}


def main(kind: str) -> None:
    there = subprocess.Popen(
        ["unshare", "--net", sys.executable, __file__, "station", kind], stdin=subprocess.PIPE
    )
    try:
        ip("link", "set", "lo", "up")
        # The other end can move in once `unshare` has made the namespace.
        ip("link", "add", "cable", "type", "veth", "peer", "name", "far")
        ours = namespace(None)
        while namespace(there.pid) == ours:
            time.sleep(0.005)
        ip("link", "set", "far", "netns", str(there.pid))
        ip("address", "add", f"{HERE}/24", "dev", "cable")
        ip("link", "set", "cable", "up")
        ip("address", "add", f"{THERE}/24", "dev", "far", inside=there.pid)
        ip("link", "set", "far", "up", inside=there.pid)
        assert there.stdin is not None
        there.stdin.write(b"\n")
        there.stdin.flush()
        sys.stdout.write(json.dumps(asyncio.run(watch(kind))))
    finally:
        there.kill()
        there.wait()


def namespace(pid: int | None) -> str:
    return os.readlink(f"/proc/{pid or 'self'}/ns/net")


if __name__ == "__main__":
    station(sys.argv[2]) if sys.argv[1] == "station" else main(sys.argv[1])
