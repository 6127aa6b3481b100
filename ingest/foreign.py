"""Private sentences that carry another form's message, into `Positions` and `Statics`.

What was never a sentence stands in the journal as it came: `$PVIG,D,<form>,<topic>,<text>*hh`, see
`ingest.private`. One such line is one message. Its values are read as the cells of a CSV are
(`ingest.tabular.rows`): a publisher has decoded them, and there they are brought back to what AIS
sent, so that a report that came this way is the same row as one that came as a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pyarrow as pa

from ingest.ahead import AHEAD_OF_RECEIPT_US, EARLIEST_US, Ahead
from ingest.batch import Batch
from ingest.columns import Array
from ingest.ledger import Ledger
from ingest.records import Flag, Positions, Statics
from ingest.shapes.digitraffic import FORM, read_digitraffic
from ingest.shapes.report import Report
from ingest.tabular import rows as made
from ingest.tabular.hashes import row_hashes
from ingest.tabular.header import NAMES

R = TypeVar("R", Positions, Statics)

FORMS: dict[str, Callable[[str, bytes], Report | str]] = {FORM: read_digitraffic}

_UNSENT_ETA = (0, 0, 24, 60)
_FIELDS = 3  # form, topic, text
_NO_HASHES = np.empty(0, np.uint64)


class ForeignReader:
    """Reads the messages of other forms in one stream. Picklable."""

    def __init__(self) -> None:
        self._ahead = Ahead()

    def read(
        self, fields: Sequence[Sequence[bytes]], *, line: Array, station: Array, time: Array,
        received: Array,
    ) -> Batch:  # fmt: skip
        """Rows of some messages, in their order, every copy of them kept.

        Args:
            fields: of each private sentence of kind D: form, topic and text, unescaped.
            line: int64 (n,), number of the line of each, ascending.
            station: uint16 (n,), number of its station.
            time: int64 (n,), µs; the line's time, for a message that has none of its own; -1 where
                there is none.
            received: int64 (n,), µs, when it was received; -1 where that is not known.

        Returns:
            Positions and statics with the hashes by which copies are known (equal where all that
            is said is equal, time included), and the ledger: lines used, or rejected as
            `unknown_form`, `other_topic`, `not_json`, `bad_mmsi` or `bad_time`; messages stored, or
            dropped as `time_before_ais` or `time_ahead`. The watermark is left to whoever knows
            the other lines of the stream.

        """
        ledger = Ledger(lines=len(fields))
        reports, kept = [], []
        for row, parts in enumerate(fields):
            report = _report(parts)
            if isinstance(report, str):
                ledger.rejected[report] += 1
            else:
                reports.append(report)
                kept.append(row)
        end = int(line[-1]) + 1 if len(line) else 0
        if not reports:
            return Batch(ledger=ledger, end_line=end)
        rows = np.array(kept)
        positions, statics, good = self._rows(
            reports, line[rows], station[rows], time[rows], received[rows], ledger
        )
        hashes = row_hashes(positions, statics)
        static = np.array([r.static for r in reports])[good]
        return Batch(
            positions=positions.take(~static), statics=statics.take(static), ledger=ledger,
            end_line=end, hashes=(hashes[~static], hashes[static], _NO_HASHES),
        )  # fmt: skip

    def _rows(
        self, reports: list[Report], line: Array, station: Array, line_time: Array,
        received: Array, ledger: Ledger,
    ) -> tuple[Positions, Statics, Array]:  # fmt: skip
        """Both halves of every message to keep, and which messages those are."""
        columns = _columns(reports)
        time, mmsi, sound = made.identities(columns)
        untimed = np.isnat(time) & (line_time >= 0)
        time = np.where(untimed, line_time.view("datetime64[us]"), time)
        positions = made.positions(columns, time, mmsi)
        flags = positions.flags | np.array([r.flags for r in reports], np.uint16)
        flags |= np.where(untimed, np.uint16(Flag.UNTIMED), np.uint16(0))
        statics = made.statics(columns, time, mmsi, positions.msg_type, flags)
        statics.flags[:] |= flags & np.uint16(Flag.UNTIMED)
        eta = np.array([r.eta or _UNSENT_ETA for r in reports], np.uint8).T
        statics = replace(
            statics, eta_month=eta[0], eta_day=eta[1], eta_hour=eta[2], eta_minute=eta[3]
        )
        heard = np.where(received < 0, np.iinfo(np.int64).min, received).view("datetime64[us]")
        place = {"line": line, "station": station.astype(np.uint16), "received": heard}
        good = self._believed(time, sound, received, ledger)
        ledger.stored += int(good.sum())
        return (
            replace(positions, flags=flags, **place).take(good),
            replace(statics, **place).take(good), good,
        )  # fmt: skip

    def _believed(self, time: Array, sound: Array, received: Array, ledger: Ledger) -> Array:
        """Which messages to keep, by MMSI and time; the others are counted."""
        timed = ~np.isnat(time)
        ledger.rejected["bad_mmsi"] += int((~sound).sum())
        ledger.rejected["bad_time"] += int((sound & ~timed).sum())
        good: Array = sound & timed
        count = int(good.sum())
        ledger.used += count
        ledger.messages += count
        us = time.astype(np.int64)
        early = good & (us < EARLIEST_US)
        good &= ~early
        known = good & (received >= 0)
        ahead = known & (us > received + AHEAD_OF_RECEIPT_US)
        if (known & ~ahead).any():
            self._ahead.believe(int(us[known & ~ahead].max()))
        others = np.flatnonzero(good & ~known)
        ahead[others] = self._ahead(us[others])
        good &= ~ahead
        ledger.dropped["time_before_ais"] += int(early.sum())
        ledger.dropped["time_ahead"] += int(ahead.sum())
        return good


def _report(parts: Sequence[bytes]) -> Report | str:
    """What a private sentence of kind D carries, or why it cannot be read."""
    if len(parts) != _FIELDS:
        return "unknown_form"
    read = FORMS.get(parts[0].decode("latin-1"))
    return "unknown_form" if read is None else read(parts[1].decode("latin-1"), parts[2])


def _columns(reports: list[Report]) -> made.Columns:
    """Reports as the columns of a table."""
    cells = {
        name: pa.array([r.cells.get(name) for r in reports], pa.binary())
        for name in NAMES
        if any(name in r.cells for r in reports)
    }
    cells["mmsi"] = pa.array([r.mmsi.encode() for r in reports], pa.binary())
    return made.Columns(cells, len(reports))
