"""Messages of a batch on their way from payloads to columns.

Payloads of many small stretches are gathered here until there are enough of them for the rest to be
done with few calls: a rare type would otherwise cost as much as a common one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.assembly import Payloads
from ingest.bits import number
from ingest.columns import Array
from ingest.layouts import LAYOUTS, STATIC_A
from ingest.ledger import Ledger
from ingest.packing import (
    LONG_CHARS,
    OTHER,
    SHORT,
    SHORT_CHARS,
    SIZE,
    Packed,
    PayloadHash,
    message_types,
    read_packed,
    text_words,
)
from ingest.records import Flag
from ingest.timing import AHEAD, BEFORE_AIS

# Bits without which a message of each type says nothing; type, repeat and MMSI for all others.
NEEDED = np.full(64, 38, np.int64)
for _layout in reversed(LAYOUTS):
    NEEDED[list(_layout.types)] = _layout.needed

# Numbers that units are delivered with or that fill a form, not ships: feeds met in the wild.
_PLACEHOLDERS = (1, 1193046, 111111111, 123456789, 999999999)


def doubtful(mmsi: Array) -> Array:
    """Whether each MMSI is a placeholder or has more than nine digits."""
    found = (mmsi > _PLACEHOLDERS[-1]) | (mmsi <= _PLACEHOLDERS[0])
    for placeholder in _PLACEHOLDERS[1:]:
        found |= mmsi == placeholder
    return found


@dataclass(slots=True)
class Gathered:
    """Payloads of one stretch, or of several, out of their buffer; one entry a message.

    Attributes:
        types, length, fill, time, watermark, station, untimed, own, fault, line, received: as in
            `Payloads`.
        short_rows, short_text: messages read in four words, and their characters.
        long_rows, long_text: all others, and their first 72 characters.
        other_rows, other: messages whose fields are not read in columns, and their payloads.
    """

    types: Array
    length: Array
    fill: Array
    time: Array
    watermark: Array
    station: Array
    untimed: Array
    own: Array
    fault: Array
    line: Array
    short_rows: Array
    short_text: Array
    long_rows: Array
    long_text: Array
    other_rows: Array
    other: list[bytes]
    received: Array | None = None

    def __len__(self) -> int:
        return len(self.types)


_COLUMNS = (
    "types", "length", "fill", "time", "watermark", "station", "untimed", "own", "fault", "line",
)  # fmt: skip


def gather(payloads: Payloads) -> Gathered:
    """Take the payloads of one stretch out of its buffer."""
    types = message_types(payloads)
    size = SIZE[types]
    short, long = np.flatnonzero(size == SHORT), np.flatnonzero(size != SHORT)
    other = long[size[long] == OTHER]
    return Gathered(
        types, payloads.length, payloads.fill, payloads.time, payloads.watermark,
        payloads.station, payloads.untimed, payloads.own, payloads.fault, payloads.line,
        short, text_words(payloads, short, SHORT_CHARS),
        long, text_words(payloads, long, LONG_CHARS),
        other, payloads.texts(other),
        payloads.received,
    )  # fmt: skip


def together(parts: list[Gathered]) -> Gathered:
    """Several stretches as one, in order."""
    if len(parts) == 1:
        return parts[0]
    offsets = np.cumsum([0] + [len(p) for p in parts])[:-1].tolist()
    moved = list(zip(parts, offsets, strict=True))
    return Gathered(
        **{name: np.concatenate([getattr(p, name) for p in parts]) for name in _COLUMNS},
        short_rows=np.concatenate([p.short_rows + o for p, o in moved]),
        short_text=np.concatenate([p.short_text for p in parts]),
        long_rows=np.concatenate([p.long_rows + o for p, o in moved]),
        long_text=np.concatenate([p.long_text for p in parts]),
        other_rows=np.concatenate([p.other_rows + o for p, o in moved]),
        other=[text for p in parts for text in p.other],
        received=_received(parts),
    )


def _received(parts: list[Gathered]) -> Array | None:
    """When the lines of several stretches were received, -1 where that is not said."""
    if all(p.received is None for p in parts):
        return None
    return np.concatenate(
        [np.full(len(p), -1, np.int64) if p.received is None else p.received for p in parts]
    )


@dataclass(slots=True)
class Heard:
    """Messages with type, time and words, before their fields are read; one entry a message.

    Attributes:
        types, bits, mmsi, time, watermark, station, flags, line: one value a message; times in µs.
        received: when the line was received; `datetime64[us]`, None where no line says it.
        hashes: equal for copies of one message.
        short, long: messages whose fields are read from words: `rows` index the values above.
        fill: fill bits of each.
        other_rows, other: messages of other types, and their payloads.
        sound: False for what is dropped: it says nothing, or its time cannot be.
    """

    types: Array
    bits: Array
    mmsi: Array
    time: Array
    watermark: Array
    station: Array
    flags: Array
    line: Array
    hashes: Array
    short: Packed
    long: Packed
    fill: Array
    other_rows: Array
    other: list[bytes]
    sound: Array
    received: Array | None = None

    def __len__(self) -> int:
        return len(self.types)


def hear(got: Gathered, hasher: PayloadHash | None, ledger: Ledger) -> Heard:
    """Read MMSI, words and hashes of a batch's payloads, and mark what is no message.

    Counts `messages` and `dropped` in the ledger. Without a hasher all hashes are zero.
    """
    n = len(got)
    bits = got.length * 6 - got.fill
    short, long = (
        read_packed(rows, text, got.length[rows], got.types[rows], longest)
        for rows, text, longest in (
            (got.short_rows, got.short_text, SHORT_CHARS),
            (got.long_rows, got.long_text, LONG_CHARS),
        )
    )
    hashes = np.zeros(n, np.uint64)
    if hasher is not None:
        hashes[short.rows] = hasher(short.packed)
        hashes[long.rows] = hasher(long.packed, got.length[long.rows])
        for i in np.flatnonzero(got.length[got.other_rows] > LONG_CHARS).tolist():
            hashes[got.other_rows[i]] = hasher.of_bytes(got.other[i])
    mmsi = np.empty(n, np.uint32)
    wrong = np.zeros(n, bool)
    for part in (short, long):
        mmsi[part.rows] = number(part.packed, 8, 30)
        wrong[part.rows] = part.wrong
    flags = (got.untimed * np.uint16(Flag.UNTIMED)) | (got.own * np.uint16(Flag.OWN))
    flags |= doubtful(mmsi) * np.uint16(Flag.MMSI_DOUBTFUL)
    ledger.messages += n
    return Heard(
        got.types, bits, mmsi, got.time, got.watermark, got.station, flags, got.line, hashes,
        short, long, got.fill, got.other_rows, got.other,
        sound=_sound(got, bits, wrong, _without_part(got.types, short), ledger),
        received=None if got.received is None else _instants(got.received),
    )  # fmt: skip


def _instants(us: Array) -> Array:
    """Times in µs as `datetime64[us]`, NaT where below 0."""
    return np.where(us < 0, np.iinfo(np.int64).min, us).view("datetime64[us]")


def _without_part(types: Array, short: Packed) -> Array:
    """Type 24 that is neither part A nor part B."""
    bad = np.zeros(len(types), bool)
    reports = np.flatnonzero(types[short.rows] == 24)
    if len(reports):
        field = STATIC_A["part"]
        part = number(short.packed[:, reports], field.start, field.width)
        bad[short.rows[reports[part > 1]]] = True
    return bad


def _sound(got: Gathered, bits: Array, wrong: Array, bad_part: Array, ledger: Ledger) -> Array:
    """Which messages say something; the others are dropped, each under its first fault."""
    no_type = (got.types == 0) | (got.types > 27)
    cut = bits < NEEDED[got.types]
    untimed = got.time < 0
    sound: Array = ~(wrong | bad_part | no_type | cut | untimed | (got.fault > 0))
    if not sound.all():
        rest = ~sound
        for reason, fault in (
            ("bad_character", wrong),
            ("not_a_message_type", no_type),
            ("truncated", cut),
            ("static_part", bad_part),
            ("time_before_ais", got.fault == BEFORE_AIS),
            ("time_ahead", got.fault == AHEAD),
            ("no_time", untimed),
        ):
            ledger.dropped[reason] += int(np.count_nonzero(rest & fault))
            rest &= ~fault
    return sound
