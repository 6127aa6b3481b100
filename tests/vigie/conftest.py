"""What the tests of the command line share: the program, and the beginning of a recording."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from program import Program

import replay_data

LINES = 8_000


@pytest.fixture(scope="session")
def vigie(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The program, to be called with its arguments."""
    with Program(tmp_path_factory.mktemp("program")) as program:
        yield program


@pytest.fixture(scope="session")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first minutes of the bundled recording, a distress test among them."""
    lines = gzip.decompress(replay_data.bundled_recording().read_bytes()).splitlines(keepends=True)
    path = tmp_path_factory.mktemp("recordings") / "beginning.nmea"
    path.write_bytes(b"".join(lines[:LINES]))
    return path


@pytest.fixture(scope="session")
def database(vigie: Program, beginning: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that holds the beginning; not to be written to."""
    path = tmp_path_factory.mktemp("database") / "watch.db"
    done = vigie("replay", beginning, "--db", path)
    assert done.code == 0, done.err
    return path
