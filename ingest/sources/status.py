"""How a source fares: what it has brought, whether it is connected, what went wrong last."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from ingest.clock import monotonic
from ingest.words import safe_text

Phase = Literal["starting", "connected", "waiting", "ended", "failed"]
State = Literal["starting", "connected", "waiting", "silent", "ended", "failed"]


@dataclass(slots=True)
class SourceStatus:
    """The state and the counts of one source.

    It is changed in the event loop only, through its methods where there is one, and may be read
    from anywhere. `open_source` counts lines and finds silence; a source does the rest.

    Attributes:
        name, kind: as configured.
        phase: of the link alone: "starting"; "connected", that is open and listening; "waiting"
            for the next attempt to connect; "ended", its input is at its end; "failed" for good.
        silent: nothing has come for the source's `silent_after`, connected or not.
        links: connections that are open.
        connects: connections made so far.
        bytes, lines: what has come in; lines as handed on.
        dropped_lines, dropped_bytes: what came while the pipeline was full, by datagrams or from a
            device.
        dropped_datagrams: lost in the system before they could be read.
        refused: connections not accepted, by reason.
        rejected: messages of which no line could be made, by reason.
        errors, last_error: how many, and the last as one sentence that is safe to show.
        last_heard: when the last byte came, µs since 1970 UTC; None before the first.
        heard_at: the same on the clock that never steps, s.
        peers: what is at the other end of each link that is open.
        details: what only this kind of source has to say.

    """

    name: str
    kind: str
    phase: Phase = "starting"
    silent: bool = False
    links: int = 0
    connects: int = 0
    bytes: int = 0
    lines: int = 0
    dropped_lines: int = 0
    dropped_bytes: int = 0
    dropped_datagrams: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    errors: int = 0
    last_error: str = ""
    last_heard: int | None = None
    heard_at: float = float("-inf")
    peers: dict[int, str] = field(default_factory=dict)
    details: dict[str, int | str] = field(default_factory=dict)
    _waiting: list[asyncio.Future[None]] = field(default_factory=list, repr=False)

    @property
    def state(self) -> State:
        """The phase, or "silent" while nothing is heard of a source that should be heard."""
        return "silent" if self.silent and self.phase not in ("ended", "failed") else self.phase

    def connected(self, peer: str = "", link: int = 0) -> None:
        """A link is open."""
        self.links += 1
        self.connects += 1
        self.peers[link] = safe_text(peer)
        self.phase = "connected"
        self.changed()

    def disconnected(self, link: int = 0) -> None:
        """A link that was open is closed; the phase is for the source to say."""
        self.links -= 1
        self.peers.pop(link, None)
        self.changed()

    def listening(self) -> None:
        """The source is ready to be connected to."""
        self.phase = "connected"
        self.changed()

    def heard(self, at: int, size: int) -> None:
        """Bytes have come in, a whole line or not."""
        self.bytes += size
        self.last_heard = at
        self.heard_at = monotonic()
        self.silent = False
        if self._waiting:
            self.changed()

    def error(self, text: str) -> None:
        """Something went wrong; `text` is one sentence, made safe here."""
        self.errors += 1
        self.last_error = safe_text(text)
        self.changed()

    def waiting(self, text: str = "") -> None:
        """The source waits before it tries again; `text` says why."""
        self.phase = "waiting"
        if text:
            self.error(text)
        else:
            self.changed()

    def ended(self) -> None:
        """The input is at its end."""
        self.phase = "ended"
        self.changed()

    def failed(self, text: str) -> None:
        """The source has given up."""
        self.phase = "failed"
        self.error(text)

    def changed(self) -> None:
        """Wake who waits in `until`."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, holds: Callable[[SourceStatus], bool]) -> None:
        """Wait, in the event loop, until something holds of this status."""
        while not holds(self):
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await future

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain values that JSON can hold."""
        return {
            "name": self.name, "kind": self.kind, "state": self.state, "phase": self.phase,
            "silent": self.silent, "links": self.links, "connects": self.connects,
            "bytes": self.bytes, "lines": self.lines, "dropped_lines": self.dropped_lines,
            "dropped_bytes": self.dropped_bytes, "dropped_datagrams": self.dropped_datagrams,
            "refused": dict(self.refused), "rejected": dict(self.rejected), "errors": self.errors,
            "last_error": self.last_error, "last_heard": self.last_heard,
            "peers": {str(link): peer for link, peer in dict(self.peers).items()},
            "details": dict(self.details),
        }  # fmt: skip
