"""Names of stations get small numbers, in order, whoever invents however many."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.gather import SLACK
from ingest.stations import MAX_NAME, OTHERS, UNKNOWN, NameReader, Stations
from ingest.survey import salt


def numbers(reader: NameReader, names: list[bytes]) -> list[int]:
    length = np.array([len(n) for n in names], np.int64)
    data = b"".join(names)
    buffer = np.zeros(len(data) + SLACK, np.uint8)
    buffer[: len(data)] = np.frombuffer(data, np.uint8)
    made: list[int] = reader.numbers(buffer, np.cumsum(length) - length, length).tolist()
    return made


@given(st.lists(st.lists(st.binary(max_size=40), max_size=20), max_size=5))
def test_names_are_numbered_as_one_by_one(batches: list[list[bytes]]) -> None:
    reader, alone = NameReader(Stations(), salt()), Stations()
    for names in batches:
        assert numbers(reader, names) == [alone.number(n) for n in names]
    assert reader.stations.names == alone.names


def test_no_name_is_no_station() -> None:
    reader = NameReader(Stations(), salt())
    assert numbers(reader, [b"", b"a", b""]) == [UNKNOWN, 1, UNKNOWN]


def test_names_are_cut() -> None:
    stations = Stations()
    assert stations.number(b"x" * 40) == stations.number(b"x" * MAX_NAME) == 1
    assert stations.name(1) == "x" * MAX_NAME


def test_there_is_an_end_to_invented_names() -> None:
    reader = NameReader(Stations(), salt())
    names = [b"s%d" % i for i in range(70_000)]
    first = numbers(reader, names)
    assert first[: OTHERS - 1] == list(range(1, OTHERS))
    assert set(first[OTHERS - 1 :]) == {OTHERS}
    assert len(reader.stations.names) == OTHERS
    assert numbers(reader, names) == first  # whatever shares a place in the table
    assert reader.stations.name(OTHERS) == "(others)"


@pytest.mark.parametrize(
    ("name", "shown"),
    [(b"992190934", "992190934"), (b"\x1b[31m", "\\x1b[31m"), (b"\xff", "\\xff"),
     ("Kråkøy".encode(), "Kråkøy"), (b"", "")],
)  # fmt: skip
def test_a_name_is_safe_to_show(name: bytes, shown: str) -> None:
    stations = Stations()
    assert stations.name(stations.number(name)) == shown


@pytest.mark.parametrize(
    ("recording", "name"),
    [("/data/aisdk.csv", b"aisdk.csv"), ("day.zip!in/part.nmea", b"part.nmea"),
     ("/data/caf\udce9.nmea", b"caf\\udce9.nmea"), ("standard input", b"standard input")],
)  # fmt: skip
def test_a_recording_stands_for_stations_not_named(recording: str, name: bytes) -> None:
    stations = Stations()
    assert stations.names[stations.number_of_recording(recording)] == name


def test_a_reader_of_names_goes_on_where_it_was_pickled() -> None:
    reader = NameReader(Stations(), salt())
    numbers(reader, [b"a", b"b"])
    again = pickle.loads(pickle.dumps(reader))
    assert numbers(again, [b"b", b"c", b"a"]) == [2, 3, 1]
