"""An index that is kept is the index itself, and whatever is wrong with the file, one is made."""

import os
import pickle

import numpy as np
import pytest
from shapely import LineString, box

from geofence import kept
from geofence.circle import circles
from geofence.fence import Fence
from geofence.grid.arrays import from_arrays, to_arrays
from geofence.kept import kept_fence
from geofence.zone import Zone
from geofence.zoneset import ZoneSet

RANDOM = np.random.default_rng(3)
SHAPES = circles(RANDOM.uniform(-3, 3, 30), RANDOM.uniform(-3, 3, 30), np.full(30, 20_000.0))
ZONES = ZoneSet((
    *(Zone(f"c-{i}", f"C {i}", "watch", shape) for i, shape in enumerate(SHAPES)),
    Zone("date", "Date line", "watch", box(179, -1, 180, 1)),
    Zone("pole", "Pole", "watch", box(-180, 89, 180, 90)),
    Zone("twice", "The same again", "port", SHAPES[0]),
    Zone("gate", "Gate", "gate", LineString([(0, -1), (0, 1)])),
))  # fmt: skip
FENCE = Fence(ZONES)
VERTICES = np.concatenate([np.array(shape.exterior.coords) for shape in SHAPES[:5]])
X = np.concatenate([RANDOM.uniform(-3.5, 3.5, 20_000), VERTICES[:, 0], [180, -180, 0, np.nan]])
Y = np.concatenate([RANDOM.uniform(-3.5, 3.5, 20_000), VERTICES[:, 1], [0, 0, 90, 0]])
TIME = np.full(len(X), np.datetime64("2026-01-01", "us"))


@pytest.fixture(autouse=True)
def few_are_worth_it(monkeypatch):
    monkeypatch.setattr(kept, "_WORTH_ZONES", 1)


def answers(fence):
    ids = fence.lookup(X, Y, TIME)
    return [fence.places(i) for i in ids.tolist()]


def made(monkeypatch):
    """Counts the fences that are built and not read."""
    count = []
    build = Fence.__init__

    def counting(self, *args, **more):
        count.append("index" not in more)
        build(self, *args, **more)

    monkeypatch.setattr(Fence, "__init__", counting)
    return count


def test_a_fence_read_back_answers_the_same_on_and_beside_boundaries(tmp_path, monkeypatch):
    count, wanted = made(monkeypatch), answers(FENCE)
    first, second = (kept_fence(ZONES, tmp_path / "new") for _ in range(2))
    assert count == [True, False]
    assert answers(first) == answers(second) == wanted
    assert len(set(wanted)) > 50
    assert answers(pickle.loads(pickle.dumps(kept_fence(ZONES, tmp_path / "new")))) == wanted
    assert [file.stat().st_mode & 0o777 for file in (tmp_path / "new").iterdir()] == [0o600]


@pytest.mark.parametrize("of_", [ZoneSet(()), ZoneSet((ZONES.zones[-1],))])
def test_few_zones_or_none_survive_as_arrays(of_):
    index = Fence(of_).index
    again = Fence(of_, index=from_arrays(to_arrays(index)))
    assert answers(again) == answers(Fence(of_))


@pytest.mark.parametrize(
    "harm", ["cut", "flipped", "empty", "text", "pickled", "other arrays", "writable by all"]
)
def test_a_file_that_cannot_be_trusted_is_made_anew(tmp_path, monkeypatch, harm):
    wanted = answers(kept_fence(ZONES, tmp_path))
    (file,) = tmp_path.iterdir()
    data = bytearray(file.read_bytes())
    if harm == "flipped":
        data[len(data) // 2] ^= 4
    elif harm == "cut":
        del data[-1000:]
    elif harm in ("empty", "text"):
        data = bytearray(b"" if harm == "empty" else b"index")
    file.write_bytes(data)
    if harm == "pickled":
        np.savez(file, top=np.array([{}], object))
    elif harm == "other arrays":
        arrays = to_arrays(FENCE.index)
        np.savez(file, **{**arrays, "top": arrays["top"][:-1]})
    elif harm == "writable by all":
        file.chmod(0o666)
    count = made(monkeypatch)
    assert answers(kept_fence(ZONES, tmp_path)) == wanted
    assert count == [True]
    kept_fence(ZONES, tmp_path)
    assert count == [True, False]


def test_other_zones_other_order_and_another_program_have_files_of_their_own(tmp_path, monkeypatch):
    count = made(monkeypatch)
    moved = ZoneSet((*ZONES.zones[:-1], Zone("gate", "Gate", "gate", LineString([(1, 0), (2, 0)]))))
    for zones in (ZONES, ZoneSet(ZONES.zones[::-1]), moved):
        answered = [p.inside for p in answers(kept_fence(zones, tmp_path))]
        assert answered == [p.inside for p in answers(Fence(zones))]
    monkeypatch.setattr(kept, "_sources", lambda: b"another")
    kept_fence(ZONES, tmp_path)
    assert count == [True, True] * 3 + [True]
    assert len(list(tmp_path.iterdir())) == 3  # the oldest went


def test_the_one_used_longest_ago_goes_first(tmp_path):
    sets = [ZoneSet(ZONES.zones[:n]) for n in (1, 2, 3, 4)]
    for age, zones in enumerate(sets[:3]):
        before = set(tmp_path.iterdir())
        kept_fence(zones, tmp_path)
        (new,) = set(tmp_path.iterdir()) - before
        os.utime(new, (age, age))
    first = min(tmp_path.iterdir(), key=lambda file: file.stat().st_mtime)
    kept_fence(sets[0], tmp_path)
    kept_fence(sets[3], tmp_path)
    assert first in set(tmp_path.iterdir())
    assert len(list(tmp_path.iterdir())) == 3


def test_a_folder_that_cannot_be_written_to_is_no_fault(tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert answers(kept_fence(ZONES, tmp_path / "file")) == answers(FENCE)
    assert answers(kept_fence(ZONES, tmp_path / "file" / "below")) == answers(FENCE)
