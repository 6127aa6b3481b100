"""Defects: what happens to lines between a receiver and the recording.

Few lines are touched, so they are damaged one by one; all others pass untouched.
"""

from __future__ import annotations

import numpy as np

from ingest.columns import Array
from simulate.flaws import Defects
from simulate.lines import WIDTH, Lines


def damage(lines: Lines, share: float, rng: np.random.Generator) -> int:
    """Damage a share of the lines in place; how many were."""
    chosen = np.flatnonzero(rng.random(len(lines.text)) < share)
    ways = rng.integers(0, 4, len(chosen))
    places = rng.random(len(chosen))
    marks = rng.integers(33, 127, len(chosen), dtype=np.uint8)
    for i, way, place, mark in zip(chosen, ways, places, marks, strict=True):
        row = lines.text[i]
        used = np.flatnonzero(row)[:-2]  # all but the line end
        at = used[int(place * len(used))]
        if way == 0:
            row[at] = mark if mark != row[at] else mark ^ 1  # one character went wrong
        elif way == 1:
            row[at:-2] = 0  # cut short
        elif way == 2:
            row[-2:] = 0  # the line end was lost: two lines run together
        else:
            row[at] |= 0x80  # eight-bit noise on a seven-bit line
    return len(chosen)


def strangers(
    defects: Defects, count: int, begin: float, end: float, epoch: int, rng: np.random.Generator
) -> Lines:
    """Lines that are not AIS: noise, and other sentences that receivers mix in.

    `count` is the number of AIS lines beside which they stand, `begin` and `end` the stretch of
    time in seconds, `epoch` the scenario's start in Unix seconds.
    """
    noise, foreign = (int(n) for n in rng.poisson([defects.noise * count, defects.foreign * count]))
    arrival = np.sort(rng.uniform(begin, end, noise + foreign))
    text = np.zeros((len(arrival), WIDTH), np.uint8)
    is_noise = rng.permutation(np.arange(len(arrival)) < noise)
    for row, time, bad in zip(text, arrival, is_noise, strict=True):
        if bad:
            line = rng.integers(1, 256, rng.integers(3, 60), dtype=np.uint8).tobytes()
            line = line.translate(None, b"\r\n!$\\#")
        else:
            line = _foreign(epoch + int(time), rng)
        row[: len(line)] = np.frombuffer(line, np.uint8)
        row[-2:] = (13, 10)
    return Lines(text, arrival, 0)


def _foreign(epoch: int, rng: np.random.Generator) -> bytes:
    """A clock sentence or a receiver's signal report."""
    day, second = divmod(epoch, 86_400)
    hhmmss = f"{second // 3600:02}{second // 60 % 60:02}{second % 60:02}"
    if rng.random() < 0.5:
        year, month, date = str(np.datetime64(day, "D")).split("-")
        body = f"GPZDA,{hhmmss}.00,{date},{month},{year},00,00"
    else:
        unit, slot = rng.integers(1, 9), rng.integers(0, 2250)
        level, ratio = rng.integers(70, 115), rng.integers(5, 30)
        body = f"ABVSI,r0{unit},1,{hhmmss},{slot},-{level},{ratio}"
    check = 0
    for byte in body.encode():
        check ^= byte
    return f"${body}*{check:02X}".encode()


def joined(parts: list[Lines]) -> Lines:
    """Several lots of lines as one."""
    return Lines(
        np.concatenate([p.text for p in parts]),
        np.concatenate([p.arrival for p in parts]),
        sum(p.sentences for p in parts),
    )


def in_order(lines: Lines, until: float) -> tuple[bytes, int, Lines]:
    """Bytes of all lines that arrived before `until`, how many, and the lines still to come."""
    order = np.argsort(lines.arrival, kind="stable")
    ready = int(np.searchsorted(lines.arrival[order], until))
    text: Array = lines.text[order[:ready]]
    rest = order[ready:]
    return (
        text.tobytes().translate(None, b"\0"),
        ready,
        Lines(lines.text[rest], lines.arrival[rest], 0),
    )
