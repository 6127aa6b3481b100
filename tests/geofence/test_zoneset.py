from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest
import shapely

from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.errors import ZoneError

BOX = shapely.box(0, 0, 1, 1)
OLD = Zone(
    "hra", "Old area", "piracy-hra", BOX, risk="piracy",
    valid_from=np.datetime64("2019-05-01", "us"), valid_to=np.datetime64("2021-09-01", "us"),
)  # fmt: skip
LISTED = Zone("jwla", "Listed area", "war-risk", BOX, risk="both")
PORT = Zone("port-nlrtm", "Rotterdam", "port", BOX)
ALL = ZoneSet((OLD, LISTED, PORT))


def ids(zones: ZoneSet) -> list[str]:
    return [zone.id for zone in zones]


def test_zones_are_found_by_id() -> None:
    assert ALL.by_id("jwla") is LISTED
    assert "jwla" in ALL
    assert "none" not in ALL
    assert len(ALL) == 3
    with pytest.raises(KeyError):
        ALL.by_id("none")


def test_two_zones_of_one_id_are_refused() -> None:
    with pytest.raises(ZoneError, match="two zones have the id 'jwla'"):
        ZoneSet((LISTED, PORT, LISTED))


def test_zones_are_chosen_by_kind_risk_and_time() -> None:
    assert ids(ALL.filter(kind="port")) == ["port-nlrtm"]
    assert ids(ALL.filter(kind=("port", "war-risk"))) == ["jwla", "port-nlrtm"]
    assert ids(ALL.filter(risk="piracy")) == ["hra", "jwla"]
    assert ids(ALL.filter(risk="war")) == ["jwla"]
    assert ids(ALL.filter(risk="both")) == ["jwla"]
    assert ids(ALL.filter(risk="none")) == ["port-nlrtm"]
    today = np.datetime64("2026-11-20T12:00:00")
    assert ids(ALL.filter(risk="piracy", at=today)) == ["jwla"]
    assert ids(ALL.filter(kind="piracy-hra", at=np.datetime64("2020-01-01"))) == ["hra"]


def test_an_era_begins_with_its_first_moment_and_ends_before_its_last() -> None:
    assert OLD.valid_at(np.datetime64("2019-05-01T00:00:00"))
    assert not OLD.valid_at(np.datetime64("2019-04-30T23:59:59.999999"))
    assert OLD.valid_at(np.datetime64("2021-08-31T23:59:59.999999"))
    assert not OLD.valid_at(np.datetime64("2021-09-01T00:00:00"))


def test_a_newer_zone_takes_the_place_of_the_older() -> None:
    newer = dataclasses.replace(LISTED, name="JWLA-033")
    added = dataclasses.replace(PORT, id="port-debrv")
    merged = ALL.merge([newer, added])
    assert ids(merged) == ["hra", "jwla", "port-nlrtm", "port-debrv"]
    assert merged.by_id("jwla").name == "JWLA-033"
    assert ALL.by_id("jwla").name == "Listed area"


def test_the_version_follows_what_the_zones_say() -> None:
    assert len(ALL.version) == 16
    assert ALL.version == ZoneSet((PORT, OLD, LISTED)).version
    for change in (
        {"name": "x"}, {"geometry": shapely.box(0, 0, 1, 1.0001)}, {"risk": "war"},
        {"valid_to": np.datetime64("2030-01-01", "us")}, {"extra": {"a": 1}},
    ):  # fmt: skip
        changed = ALL.merge([dataclasses.replace(LISTED, **change)])
        assert changed.version != ALL.version, change
    assert ALL.merge([dataclasses.replace(LISTED)]).version == ALL.version


def test_a_set_can_be_pickled_and_does_not_change() -> None:
    again = pickle.loads(pickle.dumps(ALL))
    assert again == ALL
    assert again.version == ALL.version
    assert again.by_id("hra").valid_to == OLD.valid_to
    with pytest.raises(dataclasses.FrozenInstanceError):
        ALL.zones = ()  # type: ignore[misc]


def test_an_empty_set_is_a_set() -> None:
    assert len(ZoneSet()) == 0
    assert ZoneSet().version == ZoneSet(()).version
    assert ids(ZoneSet().merge([PORT])) == ["port-nlrtm"]
