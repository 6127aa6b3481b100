"""One file of the corpus in the making: lines, and the rows and account that must come of them.

Which line a message completes, its time and its station are known because the lines are built
here; what it says comes from pyais. Where pyais is wrong, the case gives the right value, worked
out by hand, with the reason.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import oracle

T0 = 1_789_444_800  # 2026-09-15T04:00:00Z


def when(offset: float) -> str:
    """A moment so many seconds after T0, as rows have it."""
    text = datetime.fromtimestamp(T0 + offset, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0")
    return text.rstrip(".") + "Z"


def tag_block(second: float, station: str | None = None) -> str:
    """A TAG block that says a time, in milliseconds where it is not whole, and a station."""
    whole = float(second).is_integer()
    time = T0 + int(second) if whole else round((T0 + second) * 1000)
    inside = f"s:{station},c:{time}" if station else f"c:{time}"
    return f"\\{inside}*{oracle.checksum(inside)}\\"


@dataclass
class Correction:
    """A value in which pyais is not followed."""

    file: str
    line: int
    column: str
    pyais: Any
    vigie: Any
    why: str


@dataclass
class File:
    """One file in the making: its lines, and what must come of them."""

    name: str
    basis: str
    start: str | None = None
    ending: str = "\n"
    lines: list[bytes] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    used: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    corrections: list[Correction] = field(default_factory=list)
    _sequence: int = 0

    def raw(self, line: str | bytes) -> int:
        """Add a line; its number."""
        self.lines.append(line.encode("latin-1") if isinstance(line, str) else line)
        return len(self.lines) - 1

    def say(
        self, bits: str, second: float, *, station: str | None = "gold", split: int = 56,
        sequence: str = "", fill: int | None = None, talker: str = "AIVDM", **expect: Any,
    ) -> None:  # fmt: skip
        """A message with TAG blocks, in as many sentences as it needs.

        Args:
            bits: of the message.
            second: event time, seconds after T0.
            station: the `s` of its TAG block.
            split: payload characters a sentence holds; the standard's 82 characters allow 56 to 60.
            sequence: of a message in several sentences; counted on where not given.
            fill: fill bits it says it has, if not those that its bits need.
            talker: and formatter.
            **expect: as `completed`.

        """
        payload, needed = oracle.armour(bits)
        fill = needed if fill is None else fill
        pieces = [payload[i : i + split] for i in range(0, len(payload), split)]
        if len(pieces) > 1 and not sequence:
            self._sequence += 1
            sequence = str(self._sequence % 10)
        for number, piece in enumerate(pieces, 1):
            last = number == len(pieces)
            self.raw(
                tag_block(second, station)
                + oracle.sentence(
                    piece, fill if last else 0, parts=len(pieces), part=number,
                    sequence=sequence, talker=talker,
                )
            )  # fmt: skip
        self.completed(payload, fill, time=second, station=station, lines=len(pieces), **expect)

    def ignore(self, line: str | bytes, reason: str) -> None:
        """A line that is counted as ignored."""
        self.raw(line)
        self.ignored[reason] += 1

    def reject(self, line: str | bytes, reason: str) -> None:
        """A line that is counted as rejected."""
        self.raw(line)
        self.rejected[reason] += 1

    def completed(
        self, payload: str, fill: int, *, time: float, station: str | None = None, lines: int = 1,
        flags: tuple[str, ...] = (), right: dict[str, Any] | None = None, why: str = "",
        dropped: str = "",
    ) -> None:  # fmt: skip
        """The line added last completes a message of so many lines: expect its row.

        Args:
            payload: as received, joined.
            fill: fill bits of its last part.
            time: seconds after T0.
            station: who heard it; the file itself where nobody is named.
            lines: lines of the message.
            flags: those that no field says.
            right: values in which pyais is not followed, and `why`.
            why: the reason.
            dropped: instead of a row, the reason for which there is none.

        """
        self.used += lines
        self.messages += 1
        if dropped:
            self.dropped[dropped] += 1
            return
        row, said = oracle.row_of(payload, fill)
        line = len(self.lines) - 1
        for column, value in (right or {}).items():
            if row.get(column) == value:
                raise ValueError(f"{self.name} line {line}: pyais has the right {column} too")
            told = Correction(self.name, line, column, row.get(column), value, why)
            self.corrections.append(told)
            row[column] = value
        row["flags"] = [flag for flag in oracle.FLAGS if flag in said | set(flags)]
        row["time"], row["station"], row["line"] = when(time), station or f"{self.name}.nmea", line
        self.rows.append(row)

    def account(self) -> dict[str, Any]:
        """What must become of every line and message."""
        return {
            "start": self.start, "time_basis": self.basis, "lines": len(self.lines),
            "used": self.used, "ignored": dict(sorted(self.ignored.items())),
            "rejected": dict(sorted(self.rejected.items())), "messages": self.messages,
            "stored": len(self.rows), "dropped": dict(sorted(self.dropped.items())),
        }  # fmt: skip

    def write(self, folder: Path) -> None:
        """Write the three files, their account balanced."""
        accounted = self.used + self.ignored.total() + self.rejected.total()
        if accounted != len(self.lines):
            raise ValueError(f"{self.name}: {accounted} of {len(self.lines)} lines accounted for")
        ending = self.ending.encode()
        (folder / f"{self.name}.nmea").write_bytes(b"".join(line + ending for line in self.lines))
        rows = "".join(json.dumps(row, sort_keys=True) + "\n" for row in self.rows)
        (folder / f"{self.name}.ndjson").write_text(rows, encoding="utf-8")
        account = json.dumps(self.account(), indent=1)
        (folder / f"{self.name}.account.json").write_text(account + "\n", encoding="utf-8")
