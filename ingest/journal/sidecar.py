"""What is known of a closed segment without reading it: the JSON file beside it."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ingest.journal.durable import write_whole
from ingest.journal.times import from_iso, to_iso

SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A closed segment.

    Attributes:
        journal: id of the journal.
        first_line: number of its first line.
        skipped: numbers before `first_line` that were given up when it was begun.
        lines: how many it holds; its header is not one of them.
        bytes: of it unpacked, header included.
        since, until: receive time of its beginning and of its last line, µs since 1970.
        first_event, last_event: least and greatest event time in it, µs; None without any.
        sources: stations named in its TAG blocks, the first thousand by name.
        sha256: of it unpacked.
        packed_bytes, packed_sha256: of it as it lies.
        frames: of each Zstandard frame: where it begins packed, where unpacked, its first line.
    """

    journal: str
    first_line: int
    skipped: int
    lines: int
    bytes: int
    since: int
    until: int
    first_event: int | None
    last_event: int | None
    sources: tuple[str, ...]
    sha256: str
    packed_bytes: int
    packed_sha256: str
    frames: tuple[tuple[int, int, int], ...]

    @property
    def end_line(self) -> int:
        """Number of the line behind its last."""
        return self.first_line + self.lines

    def write(self, path: Path) -> None:
        """Write it, whole or not at all.

        Raises:
            OSError: it could not be written.
        """
        told: dict[str, Any] = {"format": 1, **dataclasses.asdict(self)}
        for name in _TIMES:
            told[name] = None if told[name] is None else to_iso(told[name])
        told["check"] = _check(told)
        write_whole(path, orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))


_TIMES = ("since", "until", "first_event", "last_event")


def _check(told: dict[str, Any]) -> str:
    """A hash of all else that is told: a digit of a line number may have flipped."""
    return hashlib.blake2b(orjson.dumps(told), digest_size=8).hexdigest()


def read_sidecar(path: Path) -> Sidecar | None:
    """What stands in a sidecar; None where there is none that can be believed."""
    try:
        told = orjson.loads(path.read_bytes())
        check = told.pop("check")
        if check != _check(told) or told.pop("format") != 1:
            return None
        for name in _TIMES:
            told[name] = None if told[name] is None else from_iso(told[name])
        told["sources"] = tuple(told["sources"])
        told["frames"] = tuple((a, b, c) for a, b, c in told["frames"])
        return Sidecar(**told)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
