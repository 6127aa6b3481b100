"""What docs/operations.md promises of backups: databases and journals that are lost or old."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import Any

import pytest
from feeding import Post
from watching import Watching, contents

import replay_data

LINES = 2_000

Contents = dict[str, list[tuple[Any, ...]]]


class Centre:
    """A watch with one HTTP source, and all that was ever posted to it."""

    def __init__(self, folder: Path) -> None:
        self._post = Post("post")
        self.toml = self._post.toml
        self.watch = Watching(folder, self.toml)

    def receive(self, lines: list[bytes]) -> None:
        """Run until these lines are judged, and stop."""
        with self.watch as watch:
            before = watch.ask("ledger")["lines"]
            for at in range(0, len(lines), 500):
                self._post(lines[at : at + 500])
            watch.until_lines(before + len(lines))
            assert watch.stop()[0] == 0


@pytest.fixture(scope="module")
def traffic() -> list[bytes]:
    with gzip.open(replay_data.bundled_recording()) as file:
        return [file.readline().rpartition(b"\\")[2] for _ in range(2 * LINES)]


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory, traffic: list[bytes]) -> Centre:
    """Two spells of watching, with a copy of the database after the first."""
    made = Centre(tmp_path_factory.mktemp("centre"))
    made.receive(traffic[:LINES])
    shutil.copy(made.watch.database, made.watch.folder / "old.duckdb")
    made.receive(traffic[LINES:])
    return made


@pytest.fixture(scope="module")
def whole(centre: Centre) -> Contents:
    found = contents(centre.watch.database)
    assert len(found["positions"]) > LINES
    assert found["alerts"]
    return found


def again(centre: Centre, folder: Path, database: str = "") -> Contents:
    """What a watch comes to that begins with a copy of the journal, and perhaps with a database."""
    shutil.copytree(centre.watch.journal, folder / "journal")
    if database:
        shutil.copy(centre.watch.folder / database, folder / "vigie.duckdb")
    with Watching(folder, centre.toml) as watch:
        assert watch.stop()[0] == 0
    return contents(watch.database)


def test_a_lost_database_is_made_again_from_the_journal(
    centre: Centre, whole: Contents, tmp_path: Path
) -> None:
    assert again(centre, tmp_path) == whole


def test_an_old_copy_of_the_database_is_brought_up_to_date(
    centre: Centre, whole: Contents, tmp_path: Path
) -> None:
    old = contents(centre.watch.folder / "old.duckdb")
    assert 0 < len(old["positions"]) < len(whole["positions"])
    assert again(centre, tmp_path, "old.duckdb") == whole


def test_with_its_states_lost_too_nothing_is_missing(
    centre: Centre, whole: Contents, tmp_path: Path
) -> None:
    shutil.rmtree(centre.watch.journal / "snapshots")
    assert again(centre, tmp_path, "old.duckdb") == whole


def test_without_its_journal_a_watch_begins_a_new_one_and_keeps_what_it_had(
    centre: Centre, whole: Contents, traffic: list[bytes]
) -> None:
    shutil.rmtree(centre.watch.journal)
    centre.receive(traffic[:500])
    found = contents(centre.watch.database)
    assert len(found["positions"]) > len(whole["positions"])
    assert len(found["ledger"]) == 2
