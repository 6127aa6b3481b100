"""A core that was saved goes on as if it had never stopped; what is no state of ours is refused."""

from __future__ import annotations

import collections
import dataclasses
import gzip
import hashlib
import io
import pickle
import re
from importlib.metadata import version
from typing import Any

import numpy as np
import pytest

import replay_data
from geofence import library
from geofence.fence import Fence
from geofence.zoneset import ZoneSet
from ingest.batch import Batch
from ingest.dedup import Dedup
from ingest.errors import StateError
from ingest.nmea import NmeaReader
from ingest.stations import Stations
from ingest.survey import survey
from vigie.core import Core
from vigie.state import FORMAT
from watch.lists import Entry, WatchList
from watch.rules import load_rules

NEAR = ("port-djjib", "port-yeade", "port-sober", "port-yehod")
RULES = load_rules(None)


@pytest.fixture(scope="module")
def batches() -> list[Batch]:
    """The bundled recording's first hour or so, in small batches."""
    lines = gzip.decompress(replay_data.bundled_recording().read_bytes()).splitlines(keepends=True)
    data = b"".join(lines[:60_000])
    reader = NmeaReader(
        survey([data], Stations(), name="test"), dedup=Dedup(), batch_rows=1
    )  # fmt: skip
    pieces = (data[at : at + 65_536] for at in range(0, len(data), 65_536))
    return [b for b in (*map(reader.feed, pieces), reader.finish()) if b is not None]


@pytest.fixture(scope="module")
def zones() -> ZoneSet:
    """The published zones, and a few ports: the index builds in no time."""
    return ZoneSet(tuple(z for z in library.load() if z.kind != "port" or z.id in NEAR))


@pytest.fixture(scope="module")
def fence(zones: ZoneSet) -> Fence:
    return Fence(zones)


def told(core: Core, batches: list[Batch]) -> list[str]:
    """Everything that comes of some batches, in words."""
    found = []
    for batch in batches:
        step = core.step(batch)
        found += [repr(dataclasses.asdict(item)) for item in (*step.events, *step.alerts)]
    return found


@pytest.fixture(scope="module")
def half(batches: list[Batch], zones: ZoneSet, fence: Fence) -> bytes:
    """The state after half of the batches."""
    core = Core(zones, RULES, fence=fence)
    told(core, batches[: len(batches) // 2])
    return core.state()


def test_a_core_restored_now_and_then_tells_the_same(
    batches: list[Batch], zones: ZoneSet, fence: Fence
) -> None:
    one = other = Core(zones, RULES, fence=fence)
    whole = told(one, batches)
    other = Core(zones, RULES, fence=fence)
    turned = ZoneSet(zones.zones[::-1])
    fences = [(turned, Fence(turned)), (zones, fence)]
    parts = []
    for at in range(0, len(batches), 7):
        parts += told(other, batches[at : at + 7])
        there = fences[at // 7 % 2]
        other = Core.restore(other.state(), there[0], RULES, fence=there[1])
    assert len(whole) > 100
    assert parts == whole
    for name in ("ledger", "events", "alerts", "positions", "statics"):
        assert getattr(one, name) == getattr(other, name)


def test_zones_rules_and_lists_are_those_given(
    batches: list[Batch], zones: ZoneSet, fence: Fence, half: bytes
) -> None:
    rules = [
        dataclasses.replace(r, title=f"{r.title} anew", gather_above=min(r.gather_above, 2))
        for r in RULES
    ]
    mmsis = np.concatenate([batch.positions.mmsi for batch in batches])
    listed = WatchList((Entry(mmsi=int(mmsis[-1])),))
    core = Core.restore(half, zones, rules, listed, fence=fence)
    later = told(core, batches[len(batches) // 2 :])
    assert any("anew: " in text for text in later)
    before = {rule.title for rule in RULES}
    assert not any(f"'title': '{title}: " in text for text in later for title in before)
    few = ZoneSet(zones.zones[:3])
    core = Core.restore(half, few, RULES)
    assert core.engine.fence.zones is few


def test_a_situation_whose_rule_is_gone_ends_under_it(
    batches: list[Batch], zones: ZoneSet, fence: Fence, half: bytes
) -> None:
    assert told(Core.restore(half, zones, RULES[:1], fence=fence), batches[len(batches) // 2 :])


def test_neither_zones_nor_rules_nor_lists_make_a_state_larger(half: bytes, zones: ZoneSet) -> None:
    assert len(half) < 1_500_000
    sources = {zone.source for zone in zones if len(zone.source) > 20}
    assert len(sources) > 5
    assert not any(source.encode() in half for source in sources)


def test_what_is_no_state_is_refused(zones: ZoneSet, half: bytes) -> None:
    head, _, body = half.partition(b"\n")
    name, _, _, digest = head.split(b" ")
    later = b" ".join([name, b"%d" % (FORMAT + 1), b"9.9", digest]) + b"\n" + body
    for bad, what in (
        (b"", "no saved state"),
        (b"\n" * 300, "no saved state"),
        (body, "no saved state"),
        (half[:-1], "damaged"),
        (half[:-900] + bytes([half[-900] ^ 1]) + half[-899:], "damaged"),
        (later, f"format '{FORMAT + 1}', written by Vigie '9.9'; this is Vigie {version('vigie')}"),
        (made(pickle.dumps({1: 2})), "something else"),
        (made(body[:100]), "cannot be read"),
    ):
        with pytest.raises(StateError, match=re.escape(what)):
            Core.restore(bad, zones, RULES)


class Calls:
    """What somebody would send who wants a command run."""

    def __init__(self, call: Any, *args: Any) -> None:
        self._reduced = call, args

    def __reduce__(self) -> Any:
        return self._reduced


@pytest.mark.parametrize(
    ("call", "args"),
    [(eval, ("1+1",)), (open, ("/etc/passwd",)), (getattr, (1, "real")), (library.load, ())],
)
def test_a_state_that_would_call_something_is_refused(call: Any, args: Any, zones: ZoneSet) -> None:
    with pytest.raises(StateError, match="asks for"):
        Core.restore(made(pickle.dumps(Calls(call, *args))), zones, RULES)


@pytest.mark.parametrize("name", ["clock.time.sleep", "clock.monotonic"])
def test_functions_of_the_rooms_are_none_of_a_states(name: str, zones: ZoneSet) -> None:
    module, _, attribute = f"ingest.{name}".partition(".clock.")
    stream = pickle.PROTO + b"\4" + b"".join(
        pickle.SHORT_BINUNICODE + bytes([len(text)]) + text.encode()
        for text in (f"{module}.clock", attribute)
    )  # fmt: skip
    stream += pickle.STACK_GLOBAL + pickle.EMPTY_TUPLE + pickle.REDUCE + pickle.STOP
    with pytest.raises(StateError, match="asks for"):
        Core.restore(made(stream), zones, RULES)


def made(body: bytes) -> bytes:
    """A state that says of itself that it is sound."""
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    return f"vigie-state {FORMAT} {version('vigie')} {digest}\n".encode() + body


# What the states of each format are made of. A test is red when this changes and the format not.
SHAPES = {1: "98411c98d498d49a", 2: "67d20703428d9952", 3: "685d6815db858078"}


def test_a_state_that_is_made_of_other_things_has_another_format(half: bytes) -> None:
    shape = hashlib.blake2b("\n".join(shape_of(half)).encode(), digest_size=8).hexdigest()
    assert SHAPES[FORMAT] == shape, (
        "what is remembered has changed: raise vigie.state.FORMAT, and put its shape here"
    )


def shape_of(saved: bytes) -> list[str]:
    """Classes in a state, with their fields."""
    seen: dict[str, set[str]] = collections.defaultdict(set)

    class Reader(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            found = super().find_class(module, name)
            if module.partition(".")[0] in ("ingest", "detect", "watch", "vigie"):
                seen[f"{module}.{name}"].update(_fields(found))
            return found

    core = Reader(io.BytesIO(saved.partition(b"\n")[2])).load()
    for part in (
        core,
        core.watch,
        core.handling,
        core.engine,
        core.engine._memory,
        core.engine._memory.slots,
    ):
        seen[type(part).__qualname__].update(
            f"{name} {value.dtype if isinstance(value, np.ndarray) else ''}"
            for name, value in vars(part).items()
        )
    return [f"{name}: {sorted(fields)}" for name, fields in sorted(seen.items())]


def _fields(found: Any) -> set[str]:
    if dataclasses.is_dataclass(found):
        return {f"{f.name} {f.type}" for f in dataclasses.fields(found)}
    return set(getattr(found, "_fields", ()))
