"""Reading in a process of its own gives what reading here gives, faults too."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import numpy as np
import pytest
from replaying import contents, replay

import replay_data
import vigie.apart
import vigie.replay
from ingest.columns import columns_of
from ingest.errors import InputError, VigieError
from ingest.files import recordings
from ingest.merge import merge
from ingest.packing import PayloadHash
from ingest.reading import Reading
from ingest.records import Positions
from ingest.stations import Stations
from vigie.apart import Apart


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    data = gzip.decompress(replay_data.bundled_recording().read_bytes())
    return data.splitlines(keepends=True)[:30_000]


def _own(paths: list[Path], stations: Stations) -> list[Stations]:
    """Where each recording's stations are numbered: several have numbers of their own."""
    return [stations] if len(paths) == 1 else [Stations() for _ in paths]


def here(paths: list[Path]) -> tuple[Positions, list[bytes]]:
    stations, hasher = Stations(), PayloadHash()
    readings = [
        Reading(recordings(p)[0], own, merging=len(paths) > 1, hasher=hasher)
        for p, own in zip(paths, _own(paths, stations), strict=True)
    ]
    batches = merge(readings, stations) if len(paths) > 1 else readings[0].batches()
    return Positions.concat([b.positions for b in batches]), stations.names


def apart(paths: list[Path]) -> tuple[Positions, list[bytes]]:
    stations = Stations()
    readings = [
        Reading(recordings(p)[0], own, merging=len(paths) > 1)
        for p, own in zip(paths, _own(paths, stations), strict=True)
    ]
    child = Apart(readings, stations, None, 65_536)
    child.wait_until_ready()
    positions = Positions.concat([b.positions for b in child.batches()])
    assert all(r.recording.position == r.recording.size for r in readings)
    assert {r.time_basis for r in readings} == {"tag-block"}
    return positions, stations.names


@pytest.mark.parametrize("pieces", [1, 3])
def test_the_same_rows_and_stations(lines: list[bytes], tmp_path: Path, pieces: int) -> None:
    paths = [tmp_path / f"part-{i}.nmea" for i in range(pieces)]
    for i, path in enumerate(paths):
        path.write_bytes(b"".join(lines[i::pieces]))
    (one, names), (other, other_names) = here(paths), apart(paths)
    assert len(one) > 20_000
    for column in columns_of(Positions):
        a, b = getattr(one, column.name), getattr(other, column.name)
        assert np.array_equal(a, b, equal_nan=a.dtype.kind in "fM"), column.name
    assert names == other_names


def test_a_whole_replay_ends_with_the_same(
    lines: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "recording.nmea"
    path.write_bytes(b"".join(lines))
    replay(path, tmp_path / "here.db")
    monkeypatch.setattr(vigie.apart, "WORTH_BYTES", 0)
    replay(path, tmp_path / "apart.db")
    assert contents(tmp_path / "apart.db") == contents(tmp_path / "here.db")


def test_a_damaged_recording_gives_what_it_holds_and_then_its_error(
    lines: list[bytes], tmp_path: Path
) -> None:
    path = tmp_path / "cut.nmea.gz"
    path.write_bytes(gzip.compress(b"".join(lines))[:-3000])
    stations = Stations()
    child = Apart([Reading(recordings(path)[0], stations)], stations, None, 65_536)
    child.wait_until_ready()
    rows: list[int] = []
    with pytest.raises(InputError, match=r"cut\.nmea\.gz.*byte") as told:
        rows.extend(len(batch.positions) for batch in child.batches())
    assert sum(rows) > 10_000
    assert told.value.where == str(path)


def test_a_reader_that_dies_is_told(lines: list[bytes], tmp_path: Path) -> None:
    path = tmp_path / "recording.nmea"
    path.write_bytes(b"".join(lines))
    stations = Stations()
    child = Apart([Reading(recordings(path)[0], stations)], stations, None, 65_536)
    child.wait_until_ready()
    child._process.kill()
    with pytest.raises(VigieError, match="ended by itself"):
        list(child.batches())


def test_leaving_early_ends_the_process(lines: list[bytes], tmp_path: Path) -> None:
    path = tmp_path / "recording.nmea"
    path.write_bytes(b"".join(lines))
    stations = Stations()
    child = Apart([Reading(recordings(path)[0], stations)], stations, None, 65_536)
    child.wait_until_ready()
    batches = child.batches()
    next(batches)
    batches.close()  # type: ignore[attr-defined]  # it is a generator
    assert child._process.returncode is not None


def test_modules_in_the_folder_somebody_works_in_are_not_taken(
    lines: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "recording.nmea"
    path.write_bytes(b"".join(lines[:5_000]))
    (tmp_path / "numpy.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [entry for entry in sys.path if entry])
    assert len(apart([path])[0]) > 3_000
