"""docs/zone-events.md says what the code does."""

from pathlib import Path

import pytest

from detect import engine
from detect.config import DetectConfig
from detect.slots import DEFAULT_CAPACITY, RECYCLED_PART
from geofence.fence import BESIDE_M, CORRIDOR_M

DOC = " ".join(
    (Path(__file__).parents[2] / "docs" / "zone-events.md").read_text(encoding="utf-8").split()
)
CONFIG = DetectConfig()


def test_every_event_of_zones_is_explained():
    assert all(f"| `{kind}` |" in DOC for kind in engine._ORDER)


@pytest.mark.parametrize(
    "said",
    [
        f"more than {CONFIG.top_speed_kn:.0f} kn",
        f"clear of the line ({CONFIG.clear_m:.0f} m)",
        f"more than {CONFIG.leg_s / 60:.0f} minutes or {CONFIG.leg_nm:.0f} nm",
        f"Beyond {CORRIDOR_M / 1000:.0f} km",
        f"at least {BESIDE_M:.0f} m",
        f"of {DEFAULT_CAPACITY:,} vessels",
    ],
)
def test_figures(said):
    assert said in DOC
    assert RECYCLED_PART == 8
    assert CONFIG.clock_slack_s == 60
