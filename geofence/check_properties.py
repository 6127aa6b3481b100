"""The properties of a GeoJSON feature → the fields of a `Zone`, each checked.

A property that is ours by name must have our form; all others are kept in `extra` as they came.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from geofence.circle import MAX_RADIUS_M
from geofence.zone import DEFAULT_EXIT_BUFFER_M, KINDS, RISKS

Say = Callable[[str, str], None]

MAX_TEXT = 4000  # characters in one property; a name is cut to fewer by whoever shows it
MAX_ID = 80
MAX_EXIT_BUFFER_M = 100_000.0
MAX_DWELL_S = 366 * 86_400.0
MAX_LIMIT_KN = 102.2  # what AIS can say (ITU-R M.1371-5, speed over ground)
MAX_ALLOWED = 10_000
MMSIS = range(1, 10**9)

TEXTS = ("authority", "source", "status", "geometry_basis", "note")
OURS = {
    "id", "name", "kind", "risk", *TEXTS, "valid_from", "valid_to", "radius_m", "exit_buffer_m",
    "dwell_s", "crossing", "directions", "speed_limit_kn", "course_deg", "allowed", "demo",
}  # fmt: skip

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

# The order of writing systems can be turned by these; a name that hides its ending is an attack.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str) -> str:
    """Text on one line, without control characters and without marks that turn its direction."""
    kept = (
        " " if c in "\t\r\n\x0b\x0c\u2028\u2029" else c
        for c in unicodedata.normalize("NFC", text)
        if c in "\t\r\n\x0b\x0c" or (unicodedata.category(c) not in ("Cc", "Cs") and c not in _BIDI)
    )
    return " ".join("".join(kept).split())


def slug(text: str) -> str:
    """A name as an id: lower case letters, digits and hyphens, at most `MAX_ID`; may be empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_ID].strip("-")


def read_properties(
    given: dict[str, Any], say: Say, *, kind: str | None = None, risk: str | None = None
) -> dict[str, Any]:
    """Fields of a `Zone` from a feature's properties; id, name and geometry are read elsewhere.

    Args:
        given: the "properties" member.
        say: called with what is wrong and its mend, once a fault.
        kind: for features that name no kind, or one that is not ours.
        risk: likewise.

    """
    fields: dict[str, Any] = {
        "kind": _choice(given, "kind", KINDS, kind, None, say),
        "risk": _choice(given, "risk", RISKS, risk, "none", say),
        "valid_from": _time(given.get("valid_from"), "valid_from", say),
        "valid_to": _time(given.get("valid_to"), "valid_to", say),
        "radius_m": _number(given, "radius_m", 0, MAX_RADIUS_M, None, say, above=True),
        "exit_buffer_m": _number(
            given, "exit_buffer_m", 0, MAX_EXIT_BUFFER_M, DEFAULT_EXIT_BUFFER_M, say
        ),
        "dwell_s": _number(given, "dwell_s", 0, MAX_DWELL_S, None, say, above=True),
        "speed_limit_kn": _number(given, "speed_limit_kn", 0, MAX_LIMIT_KN, None, say, above=True),
        "course_deg": _course(given, say),
        "allowed": _mmsis(given, say),
        "crossing": _flag(given, "crossing", True, say),
        "demo": _flag(given, "demo", False, say),
        **{name: _text(given, name, say) for name in TEXTS},
    }
    start, end = fields["valid_from"], fields["valid_to"]
    if start is not None and end is not None and end <= start:
        say(
            f"valid_to ({given['valid_to']}) lies before valid_from ({given['valid_from']})",
            "Exchange them, or correct the year",
        )
    if (ways := _directions(given, say)) is not None:
        fields["directions"] = ways
    extra = {key: value for key, value in given.items() if key not in OURS}
    for name, allowed in (("kind", KINDS), ("risk", RISKS)):
        if name in given and given[name] not in (*allowed, None, ""):
            extra[name] = given[name]  # replaced by the option; kept for the record
    fields["extra"] = finite(extra)
    return fields


def finite(value: Any) -> Any:
    """JSON values with NaN and infinities, which JSON has not, as null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return value


def _choice(
    given: dict[str, Any], name: str, allowed: tuple[str, ...], option: str | None,
    default: str | None, say: Say,
) -> str | None:  # fmt: skip
    """One of the allowed words, or what the option or default puts in its place."""
    value = given.get(name)
    if isinstance(value, str) and value in allowed:
        return value
    if option is not None:
        return option
    if value in (None, "") and default is not None:
        return default
    missing = value in (None, "")
    say(
        f"it has no {name}" if missing else f"{name} {_shown(value)} is not known",
        f"Use one of {', '.join(allowed)}; or import the layer with --{name}",
    )
    return default


def _text(given: dict[str, Any], name: str, say: Say) -> str:
    """A text on one line; numbers are taken as they are written, null is empty."""
    value = given.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        say(f"{name} is {_shown(value)}, not a text", "Write it in quotes")
        return ""
    text = clean(str(value))
    if len(text) > MAX_TEXT:
        say(f"{name} has {len(text):,} characters", f"Keep it under {MAX_TEXT:,}")
    return text


def _number(
    given: dict[str, Any], name: str, low: float, high: float, default: float | None, say: Say,
    *, above: bool = False,
) -> float | None:  # fmt: skip
    """A finite number from `low` (or above it) to `high`."""
    value = given.get(name)
    if value is None:
        return default
    fine = type(value) in (int, float) and math.isfinite(value) and low <= value <= high
    if fine and not (above and value == low):
        return float(value)
    span = f"over {low:g} and at most {high:,.0f}" if above else f"from {low:g} to {high:,.0f}"
    say(f"{name} is {_shown(value)}", f"Write a number {span}")
    return default


def _flag(given: dict[str, Any], name: str, default: bool, say: Say) -> bool:
    value = given.get(name)
    if value is None or isinstance(value, bool):
        return default if value is None else value
    say(f"{name} is {_shown(value)}, neither true nor false", "Write true or false")
    return default


def _directions(given: dict[str, Any], say: Say) -> tuple[str, str] | None:
    value = given.get("directions")
    if value is None:
        return None
    if isinstance(value, list) and len(value) == 2 and all(isinstance(v, str) for v in value):
        first, second = (clean(v) for v in value)
        if first and second and first != second:
            return first, second
    say(
        f"directions is {_shown(value)}, not two different names",
        "Name the way from left to right of the line first, then the way back",
    )
    return None


def _course(given: dict[str, Any], say: Say) -> float | None:
    course = _number(given, "course_deg", 0, 360, None, say)
    return None if course is None else course % 360


def _mmsis(given: dict[str, Any], say: Say) -> tuple[int, ...]:
    """MMSIs, sorted, each once."""
    value = given.get("allowed")
    if value is None:
        return ()
    if not isinstance(value, list) or not all(type(v) is int and v in MMSIS for v in value):
        say(f"allowed is {_shown(value)}, not a list of MMSIs", "Write [201000001, 201000002]")
        return ()
    if len(value) > MAX_ALLOWED:
        say(f"allowed names {len(value):,} vessels", f"Name at most {MAX_ALLOWED:,}")
    return tuple(sorted(set(value)))


def _time(value: Any, name: str, say: Say) -> np.datetime64 | None:
    """A date or time (UTC); `valid_to` given as a date includes that whole day."""
    if value in (None, ""):
        return None
    try:
        if not isinstance(value, str):
            raise ValueError
        if _DATE.fullmatch(value):
            day = date.fromisoformat(value) + timedelta(days=name == "valid_to")
            return np.datetime64(day, "us")
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")
    except (ValueError, OverflowError):
        say(
            f"{name} is {_shown(value)}, not a date",
            "Write 2026-11-20 or 2026-11-20T06:00:00Z, in UTC",
        )
        return None


def _shown(value: Any) -> str:
    text = clean(repr(value))
    return text if len(text) <= 60 else text[:57] + "…"
