"""Crossings that nobody heard: what is right to be seen of them later.

A vessel that nobody hears when she enters a zone is inside all the same. Heard at last, she is
"inside when first heard", or enters with her next fix; all that is right until her next crossing.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence

from vigie.evaluate.scope import ZONE_KINDS
from vigie.evaluate.truth import Truth

_LATER = {
    "zone_enter": frozenset(("zone_enter", "zone_inside", "zone_cross")),
    "zone_inside": frozenset(("zone_enter", "zone_inside", "zone_cross")),
    "zone_exit": frozenset(("zone_exit",)),
    "zone_cross": frozenset(("zone_cross",)),
    "gate_passage": frozenset(("gate_passage",)),
}
_NEVER = 1 << 62


def lasting(truths: Sequence[Truth]) -> list[Truth]:
    """The labels, those of crossings that were not heard lasting until the next crossing."""
    crossings: dict[tuple[frozenset[int], str | None], list[int]] = defaultdict(list)
    for truth in truths:
        if truth.expected in ZONE_KINDS:
            crossings[truth.mmsi, truth.zone].append(truth.start)
    for starts in crossings.values():
        starts.sort()
    return [_lasting(truth, crossings[truth.mmsi, truth.zone]) if truth.expected in _LATER
            and not truth.heard else truth for truth in truths]  # fmt: skip


def _lasting(truth: Truth, crossings: Sequence[int]) -> Truth:
    assert truth.expected is not None
    following = (start for start in crossings if start > truth.start)
    return dataclasses.replace(
        truth, end=max(truth.end, next(following, _NEVER)), also=truth.also | _LATER[truth.expected]
    )
