"""The first look at a recording: which clock it has, and when it begins.

A recording is surveyed before it is read, because its first lines may carry no time, or a wrong
one, and are then dated from what follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from ingest.ahead import DAY_US
from ingest.baseclock import base_reports
from ingest.dateless import Dateless, first_midnight
from ingest.errors import InputError
from ingest.framing import MAX_LINE, Sentences, find_sentences
from ingest.stations import NameReader, Stations
from ingest.timing import Basis, Timing
from ingest.wrappers import log_prefixes

# Lines of at least this many bytes are looked at even where the first line is timed, so that one
# wrong clock among the first does not decide; less where already the median of so many times does.
LOOK_BYTES, TIMES = 1 << 20, 1000
# A quarter of them at a time.
_PIECE = LOOK_BYTES // 4
# Reports of base stations whose median the first clock must agree with, and how well.
REPORTS = 15
AGREE_US = 600_000_000

# Names of time bases as `replay --json` reports them.
BASIS_NAMES = {
    Basis.TAG_BLOCK: "tag-block",
    Basis.WRAPPER: "wrapper",
    Basis.TRAILING: "trailing-epoch",
    Basis.PREFIX: "log-prefix",
    Basis.OWN_CLOCK: "base-stations",
    Basis.START: "start",
}


def salt() -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """Four odd factors for hashing names; hashes never leave the process."""
    factors = np.random.default_rng().integers(1, 1 << 63, 4, dtype=np.uint64)
    return factors | np.uint64(1)


def survey(
    chunks: Iterable[bytes], stations: Stations, *, name: str, start: np.datetime64 | None = None
) -> Timing:
    """Look at a recording and set up its clock.

    Args:
        chunks: the recording from its beginning; read no further than needed.
        stations: where the reader will intern station names.
        name: of the recording, for the error.
        start: the time to begin with if the recording has no clock.

    Returns:
        The `Timing` to read the recording with.

    Raises:
        InputError: the recording has no clock and no start was given.
    """
    looked = _Look()
    tail, size = b"", 0
    for chunk in _pieces(chunks):
        end = chunk.rfind(b"\n") + 1
        if end:
            looked.at(tail + chunk[:end])
            tail = b""
        tail = (tail + chunk[end:])[: MAX_LINE + 2]
        size += len(chunk)
        if looked.sure or (size >= LOOK_BYTES and looked.decided):
            break
    else:
        if tail:
            looked.at(tail + b"\n")
    timing = Timing(NameReader(stations, salt()))
    given = None if start is None else int(start.astype("datetime64[us]").astype(np.int64))
    timing.day = looked.day(given)
    if looked.first is not None:
        timing.best, timing.last = looked.best, looked.first
        timing.trailing = looked.trailing
    elif looked.since is not None and timing.day is not None:
        timing.best, timing.last = Basis.PREFIX, timing.day + looked.since
    elif looked.reports:
        timing.best = Basis.OWN_CLOCK
        timing.base.now = timing.last = looked.own_clock()
    elif given is not None:
        timing.best, timing.last = Basis.START, given
        timing.counts[Basis.START] = 1
    else:
        raise InputError(
            "its lines say the time of day but not the date, and no base station was heard"
            if looked.since is not None
            else "no line says when it was received, and no base station was heard",
            where=name,
            mend="Say when the recording begins, for example --start 2026-09-14T04:00:00Z",
        )
    return timing


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for at in range(0, len(chunk), _PIECE):
            yield chunk[at : at + _PIECE]


class _Look:
    """What the lines of a recording say of time.

    Attributes:
        reports: times that base stations sent, the first few.
        since: µs that the first log prefix without a date stands behind its midnight.
    """

    def __init__(self) -> None:
        self._timing = Timing(NameReader(Stations(), salt()))
        self._times: list[int] = []
        self._dateless = Dateless()
        self._midnights: list[int] = []
        self.reports: list[int] = []
        self.since: int | None = None

    def at(self, lines: bytes) -> None:
        found = find_sentences(lines)
        self._without_wrappers(found)
        believed = self._timing.trailing
        timed = self._timing(found)
        if believed and not self._timing.trailing:  # nor is what trailing epochs said until then
            self._timing = Timing(NameReader(Stations(), salt()), trailing=False)
            self._times.clear()
            timed = self._timing(found)
        if self._timing.best != Basis.OWN_CLOCK or self._timing.wrappers.seen:
            own = timed.time[~timed.untimed]
            self._times.extend(own[: TIMES - len(self._times)].tolist())

    def _without_wrappers(self, found: Sentences) -> None:
        """Take the reports of base stations, and what they say of prefixes without a date."""
        reported, said = base_reports(found)
        reported, said = reported[said >= 0], said[said >= 0]
        self.reports.extend(said[: REPORTS - len(self.reports)].tolist())
        prefixes, dateless = log_prefixes(found)
        if not dateless.any():
            return
        since = self._dateless(prefixes.time[dateless])
        if self.since is None:
            self.since = int(since[0])
        _, one, two = np.intersect1d(prefixes.rows[dateless], reported, return_indices=True)
        midnights = map(first_midnight, since[one].tolist(), said[two].tolist())
        self._midnights.extend(list(midnights)[: REPORTS - len(self._midnights)])

    @property
    def sure(self) -> bool:
        """Whether no more lines need be asked: their times are given, and enough of them."""
        return (
            len(self._times) == TIMES
            and self.since is None
            and (self.best == Basis.TAG_BLOCK or self._timing.wrappers.seen)
        )

    @property
    def decided(self) -> bool:
        return self.first is not None or bool(self.reports)

    @property
    def best(self) -> Basis:
        return self._timing.best

    @property
    def trailing(self) -> bool:
        return self._timing.trailing

    @property
    def first(self) -> int | None:
        """First time that is within a day of most: a clock at zero, or in 2080, is not one."""
        if not self._times:
            return None
        middle = sorted(self._times)[len(self._times) // 2]
        return next(t for t in self._times if abs(t - middle) <= DAY_US)

    def own_clock(self) -> int:
        """First report of a base station that agrees with the median of the first."""
        middle = sorted(self.reports)[(len(self.reports) - 1) // 2]
        return next(t for t in self.reports if abs(t - middle) <= AGREE_US)

    def day(self, start: int | None) -> int | None:
        """Midnight before the first prefix without a date, if anything says.

        Its own line's base station may be wrong, so the median of some is taken.
        """
        if self.since is None:
            return None
        if self._midnights:
            return sorted(self._midnights)[(len(self._midnights) - 1) // 2]
        about = self.own_clock() if self.reports else self.first or start
        return None if about is None else first_midnight(self.since, about)


def basis_name(timing: Timing) -> str:
    """What most times of a recording came from, by its name in reports."""
    if not timing.counts:
        return BASIS_NAMES.get(timing.best, "none")
    return BASIS_NAMES[timing.counts.most_common(1)[0][0]]
