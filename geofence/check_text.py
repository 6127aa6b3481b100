"""Bytes of a zone file → JSON values, with everything that could hurt refused first.

A zone file comes from a stranger. Its size, nesting and keys are looked at before they can cost
memory or recursion; what is wrong is said with its line and column.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ingest.errors import ZoneError

# A zone file of 500,000 vertices takes about 20 MB as text.
MAX_BYTES = 64 * 1024 * 1024

# GeoJSON needs 9 levels down to a coordinate in a collection; foreign properties may go deeper.
MAX_DEPTH = 64

_CHUNK = 1 << 20


def read_bytes(path: Path) -> bytes:
    """The bytes of a file, unpacked where it is gzip.

    Raises:
        ZoneError: missing, unreadable, a folder, empty, broken gzip, or over `MAX_BYTES`.

    """
    where = str(path)
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            source = gzip.GzipFile(fileobj=file) if packed else file
            data = source.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ZoneError("there is no such file", where=where, mend="Check the path") from None
    except IsADirectoryError:
        raise ZoneError("this is a folder", where=where, mend="Name a file inside it") from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise ZoneError(
            "the gzip data is damaged or cut short", where=where, mend="Fetch the file again"
        ) from None
    except OSError as error:
        raise ZoneError(
            f"the file cannot be read ({error.strerror})", where=where,
            mend="Check its permissions",
        ) from None  # fmt: skip
    if len(data) > MAX_BYTES:
        raise ZoneError(
            f"the file is larger than {MAX_BYTES >> 20} MB", where=where,
            mend="Split it, or simplify its outlines",
        )  # fmt: skip
    if not data.strip():
        raise ZoneError("the file is empty", where=where, mend="Check how it was made")
    return data


def decode(data: bytes, where: str) -> str:
    """Bytes as text, without a byte-order mark.

    Raises:
        ZoneError: not UTF-8.

    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ZoneError("the file is UTF-16, not UTF-8", where=where, mend="Save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ZoneError(
            f"the file is not UTF-8 (line {line})", where=where, mend="Save it as UTF-8"
        ) from None


def depth(data: bytes) -> int:
    """How deep brackets nest outside strings, found without parsing."""
    deepest = level = 0
    inside = False  # a string
    data = data.replace(b"\\\\", b"__").replace(b'\\"', b"__")
    for start in range(0, len(data), _CHUNK):
        chunk = np.frombuffer(data, np.uint8, min(_CHUNK, len(data) - start), start)
        quoted = (np.cumsum(chunk == ord('"')) + inside) % 2 == 1
        steps = np.zeros(len(chunk), np.int32)
        steps[((chunk == ord("[")) | (chunk == ord("{"))) & ~quoted] = 1
        steps[((chunk == ord("]")) | (chunk == ord("}"))) & ~quoted] = -1
        levels = level + np.cumsum(steps)
        deepest, level = max(deepest, int(levels.max())), int(levels[-1])
        inside = bool(quoted[-1])
    return deepest


def parse(data: bytes, where: str, twice: Callable[[str], None]) -> Any:
    """JSON values of a file's bytes.

    Args:
        data: the file's bytes, at most `MAX_BYTES`.
        where: the file's name, for messages.
        twice: called with each key that stands twice in one object.

    Raises:
        ZoneError: not UTF-8, nested too deeply, or not JSON.

    """
    text = decode(data, where)
    if depth(data) > MAX_DEPTH:
        raise ZoneError(
            f"brackets are nested more than {MAX_DEPTH} deep", where=where,
            mend="This is not a zone file; check how it was made",
        )  # fmt: skip

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) < len(found):
            seen: set[str] = set()
            for key, _ in found:
                if key in seen:
                    twice(key)
                seen.add(key)
        return made

    try:
        return json.loads(text, object_pairs_hook=pairs, parse_int=_integer)
    except json.JSONDecodeError as error:
        raise ZoneError(
            f"this is not JSON: {error.msg} in line {error.lineno}, column {error.colno}",
            where=where, mend="Zones are read from GeoJSON and from the World Port Index",
        ) from None  # fmt: skip


def _integer(digits: str) -> int | float:
    """An integer; one too long to be a coordinate becomes a float (it may be infinite)."""
    return int(digits) if len(digits) < 20 else float(digits)
