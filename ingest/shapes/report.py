"""One message that was decoded by somebody else: its values as the cells of a CSV would hold them.

So what a JSON has for "not sent", out of range or nonsense is judged in the one place that judges
it for all tables: `ingest.tabular.rows`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Of a text as much is taken as any column could hold, and some more to see that it is longer.
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Report:
    """What a message of another form says.

    Attributes:
        mmsi: digits.
        cells: columns of `ingest.tabular.header.NAMES` → text.
        static: whether it speaks of the station, and not of where it is.
        flags: bits of `ingest.records.Flag` that it sets.
        eta: month, day, hour and minute; None where it has none.
    """

    mmsi: str
    cells: dict[str, bytes]
    static: bool = False
    flags: int = 0
    eta: tuple[int, int, int, int] | None = None


def cells(message: Mapping[str, Any], names: Mapping[str, str] | None = None) -> dict[str, bytes]:
    """Numbers and texts of a JSON object as cells; all else in it is absent.

    Args:
        message: the object.
        names: keys to take → columns; None to take all as they are.
    """
    taken = message if names is None else {n: message.get(k) for k, n in names.items()}
    made = {}
    for name, value in taken.items():
        if isinstance(value, str):
            made[name] = value[:_LONGEST].encode("ascii", "replace")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            made[name] = str(value).encode()
    return made
