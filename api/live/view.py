"""One box of the sea, and who is told to be in it: shared by all desks that are sent it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from api.context import Status
from api.live.frame import CHANGES, NOBODY, message
from detect.slots import fit
from ingest.columns import Array
from store.drawn import Drawn
from store.fleet import Box

# Beats that a desk may miss and still be told of who went; then it is sent all anew.
KEPT = 60


class Span(NamedTuple):
    """Updates of the picture after one and up to another."""

    before: int
    version: int


@dataclass(slots=True)
class Beat:
    """What changed in a box since the beat before.

    Attributes:
        span: of updates that it tells of.
        number: of the beat.
        rows: who is in the box, of those who changed.
        went: MMSIs of those who no longer are.
        status: where the watch stood.
    """

    span: Span
    number: int
    rows: Drawn
    went: Array
    status: Status
    _made: bytes | None = field(default=None, repr=False)

    def message(self, box: Box) -> bytes:
        """It as a message, made once for all."""
        if self._made is None:
            self._made = message(CHANGES, box, self.rows, self.status, went=self.went)
        return self._made


class View:
    """A box with its beats. Beats come in one thread, and are read in any.

    Args:
        box: of the sea.
        now: who is in it.
        number: of the last beat of all views.
        version: the picture's update that it told of.
        status: where the watch stood.
    """

    def __init__(self, box: Box, now: Drawn, number: int, version: int, status: Status) -> None:
        self.box = box
        self.desks = 0
        nothing = now.take(np.empty(0, np.int64))
        self.newest = Beat(Span(version, version), number, nothing, NOBODY, status)
        # Replaced, never changed: so it can be read at any time.
        self._past: tuple[tuple[Span, Array], ...] = ()
        self._shown = np.zeros(0, bool)
        self._show(now.slots, np.ones(len(now), bool))

    def beat(self, changed: Drawn, was: Array, span: Span, number: int, status: Status) -> None:
        """Take what changed anywhere.

        Args:
            changed: all vessels that did.
            was: uint32[n], the MMSI that each slot had at the beat before; 0 where it had none.
            span: see `Beat`.
            number: see `Beat`.
            status: see `Beat`.
        """
        inside = changed.inside(self.box)
        other = (was != 0) & (was != changed.mmsi)
        went = np.where(other, was, changed.mmsi)[self.shown(changed) & (other | ~inside)]
        self._show(changed.slots, inside)
        rows = changed.take(np.flatnonzero(inside))
        self._past = (*self._past[-KEPT:], (span, went))
        self.newest = Beat(span, number, rows, went, status)

    def shown(self, vessels: Drawn) -> Array:
        """Which vessels are told to be in the box: bool[n].

        Who has come into it since the last beat is told with the next one. Told earlier, a vessel
        that leaves before that would never be taken off.
        """
        shown = np.zeros(len(vessels), bool)
        known = vessels.slots < len(self._shown)
        shown[known] = self._shown[vessels.slots[known]]
        return shown

    def went_since(self, version: int) -> Array | None:
        """MMSIs that went after an update; None where that is too long ago."""
        later = [(span, went) for span, went in self._past if span.version > version]
        if later and later[0][0].before > version:
            return None
        return np.concatenate([NOBODY, *(went for _, went in later)])

    def _show(self, slots: Array, inside: Array) -> None:
        if len(slots):
            self._shown = fit(self._shown, int(slots.max()) + 1, False)
            self._shown[slots] = inside
