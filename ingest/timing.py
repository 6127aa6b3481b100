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

from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from ingest.baseclock import BaseClock
from ingest.columns import Array
from ingest.framing import Sentences
from ingest.pghp import Wrappers
from ingest.stations import NameReader
from ingest.tagblock import Tags, read_tags
from ingest.wrappers import log_prefixes, trailing_fields

DAY_US = 86_400_000_000
# Before AIS was adopted (SOLAS V/19, 2000) and its trials began, no time is real: a clock at 0.
EARLIEST_US = 631_152_000_000_000  # 1990-01-01
# A line that runs ahead of its source by more than this is not believed…
AHEAD_US = DAY_US
# …unless the two timed lines before it ran ahead to the same place: a recording with a hole in it.
CONFIRMATIONS = 2

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
    """

    time: Array
    watermark: Array
    station: Array
    untimed: Array
    fault: Array
    bad_tags: int


@dataclass(slots=True)
class Timing:
    """The clock of one source. Picklable; call it with stretches in order.

    Attributes:
        names: reader of station names.
        source: number of the station that sentences belong to that name none.
        best: best basis seen so far, wrappers apart.
        last: last time, µs; None while the source has not shown any.
        day: µs of the midnight that a dateless log prefix counts from, if known.
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
    _time_of_day: int = 0
    _ahead: list[int] = field(default_factory=list)
    _lines: int = 0
    # First lines of sentence groups, of late: line, group, station and time.
    _groups: tuple[Array, Array, Array, Array] = field(default_factory=lambda: (_NONE,) * 4)

    def __call__(self, found: Sentences) -> Timed:
        """Resolve time and station of the sentences of one stretch."""
        n = len(found)
        time = np.full(n, -1, np.int64)
        basis = np.full(n, int(Basis.NONE), np.uint8)
        station = np.full(n, self.source, np.uint16)
        # Most feeds have nothing before their sentences, or a TAG block before every one.
        preceded = bool((found.bang != found.line_start[found.line]).any())
        if preceded:
            self._from_prefixes(found, time, basis)
        self._from_trailing(found, time, basis, station)
        self._from_wrappers(found, time, basis, station)
        bad_tags = self._from_tags(found, time, basis, station) if preceded else 0
        if self.best >= Basis.OWN_CLOCK and not self.wrappers.seen:
            self.base.read(found, time, basis, int(Basis.OWN_CLOCK))
        return self._resolve(time, basis, station, bad_tags)

    def _from_prefixes(self, found: Sentences, time: Array, basis: Array) -> None:
        prefixes, dateless = log_prefixes(found)
        if not len(prefixes.rows):
            return
        said = prefixes.time
        if dateless.any():
            of_day = said[dateless]
            before = np.concatenate([[self._time_of_day], of_day[:-1]])
            midnights = np.cumsum(before - of_day > DAY_US // 2) * DAY_US
            self._time_of_day = int(of_day[-1])
            day = self.day if self.day is not None else -(1 << 60)
            said = said.copy()
            said[dateless] = np.where(day > -(1 << 60), day + midnights + of_day, -1)
            if self.day is not None:
                self.day += int(midnights[-1])
        good = said >= 0
        time[prefixes.rows[good]] = said[good]
        basis[prefixes.rows[good]] = Basis.PREFIX

    def _from_trailing(self, found: Sentences, time: Array, basis: Array, station: Array) -> None:
        trailing = trailing_fields(found)
        if not len(trailing.rows):
            return
        names = self.names.numbers(found.buffer, trailing.name_start, trailing.name_length)
        station[trailing.rows] = np.where(names != 0, names, self.source)
        good = (trailing.time >= 0) & self.trailing
        time[trailing.rows[good]] = trailing.time[good]
        basis[trailing.rows[good]] = Basis.TRAILING

    def _from_wrappers(self, found: Sentences, time: Array, basis: Array, station: Array) -> None:
        rows, said, names = self.wrappers(found, self.names)
        if not len(rows):
            return
        both = (basis[rows] == Basis.TRAILING) & (np.abs(time[rows] - said) > CONTRADICTION_US)
        if self.trailing and both.any():
            self.trailing = False
            untrusted = np.arange(len(found)) >= rows[both][0]
        else:
            untrusted = np.full(len(found), not self.trailing)
        drop = untrusted & (basis == Basis.TRAILING)
        time[drop], basis[drop] = -1, Basis.NONE
        time[rows], basis[rows], station[rows] = said, Basis.WRAPPER, names

    def _from_tags(self, found: Sentences, time: Array, basis: Array, station: Array) -> int:
        """Read TAG blocks; returns how many were not believed."""
        tags = read_tags(found)
        if not len(tags.rows):
            return tags.bad
        names = self.names.numbers(found.buffer, tags.name_start, tags.name_length)
        good = tags.time >= 0
        time[tags.rows[good]] = tags.time[good]
        basis[tags.rows[good]] = Basis.TAG_BLOCK
        named = names != 0
        station[tags.rows[named]] = names[named]
        self._from_groups(found, tags, names, time, basis, station)
        return tags.bad

    def _from_groups(
        self, found: Sentences, tags: Tags, names: Array, time: Array, basis: Array,
        station: Array,
    ) -> None:  # fmt: skip
        """The further lines of a sentence group have neither `s` nor `c`: they are the first's."""
        rows = np.flatnonzero(tags.group >= 0)
        first_line, self._lines = self._lines, self._lines + found.lines
        if not len(rows):
            return
        earlier = self._groups
        line = np.concatenate([earlier[0], first_line + found.line[tags.rows[rows]]])
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
        keep = said & (line > self._lines - GROUP_LINES)
        self._groups = (line[keep], group[keep], name[keep], when[keep])

    def _resolve(self, time: Array, basis: Array, station: Array, bad_tags: int) -> Timed:
        n = len(time)
        if not n:
            empty = np.empty(0, np.int64)
            return Timed(empty, empty, station, empty > 0, empty.astype(np.uint8), bad_tags)
        own = basis < Basis.START
        fault = np.zeros(n, np.uint8)
        if not own.any():
            return self._untimed(n, station, fault, bad_tags)
        fault[own & (time < EARLIEST_US)] = BEFORE_AIS
        own &= fault == 0
        self._judge_ahead(time, own, fault)
        kinds = np.bincount(basis[own], minlength=int(Basis.NONE) + 1)
        for kind in np.flatnonzero(kinds).tolist():
            self.counts[Basis(kind)] += int(kinds[kind])
        if own.all() and not kinds[Basis.WRAPPER]:  # every line of the stretch has its time
            self.best = min(self.best, Basis(int(np.flatnonzero(kinds)[0])))
            self.last = int(time[-1])
            result = time
        else:
            result = self._handed_on(time, basis, own)
        watermark = np.maximum.accumulate(result)
        np.maximum(watermark, self._watermark, out=watermark)
        self._watermark = int(watermark[-1])
        return Timed(result, watermark, station, ~own, fault, bad_tags)

    def _handed_on(self, time: Array, basis: Array, own: Array) -> Array:
        """Times of a stretch in which some lines take those of others."""
        # A clock of all sentences, not of wrapped ones only: theirs is handed on if need be.
        clock = np.where(own & (basis != Basis.WRAPPER), basis, np.uint8(Basis.NONE))
        best = np.minimum.accumulate(np.minimum(clock, np.uint8(self.best)))
        self.best = Basis(int(best[-1]))
        hands_on = own & ((basis != Basis.WRAPPER) | (best >= Basis.START))
        source = np.maximum.accumulate(np.where(hands_on, np.arange(len(own)), -1))
        start = self.last if self.last is not None else -(1 << 62)
        handed = np.where(source >= 0, time[source], start)
        if handed[-1] > -(1 << 61):
            self.last = int(handed[-1])
        return np.where(own, time, handed)

    def _untimed(self, n: int, station: Array, fault: Array, bad_tags: int) -> Timed:
        """A stretch without any time: all of it takes the last one."""
        time = self.last if self.last is not None else -(1 << 62)
        self._watermark = max(self._watermark, time)
        return Timed(
            np.full(n, time, np.int64), np.full(n, self._watermark, np.int64), station,
            np.ones(n, bool), fault, bad_tags,
        )  # fmt: skip

    def _judge_ahead(self, time: Array, own: Array, fault: Array) -> None:
        """Mark lines that run far ahead of all before them; in one look where none does."""
        rows = np.flatnonzero(own)
        if not len(rows):
            return
        mark = self._watermark if self._watermark > -(1 << 61) else self.last
        if mark is None:
            mark = int(time[rows[0]])
        if not self._ahead and int(time[rows].max()) - mark <= AHEAD_US:
            return
        for row in rows.tolist():
            when = int(time[row])
            if when - mark <= AHEAD_US:
                mark = max(mark, when)
                self._ahead.clear()
                continue
            near = all(abs(when - other) < AHEAD_US // 24 for other in self._ahead)
            if near and len(self._ahead) >= CONFIRMATIONS:
                mark = when
                self._ahead.clear()
                continue
            self._ahead = [*self._ahead, when] if near else [when]
            fault[row] = AHEAD
            own[row] = False
