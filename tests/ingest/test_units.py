"""AIS's integers in degrees, knots and metres: every value of every table."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import units
from ingest.columns import columns_of
from ingest.records import Positions, Statics


@pytest.mark.parametrize(
    ("table", "size", "unit", "absent"),
    [
        ("SOG", 1024, 0.1, {1023}),
        ("SOG_AIRCRAFT", 1024, 1.0, {1023}),
        ("SOG_LONG_RANGE", 64, 1.0, {63}),
        ("COG", 4096, 0.1, set(range(3600, 4096))),
        ("COG_LONG_RANGE", 512, 1.0, set(range(360, 512))),
        ("HEADING", 512, 1.0, set(range(360, 512))),
        ("ALTITUDE", 4096, 1.0, {4095}),
        ("DRAUGHT", 256, 0.1, {0}),
    ],
)
def test_a_table_holds_every_value(table: str, size: int, unit: float, absent: set[int]) -> None:
    values = getattr(units, table)
    assert len(values) == size
    for raw, value in enumerate(values.tolist()):
        if raw in absent:
            assert math.isnan(value), raw
        else:
            assert value == np.float32(raw * unit), raw


def test_rate_of_turn_is_the_square_of_what_is_sent() -> None:
    for raw in range(-128, 128):
        value = float(units.ROT[raw & 255])
        if raw == -128:
            assert math.isnan(value)
        elif abs(raw) == 127:
            assert value == math.copysign(10, raw)
        else:
            exact = math.copysign((raw / 4.733) ** 2, raw)
            assert abs(value - exact) <= 0.0125 + 1e-5  # kept in fortieths of a degree
    assert units.ROT[126] == np.float32(708.7)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("sog", "SOG"), ("sog", "SOG_AIRCRAFT"), ("sog", "SOG_LONG_RANGE"), ("cog", "COG"),
        ("cog", "COG_LONG_RANGE"), ("heading", "HEADING"), ("altitude", "ALTITUDE"),
        ("rot", "ROT"), ("draught", "DRAUGHT"),
    ],
)  # fmt: skip
def test_what_is_stored_comes_back(name: str, table: str) -> None:
    """Every value that AIS can send, to the database's form and back."""
    column = next(c for r in (Positions, Statics) for c in columns_of(r) if c.name == name)
    values = getattr(units, table)
    native = column.to_native(values)
    assert native.dtype == column.native
    assert np.array_equal(column.from_native(native), values, equal_nan=True)


@given(
    st.lists(
        st.tuples(
            st.one_of(st.integers(-(1 << 27), (1 << 27) - 1), st.sampled_from(
                [0, 108_000_000, -108_000_000, 108_000_001, -108_000_001, 108_600_000])),
            st.one_of(st.integers(-(1 << 26), (1 << 26) - 1), st.sampled_from(
                [0, 54_000_000, -54_000_000, 54_000_001, -54_000_001, 54_600_000])),
        ),
        min_size=1, max_size=30,
    )
)  # fmt: skip
def test_degrees_are_exact_or_absent(places: list[tuple[int, int]]) -> None:
    lon, lat, wild = units.degrees(*np.array(places, np.int32).T)
    for row, (x, y) in enumerate(places):
        if abs(x) <= 108_000_000 and abs(y) <= 54_000_000:
            assert (lon[row], lat[row]) == (x / 600_000, y / 600_000)
            assert not wild[row]
        else:
            assert np.isnan(lon[row])
            assert np.isnan(lat[row])
            sent = (abs(x) <= 108_000_000 or x == 108_600_000) and (
                abs(y) <= 54_000_000 or y == 54_600_000
            )
            assert wild[row] == (not sent)
    kept = ~np.isnan(lon)
    column = next(c for c in columns_of(Positions) if c.name == "lon")
    assert column.to_native(lon)[kept].tolist() == np.array(places)[kept, 0].tolist()
