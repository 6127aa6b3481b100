"""One line of a benchmark's result: what was measured, and against whom.

A bench is a module of this room with `run(full: bool) -> Iterator[Row]`. Whatever the unit, the
ratio is arranged so that above 1 is better than the peer; where a figure is required outright and
there is nobody to compare with, the peer is called `required`.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import Self

REQUIRED = "required"
"""The peer's name where a row is held against a fixed figure instead of another program."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement.

    Attributes:
        bench: the bench's name, as given to `vigie bench NAME`.
        case: what was done, such as "1 M points, 5,479 zones".
        subject: which part of this program did it.
        value: what was measured, in `unit`.
        unit: "points/s", "s", "MB", …
        peer: who else did the same in the same run; REQUIRED for a fixed figure; None where the
            row is only informative.
        peer_value: the peer's measurement in the same unit, None without a peer.
        ratio: how many times better than the peer, above 1 is always better; None without a peer.
        must: the ratio below which the row has failed; None on informative rows.

    """

    bench: str
    case: str
    subject: str
    value: float
    unit: str
    peer: str | None = None
    peer_value: float | None = None
    ratio: float | None = None
    must: float | None = None

    @classmethod
    def against(
        cls,
        bench: str,
        case: str,
        subject: str,
        value: float,
        unit: str,
        *,
        peer: str,
        peer_value: float,
        less_is_better: bool = False,
        must: float | None = None,
    ) -> Self:
        """A row with its ratio worked out: value / peer, or peer / value where less is better."""
        above, below = (peer_value, value) if less_is_better else (value, peer_value)
        ratio = above / below if below else math.inf
        return cls(bench, case, subject, value, unit, peer, peer_value, ratio, must)

    @property
    def passed(self) -> bool:
        """Whether the row reaches what is required of it; informative rows always do."""
        return self.must is None or (self.ratio is not None and self.ratio >= self.must)

    def to_json(self) -> str:
        """The row as one JSON object on one line; figures to four digits, infinity as null."""
        return json.dumps({k: _plain(v) for k, v in asdict(self).items()}, ensure_ascii=False)


def _plain(value: object) -> object:
    """Floats to four significant digits, or whole above that; the rest as it is."""
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return None
    return round(value) if abs(value) >= 1e4 else float(f"{value:.4g}")
