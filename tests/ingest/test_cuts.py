"""Sentences in every wrapper, mixed as no feed would, cut anywhere, the reader pickled between.

What one line decides must not depend on which lines were read together with it: every state that a
reader carries is cut through here, with and without a survey before.
"""

from __future__ import annotations

import pickle
import random
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from records import assert_same
from sentences import checksum, make_message

from ingest.dedup import Dedup
from ingest.ledger import Ledger
from ingest.nmea import NmeaReader
from ingest.records import Copies, Messages, Positions, Statics
from ingest.stations import NameReader, Stations
from ingest.survey import salt, survey
from ingest.timing import Timing

T0, DAY = 1_789_444_800, 86_400
KINDS = (
    "plain", "tag", "group", "trailing", "thousandths", "dated", "epoch", "dateless", "pghp",
    "base", "other",
)  # fmt: skip
A = {"type": 1, "lon": 11.5, "lat": 54.25}
REPORTS = [make_message({**A, "mmsi": 211_000_000 + i}) for i in range(20)]
VOYAGES = [make_message({"type": 5, "mmsi": 211_000_000 + i}) for i in range(6)]
OTHER_LINES = (
    "", "# note", "$GPZDA,1*00", "noise", " " * 1500 + "x" + " " * 1500, "!AIVDM,1*", "x" * 1100,
    "\\s:zz*00\\", "$PGHP,1,2026*00", " \t", "\\c:1*00\\noise",
)  # fmt: skip


def stamp(time: int, form: str) -> str:
    return datetime.fromtimestamp(min(max(time, 0), 1 << 32), UTC).strftime(form)


def tagged(tag: str, line: str) -> str:
    return f"\\{tag}*{checksum(tag)}\\{line}"


def base(time: int) -> list[str]:
    when = datetime.fromtimestamp(time, UTC)
    names = ("year", "month", "day", "hour", "minute", "second")
    return make_message({"type": 4, "mmsi": 2_111_234, **{n: getattr(when, n) for n in names}})


def wrapped(
    kind: str, parts: list[str], time: int, told: int, station: str, rng: random.Random
) -> list[str]:
    """The parts of a message as one kind of feed has them; `told` may be a wrong time."""
    if kind == "tag":
        tag = rng.choice((f"s:{station},c:{told}", f"c:{told * 1000}", f"s:{station}"))
        return [tagged(tag, part) for part in parts]
    if kind == "group":
        group = rng.randrange(4)
        said = [f",s:{station},c:{told}", *[""] * len(parts)]
        return [
            tagged(f"g:{n + 1}-{len(parts)}-{group}{said[n]}", part) for n, part in enumerate(parts)
        ]
    if kind == "pghp":
        check = 0
        for part in parts:
            check ^= int(part[-2:], 16)
        body = stamp(told, "PGHP,1,%Y,%m,%d,%H,%M,%S,250,219,45,") + f"{station},1,{check:02X}"
        late = f",{told + rng.choice((0, 5000))}" if rng.random() < 0.3 else ""
        return [f"${body}*{checksum(body)}", *(part + late for part in parts)]
    before = {
        "dated": stamp(told, "%Y-%m-%d %H:%M:%S.250,"), "epoch": f"{told} ",
        "dateless": stamp(time, "[%H:%M:%S] "),
    }.get(kind, "")  # fmt: skip
    behind = {"trailing": f",r{station},{told}", "thousandths": f",{told * 1000}"}.get(kind, "")
    return [f"{before}{part}{behind}" for part in parts]


def traffic(seed: int, messages: int) -> bytes:
    rng = random.Random(seed)
    kinds: Any = rng.choice(
        (KINDS, rng.sample(KINDS, 4), [rng.choice(KINDS), "base", "plain"], [rng.choice(KINDS)])
    )
    now, lines = T0 + rng.randrange(DAY), list[str]()
    held: list[str] = []
    for _ in range(messages):
        now += rng.choice((0, 0, 1, 2, 40, rng.choice((0, 0, 600, 7200, -3, -3 * DAY, 40 * DAY))))
        told = now
        if rng.random() < 0.05:
            told = rng.choice((0, 1, now + 30 * DAY, now + 400 * DAY, 99_999_999_999, 10**15))
        kind = rng.choice(kinds)
        parts = rng.choice(REPORTS if rng.random() < 0.6 else VOYAGES)
        if kind == "base":
            parts = base(rng.choice((now, now, now - 300, now + 300 * DAY)))
        made = wrapped(kind, parts, now, told, rng.choice(("a", "bb", "c" * 40)), rng)
        if kind == "other":
            made = [rng.choice(OTHER_LINES)]
        if len(made) > 1 and rng.random() < 0.15:
            made.pop(rng.randrange(len(made)))
        if kind == "pghp" and rng.random() < 0.5:  # several wrappers, then their sentences
            held.append(made.pop(0))
            if rng.random() < 0.4:
                lines, held = lines + held, []
        at = len(lines) if rng.random() < 0.8 else max(0, len(lines) - rng.randrange(4))
        lines[at:at] = made
    return "".join(f"{line}\n" for line in lines).encode()


def read(data: bytes, sizes: list[int], surveyed: bool, batch_rows: int, again: int = 0) -> Any:
    """Everything that comes of the bytes; the reader is pickled after every `again` chunks."""
    stations = Stations()
    if surveyed:
        timing = survey([data], stations, name="x", start=np.datetime64("2026-09-15"))
    else:
        timing = Timing(NameReader(stations, salt()))
    reader = NmeaReader(timing, dedup=Dedup(), batch_rows=batch_rows)
    batches, at, turn = [], 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        batches.append(reader.feed(data[at : at + size]))
        at, turn = at + size, turn + 1
        if again and turn % again == 0:
            reader = pickle.loads(pickle.dumps(reader))
    done = [b for b in (*batches, reader.finish()) if b is not None]
    ledger = Ledger()
    for batch in done:
        ledger.add(batch.ledger)
    records = (
        Positions.concat([b.positions for b in done]), Statics.concat([b.statics for b in done]),
        Messages.concat([b.messages for b in done]), Copies.concat([b.copies for b in done]),
    )  # fmt: skip
    told = (
        ledger.as_dict(), reader.timing.names.stations.names, dict(reader.timing.counts),
        reader.bad_tags,
    )  # fmt: skip
    assert ledger.balanced
    return records, told


def assert_cut_anywhere(
    data: bytes, sizes: list[int], surveyed: bool, batch_rows: int, again: int
) -> None:
    whole, all_told = read(data, [len(data) or 1], surveyed, 1 << 20)
    cut, told = read(data, sizes, surveyed, batch_rows, again)
    for one, other in zip(whole, cut, strict=True):
        assert_same(one, other)
    assert told == all_told


@settings(max_examples=150)
@given(
    st.integers(0, 1 << 30), st.integers(1, 60), st.booleans(),
    st.lists(st.integers(1, 2500), min_size=1, max_size=6), st.sampled_from([1, 7, 1000]),
)  # fmt: skip
def test_any_mixture_cut_anywhere(
    seed: int, messages: int, surveyed: bool, sizes: list[int], batch_rows: int
) -> None:
    assert_cut_anywhere(traffic(seed, messages), sizes, surveyed, batch_rows, again=5)


@pytest.mark.parametrize("surveyed", [True, False])
@pytest.mark.parametrize("seed", range(20))
def test_any_mixture_line_by_line(seed: int, surveyed: bool) -> None:
    data = traffic(seed, 60)
    assert_cut_anywhere(data, [len(line) + 1 for line in data.split(b"\n")], surveyed, 1, again=0)


def test_a_long_recording_of_everything() -> None:
    for seed in range(3):
        assert_cut_anywhere(traffic(seed, 1500), [60_000, 17, 4096, 1], True, 100, again=50)
