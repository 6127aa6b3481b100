"""One stream connection, plain or TLS, that is read when it is asked and not otherwise.

asyncio's own streams read whatever comes as it comes, one callback a packet. Here the socket is
watched only while somebody waits for bytes: what comes meanwhile gathers in the system, a full
pipeline slows the sender down, and 20,000 lines a second cost fifty reads.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

from ingest.sources.lines import Lines
from ingest.sources.pacing import ENOUGH, GATHER_S, Pace
from ingest.sources.status import SourceStatus

# The largest record of TLS: so much may be decrypted already (RFC 8446, 5.1), and not counted.
_RECORD = 16_384


class Link(asyncio.BufferedProtocol):
    """A connection; give it to asyncio as a protocol, then `read` it and `close` it.

    Args:
        now: the wall clock, µs since 1970 UTC.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        # A view: asyncio's TLS slices what `get_buffer` gives, and a slice of bytes is a copy.
        self._buffer = self._given = memoryview(bytearray(ENOUGH))
        self._transport: asyncio.Transport | None = None
        self._held: list[tuple[int, bytes]] = []
        self._asked: asyncio.Future[None] | None = None
        self._lost: asyncio.Future[BaseException | None] = (
            asyncio.get_running_loop().create_future()
        )

    async def read(self) -> tuple[int, bytes]:
        """The next bytes and when they were read, µs; no bytes at the end.

        Raises:
            OSError: the connection was lost.

        """
        assert self._transport is not None
        if not self._held and not self._lost.done():
            self._asked = asyncio.get_running_loop().create_future()
            self._transport.resume_reading()
            try:
                await self._asked
            finally:
                self._asked = None
                self._transport.pause_reading()
        if self._held:
            return self._held.pop(0)
        if fault := self._lost.result():
            raise fault
        return self._now(), b""

    def write(self, data: bytes) -> None:
        """Send something."""
        assert self._transport is not None
        self._transport.write(data)

    async def close(self) -> None:
        """Close the connection at once; its socket is closed on return."""
        if self._transport is not None:
            self._transport.abort()
            await asyncio.wait([self._lost])

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.pause_reading()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Called by asyncio, whose TLS says how much there is.

        At the end of a connection it reads once, and what does not fit is lost.
        """
        room = sizehint + _RECORD
        self._given = self._buffer if room <= ENOUGH else memoryview(bytearray(room))
        return self._given

    def buffer_updated(self, nbytes: int) -> None:
        """Called by asyncio."""
        assert self._transport is not None
        self._held.append((self._now(), bytes(self._given[:nbytes])))
        self._given = self._buffer
        self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        """Called by asyncio; it closes the connection then."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        if not self._lost.done():
            self._lost.set_result(exc)
        self._wake()

    def _wake(self) -> None:
        if self._asked is not None and not self._asked.done():
            self._asked.set_result(None)


async def lines_of(
    link: Link,
    status: SourceStatus,
    *,
    timeout: float,
    spacing: Callable[[], float] = lambda: GATHER_S,
) -> AsyncGenerator[tuple[int, bytes], None]:
    """Whole lines of a link and when they came, until it is at its end.

    Args:
        link: of a source.
        status: of that source; is told of every byte.
        timeout: seconds without a byte after which the link is given up; 0 for never.
        spacing: least time between two small reads, s.

    Raises:
        TimeoutError: nothing came for so long.
        OSError: the connection was lost; what had come before it has been given out.

    """
    cutter, pace = Lines(), Pace()
    at = 0
    try:
        while True:
            try:
                async with asyncio.timeout(timeout or None):
                    at, data = await link.read()
            except TimeoutError as fault:
                if fault.errno is not None:  # the system's own: keep-alive had no answer
                    raise
                raise TimeoutError(f"nothing came for {timeout:g} s") from None
            if not data:
                break
            status.heard(at, len(data))
            pace.read(len(data), spacing())
            if lines := cutter.feed(data):
                yield at, lines
            await pace.rest()
    except OSError:
        if lines := cutter.finish():
            yield at, lines
        raise
    if lines := cutter.finish():
        yield at, lines
