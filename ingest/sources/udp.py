"""A source of datagrams: unicast, broadcast or multicast.

Nothing can slow a sender of datagrams down, so they are read whether or not anybody asks for them,
and what is lost is counted: by the system where its buffer was full, by us where ours was.

The socket is left alone for up to 20 ms between two looks and then emptied: at 20,000 datagrams a
second each look finds hundreds, and one costs a system call and a few list operations.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator, Callable

from ingest.clock import micros, monotonic
from ingest.sources.backoff import Backoff
from ingest.sources.faults import place, told
from ingest.sources.lines import KEPT, bounded
from ingest.sources.pacing import GATHER_S
from ingest.sources.received import Received
from ingest.sources.senders import Address, Senders
from ingest.sources.shelf import Shelf
from ingest.sources.status import SourceStatus
from ingest.sources.udp_config import UdpConfig
from ingest.sources.udp_socket import granted, open_socket

# Between two looks at the socket, s: longer where there are many senders, as each has an item of
# its own; shorter where the system's buffer fills to more than a quarter meanwhile.
_ITEMS_PER_S, _LONGEST_S, _SHORTEST_S = 1_000, 0.1, 0.001
_FULL, _SOONER, _LATER = 0.25, 0.5, 1.25
# Datagrams read at one look; the event loop has other work to do.
_MOST = 2_048
# More than the largest payload of UDP, which is 65,507 bytes over IPv4 and 65,527 over IPv6.
_LARGEST = 65_535
# A group from which nothing comes is joined anew, by a new socket, so often, s: its interface may
# have gone and come back, or a switch may have forgotten us.
_REJOIN_S = 30.0
# What stands before the sentences in a datagram by IEC 61162-450.
_TOKEN = b"UdPbC\0"

# Linux, include/uapi/linux/sock_diag.h: nine counters of a socket. The last is what SO_RXQ_OVFL
# tells with a datagram; here it costs nothing a datagram, and is there when none follows.
_SO_MEMINFO, _MEMINFO = 55, struct.Struct("=9I")
_UINT32 = 0xFFFF_FFFF


async def udp(
    config: UdpConfig, status: SourceStatus, *, now: Callable[[], int] = micros
) -> AsyncGenerator[Received, None]:
    """What datagrams bring, for ever; each holds whole lines.

    Links are numbered by sender. While nobody asks, `config.hold` bytes are kept and the oldest
    beyond are dropped.

    Args:
        config: of the source.
        status: kept up to date: `dropped_lines`, `dropped_datagrams`; `refused` counts datagrams
            of those who are not allowed; `peers` are senders heard within five minutes, `details`
            tells how many `senders` these are, and the `receive_buffer` we were granted, bytes.
        now: the wall clock, µs since 1970 UTC.

    """
    backoff = Backoff(config.reconnect_first, config.reconnect_max)
    here = place(str(config.group or config.listen), config.port)
    senders = Senders(config, status)
    while True:
        shelf = Shelf(status, config.hold)
        try:
            port = _Port(open_socket(config), config, status, shelf, senders, now)
        except OSError as fault:
            status.waiting(f"{here} cannot be received at: {told(fault)}")
            await asyncio.sleep(backoff.next())
            continue
        backoff.reset()
        try:
            status.listening()
            while True:
                yield await shelf.get()
        except OSError as fault:
            status.waiting(f"{here} can no longer be received at: {told(fault)}")
        finally:
            port.close()
        await asyncio.sleep(backoff.next())


class _Port:
    """Empties a socket, again and again."""

    def __init__(
        self, opened: socket.socket, config: UdpConfig, status: SourceStatus, shelf: Shelf,
        senders: Senders, now: Callable[[], int],
    ) -> None:  # fmt: skip
        self._socket, self._config, self._status = opened, config, status
        self._shelf, self._senders, self._now = shelf, senders, now
        self._loop = asyncio.get_running_loop()
        self._rest = GATHER_S
        self._drops = 0
        self._heard = monotonic()
        self._next: asyncio.TimerHandle | None = None
        self._rejoining: asyncio.TimerHandle | None = None
        status.details["receive_buffer"] = granted(opened)
        self._loop.add_reader(opened, self._look)
        if config.group is not None:
            self._rejoining = self._loop.call_later(_REJOIN_S, self._rejoin)

    def close(self) -> None:
        """Close the socket; what was read and not asked for is lost, as what still comes is."""
        for timer in (self._next, self._rejoining):
            if timer is not None:
                timer.cancel()
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _look(self) -> None:
        """Take all there is, and look again after a rest; with nothing there, wait for more."""
        full = self._fullness()
        taken: dict[Address, list[bytes]] = {}
        fault: OSError | None = None
        receive = self._socket.recvfrom
        try:
            for _ in range(_MOST):
                data, address = receive(_LARGEST)
                if address in taken:
                    taken[address].append(data)
                else:
                    taken[address] = [data]
        except BlockingIOError:
            pass
        except OSError as error:
            fault = error
        if taken:
            self._hand_on(taken)
        if fault is not None:
            self._shelf.fail(fault)
        elif not taken:
            if self._next is not None:
                self._next = None
                self._loop.add_reader(self._socket, self._look)
        else:
            if self._next is None:
                self._loop.remove_reader(self._socket)
            longest = min(_LONGEST_S, max(GATHER_S, len(taken) / _ITEMS_PER_S))
            rest = self._rest * (_SOONER if full > _FULL else _LATER)
            self._rest = min(longest, max(_SHORTEST_S, rest))
            self._next = self._loop.call_later(self._rest, self._look)

    def _hand_on(self, taken: dict[Address, list[bytes]]) -> None:
        at = self._now()
        items = []
        size = 0
        for address, datagrams in taken.items():
            sender = self._senders.find(address, len(datagrams))
            if sender is None:
                continue
            size += sum(map(len, datagrams))
            if data := lines_of(datagrams):
                items.append(
                    Received(self._config.name, sender.link, at, data, station=sender.station)
                )
        if size:
            self._heard = monotonic()
            self._status.heard(at, size)
        for item in items:
            self._shelf.put(item)

    def _fullness(self) -> float:
        """How full the system's buffer is, 0 to 1; what it had to drop is counted in passing."""
        try:
            counters = self._socket.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
        except OSError:  # not Linux's own: short rests do no harm
            return 1.0
        held, most, *_, drops = _MEMINFO.unpack(counters)
        if drops != self._drops:
            self._status.dropped_datagrams += (drops - self._drops) & _UINT32
            self._drops = drops
        return held / most

    def _rejoin(self) -> None:
        self._rejoining = self._loop.call_later(_REJOIN_S, self._rejoin)
        if monotonic() - self._heard < _REJOIN_S:
            return
        try:
            opened = open_socket(self._config)
        except OSError as fault:
            self._shelf.fail(fault)
            return
        self._loop.remove_reader(self._socket)
        self._socket.close()
        self._socket, self._drops = opened, 0
        if self._next is None:
            self._loop.add_reader(opened, self._look)


def lines_of(datagrams: list[bytes]) -> bytes:
    """Whole lines of some datagrams, each of which ends its last line.

    Some programs send the zero that ends a string in C; it is no part of a line.
    """
    data = b"".join([d if d[-1:] == b"\n" else d + b"\n" for d in datagrams if d])
    if b"\0" in data:
        bare = [d.removeprefix(_TOKEN).rstrip(b"\0") for d in datagrams]
        data = b"".join([d if d[-1:] == b"\n" else d + b"\n" for d in bare if d])
    if max(map(len, datagrams)) > KEPT:
        data = bounded(data)
    return data
