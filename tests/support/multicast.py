"""A group of which an interface comes and goes, in a network namespace; run by the test.

`main` writes what a source of datagrams made of it, as JSON.

    unshare --user --map-root-user --net python multicast.py GROUP
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import subprocess
import sys
from contextlib import aclosing, closing
from typing import Any

from ingest.sources import udp as module
from ingest.sources.kinds import open_source, read_source
from ingest.sources.status import SourceStatus

PORT, CABLE = 10110, "cable"
LINE = b"!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23\r\n"


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def plug() -> None:
    """An interface that has an address of each kind (RFC 5737, link-local) and leads somewhere."""
    ip("link", "add", CABLE, "type", "veth", "peer", "name", "far")
    for name in ("far", CABLE):
        ip("link", "set", name, "up")
    ip("address", "add", "192.0.2.1/24", "dev", CABLE)
    ip("address", "add", "fe80::1/64", "dev", CABLE, "nodad")


async def send(group: str) -> None:
    """A line to the group over the interface, again and again while there is one."""
    six = ":" in group
    while True:
        with closing(
            socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
        ) as sender:
            try:
                index = socket.if_nametoindex(CABLE)
                if six:
                    sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
                else:
                    mreqn = struct.pack("=4s4si", bytes(4), bytes(4), index)
                    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, mreqn)
                sender.sendto(LINE, (group, PORT))
            except OSError:
                pass
        await asyncio.sleep(0.02)


async def watch(group: str) -> list[Any]:
    """States and faults, and whether lines came, while the interface comes, goes and comes."""
    module._REJOIN_S = 0.1
    table = {
        "kind": "udp", "name": "g", "group": group, "interface": CABLE, "port": PORT,
        "reconnect_first": 0.02, "reconnect_max": 0.05,
    }  # fmt: skip
    status = SourceStatus("g", "udp")
    lines: list[bytes] = []

    async def listen() -> None:
        opened = open_source(read_source(table, where="source g"), status)
        async with aclosing(opened) as items:
            async for item in items:
                lines.append(item.data)  # noqa: PERF401

    tasks = [asyncio.create_task(listen()), asyncio.create_task(send(group))]
    seen: list[Any] = []
    async with asyncio.timeout(40):
        await status.until(lambda s: s.phase == "waiting")
        seen.append(status.last_error)
        for _ in range(2):
            before = status.bytes
            plug()
            await status.until(lambda s, before=before: s.bytes > before)  # type: ignore[misc]
            seen.append(status.state)
            ip("link", "delete", CABLE)
            await status.until(lambda s: s.phase == "waiting")
            seen.append(status.last_error)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    seen.append(b"".join(lines).replace(LINE, b"") == b"")
    return seen


if __name__ == "__main__":
    print(json.dumps(asyncio.run(watch(sys.argv[1]))))  # noqa: T201
