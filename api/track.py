"""One vessel's track: thinned, and written as GeoJSON, CSV or GPX.

Thinning keeps fixes as they were sent, it never makes new ones. `every`: the first fix of each
so many seconds. `tolerance_m`: Douglas-Peucker, so that no left-out fix lies further than that
from the line that is drawn.
"""

from __future__ import annotations

import csv
import io
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import shapely

from api.plain import plain
from ingest.columns import columns_of
from ingest.records import Positions

COLUMNS = ("time", "lon", "lat", "sog", "cog", "heading", "rot", "status", "msg_type")
METRES_A_DEGREE = 111_195.0  # of latitude, on a sphere of 6,371 km


def with_place(track: Positions) -> Positions:
    """The reports that carry a position: a track is made of places."""
    return track.take(np.isfinite(track.lon) & np.isfinite(track.lat))


def every(track: Positions, seconds: int) -> Positions:
    """The first fix in each span of `seconds`, and the last fix; time must ascend."""
    slots = track.time.astype(np.int64) // (seconds * 1_000_000)
    keep = np.ones(len(track), bool)
    keep[1:-1] = slots[1:-1] != slots[:-2]
    return track.take(keep)


def simplified(track: Positions, tolerance_m: float) -> Positions:
    """The fixes that Douglas-Peucker keeps at a tolerance in metres.

    Works in an equirectangular projection about the track's middle latitude, whose error over the
    span of a tolerance is far below the noise of a fix; longitudes are unwrapped first.
    """
    if len(track) < 3:
        return track
    lon = np.unwrap(track.lon, period=360)
    middle = np.cos(np.radians((track.lat.min() + track.lat.max()) / 2))
    x, y = lon * METRES_A_DEGREE * middle, track.lat * METRES_A_DEGREE
    # The third coordinate carries the row number through; the distance is judged in x and y.
    line = shapely.linestrings(np.column_stack((x, y, np.arange(len(track)))))
    kept = shapely.simplify(line, tolerance_m, preserve_topology=False)
    return track.take(shapely.get_coordinates(kept, include_z=True)[:, 2].astype(np.int64))


def as_feature(mmsi: int, track: Positions, **properties: Any) -> dict[str, Any]:
    """A GeoJSON feature: one line, cut at the antimeridian (RFC 7946, 3.1.9).

    `times`, `sog`, `cog` and `heading` are cut likewise, one value a vertex. Where the line is cut
    a vertex is put on ±180, with the time of the passage and no other values.
    """
    columns = {column.name: column for column in columns_of(Positions)}
    values = {name: plain(columns[name], getattr(track, name)) for name in COLUMNS}
    vertices = list(zip(values["lon"], values["lat"], strict=True))
    lines: list[dict[str, list[Any]]] = []
    for i, vertex in enumerate(vertices):
        if i == 0 or abs(vertex[0] - vertices[i - 1][0]) > 180:
            edge = _edge(track, i) if i else None
            if edge:
                _append(lines[-1], edge[0], edge[2], None, None, None)
            lines.append({name: [] for name in ("line", "times", "sog", "cog", "heading")})
            if edge:
                _append(lines[-1], edge[1], edge[2], None, None, None)
        _append(lines[-1], vertex, *(values[name][i] for name in ("time", "sog", "cog", "heading")))
    parts = [line for line in lines if line["line"]]
    return {
        "type": "Feature",
        "id": mmsi,
        "geometry": {
            "type": "MultiLineString",
            # A line needs two vertices; a lone fix is drawn as a line of no length.
            "coordinates": [p["line"] if len(p["line"]) > 1 else p["line"] * 2 for p in parts],
        },
        "properties": {
            "mmsi": mmsi,
            **properties,
            "points": len(track),
            **{
                name: [p[name] if len(p[name]) > 1 else p[name] * 2 for p in parts]
                for name in ("times", "sog", "cog", "heading")
            },
        },
    }


def _append(part: dict[str, list[Any]], vertex: Any, *values: Any) -> None:
    part["line"].append(list(vertex))
    for name, value in zip(("times", "sog", "cog", "heading"), values, strict=True):
        part[name].append(value)


def _edge(track: Positions, i: int) -> tuple[tuple[float, float], tuple[float, float], str]:
    """Where the step to fix `i` passes ±180: on the near side, on the far side, and when."""
    near, far = float(track.lon[i - 1]), float(track.lon[i])
    side = 180.0 if near > 0 else -180.0
    whole = far + 2 * side - near
    part = (side - near) / whole if whole else 0.0
    lat = float(track.lat[i - 1] + part * (track.lat[i] - track.lat[i - 1]))
    step = (track.time[i] - track.time[i - 1]).astype(np.int64)
    time = track.time[i - 1] + np.timedelta64(round(part * step), "us")
    [when] = plain(columns_of(Positions)[0], np.array([time]))
    return (side, round(lat, 7)), (-side, round(lat, 7)), when


def as_csv(mmsi: int, track: Positions) -> str:
    """CSV with a header; an empty cell is "not sent"."""
    columns = {column.name: column for column in columns_of(Positions)}
    values = [plain(columns[name], getattr(track, name)) for name in COLUMNS]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("mmsi", *COLUMNS))
    writer.writerows((mmsi, *row) for row in zip(*values, strict=True))
    return text.getvalue()


def as_gpx(mmsi: int, name: str | None, track: Positions) -> str:
    """GPX 1.1, one track of one segment."""
    columns = {column.name: column for column in columns_of(Positions)}
    times = plain(columns["time"], track.time)
    points = "\n".join(
        f'<trkpt lat="{lat:.7f}" lon="{lon:.7f}"><time>{time}</time></trkpt>'
        for lon, lat, time in zip(track.lon.tolist(), track.lat.tolist(), times, strict=True)
    )
    title = escape(f"{name} ({mmsi:09d})" if name else f"{mmsi:09d}")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="Vigie" xmlns="http://www.topografix.com/GPX/1/1">\n'
        f"<trk><name>{title}</name><trkseg>\n{points}\n</trkseg></trk>\n</gpx>\n"
    )
