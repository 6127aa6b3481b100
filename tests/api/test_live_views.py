"""Boxes and what is told of them: whatever a desk misses, it ends with what the picture has."""

from __future__ import annotations

import json

import numpy as np
import pytest
from desks import parsed
from hypothesis import given, settings
from hypothesis import strategies as st

from api.context import Context, Status
from api.live.boxes import WORLD, around, normal, serves, width
from api.live.sea import Sea
from geofence.zoneset import ZoneSet
from ingest.records import Positions, Statics
from store.fleet import Box
from store.picture import Picture

NOON = np.datetime64("2026-09-14T12:00:00", "us")
BOX = Box(170.0, -10.0, -170.0, 10.0)

longitudes = st.floats(-540, 540, allow_nan=False)
spans = st.floats(0, 400)
latitudes = st.tuples(st.floats(-90, 90), st.floats(-90, 90)).map(sorted)


@given(longitudes, spans, latitudes)
def test_what_is_sent_holds_what_is_looked_at(west: float, span: float, lats: list[float]) -> None:
    seen = normal(west, lats[0], min(west + span, west + 360), lats[1])
    sent = around(seen)
    assert serves(sent, seen)
    for box in (seen, sent):
        assert -180 <= box.west <= 180
        assert -180 <= box.east <= 180
    lon = west + np.linspace(0, min(span, 360), 7)
    lon = (lon + 180) % 360 - 180
    lat = np.linspace(*lats, 7)
    assert sent.holds(lon, lat).all()
    if width(seen) > 0.01 and lats[1] - lats[0] > 0.01:
        assert width(sent) <= min(1.76 * width(seen), 360) + 1e-9
        assert sent.north - sent.south <= 1.76 * (lats[1] - lats[0]) + 1e-9


def test_a_map_that_is_moved_a_little_is_sent_the_same() -> None:
    one, two = normal(44, 10, 52, 15), normal(44.2, 10.2, 52.2, 15.2)
    assert around(one) == around(two)
    assert serves(around(one), two)
    assert not serves(around(one), normal(50, 10, 58, 15))
    assert not serves(WORLD, one)
    assert serves(WORLD, normal(-180, -60, 180, 75))


@pytest.mark.parametrize(
    "bad",
    [(0, 5, 1, 4), (10, 0, -380, 1), (float("nan"), 0, 0, 0), (0, 91, 1, 92), (0, 0, 1e999, 1)],
)
def test_what_is_no_box(bad: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="see"):
        normal(*bad)


PLACES = [(165.0, 0.0), (175.0, 5.0), (-175.0, -5.0), (0.0, 0.0), (180.0, 0.0), (np.nan, np.nan)]
MOVES = st.lists(
    st.tuples(st.integers(1, 3) | st.integers(1, 12), st.integers(0, len(PLACES) - 1)),
    min_size=1, max_size=4,
)  # fmt: skip
STEPS = st.lists(
    st.tuples(st.sampled_from(["move", "beat", "take", "take", "miss", "piece"]), MOVES),
    min_size=1, max_size=30,
)  # fmt: skip


class Reader:
    """A desk as `api.live.client` serves it, step by step."""

    def __init__(self, sea: Sea) -> None:
        self.sea, self.view = sea, sea._look(BOX)
        sea._views[BOX] = self.view
        self.known: dict[int, float | None] = {}
        self.slot: int | None = 0
        self.version, self.number = self.view.newest.span.version, self.view.newest.number

    def draw(self, message: bytes) -> None:
        kind, _, rows, went = parsed(message)
        if kind == 0:
            self.known = {}
        for mmsi in went:
            self.known.pop(mmsi, None)
        for row in rows:
            self.known[int(row["mmsi"] or 0)] = row["lon"]

    def piece(self) -> None:
        if self.slot is not None:
            made, self.slot = self.sea.piece(self.view, self.slot)
            self.draw(made)

    def take(self) -> None:
        while self.slot is not None:
            self.piece()
        beat = self.view.newest
        if beat.number == self.number:
            return None
        if beat.span.before <= self.version:
            self.draw(beat.message(BOX))
        else:
            made = self.sea.since(self.view, self.version)
            if made is None:
                self.version, self.number = beat.span.version, beat.number
                self.slot = 0
                return self.take()
            self.draw(made)
        self.version, self.number = beat.span.version, beat.number
        return None


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_whatever_is_missed_the_end_is_what_the_picture_has(steps: list) -> None:  # type: ignore[type-arg]
    picture, minute = Picture(capacity=8), 0

    def move(moves: list[tuple[int, int]]) -> None:
        nonlocal minute
        for mmsi, place in moves:
            minute += 1
            picture.update(
                Positions.absent(
                    1, mmsi=np.array([mmsi], np.uint32), lon=np.array([PLACES[place][0]]),
                    lat=np.array([PLACES[place][1]]), line=np.array([minute]),
                    time=np.array([NOON + np.timedelta64(minute, "m")]),
                ),
                Statics.empty(),
            )  # fmt: skip

    move([(1, 0), (2, 1), (3, 2)])
    status = Status("replay", NOON)
    sea = Sea(Context(None, picture, lambda: ZoneSet(()), lambda: status))  # type: ignore[arg-type]
    sea._begin()
    reader = Reader(sea)
    for what, moves in steps:
        if what == "move":
            move(moves)
        elif what in ("beat", "miss"):
            sea._beat()
        elif what == "piece":
            reader.piece()
        else:
            reader.take()
    sea._beat()
    reader.take()
    sea._beat()
    reader.take()
    inside = picture.vessels(area=BOX)
    want = dict(zip(inside.statics.mmsi.tolist(), inside.positions.lon.tolist(), strict=True))
    assert reader.known == want


def test_who_came_and_went_between_two_beats_was_never_there() -> None:
    picture = Picture()
    status = Status("replay", NOON)
    sea = Sea(Context(None, picture, lambda: ZoneSet(()), lambda: status))  # type: ignore[arg-type]
    sea._begin()

    def move(lon: float, minute: int) -> None:
        picture.update(
            Positions.absent(
                1, mmsi=np.array([7], np.uint32), lon=np.array([lon]), lat=np.zeros(1),
                line=np.array([minute]), time=np.array([NOON + np.timedelta64(minute, "m")]),
            ),
            Statics.empty(),
        )  # fmt: skip

    reader = Reader(sea)
    reader.take()
    for minute in (1, 2):
        move(0.0, minute)
        sea._beat()
    move(175.0, 3)
    reader.take()  # one beat behind: what changed is looked up
    assert reader.known == {}
    move(0.0, 4)
    sea._beat()
    reader.take()
    assert reader.known == {}


def test_the_status_is_that_of_health() -> None:
    status = Status("replay", NOON, faults=["It is broken"])
    sea = Sea(Context(None, Picture(), lambda: ZoneSet(()), lambda: status))  # type: ignore[arg-type]
    sea._begin()
    told = json.loads(sea.status_text)
    assert told["t"] == "status"
    assert (told["status"], told["faults"]) == ("degraded", ["It is broken"])
