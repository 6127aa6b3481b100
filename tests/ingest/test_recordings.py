"""Every recording, decoded here and by pyais, compared field by field.

pyais is the oracle. Where the two differ on purpose (docs/decoding.md), the difference itself is
asserted, so that it cannot spread.
"""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyais
import pytest
from pyais.constants import ShipType
from pyais.exceptions import AISBaseException

from ingest.layouts import Layout
from ingest.nmea import NmeaReader
from ingest.records import Positions
from ingest.stations import Stations
from ingest.survey import survey

RECORDINGS = (
    "amsa-mixed-2012.txt.gz", "amsa-tagblock-2014.txt.gz", "exactearth-satellite-2012-01-31.txt.gz",
    "exactearth-tagblock-2012.txt.gz", "gatehouse-2010-06-11.txt.gz", "ionian-2015.txt.gz",
    "mixed_types.nmea.gz", "seattle-2006.txt.gz", "tide-type8.txt.gz", "uscg-2006-09-30.txt.gz",
    "uscg-sar-2007.txt.gz", "uscg-trailing-epoch-2006.txt.gz", "wadden-2014.txt.gz",
)  # fmt: skip

# Our name of a field → (pyais' name, what one unit of ours is in pyais').
NAMES = {
    "sog": "speed", "cog": "course", "rot": "turn", "altitude": "alt", "version": "ais_version",
    "name": "shipname", "eta_month": "month", "eta_day": "day", "eta_hour": "hour",
    "eta_minute": "minute", "regional": "reserved_1", "regional_2": "reserved_2",
    "virtual": "virtual_aid", "vendor": "vendorid", "part": "partno",
    "mothership": "mothership_mmsi", "name_extension": "name_ext",
}  # fmt: skip
TENTHS = {"sog", "cog", "draught"}


def reference_messages(data: bytes) -> dict[int, list[bytes]]:
    """Line number → the sentences of the message it completes; line by line, as the rules read."""
    messages: dict[int, list[bytes]] = {}
    waiting: dict[tuple[Any, ...], dict[int, tuple[bytes, int]]] = {}
    counts: Counter[bytes] = Counter()
    wrapper, groups = b"", {}
    for number, raw in enumerate(data.split(b"\n")):
        if raw.startswith(b"$PGHP,1,"):
            fields = raw.split(b",")
            wrapper = fields[11] or fields[9]
            continue
        bang = raw.find(b"!")
        star = raw.find(b"*", bang)
        sentence = raw[bang : star + 3]
        fields = sentence.split(b",")
        if bang < 0 or star < 0 or len(fields) != 7 or fields[0][3:] not in (b"VDM", b"VDO"):
            continue
        check = 0
        for char in sentence[1:-3]:
            check ^= char
        if not fields[5] or int(sentence[-2:], 16) != check:
            continue
        station = _station(raw, bang, star, wrapper, groups)
        counts[station] += 1
        total, part = int(fields[1]), int(fields[2])
        if total == 1:
            messages[number] = [sentence]
            continue
        key = (station, fields[3], fields[4], total, fields[0][3:])
        group = waiting.setdefault(key, {})
        first = min((c for _, c in group.values()), default=0)
        late = any(n > part and counts[station] - c > 3 for n, (_, c) in group.items())
        if group and (part in group or counts[station] - first > 64 or late):
            group.clear()
        group[part] = (sentence, counts[station])
        if len(group) == total:
            messages[number] = [group[n][0] for n in range(1, total + 1)]
            del waiting[key]
    return messages


def _station(raw: bytes, bang: int, star: int, wrapper: bytes, groups: dict[bytes, bytes]) -> bytes:
    tag = dict(
        f.split(b":", 1)
        for f in raw[:bang].strip(b"\\").split(b"*")[0].split(b",")
        if b":" in f
    )  # fmt: skip
    group = tag.get(b"g", b"").rpartition(b"-")[2]
    if b"s" in tag:
        groups[group] = tag[b"s"]
        return tag[b"s"]
    if group in groups:
        return groups[group]
    for field in raw[star + 3 :].strip().split(b",")[1:]:
        if field.startswith(b"r"):
            return field
    return wrapper


def decoded(data: bytes) -> tuple[dict[int, tuple[Layout, dict[str, Any]]], Positions, set[int]]:
    """Line number → layout and raw fields; all positions; lines of messages of other types."""
    fields: dict[int, tuple[Layout, dict[str, Any]]] = {}

    def observe(layout: Layout, lines: np.ndarray, values: dict[str, np.ndarray]) -> None:
        columns = {k: v.tolist() for k, v in values.items()}
        for i, line in enumerate(lines.tolist()):
            fields[line] = (layout, {k: v[i] for k, v in columns.items()})

    start = np.datetime64("2020-01-01T00:00:00")
    timing = survey([data], Stations(), name="recording", start=start)
    reader = NmeaReader(timing, observe=observe)
    batches = [reader.feed(data[i : i + 262144]) for i in range(0, len(data), 262144)]
    done = [b for b in (*batches, reader.finish()) if b is not None]
    others = {int(n) for b in done for n in b.messages.line}
    return fields, Positions.concat([b.positions for b in done]), others


def expected_value(name: str, kind: str, raw: Any, msg_type: int) -> Any:
    """Our raw value in pyais' terms."""
    if kind == "t":
        return raw.decode("ascii")
    if name in ("lon", "lat"):
        return raw / (600.0 if msg_type == 27 else 600_000.0)
    if name in TENTHS and not (name in ("sog", "cog") and msg_type == 27):
        return float(raw) if (name == "sog" and msg_type == 9) else raw / 10
    return raw


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_field_of_every_message_equals_pyais(name: str, recordings: Path) -> None:
    data = gzip.decompress((recordings / name).read_bytes())
    ours, positions, others = decoded(data)
    place = {int(n): i for i, n in enumerate(positions.line)}
    on_purpose: Counter[str] = Counter()
    compared = 0
    for line, sentences in reference_messages(data).items():
        try:
            message = pyais.decode(*sentences)
            theirs = message.asdict(enum_as_int=True)
        except AISBaseException:
            assert line not in ours or line in others
            continue
        if line not in ours:
            _assert_not_ours(message, sentences, line in others)
            continue
        layout, mine = ours[line]
        assert message.msg_type in layout.types
        assert mine["mmsi"] == theirs["mmsi"]
        bits = sum(len(s.split(b",")[5]) for s in sentences) * 6 - int(sentences[-1][-4:-3])
        for field in layout.fields:
            theirs_name = NAMES.get(field.name, field.name)
            if layout.name == "aid" and field.name == "name":
                theirs_name = "name"
            if layout.name == "static_b" and field.name == "epfd":
                continue  # pyais does not read it
            if bits < field.end:
                on_purpose["past the end"] += 1
                if field.kind != "t":
                    assert mine[field.name] == field.absent
                continue
            value = expected_value(field.name, field.kind, mine[field.name], message.msg_type)
            told = theirs[theirs_name]
            compared += 1
            if _same(field.name, value, told):
                continue
            on_purpose[_reason(layout, field.name, value, told)] += 1
        if line in place:
            _assert_position(positions, place[line], theirs)
    assert compared > 100 or name == "tide-type8.txt.gz"
    unexplained = {k: v for k, v in on_purpose.items() if k.startswith("?")}
    assert not unexplained


def _same(name: str, value: Any, told: Any) -> bool:
    if name in ("lon", "lat"):
        return bool(abs(value - told) < 6e-7)  # pyais rounds to six decimals
    if name == "rot":
        return _same_rot(value, float(told))
    if isinstance(value, float):
        return bool(abs(value - told) < 1e-6)
    return bool(value == told) or (value == "" and told is None)


def _same_rot(raw: int, told: float) -> bool:
    if raw in (127, -127, -128):
        return told == raw
    sign = 1 if raw >= 0 else -1
    return abs(told - sign * (raw / 4.733) ** 2) <= 0.51  # pyais rounds to whole degrees


def _reason(layout: Layout, name: str, value: Any, told: Any) -> str:
    """Why a difference is meant; "?…" where it is not."""
    if name == "ship_type" and value not in {int(t) for t in ShipType}:
        return "reserved ship type kept"
    if name in ("epfd", "aid_type", "status") and value in range(64):
        return "reserved number kept"
    if isinstance(value, str) and isinstance(told, str):
        if value.strip() == told.strip():
            return "leading blanks kept"
        if told.split("@")[0].rstrip() == value:
            return "text ends at the first @"
    if name == "name_extension":
        return "extension is part of the name"
    return f"?{layout.name}.{name}: {value!r} is not {told!r}"


def _assert_not_ours(message: Any, sentences: list[bytes], is_other: bool) -> None:
    """What pyais decodes and we do not: other types, type 0, and payloads cut before the MMSI."""
    payload = b"".join(s.split(b",")[5] for s in sentences)
    bits = len(payload) * 6
    kind = message.msg_type
    columnar = {1, 2, 3, 4, 5, 9, 11, 18, 19, 21, 24, 27}
    if is_other:
        assert kind not in columnar
    else:
        assert kind == 0 or bits < 168 or kind == 24


def _assert_position(positions: Positions, row: int, theirs: dict[str, Any]) -> None:
    """The column values of one report, in degrees and knots with NaN."""
    lon, lat = float(positions.lon[row]), float(positions.lat[row])
    if abs(theirs["lon"]) > 180 or abs(theirs["lat"]) > 90:
        assert np.isnan(lon)
        assert np.isnan(lat)
    else:
        assert abs(lon - theirs["lon"]) < 6e-7
        assert abs(lat - theirs["lat"]) < 6e-7
