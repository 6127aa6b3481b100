"""The event time and the station of every sentence of one source.

By precedence a sentence's time is: the `c` of its TAG block; else the `$PGHP` wrapper that speaks
of it; else a trailing epoch; else a log prefix; else, in a recording that shows none of these, its
own clock, the type 4 reports of base stations. A sentence without a time of its own takes the
source's last time; a source that has none begins with the start its survey or its user gives.

Two clocks of one source may differ by hours: a satellite provider's trailing epoch is the time of
download. So a trailing epoch is believed only while it has not contradicted a wrapper. And a
wrapped sentence may be hours old among fresh ones, so a wrapper's time is not handed on to other
sentences where the source has another clock.

Everything is decided line by line from what came before, never from where a stretch ends.
"""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from ingest.ahead import AHEAD_OF_RECEIPT_US, EARLIEST_US, Ahead
from ingest.baseclock import BaseClock
from ingest.columns import Array
from ingest.dateless import Dateless
from ingest.framing import Sentences
from ingest.pghp import NO_PGHP, PghpLines, Wrappers, pghp_lines
from ingest.stations import NameReader
from ingest.tagblock import NO_TAGS, Tags, read_tags
from ingest.wrappers import Wrapped, log_prefixes, trailing_fields

# Lines within which the further lines of a sentence group follow its first.
GROUP_LINES = 64
_NONE = np.empty(0, np.int64)

# A wrapper and a trailing epoch of one sentence that differ by more are two clocks.
CONTRADICTION_US = 60_000_000

# Why a sentence's time is not believed: `Timed.fault`.
BEFORE_AIS, AHEAD = 1, 2


class Basis(IntEnum):
    """Where a time came from, best first."""

    TAG_BLOCK = 1
    WRAPPER = 2
    TRAILING = 3
    PREFIX = 4
    OWN_CLOCK = 5
    START = 6
    NONE = 99


@dataclass(slots=True)
class Timed:
    """Time and station of each sentence, in line order.

    Attributes:
        time: event time, µs.
        watermark: greatest event time of the source up to and including the line.
        station: number of the station, uint16, 0 for none.
        untimed: whether the time is another line's.
        fault: 0, or BEFORE_AIS, or AHEAD: why the line's time is not believed.
        bad_tags: TAG blocks that were not believed.
        received: when each line was received, µs, -1 where that is not said; None where no line
            of the stretch says it.
    """

    time: Array
    watermark: Array
    station: Array
    untimed: Array
    fault: Array
    bad_tags: int
    received: Array | None = None


@dataclass(slots=True)
class Said:
    """What each sentence's own line says, in line order.

    Attributes:
        time: µs, -1 where it says none.
        basis: a `Basis`, uint8.
        station, received, bad_tags: as in `Timed`.
    """

    time: Array
    basis: Array
    station: Array
    received: Array | None
    bad_tags: int


@dataclass(slots=True)
class Timing:
    """The clock of one source. Picklable; call it with stretches in order.

    Attributes:
        names: reader of station names.
        source: number of the station that sentences belong to that name none.
        best: best basis seen so far, wrappers apart.
        last: last time, µs; None while the source has not shown any.
        day: µs of the midnight before the first log prefix without a date, if known.
        base: the recording's own clock.
        wrappers: the `$PGHP` lines that wait for their sentences.
        trailing: whether trailing epochs are believed.
        counts: sentences by the basis of their time.
    """

    names: NameReader
    source: int = 0
    best: Basis = Basis.NONE
    last: int | None = None
    day: int | None = None
    base: BaseClock = field(default_factory=BaseClock)
    counts: Counter[Basis] = field(default_factory=Counter)
    _watermark: int = -(1 << 62)
    trailing: bool = True
    wrappers: Wrappers = field(default_factory=Wrappers)
    _dateless: Dateless = field(default_factory=Dateless)
    _ahead: Ahead = field(default_factory=Ahead)
    _lines: int = 0
    # First lines of sentence groups, of late: line, group, station and time.
    _groups: tuple[Array, Array, Array, Array] = field(default_factory=lambda: (_NONE,) * 4)

    def __call__(self, found: Sentences) -> Timed:
        """Resolve time and station of the sentences of one stretch."""
        said = self.said(found)
        if self.best >= Basis.OWN_CLOCK:
            self._from_base_stations(found, said.time, said.basis)
        return self._resolve(said)

    def said(self, found: Sentences) -> Said:
        """What the lines of one stretch themselves say of time and station."""
        n = len(found)
        time = np.full(n, -1, np.int64)
        basis = np.full(n, int(Basis.NONE), np.uint8)
        station = np.full(n, self.source, np.uint16)
        # Most feeds have nothing before their sentences, or a TAG block before every one.
        preceded = bool((found.bang != found.line_start[found.line]).any())
        trailing = trailing_fields(found, timed=self.trailing)
        pghp = pghp_lines(found) if found.lines > n else NO_PGHP
        tags = read_tags(found) if preceded else NO_TAGS
        of_trailing, of_pghp, of_tags = self._stations(found.buffer, trailing, pghp, tags)
        if preceded:
            self._from_prefixes(found, time, basis)
        if len(trailing.rows):
            self._from_trailing(trailing, of_trailing, time, basis, station)
        self._from_wrappers(found, pghp, of_pghp, time, basis, station)
        if len(tags.rows):
            self._from_tags(found, tags, of_tags, time, basis, station)
        self._lines += found.lines
        received = None
        if tags.received is not None:
            received = np.full(n, -1, np.int64)
            received[tags.rows] = tags.received
        return Said(time, basis, station, received, tags.bad)

    def _stations(
        self, buffer: Array, *wrapped: Wrapped | PghpLines | Tags
    ) -> tuple[Array, Array, Array]:
        """Numbers of the stations named in each kind of wrapper."""
        named = [w for w in wrapped if w.name_length.any()]
        if len(named) > 1:  # new ones are numbered in order of lines, whatever kind names them
            start = np.concatenate([w.name_start for w in named])
            length = np.concatenate([w.name_length for w in named])
            order = np.argsort(start)
            self.names.numbers(buffer, start[order], length[order])
        one, two, three = (
            self.names.numbers(buffer, w.name_start, w.name_length)
            if w.name_length.any()
            else np.zeros(len(w.rows), np.uint16)
            for w in wrapped
        )
        return one, two, three

    def _from_prefixes(self, found: Sentences, time: Array, basis: Array) -> None:
        prefixes, dateless = log_prefixes(found)
        said = prefixes.time
        if dateless.any():
            since = self._dateless(said[dateless])
            said = said.copy()
            said[dateless] = -1 if self.day is None else self.day + since
        good = said >= 0
        time[prefixes.rows[good]] = said[good]
        basis[prefixes.rows[good]] = Basis.PREFIX

    def _from_trailing(
        self, trailing: Wrapped, names: Array, time: Array, basis: Array, station: Array
    ) -> None:
        station[trailing.rows] = np.where(names != 0, names, self.source)
        good = (trailing.time >= 0) & self.trailing
        time[trailing.rows[good]] = trailing.time[good]
        basis[trailing.rows[good]] = Basis.TRAILING

    def _from_wrappers(
        self, found: Sentences, pghp: PghpLines, names: Array, time: Array, basis: Array,
        station: Array,
    ) -> None:  # fmt: skip
        rows, said, names = self.wrappers(found, pghp, names)
        if not len(rows):
            return
        trailing = basis == Basis.TRAILING  # none once they are not believed
        if trailing.any():
            both = np.flatnonzero(trailing[rows])
            both = both[np.abs(time[rows[both]] - said[both]) > CONTRADICTION_US]
            if len(both):
                self.trailing = False
                trailing[: rows[both].min()] = False
                time[trailing], basis[trailing] = -1, Basis.NONE
        time[rows], basis[rows] = said, Basis.WRAPPER
        station[rows] = names if names.all() else np.where(names != 0, names, station[rows])

    def _from_tags(
        self, found: Sentences, tags: Tags, names: Array, time: Array, basis: Array,
        station: Array,
    ) -> None:  # fmt: skip
        good = tags.time >= 0
        time[tags.rows[good]] = tags.time[good]
        basis[tags.rows[good]] = Basis.TAG_BLOCK
        named = names != 0
        station[tags.rows[named]] = names[named]
        self._from_groups(found, tags, names, time, basis, station)

    def _from_groups(
        self, found: Sentences, tags: Tags, names: Array, time: Array, basis: Array,
        station: Array,
    ) -> None:  # fmt: skip
        """The further lines of a sentence group have neither `s` nor `c`: they are the first's."""
        rows = np.flatnonzero(tags.group >= 0)
        if not len(rows):
            return
        earlier = self._groups
        line = np.concatenate([earlier[0], self._lines + found.line[tags.rows[rows]]])
        group = np.concatenate([earlier[1], tags.group[rows]])
        name = np.concatenate([earlier[2], names[rows].astype(np.int64)])
        when = np.concatenate([earlier[3], tags.time[rows]])
        said = (name != 0) | (when >= 0)
        # Sorted by group and line, a further line stands behind the first of its group.
        order = np.lexsort((line, group))
        last = np.maximum.accumulate(np.where(said[order], np.arange(len(order)), 0))
        source = np.empty_like(order)
        source[order] = order[last]
        takes = ~said & (group[source] == group) & said[source]
        takes &= line - line[source] <= GROUP_LINES
        mine = np.flatnonzero(takes[len(earlier[0]) :])
        row, source = tags.rows[rows[mine]], source[len(earlier[0]) :][mine]
        station[row] = np.where(name[source] != 0, name[source], station[row])
        timed = when[source] >= 0
        time[row[timed]], basis[row[timed]] = when[source[timed]], Basis.TAG_BLOCK
        keep = said & (line > self._lines + found.lines - GROUP_LINES)
        self._groups = (line[keep], group[keep], name[keep], when[keep])

    def _from_base_stations(self, found: Sentences, time: Array, basis: Array) -> None:
        """Take the reports of base stations for a clock, up to the first line that has a better."""
        upto = int(np.searchsorted(found.line, self.wrappers.quiet))
        mark = int(Basis.OWN_CLOCK)
        if not upto:
            return
        if not (basis < mark).any():
            self.base.read(found, time, basis, mark, upto)
            return
        state = copy.deepcopy((self.base, self._ahead))
        alone_time, alone_basis = time.copy(), basis.copy()
        self.base.read(found, time, basis, mark, upto)
        own, _ = self._judge(time, basis)
        better = own & (basis < mark) & (basis != Basis.WRAPPER)
        self._ahead = state[1]
        first = int(better.argmax())
        if better.any() and first < upto:
            self.base = state[0]
            time[:], basis[:] = alone_time, alone_basis
            self.base.read(found, time, basis, mark, first)

    def _judge(
        self, time: Array, basis: Array, received: Array | None = None
    ) -> tuple[Array, Array]:
        """Which sentences have a time of their own that is believed; why the others' is not.

        Where a line says when it was received, its time is held against that; else against the
        times before it.
        """
        own = basis < Basis.START
        fault = np.zeros(len(time), np.uint8)
        early = own & (time < EARLIEST_US)
        if early.any():
            fault[early], own[early] = BEFORE_AIS, False
        if self._ahead.mark is None:
            self._ahead.mark = self.last
        rows: Array | slice = slice(None) if own.all() else np.flatnonzero(own)
        if received is not None:
            known = own & (received >= 0)
            wrong = known & (time > received + AHEAD_OF_RECEIPT_US)
            fault[wrong], own[wrong] = AHEAD, False
            if (known & own).any():
                self._ahead.believe(int(time[known & own].max()))
            rows = np.flatnonzero(own & ~known)
        ahead = self._ahead(time[rows])
        if ahead.any():
            ahead = np.arange(len(time))[rows][ahead]
            fault[ahead], own[ahead] = AHEAD, False
        return own, fault

    def _resolve(self, said: Said) -> Timed:
        time, basis, received = said.time, said.basis, said.received
        n = len(time)
        if not (basis < Basis.START).any():
            return self._untimed(n, said)
        own, fault = self._judge(time, basis, received)
        every = bool(own.all())
        kinds = np.bincount(basis if every else basis[own], minlength=int(Basis.NONE) + 1)
        for kind in np.flatnonzero(kinds).tolist():
            self.counts[Basis(kind)] += int(kinds[kind])
        wrapped = int(kinds[Basis.WRAPPER])
        if every and wrapped in (0, n):  # every line of the stretch has its time
            if not wrapped:
                self.best = min(self.best, Basis(int(np.flatnonzero(kinds)[0])))
            if not wrapped or self.best >= Basis.START:
                self.last = int(time[-1])
            result = time
        else:
            result = self._handed_on(time, basis, own)
        watermark = np.maximum.accumulate(result)
        np.maximum(watermark, self._watermark, out=watermark)
        self._watermark = int(watermark[-1])
        return Timed(result, watermark, said.station, ~own, fault, said.bad_tags, received)

    def _handed_on(self, time: Array, basis: Array, own: Array) -> Array:
        """Times of a stretch in which some lines take those of others."""
        # A clock of all sentences, not of wrapped ones only: theirs is handed on if need be.
        hands_on = own & (basis != Basis.WRAPPER)
        if hands_on.any():
            clock = np.where(hands_on, basis, np.uint8(Basis.NONE))
            best = np.minimum.accumulate(np.minimum(clock, np.uint8(self.best)))
            self.best = Basis(int(best[-1]))
            hands_on |= own & (best >= Basis.START)
        elif self.best >= Basis.START:
            hands_on = own
        source = np.maximum.accumulate(np.where(hands_on, np.arange(len(own)), -1))
        start = self.last if self.last is not None else -(1 << 62)
        handed = np.where(source >= 0, time[source], start)
        if handed[-1] > -(1 << 61):
            self.last = int(handed[-1])
        return np.where(own, time, handed)

    def _untimed(self, n: int, said: Said) -> Timed:
        """A stretch without any time: all of it takes the last one."""
        time = self.last if self.last is not None else -(1 << 62)
        if n:
            self._watermark = max(self._watermark, time)
        return Timed(
            np.full(n, time, np.int64), np.full(n, self._watermark, np.int64), said.station,
            np.ones(n, bool), np.zeros(n, np.uint8), said.bad_tags, said.received,
        )  # fmt: skip
