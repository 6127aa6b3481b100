"""A server of `/api/v1/live` in the loop of a test, whose beats the test gives; and its desks."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect

from api import problems
from api.access import Access
from api.app import PREFIX
from api.context import Context
from api.door import Door
from api.live.link import SERVED
from api.live.route import router
from api.live.sea import Sea
from api.security import Guard
from ingest.links import Link

PATIENCE_S = 60.0


class Quiet(uvicorn.Server):
    """Leaves signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Beats:
    """Beats that come when the test says so."""

    due: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def __call__(self) -> None:
        await self.due.acquire()


@dataclass
class Server:
    """What is served, and where."""

    context: Context
    sea: Sea
    beats: Beats
    port: int
    running: uvicorn.Server

    @property
    def links(self) -> set[Any]:
        """The server's ends of all connections."""
        return set(self.running.server_state.connections)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"ws://{self.address}{PREFIX}/live"

    async def beat(self) -> None:
        """One beat, whole."""
        number = self.sea.number
        self.beats.due.release()
        await until(lambda: self.sea.number > number)


async def until(holds: Any) -> None:
    """Wait for something that other tasks and threads bring about."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.001)


@contextlib.asynccontextmanager
async def serving(context: Context, access: Access | None = None) -> AsyncIterator[Server]:
    """The socket's path over a context, as `vigie.serve` has it."""
    beats = Beats()
    sea = Sea(context, beats)
    app = FastAPI()
    app.include_router(router(context, sea), prefix=PREFIX)
    problems.install(app)
    app.add_middleware(Door, access=access or Access.open())
    app.add_middleware(Guard)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, lifespan="off", log_level="error", http=Link, **SERVED)
    server = Quiet(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await until(lambda: server.started)
        yield Server(context, sea, beats, listening.getsockname()[1], server)
    finally:
        context.stream.close()
        server.should_exit = True
        await task


@dataclass
class Desk:
    """One client, and what it knows of the sea."""

    link: ClientConnection
    told: list[dict[str, Any]] = field(default_factory=list)
    vessels: dict[int, dict[str, float | None]] = field(default_factory=dict)
    box: list[float] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)

    async def say(self, **asked: Any) -> None:
        await self.link.send(json.dumps(asked))

    async def take(self) -> dict[str, Any]:
        """The next message, taken in."""
        async with asyncio.timeout(PATIENCE_S):
            message = await self.link.recv()
        if isinstance(message, str):
            told: dict[str, Any] = json.loads(message)
            self.told.append(told)
            return told
        return self.draw(message)

    async def until(self, kind: str) -> dict[str, Any]:
        """Take messages until one of a kind: of text, or "snapshot" (whole) or "changes"."""
        while True:
            told = await self.take()
            if told["t"] == kind and not told.get("more"):
                return told

    def draw(self, message: bytes) -> dict[str, Any]:
        kind, told, rows, went = parsed(message)
        if kind == 0:
            self.vessels = {}
        for mmsi in went:
            self.vessels.pop(mmsi, None)
        for row in rows:
            self.vessels[int(row["mmsi"] or 0)] = row
        self.box = told["box"]
        told["t"] = "snapshot" if kind == 0 else "changes"
        self.frames.append(told)
        return told


def parsed(
    message: bytes,
) -> tuple[int, dict[str, Any], list[dict[str, float | None]], list[int]]:
    """Kind, header, rows with what was not sent as None, MMSIs that went."""
    assert not any(message[1:8])
    data = message[8:]
    length = int(np.frombuffer(data[:4], "<u4")[0])
    header = json.loads(data[4 : 4 + length])
    at, columns = 4 + length, {}
    for column in header["columns"]:
        assert at % 8 == 0
        dtype = np.dtype(column["type"])
        values = np.frombuffer(data, dtype, header["rows"], at)
        columns[column["name"]] = [
            None if value == column.get("absent") else value / column.get("scale", 1)
            for value in values.tolist()
        ]
        at += -(-values.nbytes // 8) * 8
    went = np.frombuffer(data[at:], "<u4").tolist()
    assert len(went) == header["went"]
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return message[0], header, rows, went


@contextlib.asynccontextmanager
async def desk(server: Server, *, small: bool = False, **asked: Any) -> AsyncIterator[Desk]:
    """A client that has asked for something; without anything, that has not asked yet.

    `small`: its link takes little before it is read.
    """
    link_to = socket.socket()
    if small:
        link_to.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    link_to.connect(("127.0.0.1", server.port))
    link_to.setblocking(False)
    async with connect(
        server.url, sock=link_to, compression=None, max_size=2**26, max_queue=1 if small else 16
    ) as link:
        made = Desk(link)
        if asked:
            await made.say(**asked)
        yield made
