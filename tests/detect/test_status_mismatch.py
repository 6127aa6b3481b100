"""A status that does not fit: who goes and says it lies, who lies and says it goes."""

import numpy as np
import pytest
from shapely import box
from voyages import judge, leg, newest, then

from detect.status_mismatch import StatusMismatch
from geofence.circle import circle
from geofence.zone import Zone

SEA = (-20.0, 20.0)
BEACH = (4.56, 52.6)  # 2 nm off the Dutch coast
PORT = Zone("port", "Port", "port", circle(*SEA, 3000), centres=(SEA,), radius_m=3000.0)
ANCHORAGE = Zone("a", "A", "anchorage", box(-21, 19, -19, 21))


def lies(hours, at=SEA, every=180, **said):
    """Comes, and lies still."""
    return then(leg(600, 8, 90, at=at), hours * 3600, 0.1, 90, every=every, **said)


@pytest.mark.parametrize(("status", "says"), [(1, "at anchor"), (5, "moored"), (6, "aground")])
def test_who_goes_and_says_it_lies(status, says):
    way = then(leg(600, 8.2, 90, status=status), 900, 8.2, 90)
    first, last = judge([way], StatusMismatch)
    assert first.time - first.episode == np.timedelta64(300, "s")
    assert first.evidence["measured"] == {"status": status, "held_s": 300, "sog_kn": 8.2}
    assert first.evidence["words"].startswith(
        f"says it is {says}, and makes up to 8.2 kn (limit 3.0 kn) for 5 min (limit 5 min); "
    )
    assert last.evidence["end"] == "2026-03-01T00:10:00Z"


def test_who_lies_and_says_it_goes():
    way = then(lies(6), 900, 8, 90)
    first, last = judge([way], StatusMismatch)
    assert first.episode == np.datetime64("2026-03-01T00:13:00")
    assert first.time - first.episode == np.timedelta64(4, "h")
    assert first.evidence["measured"] == {
        "status": 0, "held_s": 14400, "shore_nm": 169.2, "fixes": 81,
    }  # fmt: skip
    assert first.evidence["words"].startswith(
        "says it is under way, and has been lying still for 4 h 00 min (limit 4 h 00 min), "
        "169.2 nm from shore (limit 2.5 nm) and in no port or anchorage; "
    )
    assert last.evidence["held_s"] == 6 * 3600 - 180


@pytest.mark.parametrize(
    ("way", "zones"),
    [
        (leg(600, 2.9, 90, status=1), []),
        (leg(290, 8, 90, status=1), []),
        (leg(3600, 8, 90), []),
        (lies(3.9), []),
        (lies(8, status=1), []),
        (lies(8, status=15), []),
        (lies(8, at=BEACH), []),
        (lies(8), [PORT]),
        (lies(8, at=(-20.03, 20.03)), [PORT]),
        (lies(8), [ANCHORAGE]),
        (leg(8 * 3600, 1.5, 90, at=SEA, every=180), []),
        (then(lies(0.5), 8 * 3600, 1.7, 90, every=180), []),
    ],
    ids=["slow", "short", "under way", "short stay", "anchored", "says nothing", "at the beach",
         "in port", "near a port", "in an anchorage", "neither stopped nor under way", "creeps on"],
)  # fmt: skip
def test_what_fits_or_is_not_told(way, zones):
    assert judge([way], StatusMismatch, zones=zones) == []


def test_a_stay_in_port_rules_out_itself_and_no_later_one():
    way = then(lies(8), 7200, 8, 90, every=60)
    way = then(way, 5 * 3600, 0.1, 90, every=180)
    told = newest(judge([way], StatusMismatch, zones=[PORT]))
    assert len(told) == 1
    assert told[0].episode > np.datetime64("2026-03-01T10:00")


def test_the_same_however_cut():
    ways = [then(lies(5), 600, 8, 90, status=5), leg(900, 9, 60, status=1, mmsi=201_000_002)]
    whole = judge(ways, StatusMismatch)
    assert len(newest(whole)) == 3
    assert all(judge(ways, StatusMismatch, cut=cut) == whole for cut in (1, 13))
