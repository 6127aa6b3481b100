"""Daily counts: weeks of a port, and the weeks in which something is wrong."""

import numpy as np
import pytest

from simulate.daily import DAY_S, PORTS, QUIET_DAYS, daily_counts


def test_counts_are_by_day_and_port_and_the_same_for_a_seed():
    counts, labels = daily_counts(3)
    again, _ = daily_counts(3)
    other, _ = daily_counts(4)
    assert len(counts.day) == 120 * len(PORTS) == len(counts.arrivals)
    assert (np.diff(counts.day.astype(int)) >= 0).all()
    assert counts.port[: len(PORTS)].tolist() == list(PORTS)
    assert (counts.arrivals == again.arrivals).all()
    assert (counts.arrivals != other.arrivals).any()
    assert len(labels) == len(PORTS)


def test_half_of_the_ports_are_disrupted_and_their_counts_show_it():
    seen = set()
    for seed in range(6):
        counts, labels = daily_counts(seed)
        hit = [label for label in labels if label.kind == "port_disruption"]
        assert len(hit) == 5
        for label in hit:
            here = counts.port == label.parameters["zone"]
            first, last = int(label.start // DAY_S), int(label.end // DAY_S)
            assert first >= QUIET_DAYS
            before, during = counts.arrivals[here][:first], counts.arrivals[here][first:last]
            assert during.mean() < 0.65 * before.mean()
            waiting = counts.waiting[here]
            if label.parameters["form"] != "slowdown":
                assert waiting[first:last].max() > 1.5 * waiting[:first].mean()
            seen.add(label.parameters["form"])
    assert seen == {"closure", "congestion", "slowdown"}


def test_too_few_days_are_refused():
    with pytest.raises(ValueError, match="too few"):
        daily_counts(1, days=30)
