"""Whatever zone file a user has → zones: the form is found by looking inside."""

from __future__ import annotations

import os
from pathlib import Path

from geofence.check_axes import look_swapped
from geofence.check_report import Reading
from geofence.check_text import read_bytes
from geofence.geojson import accepted, options_known, read_data
from geofence.wpi import is_wpi, read_wpi
from geofence.zone import Zone
from ingest.errors import ZoneError


def read_file(
    path: str | os.PathLike[str],
    *,
    kind: str | None = None,
    risk: str | None = None,
    axes_checked: bool = False,
) -> Reading:
    """Zones and problems of a file: GeoJSON, or the World Port Index's CSV; either may be gzip.

    Args:
        path: the file.
        kind: kind for GeoJSON features that name none, or one that is not ours.
        risk: likewise.
        axes_checked: a person has seen that longitude comes first, whatever it looks like.

    Raises:
        ZoneError: `kind` or `risk` is not known; faults of the file are in the reading.

    """
    options_known(kind, risk)
    reading = Reading(str(path), kind, risk)
    try:
        data = read_bytes(Path(path))
    except ZoneError as error:
        reading.say(error.what, error.mend)
        return reading
    if is_wpi(data[:20_000]):
        return read_wpi(data, reading)
    begin = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    # What begins with no letter at all is not UTF-8; what reads it knows how to say so.
    if begin.isascii() and begin not in (b"", b"{", b"["):
        reading.say(
            "this is neither GeoJSON nor the World Port Index",
            "Export the layer as GeoJSON, or take UpdatedPub150.csv as it was downloaded",
        )
        return reading
    read_data(data, reading)
    look_swapped(reading, checked=axes_checked)
    if reading.errors:
        reading.zones.clear()
    return reading


def import_zones(
    path: str | os.PathLike[str], kind: str | None = None, risk: str | None = None
) -> list[Zone]:
    """The zones of a file of any known form.

    Args:
        path: the file.
        kind: kind for GeoJSON features that name none, or one that is not ours.
        risk: likewise.

    Raises:
        ZoneError: the file has a fault; nothing is taken then. (Rows of the World Port Index that
            cannot be used are left out, and named by `geofence.check.check`.)

    """
    return accepted(read_file(path, kind=kind, risk=risk))
