"""What events say of times, speeds and places."""

import json
import math

import numpy as np
import pytest

from detect.evidence import duration, fix_json, moment, shown, where
from detect.fixes import Fix


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"), (40.4, "40 s"), (60, "1 min"), (75, "1 min 15 s"), (599, "9 min 59 s"),
        (3599, "59 min"), (3600, "1 h 00 min"), (7500, "2 h 05 min"), (273_600, "3 d 4 h"),
    ],
)  # fmt: skip
def test_durations_in_their_two_largest_units(seconds, words):
    assert duration(round(seconds * 1e6)) == words


def test_a_fix_as_plain_json():
    fix = Fix(1_700_000_000_000_000, 5.5, -3.25, float(np.float32(12.3)))
    assert json.loads(json.dumps(fix_json(fix), allow_nan=False)) == {
        "time": "2023-11-14T22:13:20Z", "lon": 5.5, "lat": -3.25, "sog": 12.3,
    }  # fmt: skip
    assert fix_json(fix._replace(sog=math.nan))["sog"] is None
    assert fix_json(None) is None
    assert moment(fix.time) == np.datetime64("2023-11-14T22:13:20", "us")


def test_where_leaves_out_a_speed_that_was_not_sent():
    assert where(Fix(0, 5.5, -3.25, math.nan)) == "03°15.0'S 005°30.0'E"
    assert where(Fix(0, 5.5, -3.25, 0.04)) == "03°15.0'S 005°30.0'E, 0.0 kn"


def test_names_of_zones_are_strangers_words():
    assert shown("Alpha\x1b[2J‮") == r"Alpha\x1b[2J\u202e"
    assert shown(" ", "alpha-1") == "alpha-1"
