"""Text for people: names from strangers made harmless, times and places as a watch writes them.

What arrives from the air or from a file may hold control characters, direction overrides or
invisible characters that change what an officer sees on a screen or in a log. They are shown as
escapes, never passed on.
"""

from __future__ import annotations

import math
import unicodedata
from datetime import datetime

import numpy as np

MAX_TEXT = 256

# Control, format (direction overrides, zero width), surrogate, private use, unassigned, and the
# line and paragraph separators: none of them has a place in a name.
_HARMFUL = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def safe_text(text: bytes | str, limit: int = MAX_TEXT) -> str:
    r"""Text from outside, on one line, safe to show, log and copy.

    Args:
        text: as it came; bytes are read as UTF-8, of which AIS's own six-bit text is a part.
        limit: characters kept; a longer text ends in an ellipsis.

    Returns:
        The text with each harmful character, and each byte that is not UTF-8, as an escape such
        as `\x1b` or `\u202e`. It is not escaped for HTML: show it as text, never as markup.

    """
    if isinstance(text, bytes):
        text = text[: 4 * limit + 4].decode("utf-8", "backslashreplace")
    shown = text[: limit + 1]
    if not shown.isprintable():  # nearly all text is, and has nothing harmful in it
        shown = "".join(
            c.encode("unicode_escape").decode() if unicodedata.category(c) in _HARMFUL else c
            for c in shown
        )
    shown = shown.strip()
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def iso_time(time: np.datetime64) -> str:
    """A time as `2026-09-14T04:00:00Z`, with a fraction only where there is one; NaT is ""."""
    if np.isnat(time):
        return ""
    value = time.astype("datetime64[us]").item()
    # Years that Python's datetime does not know (over 9999) are left to numpy, eight times slower.
    text = value.isoformat() if isinstance(value, datetime) else str(time.astype("datetime64[us]"))
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}Z" if fraction else f"{whole}Z"


def place(lon: float, lat: float) -> str:
    """A position as `03°12.4'N 005°44.0'E`; "position unknown" where either is NaN."""
    if not (math.isfinite(lon) and math.isfinite(lat)):
        return "position unknown"
    return f"{_angle(lat, 2, 'NS')} {_angle(lon, 3, 'EW')}"


def _angle(value: float, width: int, sides: str) -> str:
    tenths = round(abs(value) * 600)
    degrees, rest = divmod(tenths, 600)
    side = sides[1] if value < 0 and tenths else sides[0]
    return f"{degrees:0{width}d}°{rest / 10:04.1f}'{side}"
