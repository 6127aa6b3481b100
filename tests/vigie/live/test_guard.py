"""What lies on a disk that is nearly full is told, by what it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from vigie.live.guard import nearly_full

ALL = 1 << 40  # MB: more than any disk has


def test_enough_room_is_no_news(tmp_path: Path) -> None:
    assert nearly_full([("journal", tmp_path), ("database", tmp_path / "vigie.duckdb")], 0) == []


def test_each_place_is_told_with_what_is_free_and_what_should_be(tmp_path: Path) -> None:
    told = nearly_full([("journal", tmp_path), ("database", tmp_path / "vigie.duckdb")], ALL)
    assert len(told) == 2
    assert "the disk of the journal is nearly full" in told[0].lower()
    assert "database" in told[1]
    assert f"{ALL:,} MB" in told[0]


def test_the_floor_is_where_it_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=500_000_000))
    assert nearly_full([("journal", tmp_path)], 500) == []
    (told,) = nearly_full([("journal", tmp_path)], 501)
    assert "500 MB are free" in told


def test_what_is_not_there_yet_lies_on_the_disk_of_its_folder(tmp_path: Path) -> None:
    assert nearly_full([("journal", tmp_path / "not" / "yet" / "made")], 0) == []
    assert len(nearly_full([("journal", Path("not/yet/made"))], ALL)) == 1
