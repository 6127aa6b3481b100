"""Sentences on standard input, from whatever program writes them there."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable
from typing import Literal

from pydantic import Field

from ingest.clock import micros
from ingest.sources.config import SourceBase
from ingest.sources.descriptor import readable
from ingest.sources.lines import Lines
from ingest.sources.pacing import ENOUGH, Pace
from ingest.sources.received import Received
from ingest.sources.status import SourceStatus

_STDIN = 0


class StdinConfig(SourceBase):
    """A source that is this program's standard input."""

    kind: Literal["stdin"] = Field("stdin", description="standard input of this program")


async def stdin(
    config: StdinConfig,
    status: SourceStatus,
    *,
    now: Callable[[], int] = micros,
    descriptor: int = _STDIN,
) -> AsyncGenerator[Received, None]:
    """Sentences from standard input, until it is at its end.

    Args:
        config: of the source.
        status: kept up to date.
        now: the wall clock, µs since 1970 UTC.
        descriptor: what to read instead; it stays open.

    """
    cutter, pace = Lines(), Pace()
    status.connected("standard input")
    at = 0
    try:
        while True:
            try:
                await readable(descriptor)
            except PermissionError:  # a file: it is always ready
                await pace.rest()
            data = os.read(descriptor, ENOUGH)
            at = now()
            if not data:
                break
            status.heard(at, len(data))
            pace.read(len(data))
            if lines := cutter.feed(data):
                yield Received(config.name, 0, at, lines)
            await pace.rest()
        if lines := cutter.finish():
            yield Received(config.name, 0, at, lines)
    finally:
        status.disconnected()
