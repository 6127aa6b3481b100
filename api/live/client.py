"""One desk's socket: what it asks for, and what it is sent.

Three tasks: one listens, one tells of alerts, one of the sea. Each waits until the link takes more
before it makes the next message, so a slow desk holds three messages and what its link buffers, and
what it is sent of the sea is the latest there is when its link is free. An alert waits for no more
than one piece of a snapshot.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.live.boxes import WORLD, around, normal, serves
from api.live.sea import Sea
from api.live.view import View
from api.stream import Stream
from ingest import clock
from store.fleet import Box

# For the first message, and for each.
PATIENCE_S = 20.0
# Nobody turns a map this often; who sends more is no map.
MOST_ASKED, ASKED_WITHIN_S = 200, 10.0
# Between two snapshots, however often the view changes.
REST_S = 0.2

UNUSABLE, FAULT = 1008, 1011  # RFC 6455, 7.4.1: policy violation, internal error


class UnusableError(Exception):
    """What a client sent cannot be used; says what to send instead."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One message of a client.

    Attributes:
        see: what it looks at; None where it does not say.
        after: id in the stream of alerts to go on from; None for from now on.

    """

    see: Box | None = None
    after: str | None = None


def read(text: str | None) -> Asked:
    """What a client asks for.

    Raises:
        UnusableError: it cannot be understood.

    """
    try:
        told = orjson.loads(text or "")
    except orjson.JSONDecodeError:
        raise UnusableError('Send text with JSON in it, as {"see": [43, 11, 51.5, 15]}') from None
    if not isinstance(told, dict) or not told.keys() <= {"see", "after"}:
        raise UnusableError("Send an object with see, after, or both, and nothing else")
    after = told.get("after")
    if after is not None and not (isinstance(after, str) and len(after) <= 100):
        raise UnusableError("after takes the id of a message, or null")
    if "see" not in told:
        return Asked(None, after)
    see = told["see"]
    if see is None:
        return Asked(WORLD, after)
    if not (
        isinstance(see, list)
        and len(see) == 4
        and all(isinstance(n, int | float) and not isinstance(n, bool) for n in see)
    ):
        raise UnusableError("see takes west, south, east, north in degrees, or null")
    try:
        return Asked(normal(*map(float, see)), after)
    except (ValueError, OverflowError) as error:
        raise UnusableError(str(error)) from None


class Client:
    """A desk that is connected; `run` returns when it has gone.

    Args:
        socket: accepted.
        sea: what it is told of.
        stream: of alerts.

    Attributes:
        dropped: beats that it was too slow for.

    """

    def __init__(self, socket: WebSocket, sea: Sea, stream: Stream) -> None:
        self._socket, self._sea, self._stream = socket, sea, stream
        self.dropped = 0
        self._see: Box | None = None
        self._turned = asyncio.Event()
        self._asked: deque[float] = deque(maxlen=MOST_ASKED)
        self._rested_at = 0.0

    async def run(self) -> None:
        """Serve until it goes, or sends what cannot be used.

        Raises:
            UnusableError: see there.

        """
        try:
            async with asyncio.timeout(PATIENCE_S):
                first = await self._hear()
        except TimeoutError:
            raise UnusableError(f"Nothing was asked for within {PATIENCE_S:g} s") from None
        after = self._stream.last_id if first.after is None else first.after
        await self._tell({"t": "hello", **_place(self._stream.last_id)})
        self._look(first)
        tasks = [
            asyncio.create_task(work)
            for work in (self._listen(), self._alerts(after), self._positions())
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    async def _listen(self) -> None:
        while True:
            asked = await self._hear()
            self._look(asked)

    async def _hear(self) -> Asked:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        now = clock.monotonic()
        if len(self._asked) == MOST_ASKED and now - self._asked[0] < ASKED_WITHIN_S:
            raise UnusableError(f"More than {MOST_ASKED} messages within {ASKED_WITHIN_S:g} s")
        self._asked.append(now)
        return read(message.get("text"))

    def _look(self, asked: Asked) -> None:
        if asked.see is not None and asked.see != self._see:
            self._see = asked.see
            self._turned.set()

    async def _alerts(self, after: str) -> None:
        async with contextlib.aclosing(self._stream.follow(after)) as messages:
            async for sent in messages:
                if sent.kind != "alert":
                    await self._tell({"t": sent.kind, **_place(sent.id)})
                    continue
                # The alert is JSON already, made once for all.
                head = orjson.dumps({"t": "alert", **_place(sent.id)}).decode()
                await self._socket.send_text(f'{head[:-1]},"alert":{sent.data}}}')

    async def _positions(self) -> None:
        told = self._sea.status_text
        await self._socket.send_text(told)
        view: View | None = None
        version = number = 0
        try:
            while True:
                if await self._beat_or_turn(view, number):
                    before, view = view, await self._turn(view)
                    if view is not before and view is not None:
                        version, number = await self._snapshot(view)
                        continue
                if self._sea.status_text is not told:
                    told = self._sea.status_text
                    await self._socket.send_text(told)
                if view is None or view.newest.number == number:
                    continue
                beat = view.newest
                if beat.span.before <= version:
                    made: bytes | None = beat.message(view.box)
                else:
                    missed = beat.number - number - 1
                    self.dropped += missed
                    await self._tell({"t": "slow", "dropped": missed})
                    beat = view.newest
                    made = await asyncio.to_thread(self._sea.since, view, version)
                if made is None:
                    version, number = await self._snapshot(view)
                    continue
                await self._socket.send_bytes(made)
                version, number = beat.span.version, beat.number
        finally:
            if view is not None:
                self._sea.leave(view)

    async def _beat_or_turn(self, view: View | None, number: int) -> bool:
        """Wait for a beat after this one or another view; whether it is another view."""
        late = view is not None and view.newest.number != number
        if not (late or self._turned.is_set()):
            waits = {
                asyncio.create_task(self._sea.next()), asyncio.create_task(self._turned.wait()),
            }  # fmt: skip
            try:
                done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in waits:
                    task.cancel()
        return self._turned.is_set()

    async def _turn(self, view: View | None) -> View | None:
        """The view to send from now on: another one, where this one does not do."""
        self._turned.clear()
        see = self._see
        if see is None or (view is not None and serves(view.box, see)):
            return view
        fresh = await self._sea.open(around(see))
        if view is not None:
            self._sea.leave(view)
        return fresh

    async def _snapshot(self, view: View) -> tuple[int, int]:
        """Send all of a view, in pieces; the version and the beat to go on from."""
        await asyncio.sleep(self._rested_at - clock.monotonic())
        self._rested_at = clock.monotonic() + REST_S
        version, number = view.newest.span.version, view.newest.number
        slot: int | None = 0
        while slot is not None:
            made, slot = await asyncio.to_thread(self._sea.piece, view, slot)
            await self._socket.send_bytes(made)
        return version, number

    async def _tell(self, told: dict[str, Any]) -> None:
        await self._socket.send_text(orjson.dumps(told).decode())


def _place(message_id: str) -> dict[str, Any]:
    """A message's number, which rises by one from alert to alert, and its id."""
    return {"seq": int(message_id.rpartition("-")[2]), "id": message_id}
