"""Fleets: real country codes, and statics that are wrong where that is asked."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from simulate.flaws import SOUND
from simulate.fleet import distinct_mmsi, make_vessels
from simulate.kinds import KINDS

START = datetime(2026, 3, 1, tzinfo=UTC)


def test_wrong_statics_are_the_share_asked_for_and_one_flaw_each():
    kinds = ["container"] * 2000
    sound, spoilt = (
        make_vessels(kinds, np.random.default_rng(1), replace(SOUND, wrong_static=share), START)
        for share in (0.0, 0.3)
    )
    flaws = np.stack([
        spoilt.to_bow + spoilt.to_stern == 0, spoilt.ship_type == 0, spoilt.name == b"",
        spoilt.imo == 0, spoilt.draught > 25,
    ])  # fmt: skip
    assert abs(flaws.any(axis=0).mean() - 0.3) < 0.04
    assert flaws.sum(axis=0).max() == 1
    assert (flaws.sum(axis=1) > 60).all()
    assert (sound.imo > 0).all()


def test_every_kind_has_country_codes_of_the_itus_table():
    for name in KINDS:
        fleet = make_vessels([name] * 50, np.random.default_rng(2), SOUND, START)
        mid = fleet.mmsi // 1_000_000
        assert ((mid >= 201) & (mid <= 775)).all()


def test_no_two_share_an_mmsi_whoever_comes_first():
    fleet = make_vessels(["pilot"] * 400, np.random.default_rng(3), SOUND, START)
    fleet.mmsi[:] = fleet.mmsi[0]
    seen = {int(fleet.mmsi[0]) + 3}
    distinct_mmsi(fleet, seen)
    assert len(set(fleet.mmsi.tolist())) == 400
    assert len(seen) == 401
