"""A stretch of the bundled recording: its first lines, then some of each rarer type, and noise.

The simulator writes a TAG block before every sentence, so a dozen lines of Python read it.
"""

from __future__ import annotations

import gzip
import re
from collections import Counter
from pathlib import Path

import oracle
from files import T0, File

RECORDING = Path(__file__).resolve().parents[2] / "replay_data" / "gulf-of-aden.nmea.gz"
FIRST, OF_EACH = 150, 4

_LINE = re.compile(
    r"\\([^*]*)\*([0-9A-F]{2})\\!(AIVDM,\d,\d,\d?,[AB]?,([^,]*),(\d))\*([0-9A-F]{2})"
)


def file() -> File:
    """The stretch."""
    made = File("simulated", "tag-block")
    lines = gzip.decompress(RECORDING.read_bytes()).decode("latin-1").split("\n")
    seen: Counter[str] = Counter()
    number = 0
    while number < len(lines):
        line = lines[number]
        if not line.isascii() or "\0" in line:
            number += 1
            continue
        match = _LINE.fullmatch(line.rstrip("\r"))
        if match is None:
            _other(made, line, number, seen)
            number += 1
            continue
        inside, given, body, _, _, check = match.groups()
        if oracle.checksum(inside) != given or oracle.checksum(body) != check:
            seen["broken"] += 1
            if seen["broken"] <= OF_EACH and oracle.checksum(inside) == given:
                made.reject(line, "checksum")
            number += 1
            continue
        number += _message(made, lines, number, seen)
    return made


def _other(made: File, line: str, number: int, seen: Counter[str]) -> None:
    kind = line[:1]
    seen[kind] += 1
    if kind in ("#", "$") and seen[kind] <= OF_EACH:
        made.ignore(line, "comment" if kind == "#" else "other_sentence")


def _message(made: File, lines: list[str], number: int, seen: Counter[str]) -> int:
    """Take the message that begins at a line, if its parts stand together; lines passed over."""
    matches = []
    for line in lines[number : number + 3]:
        match = _LINE.fullmatch(line.rstrip("\r"))
        if match is None:
            break
        matches.append(match)
    _, parts, part, _ = matches[0][3].split(",", 3)
    wanted = range(1, int(parts) + 1)
    if part != "1" or [m[3].split(",")[2] for m in matches[: int(parts)]] != [
        str(n) for n in wanted
    ]:
        return 1
    payload = "".join(m[4] for m in matches[: int(parts)])
    kind = str(oracle.ARMOUR.index(payload[0]))
    seen[kind] += 1
    if number < FIRST or seen[kind] <= OF_EACH:
        for line in lines[number : number + int(parts)]:
            made.raw(line)
        fields = dict(f.split(":", 1) for f in matches[0][1].split(","))
        told = fields["c"]
        time = int(told) if len(told) == 10 else int(told) / 1000
        made.completed(
            payload, int(matches[int(parts) - 1][5]), time=time - T0, station=fields["s"],
            lines=int(parts),
        )  # fmt: skip
    return int(parts)
