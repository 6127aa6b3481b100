"""How long how many vessels were heard, and how much was told for that."""

from __future__ import annotations

import pytest
from labels import at, raised, seen, truth

from ingest.errors import InputError
from store.database import Database
from vigie.evaluate.rates import rates, span, vessel_days, vessels
from vigie.evaluate.run import same_time


def test_vessel_days_are_hours_in_which_vessels_were_heard(small: Database) -> None:
    # Two vessels for five hours; neither the base station nor the aid is one.
    assert vessel_days(small) == pytest.approx(10 / 24)
    assert vessels(small) == 2
    assert span(small) == (at(0), at(299))


def test_an_empty_database_has_none() -> None:
    with Database.open(":memory:") as empty:
        assert (vessel_days(empty), vessels(empty), span(empty)) == (0, 0, None)
        with pytest.raises(InputError, match="it holds no position"):
            same_time(empty, [truth("x", 0, 1, 1)], "truth")


def test_rates() -> None:
    event = seen("loitering", 0, 1)
    events = [event, seen("loitering", 9, 2), seen("drifting", 0, 1)]
    *kinds, last = rates(events, [raised("alarm", event)], 4.0, 17)
    assert [tuple(row.values()) for row in kinds] == [
        ("drifting", 1, 0, 250.0, 0.0), ("loitering", 2, 1, 500.0, 250.0),
    ]  # fmt: skip
    assert (last["kind"], last["events"], last["alerts"]) == ("all", 3, 1)
    assert (last["vessels"], last["vessel_days"], last["alarms"]) == (17, 4.0, 1)
    assert last["alarms_per_1000_vessel_days"] == 250.0


@pytest.mark.parametrize(("start", "fits"), [(-20, False), (-9, True), (100, True), (310, False)])
def test_a_truth_of_another_time_is_refused(small: Database, start: float, fits: bool) -> None:
    labels = [truth("x", start, start + 0.5, 1)]
    if fits:
        same_time(small, labels, "truth")
        return
    with pytest.raises(InputError, match=r"truth: it tells of .* and .*small.db holds 2026-09-14"):
        same_time(small, labels, "truth")
