"""Standard input: a pipe, a file, nothing at all; it ends when its input does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sources import LINE, hearing

from ingest.sources.stdin import StdinConfig, stdin

CONFIG = StdinConfig(name="in")


class Pipe:
    """A pipe whose reading end is what the source reads."""

    def __init__(self) -> None:
        self.read, self._write = os.pipe()

    def send(self, data: bytes) -> None:
        assert os.write(self._write, data) == len(data)

    def end(self) -> None:
        os.close(self._write)
        self._write = -1

    def close(self) -> None:
        os.close(self.read)
        if self._write >= 0:
            self.end()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.close()


async def test_lines_come_as_they_are_written_and_the_end_is_the_end(pipe: Pipe) -> None:
    async with hearing(stdin, CONFIG, descriptor=pipe.read) as heard:
        pipe.send(LINE[:30])
        await heard.until(lambda h: h.status.bytes == 30)
        assert heard.status.state == "connected"
        pipe.send(LINE[30:])
        await heard.until(lambda h: h.data == LINE)
        pipe.send(b"!AI")
        pipe.end()
        await heard.until(lambda h: h.status.phase == "ended")
        assert heard.data == LINE + b"!AI\n"
        assert heard.status.links == 0


async def test_it_can_be_closed_while_nothing_comes(pipe: Pipe) -> None:
    async with hearing(stdin, CONFIG, descriptor=pipe.read) as heard:
        await heard.until(lambda h: h.status.links == 1)
    assert heard.status.links == 0
    pipe.send(LINE)
    assert os.read(pipe.read, 1000) == LINE  # it is open still, and nothing was taken


async def test_a_file_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "recording"
    path.write_bytes(LINE * 20_000 + b"!AI")
    with path.open("rb") as file:
        async with hearing(stdin, CONFIG, descriptor=file.fileno()) as heard:
            await heard.until(lambda h: h.status.phase == "ended")
    assert heard.data == LINE * 20_000 + b"!AI\n"
    assert len(heard.items) < 20


async def test_nothing_at_all_ends_at_once() -> None:
    with Path(os.devnull).open("rb") as nothing:
        async with hearing(stdin, CONFIG, descriptor=nothing.fileno()) as heard:
            await heard.until(lambda h: h.status.phase == "ended")
    assert heard.items == []
