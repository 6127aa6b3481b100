import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest.records import Statics
from watch.registry import Registry
from watch.vessel import Vessel

START = np.datetime64("2026-09-14T04:00:00", "us")


def statics(rows):
    """Statics from dicts of columns; line and time follow from the order unless given."""
    names = {name for row in rows for name in row}
    given = {n: np.array([row.get(n, Statics.absent(1).__getattribute__(n)[0]) for row in rows])
             for n in names}  # fmt: skip
    given.setdefault("line", np.arange(len(rows)))
    given["time"] = START + given["line"].astype("timedelta64[s]")
    return Statics.absent(len(rows), **given)


def learn(registry, batch):
    for piece in registry.pieces(batch):
        registry.update(batch, piece, registry.news(batch, piece))


def test_what_a_report_leaves_out_is_kept():
    registry = Registry()
    learn(
        registry,
        statics(
            [
                {"mmsi": 1, "msg_type": 24, "name": b"ALPHA"},
                {"mmsi": 1, "msg_type": 24, "callsign": b"XY1", "ship_type": 30, "to_bow": 9,
                 "to_stern": 3, "to_port": 2, "to_starboard": 2},
                {"mmsi": 2, "msg_type": 5, "imo": 9074729, "name": b"BETA"},
                {"mmsi": 2, "msg_type": 24, "name": b"GAMMA"},
            ]
        ),
    )  # fmt: skip
    known = registry.vessels([1, 2, 3])
    assert known[1] == Vessel(1, b"ALPHA", b"XY1", 0, 30, 12, 4, 2)
    assert known[2] == Vessel(2, b"GAMMA", b"", 9074729, unit=1)
    assert known[3] == Vessel(3)
    assert len(registry) == 2


_SAID = st.fixed_dictionaries(
    {
        "mmsi": st.sampled_from([1, 2, 3]),
        "msg_type": st.sampled_from([5, 19, 24, 21]),
        "name": st.sampled_from([b"", b"ALPHA", b"A NAME OF MORE THAN TWENTY"]),
        "imo": st.sampled_from([0, 9074729]),
        "ship_type": st.sampled_from([0, 30, 80]),
        "to_bow": st.sampled_from([0, 100]),
        "to_stern": st.sampled_from([0, 20]),
    }
)


@given(st.lists(_SAID, min_size=1, max_size=12), st.integers(0, 12))
def test_the_batch_and_the_single_report_learn_the_same(rows, cut):
    batch = statics(rows)
    registry = Registry()
    for part in (slice(0, cut), slice(cut, None)):
        learn(registry, batch.take(part))
    known = {mmsi: Vessel(mmsi) for mmsi in (1, 2, 3)}
    changes = set()
    for row in range(len(batch)):
        mmsi = int(batch.mmsi[row])
        after = known[mmsi].with_statics(batch, row)
        if after != known[mmsi]:
            changes.add(mmsi)
        known[mmsi] = after
    assert registry.vessels([1, 2, 3]) == known

    fresh = Registry()
    (piece,) = fresh.pieces(batch)
    assert set(batch.mmsi[fresh.news(batch, piece)].tolist()) >= changes


def test_repeating_is_no_news():
    registry = Registry()
    batch = statics([{"mmsi": 1, "msg_type": 5, "name": b"ALPHA", "to_bow": 5}])
    learn(registry, batch)
    again = statics([{"mmsi": 1, "msg_type": 5, "name": b"ALPHA"}, {"mmsi": 1, "msg_type": 24}])
    (piece,) = registry.pieces(again)
    assert registry.news(again, piece).tolist() == []
    other = statics([{"mmsi": 1, "msg_type": 5, "name": name} for name in (b"BETA", b"ALPHA")])
    (piece,) = registry.pieces(other)
    assert registry.news(other, piece).tolist() == [0, 1]


def test_a_flood_of_invented_vessels_is_bounded():
    registry = Registry(capacity=1024)
    count = 5000
    batch = Statics.absent(
        count, mmsi=np.arange(count), msg_type=np.full(count, 5), line=np.arange(count),
        name=np.full(count, b"X"),
    )  # fmt: skip
    learn(registry, batch)
    assert len(registry) <= 1024
    assert registry.vessels([0, count - 1])[count - 1].name == b"X"
    # A slot that changed hands tells nothing of its former vessel.
    late = Statics.absent(2000, mmsi=np.arange(9000, 11000), line=np.arange(9000, 11000))
    learn(registry, late)
    assert registry.vessels([10_999])[10_999] == Vessel(10_999)


def test_labels():
    assert Vessel(636012345, b"EXAMPLE").label == "EXAMPLE (636012345)"
    assert Vessel(636012345).label == "vessel 636012345"
    assert Vessel(970012345).label == "AIS-SART 970012345"
    assert Vessel(636012345, "\u202eEVIL".encode()).label == "\\u202eEVIL (636012345)"
