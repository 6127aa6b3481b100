"""Reports: positions on their way to the detectors; and what is remembered of the last ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Reports:
    """Positions to be judged: columns as in `ingest.records.Positions`, but for these.

    Attributes:
        slot: int32[n], of the vessel.
        time: int64[n], µs since 1970.
        places: int32[n], id of the fence's set of places.
        aircraft: bool[n], whether it flies.
        loose: bool[n], whether its time is not its own and may be minutes off.

    """

    slot: NDArray[np.int32]
    time: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    sog: NDArray[np.float32]
    cog: NDArray[np.float32]
    heading: NDArray[np.float32]
    status: NDArray[np.uint8]
    msg_type: NDArray[np.uint8]
    station: NDArray[np.uint16]
    places: NDArray[np.int32]
    line: NDArray[np.int64]
    aircraft: NDArray[np.bool_]
    loose: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.slot)

    def take(self, rows: NDArray[Any] | slice) -> Self:
        """The chosen rows, copied unless they are a slice."""
        return type(self)(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    @classmethod
    def concat(cls, parts: Sequence[Self]) -> Self:
        """The rows of all parts, of which there is one at least, one after the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)}
        )


class Fix(NamedTuple):
    """One fix, as evidence keeps it: time in µs, degrees, knots; what was not sent is NaN or 15."""

    time: int
    lon: float
    lat: float
    sog: float
    cog: float = math.nan
    heading: float = math.nan
    status: int = 15
    msg_type: int = 0
    station: int = 0
    loose: bool = False


class Last(Protocol):
    """What is remembered of each slot: its last fix, and what was seen of it elsewhere.

    Columns as in `detect.memory.Memory`; `doubts` holds a `detect.tracks.Split` where `doubted`
    says so.
    """

    time: NDArray[np.int64]
    sog: NDArray[Any]
    places: NDArray[np.int32]
    loose: NDArray[np.bool_]
    doubted: NDArray[np.bool_]

    @property
    def lon(self) -> NDArray[np.float64]:
        """Longitude of the last fix."""

    @property
    def lat(self) -> NDArray[np.float64]:
        """Latitude of the last fix."""

    @property
    def doubts(self) -> dict[int, Any]:
        """By slot, what was seen elsewhere."""


NONE = Reports(
    *(
        np.empty(0, dtype)
        for dtype in (
            "i4", "i8", "f8", "f8", "f4", "f4", "f4", "u1", "u1", "u2", "i4", "i8", "?", "?",
        )
    )
)  # fmt: skip
"""No reports."""


def behind(reports: Reports, final: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which reports are older than one of their vessel that was final, on its line, before."""
    order = np.lexsort((reports.time, final, reports.slot))
    slot, time = reports.slot[order], reports.time[order]
    _, rank = np.unique(time, return_inverse=True)
    key = (slot.astype(np.int64) << 32) | rank
    behind = np.zeros(len(reports), bool)
    behind[order] = key < np.maximum.accumulate(key)
    return behind
