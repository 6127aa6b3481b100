"""Messages of a batch on their way from payloads to columns.

Payloads of many small stretches are collected here until there are enough of them for the fields
to be read with few calls: a rare type would otherwise cost as much as a common one.
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
    LONG,
    LONG_CHARS,
    OTHER,
    SHORT,
    SIZE,
    Packed,
    PayloadHash,
    message_types,
    read_packed,
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
class Heard:
    """Messages with type, time and words, before their fields are read; one entry a message.

    Attributes:
        types, bits, mmsi, time, watermark, station, flags, line: one value a message; times in µs.
        hashes: equal for copies of one message.
        short, long: messages whose fields are read from words: `rows` index the values above.
        other: (message, payload, fill bits) of every message of another type.
        sound: False for what was dropped: it says nothing, or its time cannot be.
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
    other: list[tuple[int, bytes, int]]
    sound: Array

    def __len__(self) -> int:
        return len(self.types)


def hear(payloads: Payloads, hasher: PayloadHash, ledger: Ledger) -> Heard:
    """Read types, MMSI and words of the payloads of one stretch; mark what is no message.

    Counts `messages` and `dropped` in the ledger.
    """
    types = message_types(payloads)
    bits = (payloads.length * 6 - payloads.fill).astype(np.int32)
    short, long = read_packed(payloads, types, SHORT), read_packed(payloads, types, LONG)
    n = len(types)
    hashes = np.empty(n, np.uint64)
    mmsi = np.empty(n, np.uint32)
    wrong = np.zeros(n, bool)
    other: list[tuple[int, bytes, int]] = []
    hashes[short.rows] = hasher(short.packed)
    if len(long.rows):
        hashes[long.rows] = hasher(long.packed, payloads.length[long.rows])
        other = _others(payloads, types, long.rows, hasher, hashes)
    bad_part = np.zeros(n, bool)
    parts = np.flatnonzero(types[short.rows] == 24)
    if len(parts):
        field = STATIC_A["part"]
        sent = number(short.packed[:, parts], field.start, field.width)
        bad_part[short.rows[parts[sent > 1]]] = True
    for part in (short, long):
        mmsi[part.rows] = number(part.packed, 8, 30)
        wrong[part.rows] = part.wrong
    flags = (payloads.untimed * np.uint16(Flag.UNTIMED)) | (payloads.own * np.uint16(Flag.OWN))
    flags |= doubtful(mmsi) * np.uint16(Flag.MMSI_DOUBTFUL)
    ledger.messages += n
    return Heard(
        types, bits, mmsi, payloads.time, payloads.watermark, payloads.station, flags,
        payloads.line, hashes, short, long, other,
        sound=_sound(types, bits, payloads, wrong, bad_part, ledger),
    )  # fmt: skip


def _others(
    payloads: Payloads, types: Array, rows: Array, hasher: PayloadHash, hashes: Array
) -> list[tuple[int, bytes, int]]:
    """Payloads of types whose fields are not read in columns, as bytes."""
    chosen = rows[SIZE[types[rows]] == OTHER]
    sent = payloads.texts(chosen)
    for i in np.flatnonzero(payloads.length[chosen] > LONG_CHARS).tolist():
        hashes[chosen[i]] = hasher.of_bytes(sent[i])
    return list(zip(chosen.tolist(), sent, payloads.fill[chosen].tolist(), strict=True))


def _sound(
    types: Array, bits: Array, payloads: Payloads, wrong: Array, bad_part: Array, ledger: Ledger
) -> Array:
    """Which messages say something; the others are dropped, each under its first fault."""
    no_type = (types == 0) | (types > 27)
    cut = bits < NEEDED[types]
    untimed = payloads.time < 0
    sound: Array = ~(wrong | bad_part | no_type | cut | untimed | (payloads.fault > 0))
    if not sound.all():
        rest = ~sound
        for reason, fault in (
            ("bad_character", wrong),
            ("not_a_message_type", no_type),
            ("truncated", cut),
            ("static_part", bad_part),
            ("time_before_ais", payloads.fault == BEFORE_AIS),
            ("time_ahead", payloads.fault == AHEAD),
            ("no_time", untimed),
        ):
            ledger.dropped[reason] += int((rest & fault).sum())
            rest &= ~fault
    return sound


def collect(parts: list[Heard]) -> Heard:
    """Several stretches as one, in order."""
    if len(parts) == 1:
        return parts[0]
    offsets = np.cumsum([0] + [len(p) for p in parts])[:-1].tolist()

    def together(packed: list[Packed]) -> Packed:
        firsts = np.cumsum([0] + [len(p.rows) for p in packed])[:-1].tolist()
        return Packed(
            np.concatenate([p.rows + o for p, o in zip(packed, offsets, strict=True)]),
            np.concatenate([p.packed for p in packed], axis=1),
            np.concatenate([p.wrong for p in packed]),
            np.concatenate([p.texts + f for p, f in zip(packed, firsts, strict=True)]),
            np.concatenate([p.six for p in packed]),
        )

    return Heard(
        **{name: np.concatenate([getattr(p, name) for p in parts]) for name in _COLUMNS},
        short=together([p.short for p in parts]),
        long=together([p.long for p in parts]),
        other=[
            (row + offset, payload, fill)
            for part, offset in zip(parts, offsets, strict=True)
            for row, payload, fill in part.other
        ],
    )


_COLUMNS = (
    "types", "bits", "mmsi", "time", "watermark", "station", "flags", "line", "hashes", "sound",
)  # fmt: skip
