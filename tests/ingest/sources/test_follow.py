"""The source of files: what it hands on, and what its status says."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import ConfigError
from ingest.sources.follow import FileConfig
from ingest.sources.kinds import open_source, read_source
from ingest.sources.received import Received
from ingest.sources.status import SourceStatus

LINE = b"!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23\r\n"


class Source:
    def __init__(self, path: Path, **more: Any) -> None:
        table = {"kind": "file", "name": "f", "path": str(path), "poll": 0.01, **more}
        self.config = read_source(table, where="[[source]]")
        self.status = SourceStatus("f", "file")
        self.items: list[Received] = []
        self.looks = 0

    def now(self) -> int:
        self.looks += 1
        self.status.changed()
        return 5

    async def run(self) -> None:
        opened = open_source(self.config, self.status, now=self.now)
        async with aclosing(opened) as items:
            async for item in items:
                self.items.append(item)
                self.status.changed()

    async def until(self, holds: Callable[[Source], bool]) -> None:
        async with asyncio.timeout(60):
            await self.status.until(lambda _: holds(self))


@asynccontextmanager
async def running(path: Path, **more: Any) -> AsyncIterator[Source]:
    source = Source(path, **more)
    before = len(os.listdir("/proc/self/fd"))
    task = asyncio.create_task(source.run())
    try:
        await source.until(lambda s: s.status.phase != "starting")
        yield source
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert not source.status.peers
        assert not source.status.links
        # A look that was under way closes the files at its end.
        await asyncio.get_running_loop().shutdown_default_executor()
        assert len(os.listdir("/proc/self/fd")) == before


def add(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


async def test_what_is_added_arrives(tmp_path: Path) -> None:
    path = tmp_path / "ais.log"
    path.write_bytes(b"!old\n")
    async with running(path) as source:
        assert source.status.peers == {1: str(path)}
        add(path, LINE + LINE[:9])
        await source.until(lambda s: bool(s.items))
        add(path, LINE[9:])
        await source.until(lambda s: len(s.items) == 2)
        assert source.items == [Received("f", 1, 5, LINE), Received("f", 1, 5, LINE)]
        assert (source.status.bytes, source.status.lines) == (2 * len(LINE), 2)
        assert (source.status.state, source.status.last_heard) == ("connected", 5)


async def test_a_file_is_waited_for_and_that_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "ais.log"
    async with running(path) as source:
        assert source.status.state == "waiting"
        assert source.status.last_error == f"{path}: no such file or directory"
        await source.until(lambda s: s.looks > 3)
        path.write_bytes(LINE)
        await source.until(lambda s: bool(s.items))
        assert source.status.state == "connected"
        assert source.status.errors == 1


async def test_a_file_that_may_not_be_read_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ais.log"
    path.write_bytes(LINE)

    def refuse(*_: object) -> int:  # the tests may run as root, who may read all
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)
        async with running(path, begin="start") as source:
            await source.until(lambda s: s.looks > 3)
            assert source.status.last_error == f"{path}: permission denied"
            assert source.status.errors == 1
            patched.undo()
            await source.until(lambda s: bool(s.items))


async def test_a_pattern_without_files_is_told(tmp_path: Path) -> None:
    async with running(tmp_path / "*.log") as source:
        assert source.status.last_error == f"{tmp_path}/*.log: there is no such file yet"


async def test_a_rotation_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "ais.log"
    path.touch()
    async with running(path) as source:
        for number in range(3):
            add(path, b"!%d\n" % number)
            await source.until(lambda s, n=number: len(s.items) == n + 1)  # type: ignore[misc]
            path.rename(tmp_path / f"ais.log.{number}")
            path.touch()
        await source.until(lambda s: len(s.status.peers) == 4)
        assert [i.data for i in source.items] == [b"!0\n", b"!1\n", b"!2\n"]
        assert [i.link for i in source.items] == [1, 2, 3]
        assert source.status.errors == 0


async def test_it_reads_no_further_than_it_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "ais.log"
    path.write_bytes(LINE * 100_000)
    source = Source(path, begin="start", poll=600)  # which it need not wait for
    async with aclosing(open_source(source.config, source.status)) as items:
        first = await anext(items)
        assert first.data.endswith(b"\n")
        assert source.status.bytes < 1 << 20
        rest = first.data
        while len(rest) < 100_000 * len(LINE):
            rest += (await anext(items)).data
        assert rest == LINE * 100_000


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "path: it is missing"),
        ({"path": "/var/log/ais.log.gz"}, "a packed file does not grow. Read it by vigie replay"),
        ({"path": "/var/*/ais.log"}, "Only the name of the file may be one"),
        ({"path": "/var/log/ais.log", "begin": "middle"}, "'end' or 'start'"),
        ({"path": "/var/log/ais.log", "poll": 0}, "greater than or equal to 0.01"),
    ],
)
def test_a_setting_that_cannot_be_used(table: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_source({"kind": "file", "name": "f", **table}, where="[[source]]")


def test_its_settings_have_defaults() -> None:
    config = FileConfig(name="f", path=Path("/var/log/ais.log"))
    assert (config.begin, config.poll, config.silent_after) == ("end", 0.1, 60)
