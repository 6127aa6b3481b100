"""Cases near each other and within minutes are one episode."""

import numpy as np

from detect import together
from detect.together import Case, Together

MINUTE = 60_000_000


def test_a_flood_of_invented_vessels_is_bounded():
    known, rng = Together(), np.random.default_rng(1)
    for tick in range(5):
        cases = [
            Case(tick * MINUTE, n, float(x), float(y))
            for n, (x, y) in enumerate(rng.uniform(-80, 80, (5_000, 2)))
        ]
        known.take(cases, 5000.0, 20 * MINUTE, 3)
    assert len(known.lately) <= together.MOST_LATELY
    assert len(known.episodes) <= together.MOST_EPISODES


def test_members_are_bounded():
    known = Together()
    known.take([Case(0, n, 5.0, 5.0) for n in range(1500)], 5000.0, MINUTE, 3)
    (episode,) = known.episodes
    assert len(episode.members) == together.MOST_MEMBERS


def test_it_is_over_when_half_are_back_and_soon_forgotten():
    known = Together()
    known.take([Case(0, n, 5.0, 5.0) for n in range(4)], 5000.0, MINUTE, 3)
    (episode,) = known.episodes
    episode.back.add(1)
    assert known.ended(MINUTE) == []
    episode.back.add(2)
    assert known.ended(2 * MINUTE) == [episode]
    assert known.past == [episode]
    known.ended(2 * MINUTE + together.PAST_US)
    assert known.past == []
