"""Alerts as partners get them: whole situations that they may see, and nothing of ours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from partners import NOW, T0, ZONES, partner, policies, positions

from share.alerts import alert_for, alert_ground
from share.ground import Ground
from watch.alert import Alert

GRANT = {"kinds": ["all"], "priorities": ["alarm", "warning"], "text": True}


def alert(**more: Any) -> Alert:
    usual: dict[str, Any] = {
        "id": "a" * 16, "rule": "yard", "priority": "alarm", "state": "active-unacknowledged",
        "kind": "zone_enter", "mmsi": 244_000_000, "subjects": (244_000_000,), "zone": "north",
        "time": T0, "updated": T0, "lon": 1.0, "lat": 1.0, "title": "In Zone north: 244000000",
        "instruction": "Call the patrol boat", "evidence": {"words": "it entered", "x": 1},
        "owner": "ana", "comments": 3, "acknowledged_by": "ana",
    }  # fmt: skip
    return Alert(**{**usual, **more})


def given(one: Alert, **grant: Any) -> Alert | None:
    among = policies(
        partner(**{"areas": ["north"], "alerts": GRANT, **grant}),
        labels=[{"name": "navy", "rules": ["secret-rule"], "zones": ["far"]}],
    )
    here, there = {"mmsi": 244_000_000}, {"mmsi": 244_000_001, "lon": 50.0}
    among.see(positions(here, there))
    got = alert_for(one, among["p"], among, NOW, ZONES)
    assert (got is None) == bool(alert_ground(one, among["p"], among, NOW))
    return got


def test_what_is_ours_stays_here() -> None:
    got = given(alert())
    assert got is not None
    assert (got.title, got.zone) == ("In Zone north: 244000000", "north")
    assert got.evidence == {"words": "it entered"}
    assert (got.instruction, got.owner, got.acknowledged_by, got.comments) == ("", "", "", 0)


@pytest.mark.parametrize(
    "more",
    [
        {"exercise": True}, {"priority": "caution"}, {"rule": "secret-rule"}, {"lon": 12.0},
        {"lon": np.nan}, {"subjects": (244_000_000, 244_000_001)}, {"zone": "far"},
        {"subjects": (244_000_000, 244_000_009)},
    ],
)  # fmt: skip
def test_what_it_may_not_see_is_absent(more: dict[str, Any]) -> None:
    assert given(alert(**more)) is None


@pytest.mark.parametrize(
    "grant",
    [{"alerts": {}}, {"classes": ["tanker"]}, {"delay_s": 7200}, {"enabled": False},
     {"areas": []}, {"not_areas": ["south"], "areas": ["far"]}],
)  # fmt: skip
def test_default_is_nothing(grant: dict[str, Any]) -> None:
    assert given(alert(), **grant) is None


@pytest.mark.parametrize(
    "title", ["near zone FAR", "with 244000001", "by 244000009", "beside Zone south"]
)
def test_a_text_that_names_what_it_may_not_see_is_left_out(title: str) -> None:
    got = given(alert(title=title))
    assert got is not None
    assert got.title == ""


def test_without_a_grant_there_is_no_text() -> None:
    got = given(alert(), alerts={"kinds": ["zone_enter"], "priorities": ["all"]})
    assert got is not None
    assert (got.title, got.evidence) == ("", {})


def test_the_ground_says_which_condition() -> None:
    among = policies(partner(alerts=GRANT))
    assert alert_ground(alert(exercise=True), among["p"], among, NOW) == Ground.EXERCISE
