"""A receiver on a serial device."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import termios
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from ingest.clock import micros, monotonic
from ingest.sources.backoff import Backoff
from ingest.sources.config import Reconnecting, SecondsOrNever
from ingest.sources.descriptor import readable
from ingest.sources.faults import told
from ingest.sources.lines import Lines
from ingest.sources.pacing import ENOUGH, Pace
from ingest.sources.received import Received
from ingest.sources.shelf import Shelf
from ingest.sources.status import SourceStatus

# What the system knows as a speed, such as B38400, by its number.
SPEEDS = {
    int(name[1:]): int(value)
    for name, value in vars(termios).items()
    if name[:1] == "B" and name[1:].isdigit() and int(name[1:])
}

# Bytes that are held while nobody asks for them: an hour of the busiest device, half a line each.
HOLD = 16 << 20

# A device that stayed for this long was a good one: the next wait is short again.
_GOOD_S = 10.0


class SerialConfig(Reconnecting):
    """A source at a serial device: eight bits, no parity, one stop bit, as NMEA 0183 has it."""

    kind: Literal["serial"] = Field("serial", description="a receiver at a serial device")
    device: Path = Field(
        Path("/dev/ttyUSB0"),
        description="the device; a name below /dev/serial/by-id stays the same when replugged",
    )
    baud: int = Field(38_400, description="speed in bits a second; IEC 61993-2 has 38400 for AIS")
    timeout: SecondsOrNever = Field(
        300, description="seconds without a byte after which the device is opened anew; 0 for never"
    )
    reconnect_max: float = Field(
        5, gt=0, le=86_400, description="longest wait before any attempt, in seconds"
    )

    @field_validator("baud")
    @classmethod
    def _known(cls, baud: int) -> int:
        if baud not in SPEEDS:
            speeds = ", ".join(str(s) for s in sorted(SPEEDS) if 4_800 <= s <= 921_600)
            raise ValueError(f"this system has no such speed: give one of {speeds}")
        return baud


async def serial(
    config: SerialConfig, status: SourceStatus, *, now: Callable[[], int] = micros
) -> AsyncGenerator[Received, None]:
    """Sentences from a serial device, opened again when it was unplugged.

    Args:
        config: of the source.
        status: kept up to date.
        now: the wall clock, µs since 1970 UTC.

    """
    backoff = Backoff(config.reconnect_first, config.reconnect_max)
    while True:
        began = monotonic()
        shelf = Shelf(status, HOLD)
        reading = asyncio.create_task(_read_all(config, status, shelf, now))
        try:
            while True:
                yield await shelf.get()
        except OSError as fault:
            status.waiting(f"{config.device}: {told(fault)}")
        finally:
            reading.cancel()
            await asyncio.wait([reading])
        if monotonic() - began > _GOOD_S:
            backoff.reset()
        await asyncio.sleep(backoff.next())


async def _read_all(
    config: SerialConfig, status: SourceStatus, shelf: Shelf, now: Callable[[], int]
) -> None:
    """Put all lines of a device on the shelf until it is gone; a device cannot be told to wait."""
    cutter, pace, at = Lines(), Pace(), 0
    try:
        device = _open(config.device, config.baud)
        try:
            status.connected(str(config.device))
            while True:
                data = await _read(device, config.timeout)
                at = now()
                status.heard(at, len(data))
                pace.read(len(data))
                if lines := cutter.feed(data):
                    shelf.put(Received(config.name, 0, at, lines))
                await pace.rest()
        finally:
            if status.links:
                status.disconnected()
            os.close(device)
    except OSError as fault:
        if lines := cutter.finish():
            shelf.put(Received(config.name, 0, at, lines))
        shelf.fail(fault)


async def _read(device: int, timeout: float) -> bytes:
    """The next bytes of a device."""
    while True:
        try:
            async with asyncio.timeout(timeout or None):
                await readable(device)
            data = os.read(device, ENOUGH)
        except BlockingIOError:
            continue
        except TimeoutError:
            raise TimeoutError(f"nothing came for {timeout:g} s") from None
        if not data:
            raise OSError("the device is gone")
        return data


def _open(path: Path, baud: int) -> int:
    """A serial device, set up and for us alone; its descriptor."""
    device = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _raw(device, SPEEDS[baud])
        fcntl.ioctl(device, termios.TIOCEXCL)
        termios.tcflush(device, termios.TCIFLUSH)  # what is stale would be stamped with this hour
    except termios.error as fault:
        os.close(device)
        if fault.args[0] == errno.ENOTTY:
            raise OSError("this is no serial device") from None
        raise OSError(*fault.args) from None
    except BaseException:
        os.close(device)
        raise
    return device


def _raw(device: int, speed: int) -> None:
    """Bytes as they come, 8N1, no modem lines and no flow control."""
    mode = termios.tcgetattr(device)
    mode[0] = termios.IGNBRK
    mode[1] = 0
    mode[2] = termios.CS8 | termios.CREAD | termios.CLOCAL
    mode[3] = 0
    mode[4] = mode[5] = speed
    mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
    termios.tcsetattr(device, termios.TCSANOW, mode)
