"""Who is near whom, against every pair compared with every other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.pairs import join
from detect.pairs.join import near_others, near_pairs
from geofence.geodesy import distance

WRAPPED = st.sampled_from([-180.0, -179.9999, -90.0, 0.0, 90.0, 179.9999, 180.0])
POLES = st.sampled_from([-90.0, -89.9999, 89.999, 89.9999, 90.0])
CLOSE = st.floats(-0.1, 0.1)


@st.composite
def places(draw):
    """Places that lie near each other: anywhere, about a pole or over the antimeridian."""
    lon0 = draw(st.one_of(WRAPPED, st.floats(-180, 180)))
    lat0 = draw(st.one_of(POLES, st.floats(-90, 90)))
    lon, lat = [], []
    for _ in range(draw(st.integers(0, 25))):
        anywhere = draw(st.booleans()) and abs(lat0) > 89
        x = draw(st.floats(-180, 180)) if anywhere else lon0 + draw(CLOSE)
        lon.append((x + 180) % 360 - 180)
        lat.append(min(max(lat0 + draw(CLOSE), -90.0), 90.0))
    return np.array(lon), np.array(lat)


def expected(lon, lat, limit, slack):
    metres = distance(lon[:, None], lat[:, None], lon[None], lat[None])
    a, b = np.nonzero(np.triu(metres <= limit + slack, 1))
    return set(zip(a.tolist(), b.tolist(), strict=True))


@given(places(), st.sampled_from([50.0, 500.0, 8000.0, 300_000.0]), st.integers(0, 9))
@settings(max_examples=80)
def test_finds_exactly_the_pairs_within_reach(where, reach, seed):
    lon, lat = where
    reaches = np.random.default_rng(seed).uniform(0.3, 1.0, len(lon)) * reach
    found = near_pairs(lon, lat, reaches)
    pairs = list(zip(found.a.tolist(), found.b.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    limit = reaches[:, None] + reaches[None]
    assert expected(lon, lat, limit, -1e-3) <= set(pairs) <= expected(lon, lat, limit, 1e-3)
    assert np.allclose(
        found.metres, distance(lon[found.a], lat[found.a], lon[found.b], lat[found.b]), atol=1e-3
    )


@given(places(), places(), st.sampled_from([50.0, 500.0, 8000.0, 300_000.0]))
@settings(max_examples=50)
def test_finds_others_within_reach(ours, theirs, limit):
    found = near_others(*ours, *theirs, limit)
    pairs = list(zip(found.a.tolist(), found.b.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    metres = distance(ours[0][:, None], ours[1][:, None], theirs[0][None], theirs[1][None])
    for slack, wanted in ((-1e-3, "least"), (1e-3, "most")):
        near = set(zip(*(v.tolist() for v in np.nonzero(metres <= limit + slack)), strict=True))
        assert near <= set(pairs) if wanted == "least" else set(pairs) <= near


def test_nobody_and_one_make_no_pair():
    none = np.empty(0)
    assert len(near_pairs(none, none, 500.0).a) == 0
    assert len(near_pairs(np.zeros(1), np.zeros(1), 500.0).a) == 0
    assert len(near_others(none, none, np.zeros(1), np.zeros(1), 500.0).a) == 0


@pytest.mark.parametrize("vessels", [2_000, 8_000])
def test_a_crowd_at_one_place_costs_as_much_as_it_has_vessels(vessels, monkeypatch):
    tested = []
    test = join._test

    def counted(low, high, *others):
        tested.append(int((high - low).clip(0).sum()))
        return test(low, high, *others)

    monkeypatch.setattr(join, "_test", counted)
    random = np.random.default_rng(1)
    lon, lat = random.normal(5, 1e-4, vessels), random.normal(60, 1e-4, vessels)
    found = near_pairs(lon, lat, 250.0)
    assert sum(tested) <= 4 * join.THIN * vessels
    assert found.left_out > 0
    assert len(found.a) + found.left_out == vessels * (vessels - 1) // 2


def test_a_crowd_elsewhere_takes_nothing_from_a_fleet():
    random = np.random.default_rng(1)
    lon, lat = random.normal(5, 1e-3, 40), random.normal(60, 1e-3, 40)
    alone = near_pairs(lon, lat, 250.0)
    flood = random.normal(5.5, 1e-4, 20_000), random.normal(60, 1e-4, 20_000)
    found = near_pairs(np.append(lon, flood[0]), np.append(lat, flood[1]), 250.0)
    among = found.b < 40
    assert found.a[among].tolist() == alone.a.tolist()
    assert found.b[among].tolist() == alone.b.tolist()


def test_the_nearest_of_a_crowd_are_compared():
    lon = np.arange(1000) * 1e-6
    found = near_pairs(lon, np.zeros(1000), 250.0)
    near = set(zip(found.a.tolist(), found.b.tolist(), strict=True))
    assert all((i, i + k) in near for i in range(900) for k in range(1, join.THIN + 1))
