"""The truth file as `vigie simulate` writes it: JSON lines → what should have been seen.

Of each label this reads `id`, `kind`, `mmsi`, `start`, `end`, `lon`, `lat`, `parameters` and

    expect.event      kind of event that must be found; none is asked for where it is absent
    expect.within_s   seconds after the start in which it should be known
    expect.also       kinds that are right to be seen of these vessels in this time, but not asked
    expect.silent     a hard case: kinds that must not be raised ("*" for any)
    parameters.heard  false where no station heard enough to see it: it is not asked then
    parameters.zone, parameters.station   what it is about, where an event names one too
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.errors import InputError
from ingest.files import recordings
from vigie.evaluate.times import micros

ANY = "*"

# Longer than any label, shorter than what a wrong file may hold without a line's end.
LONGEST_LINE = 4 << 20


@dataclass(frozen=True, slots=True)
class Truth:
    """One thing that truly happened.

    Attributes:
        id: unique in its file.
        kind: the incident's own kind, for people.
        mmsi: vessels concerned; none where it is about a station or a place.
        start, end: µs since 1970.
        lon, lat: where it began, degrees; NaN if not said.
        expected: kind of event that must be found, or None.
        heard: whether it could be seen at all.
        within_us: from the start, when it should be known; None if not said.
        also: kinds that are right too.
        silent: kinds that must not be raised.
        zone, station: what it is about, or None.
        parameters: what made it, for people.

    """

    id: str
    kind: str
    mmsi: frozenset[int]
    start: int
    end: int
    lon: float
    lat: float
    expected: str | None
    heard: bool = True
    within_us: int | None = None
    also: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    zone: str | None = None
    station: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def asked(self) -> bool:
        """Whether an event must be found."""
        return self.expected is not None and self.heard


def read_truth(path: Path) -> list[Truth]:
    """The labels of a file, plain or packed, in its order.

    Raises:
        InputError: missing, no truth file, or a label that cannot be used, with its line.

    """
    truths: list[Truth] = []
    ids: set[str] = set()
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            label = json.loads(line)
        except (ValueError, RecursionError):
            raise _unusable(where, "it is no JSON") from None
        truth = _truth(label, where)
        if truth.id in ids:
            raise InputError(
                f"there are two labels {truth.id!r}", where=where, mend="Give each its own id"
            )
        ids.add(truth.id)
        truths.append(truth)
    if not truths:
        raise InputError(
            "it holds no label", where=str(path),
            mend="Name the file that vigie simulate --truth has written",
        )  # fmt: skip
    return truths


def _lines(path: Path) -> Iterator[bytes]:
    found = recordings(path)
    if len(found) != 1:
        for each in found:
            each.close()
        raise InputError(
            "the archive has several members", where=str(path),
            mend=f"Name one, as {path}!{'MEMBER'}",
        )  # fmt: skip
    rest = b""
    with found[0] as file:
        for chunk in file.chunks():
            *whole, rest = (rest + chunk).split(b"\n")
            yield from whole
            if len(rest) > LONGEST_LINE:
                raise _unusable(str(path), f"a line is longer than {LONGEST_LINE:,} bytes")
    yield rest


def _truth(label: Any, where: str) -> Truth:
    if not isinstance(label, dict):
        raise _unusable(where, "it is no object")
    expect, parameters = _object(label, "expect", where), _object(label, "parameters", where)
    start, end = (_time(label, key, where) for key in ("start", "end"))
    if end < start:
        raise InputError("end lies before start", where=where, mend="Change one of them")
    within = _number(expect, "within_s", where)
    return Truth(
        id=_text(label, "id", where), kind=_text(label, "kind", where),
        mmsi=_mmsi(label, where), start=start, end=end,
        lon=_number(label, "lon", where), lat=_number(label, "lat", where),
        expected=_text(expect, "event", where, needed=False) or None,
        heard=parameters.get("heard") is not False,
        within_us=None if math.isnan(within) else round(within * 1e6),
        also=_kinds(expect, "also", where), silent=_kinds(expect, "silent", where),
        zone=_text(parameters, "zone", where, needed=False) or None,
        station=_text(parameters, "station", where, needed=False) or None,
        parameters=parameters,
    )  # fmt: skip


def _unusable(where: str, what: str) -> InputError:
    return InputError(
        f"this is no label of the truth: {what}", where=where,
        mend="Name the file that vigie simulate --truth has written",
    )  # fmt: skip


def _object(label: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    value = label.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _unusable(where, f"{key} is no object")
    return value


def _text(label: dict[str, Any], key: str, where: str, *, needed: bool = True) -> str:
    value = label.get(key)
    if value is None and not needed:
        return ""
    if not isinstance(value, str) or (needed and not value):
        raise _unusable(where, f"{key} is no text")
    return value


def _number(label: dict[str, Any], key: str, where: str) -> float:
    value = label.get(key)
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
        raise _unusable(where, f"{key} is no number")
    return float(value)


def _time(label: dict[str, Any], key: str, where: str) -> int:
    us = micros(label.get(key))
    if us is None:
        raise _unusable(where, f"{key} is no time such as 2026-09-14T04:00:00Z")
    return us


def _mmsi(label: dict[str, Any], where: str) -> frozenset[int]:
    value = label.get("mmsi")
    if not isinstance(value, list) or not all(type(v) is int and 0 <= v < 1 << 32 for v in value):
        raise _unusable(where, "mmsi is no list of numbers")
    return frozenset(value)


def _kinds(expect: dict[str, Any], key: str, where: str) -> frozenset[str]:
    value = expect.get(key)
    if value is None:
        return frozenset()
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise _unusable(where, f"expect.{key} is no list of kinds")
    return frozenset(value)
