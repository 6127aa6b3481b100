"""A live watch that cannot begin says why, in one sentence."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from program import Program

from ingest.journal.journal import Journal
from store.database import Database

Refused = Callable[..., str]


@pytest.fixture
def refused(vigie: Program, tmp_path: Path) -> Refused:
    """The sentence with which a configuration is refused."""

    def ask(toml: str, *more: str) -> str:
        (tmp_path / "vigie.toml").write_text(toml)
        done = vigie("run", "--config", "vigie.toml", *more, cwd=tmp_path)
        assert done.code == 2, done
        assert done.err.count("\n") == 1
        return done.err.removeprefix("vigie: ").rstrip()

    return ask


def test_an_address_that_is_taken_or_open_to_all(refused: Refused, tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        said = refused(f"[api]\nport = {port}\n")
    assert said.startswith(f"api.port: port {port} cannot be used: Address already in use.")
    assert "--port" not in said
    assert refused('[api]\nhost = "0.0.0.0"\n').startswith("api.host: 0.0.0.0 is no loopback")
    assert [path.name for path in tmp_path.iterdir()] == ["vigie.toml"]


def test_a_journal_or_database_that_another_watch_has(refused: Refused, tmp_path: Path) -> None:
    with Journal.open(tmp_path / "journal"):
        assert "journal" in refused("[api]\nport = 0\n")
    with Database.open(tmp_path / "vigie.duckdb"):
        assert "in use" in refused("[api]\nport = 0\n")


@pytest.mark.parametrize(
    ("key", "file"), [("zones", "mine.geojson"), ("rules", "rules.toml"), ("lists", "list.csv")]
)
def test_a_file_that_is_not_there(refused: Refused, tmp_path: Path, key: str, file: str) -> None:
    value = f'"{file}"' if key == "rules" else f'["{file}"]'
    said = refused(f"[api]\nport = 0\n[watch]\n{key} = {value}\n")
    assert file in said
    assert [path.name for path in tmp_path.iterdir()] == ["vigie.toml"]


def test_options_that_belong_to_replays(refused: Refused) -> None:
    assert refused("", "--speed", "5").startswith("--speed: it does not go with --config.")
    assert refused("", "recording.nmea").startswith("PATH: it does not go with --config.")
