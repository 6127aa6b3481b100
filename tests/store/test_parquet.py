"""The export: what other programs read is complete, in human units, and never half written."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow.parquet as pq
import pytest

from ingest.errors import DatabaseError
from store import parquet
from store.days import close_day
from store.writer import Writer

DAY = datetime.date(2026, 11, 20)


@pytest.fixture
def filled(database, run, make):
    evening = np.datetime64("2026-11-19T23:59:00", "us")
    sent = make.traffic(2000, begin=evening)
    Writer(database).commit(make.commit(run, positions=sent))
    return sent.take(sent.time >= np.datetime64(DAY))


@pytest.mark.parametrize("closed", [False, True])
def test_a_day_in_human_units(database, filled, tmp_path, closed):
    if closed:
        close_day(database, DAY)
    file = parquet.export_parquet(database, tmp_path / "out", DAY)
    assert file == tmp_path / "out" / "date=2026-11-20" / "positions.parquet"
    table = pq.read_table(tmp_path / "out")
    assert table.num_rows == len(filled)
    assert set(table["date"].to_pylist()) == {"2026-11-20"}
    mine = filled.take(np.lexsort((filled.time, filled.mmsi)))
    assert table["mmsi"].to_numpy().tolist() == mine.mmsi.tolist()
    for name in ("lon", "lat", "sog", "heading"):
        np.testing.assert_array_equal(
            table[name].to_numpy(zero_copy_only=False), getattr(mine, name), err_msg=name
        )
    assert table["sog"].null_count == np.isnan(mine.sog).sum()
    assert str(table.schema.field("time").type) == "timestamp[ms, tz=UTC]"
    assert table.schema.field("sog").metadata[b"unit"] == b"kn"


def test_an_export_that_fails_leaves_the_one_before(database, filled, tmp_path, monkeypatch):
    file = parquet.export_parquet(database, tmp_path, DAY)
    before = file.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parquet.os, "fsync", full)
    with pytest.raises(DatabaseError, match="No space left"):
        parquet.export_parquet(database, tmp_path, DAY)
    assert file.read_bytes() == before
    assert [p.name for p in file.parent.iterdir()] == ["positions.parquet"]


def test_a_day_without_rows_is_an_empty_file(database, tmp_path):
    assert pq.read_table(parquet.export_parquet(database, tmp_path, DAY)).num_rows == 0


def test_many_row_groups(database, filled, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "_ROWS_A_BATCH", 100)
    monkeypatch.setattr(parquet, "_ROWS_A_GROUP", 500)
    file = pq.ParquetFile(parquet.export_parquet(database, tmp_path, DAY))
    assert file.metadata.num_row_groups > 1
    assert file.metadata.num_rows == len(filled)
