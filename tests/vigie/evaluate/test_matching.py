"""The matching rule, as docs/behaviours.md tells it."""

from __future__ import annotations

import random
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from labels import seen, truth

from vigie.evaluate.matching import Verdict, fits, match
from vigie.evaluate.seen import Seen
from vigie.evaluate.truth import Truth

A, B, C = 211000001, 211000002, 211000003


def verdicts(truths: list[Truth], *events: Seen) -> list[str]:
    made = match(truths, events)
    return [str(made.verdicts[e.id]) for e in events]


def test_kind_vessel_and_time_decide() -> None:
    label = truth("loitering", 60, 360, A)
    right = seen("loitering", 300, A, begin=70)
    for wrong in (seen("drifting", 300, A), seen("loitering", 300, B), seen("loitering", 400, A)):
        assert verdicts([label], wrong) == ["false"]
    made = match([label], [right])
    assert made.found == {label.id: right}
    assert (made.missed, made.false) == ([], [])


def test_one_vessel_in_common_is_enough() -> None:
    assert verdicts([truth("rendezvous", 0, 180, A, B)], seen("rendezvous", 120, B, C)) == ["found"]


@pytest.mark.parametrize(
    ("time", "fit"), [(-10.1, False), (-10, True), (0, True), (40, True), (40.1, False)]
)
def test_ten_minutes_on_either_side(time: float, fit: bool) -> None:
    assert fits(truth("x", 0, 30, A), seen("x", time, A)) is fit


def test_an_event_may_be_as_late_as_its_label_allows() -> None:
    label = truth("impossible_movement", 0, 1, A, within_us=3_600_000_000)
    assert fits(label, seen("impossible_movement", 69, A))
    assert not fits(label, seen("impossible_movement", 71, A))


def test_an_event_is_as_long_as_its_episode() -> None:
    assert fits(truth("gap_start", 0, 600, A), seen("gap_start", 1000, A, begin=-60))
    assert fits(truth("loitering", 300, 600, A), seen("loitering", 60, A, begin=0, end=295))


def test_further_events_on_a_truth_that_was_found_are_one() -> None:
    label = truth("speed_over", 0, 60, A)
    events = [seen("speed_over", t, A) for t in (2, 20, 45)]
    assert sorted(verdicts([label], *events)) == ["again", "again", "found"]
    assert match([label], events).found[label.id] == events[0]


def test_the_nearest_in_time_is_the_one() -> None:
    label = truth("x", 5, 60, A)
    events = [seen("x", 0, A), seen("x", 6, A), seen("x", 9, A)]
    assert match([label], events).found == {label.id: events[1]}


def test_what_comes_again_after_the_truth_has_ended_is_false() -> None:
    label = truth("zone_enter", 0, 0.3, A, zone="z")
    assert verdicts([label], *(seen("zone_enter", t, A, zone="z") for t in (0.3, 5))) == [
        "found", "false",
    ]  # fmt: skip


def test_false_ones_of_one_episode_are_one() -> None:
    events = [seen("drifting", t, A, episode=5) for t in (10, 20)]
    made = match([truth("loitering", 0, 60, A)], events)
    assert set(made.verdicts.values()) == {Verdict.FALSE}
    assert list(made.false) == events[:1]
    assert len(match([], [*events, seen("drifting", 60, A)]).false) == 2


def test_what_a_label_also_allows_is_neither_found_nor_false() -> None:
    label = truth("anchor_drag", 0, 60, A, also=["status_mismatch"])
    assert verdicts([label], seen("status_mismatch", 30, A)) == ["allowed"]
    assert verdicts([label], seen("status_mismatch", 80, A)) == ["false"]
    assert len(match([label], []).missed) == 1


def test_whose_position_is_false_may_cross_any_zone() -> None:
    labels = [
        truth("displaced", 0, 60, A, also=["zone_exit"]),
        truth("zone_exit", 300, 300, B, zone="z"),
    ]
    assert verdicts(labels, seen("zone_exit", 5, A, zone="z")) == ["allowed"]
    assert verdicts(labels, seen("zone_exit", 5, B, zone="z")) == ["false"]


def test_what_nobody_could_hear_is_not_asked() -> None:
    label = truth("loitering", 0, 300, A, heard=False)
    made = match([label], [seen("loitering", 240, A)])
    assert (made.found, made.missed) == ({}, [])
    assert list(made.verdicts.values()) == [Verdict.ALLOWED]


def test_a_hard_case_does_not_allow_what_it_forbids() -> None:
    label = truth(None, 0, 300, A, silent=["rendezvous"])
    assert verdicts([label], seen("rendezvous", 120, A, B)) == ["false"]


# Zones, stations, places


def test_a_crossing_is_of_its_own_zone() -> None:
    labels = [truth("zone_enter", 0, 0, A, zone=z, id=z) for z in ("one", "two")]
    assert verdicts(labels, seen("zone_enter", 1, A, zone="one")) == ["found"]
    assert verdicts(labels[:1], seen("zone_enter", 1, A, zone="two")) == ["unjudged"]


def test_crossings_of_zones_that_the_truth_does_not_watch_are_not_judged() -> None:
    labels = [truth("zone_enter", 0, 0, A, zone="one")]
    assert verdicts(labels, seen("zone_enter", 90, B, zone="one")) == ["false"]
    assert verdicts(labels, seen("zone_enter", 90, B, zone="port")) == ["unjudged"]
    assert verdicts(labels, seen("zone_dwell", 90, B, zone="one")) == ["unjudged"]


def test_an_exit_is_matched_by_its_own_time_not_its_enters() -> None:
    labels = [truth("zone_exit", t, t, A, zone="z") for t in (0, 9)]
    events = [seen("zone_exit", t + 0.5, A, zone="z", begin=-30) for t in (9, 0)]
    made = match(labels, events)
    assert made.found == {labels[0].id: events[1], labels[1].id: events[0]}


@pytest.mark.parametrize("kind", ["zone_inside", "zone_enter"])
def test_one_who_entered_unheard_is_inside_when_she_is_heard(kind: str) -> None:
    labels = [
        truth("zone_enter", 0, 0, A, zone="z", heard=False),
        truth("zone_exit", 200, 200, A, zone="z"),
        truth("zone_inside", 0, 0, B, zone="z"),
    ]
    assert verdicts(labels, seen(kind, 150, A, zone="z")) == ["allowed"]
    assert verdicts([*labels, truth("zone_enter", 0, 0, B, zone="z")],
                    seen(kind, 250, A, zone="z")) == ["false"]  # fmt: skip


def test_who_is_inside_is_so_until_she_leaves() -> None:
    labels = [truth("zone_inside", 0, 0, A, zone="z"), truth("zone_exit", 100, 100, A, zone="z")]
    assert verdicts(labels, seen("zone_inside", 90, A, zone="z")) == ["found"]
    assert verdicts(labels, seen("zone_inside", 120, A, zone="z")) == ["false"]
    missed = match(labels, [seen("zone_exit", 100, A, zone="z", begin=0)]).missed
    assert [t.expected for t in missed] == ["zone_inside"]


def test_port_calls_are_judged_of_vessels_whose_calls_are_told() -> None:
    labels = [truth("port_call", 0, 300, A)]
    assert verdicts(labels, seen("port_call", 2000, A)) == ["false"]
    assert verdicts(labels, seen("port_call", 2000, B)) == ["unjudged"]


def test_lists_and_texts_are_judged_where_the_truth_tells_of_them() -> None:
    assert verdicts([], seen("listed_seen", 0, A)) == ["unjudged"]
    assert verdicts([truth("listed_seen", 0, 10, B)], seen("listed_seen", 0, A)) == ["false"]


def test_every_other_kind_is_judged_everywhere() -> None:
    assert verdicts([], seen("rendezvous", 0, A, B)) == ["false"]


def test_a_station_that_falls_silent_has_no_vessel() -> None:
    label = truth("reception_lost", 0, 60, station="ADEN")
    assert verdicts([label], seen("reception_lost", 10, station="ADEN")) == ["found"]
    assert verdicts([label], seen("reception_lost", 10)) == ["found"]
    assert verdicts([label], seen("reception_lost", 10, station="DJI")) == ["false"]


def test_a_port_that_is_disrupted_is_matched_by_its_zone() -> None:
    label = truth("port_disruption", 0, 1440, zone="port-a")
    assert verdicts([label], seen("port_disruption", 1440, zone="port-a")) == ["found"]
    assert verdicts([label], seen("port_disruption", 1440, zone="port-b")) == ["false"]


# As many as can be, in any order


def test_as_many_labels_are_found_as_can_be() -> None:
    # The event at 12 is nearest to the second label, the only one that the event at 30 fits.
    labels = [truth("x", 0, 5, A, id="a"), truth("x", 11, 25, A, id="b")]
    events = [seen("x", 12, A), seen("x", 30, A)]
    assert match(labels, events).found == {"a": events[0], "b": events[1]}


def test_a_long_chain_of_changes() -> None:
    labels = [truth("x", 15 * i, 15 * i + 6, A, id=f"{i:03}") for i in range(200)]
    events = [seen("x", 15 * i + 10, A) for i in range(200)]
    assert len(match(labels, events).found) == 200


@given(st.lists(st.integers(0, 60), max_size=5), st.lists(st.integers(0, 60), max_size=5))
def test_no_pairing_finds_more(starts: list[int], times: list[int]) -> None:
    labels = [truth("x", t, t, A, id=f"t{i}") for i, t in enumerate(starts)]
    events = [seen("x", t, A, id=f"e{i}") for i, t in enumerate(times)]
    longer, shorter = sorted((range(len(labels)), range(len(events))), key=len, reverse=True)
    most = max(
        sum(
            fits(labels[a], events[b]) if len(labels) >= len(events) else fits(labels[b], events[a])
            for a, b in zip(chosen, shorter, strict=False)
        )
        for chosen in permutations(longer, len(shorter))
    )
    assert len(match(labels, events).found) == most


@given(st.randoms(use_true_random=False))
def test_order_changes_nothing(dice: random.Random) -> None:
    labels = [
        truth("x", dice.randrange(60), dice.randrange(60, 90), dice.choice((A, B)), id=f"t{i}")
        for i in range(6)
    ]
    events = [
        seen(dice.choice("xy"), dice.randrange(120), dice.choice((A, B, C)), id=f"e{i}")
        for i in range(8)
    ]
    one = match(labels, events)
    dice.shuffle(labels)
    dice.shuffle(events)
    assert match(labels, events) == one
