"""A serial source at a pseudo-terminal: its other end is the receiver."""

from __future__ import annotations

import os
import pty
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sources import LINE, hearing

from ingest.errors import ConfigError
from ingest.sources.refusal import settings_of
from ingest.sources.serial import SerialConfig, serial


class Receiver:
    """A device that can be unplugged: a name that leads to a pseudo-terminal."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ttyUSB0"
        self.plug()

    def plug(self) -> None:
        self._ours, theirs = pty.openpty()
        self.path.symlink_to(os.ttyname(theirs))
        self.settings = theirs

    def unplug(self) -> None:
        self.path.unlink()
        self.close()

    def send(self, data: bytes) -> None:
        assert os.write(self._ours, data) == len(data)

    def close(self) -> None:
        for descriptor in (self._ours, self.settings):
            with suppress(OSError):
                os.close(descriptor)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    made = Receiver(tmp_path)
    yield made
    made.close()


def times_open(device: Path) -> int:
    """How often this process holds a device open."""
    held = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            held += descriptor.readlink() == device
    return held


def config(device: Path, **more: Any) -> SerialConfig:
    table = {"name": "mast", "device": device, "reconnect_first": 0.01, "reconnect_max": 0.02}
    return SerialConfig(**{**table, **more})


async def test_lines_come_as_they_were_sent_at_the_speed_asked_for(receiver: Receiver) -> None:
    async with hearing(serial, config(receiver.path)) as heard:
        await heard.until(lambda h: h.status.links == 1)
        speed = termios.tcgetattr(receiver.settings)[4:6]
        assert speed == [termios.B38400, termios.B38400]
        odd = b"\x00\x03\x04\x11\x13\x1a\x7f\xff\r\n"  # what a terminal would take as a command
        receiver.send(LINE[:20])
        await heard.until(lambda h: h.status.bytes == 20)
        receiver.send(LINE[20:] + odd)
        await heard.until(lambda h: h.data == LINE + odd)
        assert heard.status.peers == {0: str(receiver.path)}
    assert heard.status.links == 0


async def test_a_device_that_is_unplugged_is_opened_again_when_it_is_back(
    receiver: Receiver,
) -> None:
    async with hearing(serial, config(receiver.path)) as heard:
        for turn in range(1, 4):
            await heard.until(lambda h, turn=turn: h.status.connects == turn and h.status.links)
            receiver.send(LINE + b"!AI")
            await heard.until(lambda h, turn=turn: h.data.count(LINE) == turn)
            receiver.unplug()
            await heard.until(
                lambda h: h.status.phase == "waiting" and "no such file" in h.status.last_error
            )
            receiver.plug()
        assert heard.data == (LINE + b"!AI\n") * 3


async def test_it_is_read_on_while_nobody_asks_and_the_oldest_go_when_it_is_too_much(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.sources.serial.HOLD", 3_000)
    async with hearing(serial, config(receiver.path)) as heard:
        await heard.until(lambda h: h.status.links == 1)
        heard.asked.clear()
        for turn in range(1, 51):  # a terminal holds 4 kB, these are 2.5
            receiver.send(LINE)
            await heard.until(lambda h, turn=turn: h.status.bytes == turn * len(LINE))
        dropped = heard.status.dropped_lines
        assert 40 < dropped < 50
        heard.asked.set()
        await heard.until(lambda h: h.data.count(LINE) == 50 - dropped)
        receiver.send(LINE)
        await heard.until(lambda h: h.data.count(LINE) == 51 - dropped)


async def test_a_device_that_says_nothing_is_opened_anew(receiver: Receiver) -> None:
    async with hearing(serial, config(receiver.path, timeout=0.05)) as heard:
        await heard.until(lambda h: h.status.connects >= 3)
        assert heard.status.last_error == f"{receiver.path}: nothing came for 0.05 s"
    assert times_open(receiver.path.resolve()) == 1  # by the receiver itself


@pytest.mark.parametrize(
    ("name", "said"),
    [("absent", "no such file"), ("file", "this is no serial device"), ("", "directory")],
)
async def test_what_is_no_device_is_told(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "file").write_bytes(LINE)
    async with hearing(serial, config(tmp_path / name)) as heard:
        await heard.until(lambda h: h.status.errors >= 2)
        assert said in heard.status.last_error
        assert heard.items == []


async def test_a_full_pipeline_reads_no_more(receiver: Receiver) -> None:
    async with hearing(serial, config(receiver.path, timeout=0.05)) as heard:
        await heard.until(lambda h: h.status.links == 1)
        heard.asked.clear()
        receiver.send(LINE)
        await heard.until(lambda h: h.data == LINE)
        receiver.send(LINE)
        assert heard.status.bytes == len(LINE)
        heard.asked.set()
        await heard.until(lambda h: h.data == LINE * 2)
        assert heard.status.connects == 1


def test_a_speed_that_no_device_has_is_refused() -> None:
    table = {"kind": "serial", "name": "mast", "baud": 38_000}
    with pytest.raises(ConfigError, match=r"mast, baud: .* 9600, .*38400"):
        settings_of(SerialConfig, table, where="source mast")
