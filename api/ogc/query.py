"""What is asked of a collection: `bbox`, `datetime`, `limit`, and where the page before ended."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import QueryParams

from api.areas import BBox
from api.params import MMSI
from api.problems import BadQueryError, Fault
from store.fleet import Box

DEFAULT_LIMIT, MOST = 100, 1000

# RFC 3339, 5.6: date and time and zone, all of them.
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d{1,9})?(?:[Zz]|([+-])(\d\d):(\d\d))"
)
# Years that the database compares with, to its millisecond.
_FIRST, _LAST = (np.datetime64(time, "us") for time in ("0001-01-01", "9999-12-31T23:59:59.999"))
_BOX: TypeAdapter[Box] = TypeAdapter(BBox)
_MMSIS: TypeAdapter[list[int]] = TypeAdapter(list[MMSI])


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for.

    Attributes:
        bbox: what the geometry intersects.
        first: with the next, an interval that the time intersects, ends included;
            `datetime64[us]`, None where it is open.
        last: see there.
        limit: features a page.
        after: where the page before ended, as this collection has written it.
        mmsis: of these vessels; empty for all.

    """

    bbox: Box | None = None
    first: np.datetime64 | None = None
    last: np.datetime64 | None = None
    limit: int = DEFAULT_LIMIT
    after: str | None = None
    mmsis: tuple[int, ...] = ()

    @property
    def timed(self) -> bool:
        """Whether a time is asked for."""
        return self.first is not None or self.last is not None

    def holds(self, begin: np.datetime64 | None, end: np.datetime64 | None) -> bool:
        """Whether a span meets what is asked for; both ends are in it, None is open."""
        return not (
            (self.first is not None and end is not None and bool(end < self.first))
            or (self.last is not None and begin is not None and bool(begin > self.last))
        )


def read(given: QueryParams, known: Collection[str], most: int = MOST) -> Asked:
    """A query, checked.

    Args:
        given: as it came.
        known: names of parameters that this path takes.
        most: features that a page may have; more than that gives so many (Part 1, 7.15.2).

    Raises:
        BadQueryError: it has parameters that are unknown, given twice, or cannot be used.

    """
    for name in dict.fromkeys(name for name, _ in given.multi_items()):
        if name not in known:
            names = f"this path takes {', '.join(sorted(known))}" if known else "take it away"
            raise bad(name[:60], "there is no such parameter", names)
        if len(given.getlist(name)) > 1:
            raise bad(name, "given more than once", "give it once")
    first, last = _interval(given["datetime"]) if "datetime" in given else (None, None)
    after = given.get("after")
    if after is not None and len(after) > 200:
        raise bad("after", "too long", "follow the link of the page before")
    return Asked(
        _box(given["bbox"]) if "bbox" in given else None, first, last,
        _limit(given.get("limit", str(min(DEFAULT_LIMIT, most))), most), after,
        _mmsis(given["mmsi"]) if "mmsi" in given else (),
    )  # fmt: skip


def bad(name: str, what: str, mend: str) -> BadQueryError:
    """The problem that a parameter cannot be used."""
    problem = BadQueryError.of(Fault(where=f"query: {name}", what=what, mend=mend))
    assert isinstance(problem, BadQueryError)
    return problem


def _box(text: str) -> Box:
    parts = text.split(",")
    if len(parts) == 6:  # with heights, which no ship has
        parts = parts[:2] + parts[3:5] if all(map(_is_number, parts)) else parts
    try:
        return _BOX.validate_python(",".join(parts))
    except ValidationError as error:
        raise _refused("bbox", error) from None


def _is_number(text: str) -> bool:
    try:
        return np.isfinite(float(text))
    except ValueError:
        return False


def _limit(text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) > 0):
        raise bad("limit", f"{text!r:.60} is no number of features", f"give 1 to {most}")
    return min(int(text), most)


def _mmsis(text: str) -> tuple[int, ...]:
    try:
        found = _MMSIS.validate_python(text.split(","))
    except ValidationError:
        raise bad("mmsi", f"{text!r:.60} is no MMSI", "give nine digits") from None
    if len(found) > MOST:
        raise bad("mmsi", "too many of them", f"give {MOST} at most")
    return tuple(found)


def _interval(text: str) -> tuple[np.datetime64 | None, np.datetime64 | None]:
    """An instant is an interval of no length; `..` or nothing is an open end, of which one is."""
    begin, slash, end = text.partition("/")
    if not slash:
        at = _instant(begin)
        return at, at
    first = None if begin in ("", "..") else _instant(begin)
    last = None if end in ("", "..") else _instant(end)
    if first is None and last is None:
        raise bad("datetime", "open at both ends", "leave it away to ask for any time")
    if first is not None and last is not None and first > last:
        raise bad("datetime", "its end is before its beginning", "give the earlier time first")
    return first, last


def _instant(text: str) -> np.datetime64:
    match = _INSTANT.fullmatch(text.replace(" ", "+") if text.count(" ") == 1 else text)
    try:
        if match is None:
            raise ValueError
        day, clock, fraction, sign, hours, minutes = match.groups()
        if sign is not None and not (int(hours) < 24 and int(minutes) < 60):
            raise ValueError
        leap = clock.endswith(":60")
        time = np.datetime64(f"{day}T{clock[:-2]}59" if leap else f"{day}T{clock}", "us")
        time += np.timedelta64(1_000_000 if leap else 0, "us")
        time += np.timedelta64(int((fraction or ".0")[1:7].ljust(6, "0")), "us")
        if sign is not None:
            shift = np.timedelta64(int(hours) * 60 + int(minutes), "m")
            time += -shift if sign == "+" else shift
    except ValueError:
        raise bad(
            "datetime", f"{text!r:.60} is no time with its zone",
            "write 2026-09-14T04:00:00Z, or two of them with / between, .. for an open end",
        ) from None  # fmt: skip
    return min(max(time, _FIRST), _LAST)


def _refused(name: str, error: ValidationError) -> Any:
    context = error.errors()[0].get("ctx", {})
    what, mend = context.get("fault", ("cannot be used", "see the API's description"))
    return bad(name, what, mend)
