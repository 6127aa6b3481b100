import numpy as np
import pytest

from simulate.fleet import Equipment
from simulate.radio import receive
from simulate.station import Station

SHORE = Station("SHORE", (0.0, 0.0), 60.0, probability=0.9)
SKY = Station("SKY", (0.0, 0.0), 1500.0, probability=0.9, satellite=True)
MANY = 4000


def heard(station, miles, equipment=Equipment.A, long_range=False):
    """Share heard of many messages sent so many nautical miles north of the station."""
    spread = np.arange(MANY)
    copies = receive(
        (station,), spread * 1.0, spread, np.full(MANY, equipment), np.zeros(MANY),
        np.full(MANY, miles / 60.0), np.full(MANY, long_range), np.random.default_rng(1),
    )  # fmt: skip
    assert (copies.arrival >= spread[copies.row]).all()
    return len(copies.row) / MANY


def test_nearby_nearly_all_and_beyond_range_nothing():
    assert heard(SHORE, 1) == pytest.approx(0.9, abs=0.02)
    assert heard(SHORE, 61) == 0
    shares = [heard(SHORE, d) for d in (1, 20, 35, 45, 55, 59)]
    assert shares == sorted(shares, reverse=True)


def test_weaker_transmitters_carry_less_far_and_aircraft_farther():
    assert heard(SHORE, 30, Equipment.BEACON) == 0 < heard(SHORE, 25, Equipment.BEACON)
    assert heard(SHORE, 34, Equipment.B) == 0 < heard(SHORE, 34, Equipment.BSO)
    assert heard(SHORE, 90, Equipment.AIRCRAFT) > 0.1


def test_only_satellites_hear_the_long_range_channels():
    assert heard(SHORE, 1, long_range=True) == 0
    assert heard(SKY, 300, long_range=True) > 0.6
    assert 0 < heard(SKY, 300) < 0.05
