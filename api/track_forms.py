"""A track as GeoJSON, CSV or GPX, written a piece at a time as it is sent.

Written at once, 200,000 fixes are 10 to 16 MB of text, and ten times that on the way there; a
reader that takes its time would make the watch hold them. Kept in AIS's own integers until their
turn comes, they are 5 MB.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import orjson

from api.plain import plain
from ingest.columns import Array, columns_of
from ingest.records import Positions

COLUMNS = ("time", "lon", "lat", "sog", "cog", "heading", "rot", "status", "msg_type")

# Fixes written at once: some 5 ms, during which nobody else is kept waiting, and some 100 KB.
_ROWS = 2_000
_BYTES = 65_536

_BESIDE = {"times": "time", "sog": "sog", "cog": "cog", "heading": "heading"}
_COLUMNS = {column.name: column for column in columns_of(Positions)}

_Entries = Callable[[int, int], list[Any]]


class _Kept:
    """The fixes of a track as stored integers, and as plain values where they are asked for."""

    def __init__(self, track: Positions) -> None:
        self._native: dict[str, Array] = {
            name: _COLUMNS[name].to_native(getattr(track, name)) for name in COLUMNS
        }
        self.fixes = len(track)

    def exact(self, name: str, begin: int, end: int) -> Array:
        """A column of some fixes, as it is in memory."""
        return _COLUMNS[name].from_native(self._native[name][begin:end])

    def plain(self, name: str, begin: int, end: int) -> list[Any]:
        """A column of some fixes, as JSON has it."""
        return plain(_COLUMNS[name], self.exact(name, begin, end))

    def vertices(self, begin: int, end: int) -> list[Any]:
        """Places of some fixes: (lon, lat)."""
        return list(zip(*(self.plain(name, begin, end) for name in ("lon", "lat")), strict=True))

    def cuts(self) -> list[int]:
        """The fixes before which the line passes ±180, in order."""
        lon = np.round(self.exact("lon", 0, self.fixes), 7)
        return [int(i) + 1 for i in np.flatnonzero(np.abs(np.diff(lon)) > 180)]

    def edge(self, fix: int) -> tuple[tuple[float, float], tuple[float, float], str]:
        """Where the step to a fix passes ±180: on the near side, on the far side, and when."""
        near, far = self.exact("lon", fix - 1, fix + 1).tolist()
        before, after = self.exact("lat", fix - 1, fix + 1).tolist()
        begin, end = self.exact("time", fix - 1, fix + 1).astype("datetime64[us]")
        side = 180.0 if near > 0 else -180.0
        whole = far + 2 * side - near
        part = (side - near) / whole if whole else 0.0
        lat = round(before + part * (after - before), 7)
        step = (end - begin).astype(np.int64)
        [when] = plain(
            _COLUMNS["time"], np.array([begin + np.timedelta64(round(part * step), "us")])
        )
        return (side, lat), (-side, lat), when


def as_geojson(mmsi: int, track: Positions, **properties: Any) -> Iterator[bytes]:
    """A GeoJSON feature: one line, cut at the antimeridian (RFC 7946, 3.1.9).

    `times`, `sog`, `cog` and `heading` are cut likewise, one value a vertex. Where the line is cut
    a vertex is put on ±180, with the time of the passage and no other values.
    """
    kept = _Kept(track)
    return _gathered(_geojson(mmsi, kept, {"mmsi": mmsi, **properties, "points": kept.fixes}))


def _geojson(mmsi: int, kept: _Kept, properties: dict[str, Any]) -> Iterator[bytes]:
    cuts = kept.cuts()
    edges = [kept.edge(fix) for fix in cuts]
    yield f'{{"type":"Feature","id":{mmsi:d},"geometry":'.encode()
    yield b'{"type":"MultiLineString","coordinates":'
    sides = [(near, far) for near, far, _ in edges]
    yield from _parts(kept.fixes, cuts, kept.vertices, sides)
    yield b'},"properties":' + orjson.dumps(properties)[:-1]
    for name, column in _BESIDE.items():

        def entries(begin: int, end: int, column: str = column) -> list[Any]:
            return kept.plain(column, begin, end)

        yield f',"{name}":'.encode()
        beside = [(when, when) if name == "times" else (None, None) for _, _, when in edges]
        yield from _parts(kept.fixes, cuts, entries, beside)
    yield b"}}"


def _parts(
    fixes: int, cuts: list[int], entries: _Entries, edges: list[tuple[Any, Any]]
) -> Iterator[bytes]:
    """A list with a list for each part of the line, with what stands at the cuts.

    A line needs two vertices; a lone fix is drawn as a line of no length.
    """
    yield b"["
    for part, (first, end) in enumerate(zip([0, *cuts], [*cuts, fixes], strict=True)):
        if first == end:
            break
        head = [edges[part - 1][1]] if part else []
        tail = [edges[part][0]] if part < len(cuts) else []
        if end - first + len(head) + len(tail) == 1:
            tail = entries(first, end)
        yield b",[" if part else b"["
        for begin in range(first, end, _ROWS):
            stop = min(begin + _ROWS, end)
            some = [
                *(head if begin == first else []), *entries(begin, stop),
                *(tail if stop == end else []),
            ]  # fmt: skip
            yield (b"," if begin > first else b"") + orjson.dumps(some)[1:-1]
        yield b"]"
    yield b"]"


def as_csv(mmsi: int, track: Positions) -> Iterator[bytes]:
    """CSV with a header; an empty cell is "not sent"."""
    kept = _Kept(track)

    def pieces() -> Iterator[bytes]:
        yield (",".join(("mmsi", *COLUMNS)) + "\r\n").encode()
        for begin in range(0, kept.fixes, _ROWS):
            values = [kept.plain(name, begin, begin + _ROWS) for name in COLUMNS]
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\r\n")
            writer.writerows((mmsi, *row) for row in zip(*values, strict=True))
            yield text.getvalue().encode()

    return _gathered(pieces())


def as_gpx(mmsi: int, name: str | None, track: Positions) -> Iterator[bytes]:
    """GPX 1.1, one track of one segment."""
    kept = _Kept(track)
    title = escape(f"{name} ({mmsi:09d})" if name else f"{mmsi:09d}")

    def pieces() -> Iterator[bytes]:
        yield (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<gpx version="1.1" creator="Vigie" xmlns="http://www.topografix.com/GPX/1/1">\n'
            f"<trk><name>{title}</name><trkseg>\n"
        ).encode()
        for begin in range(0, kept.fixes, _ROWS):
            stop = begin + _ROWS
            lon, lat = (kept.exact(column, begin, stop).tolist() for column in ("lon", "lat"))
            yield "".join(
                f'<trkpt lat="{y:.7f}" lon="{x:.7f}"><time>{time}</time></trkpt>\n'
                for x, y, time in zip(lon, lat, kept.plain("time", begin, stop), strict=True)
            ).encode()
        yield b"</trkseg></trk>\n</gpx>\n"

    return _gathered(pieces())


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces that are worth sending."""
    some = bytearray()
    for piece in pieces:
        some += piece
        if len(some) >= _BYTES:
            yield bytes(some)
            some.clear()
    if some:
        yield bytes(some)
