"""What lasts until a vessel's next crossing: to be inside, and crossings that nobody heard.

A vessel that is in a zone is there until she leaves, however late somebody hears her. And one
that nobody hears when she enters is inside all the same: heard at last, she is "inside when first
heard", or enters with her next fix; all that is right until her next crossing.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence

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
    """The labels; being inside, and crossings not heard, last until the next crossing."""
    crossings: dict[tuple[frozenset[int], str | None], list[int]] = defaultdict(list)
    for truth in truths:
        if truth.expected in ZONE_KINDS:
            crossings[truth.mmsi, truth.zone].append(truth.start)
    for starts in crossings.values():
        starts.sort()
    return [_lasting(truth, crossings) for truth in truths]


def _lasting(
    truth: Truth, crossings: Mapping[tuple[frozenset[int], str | None], Sequence[int]]
) -> Truth:
    kind = truth.expected
    if kind not in _LATER or (truth.heard and kind != "zone_inside"):
        return truth
    following = (s for s in crossings[truth.mmsi, truth.zone] if s > truth.start)
    also = truth.also if truth.heard else truth.also | _LATER[kind]
    end = max(truth.end, next(following, _NEVER))
    return dataclasses.replace(truth, end=end, also=also)
