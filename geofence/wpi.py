"""The World Port Index (NGA Publication 150) → port zones.

The user downloads `UpdatedPub150.csv` from https://msi.nga.mil/Publications/WPI and imports it: it
is public domain, newer each month, and better than any position we could ship. Columns are found
by their names; a row that cannot be used is named, and no other is held up by it.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator

from geofence.check_properties import clean, slug
from geofence.check_report import Reading
from geofence.check_text import decode
from geofence.ports import Port, port_zones
from ingest.errors import ZoneError

NUMBER, NAME, LOCODE = "World Port Index Number", "Main Port Name", "UN/LOCODE"
COUNTRY, SIZE, LAT, LON = "Country Code", "Harbor Size", "Latitude", "Longitude"
_NEEDED = (NUMBER, NAME, LAT, LON)

AUTHORITY = "NGA"
SOURCE = "World Port Index, NGA Publication 150"

# Our choice by the index's harbour sizes. 3 km is where Global Fishing Watch's pipe-anchorages
# lets a vessel enter port; a larger harbour's quays lie farther from its one published position.
RADIUS_M = {"Large": 6000.0, "Medium": 4000.0}
DEFAULT_RADIUS_M = 3000.0


def is_wpi(head: bytes) -> bool:
    """Whether the first bytes of a file are the index's header line."""
    line = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0]
    return all(name.encode() in line for name in _NEEDED)


def read_wpi(data: bytes, reading: Reading) -> Reading:
    """Add the ports of the index's CSV; a bad row becomes a problem and is left out.

    A bad row does not refuse the file: its problem says so and is no error. Missing columns, or no
    usable row at all, refuse it.
    """
    try:
        text = decode(data, reading.file)
    except ZoneError as error:
        reading.say(error.what, error.mend)
        return reading
    reading.named_columns = True
    rows = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in _NEEDED if name not in (rows.fieldnames or ())]
    if missing:
        reading.say(
            f"the columns {', '.join(missing)} are missing",
            "Fetch UpdatedPub150.csv again from msi.nga.mil",
        )
        return reading
    try:
        ports = list(_ports(rows, reading))
    except csv.Error as error:
        reading.say(f"line {rows.line_num} is not CSV ({error})", "Fetch the file again")
        return reading
    if not ports:
        reading.say("it holds no port that can be used", "Fetch the file again")
        return reading
    reading.zones += port_zones(
        ports, authority=AUTHORITY, source=SOURCE,
        geometry_basis="circle about the index's position",
    )  # fmt: skip
    return reading


def _ports(rows: csv.DictReader[str], reading: Reading) -> Iterator[Port]:
    """The usable rows; of two rows with one UN/LOCODE, the second under its number too."""
    numbers: set[str] = set()
    for row in rows:
        name = clean(row[NAME] or "")

        def say(what: str, line: int = rows.line_num, name: str = name) -> None:
            where = f"line {line}" + (f" ({name})" if name else "")
            reading.say(f"{where} is left out: {what}", "Mend it, or go without", error=False)

        number = clean(row[NUMBER] or "").removesuffix(".0")
        if not re.fullmatch(r"\d{1,6}(\.\d)?", number):
            say(f"its number is {number[:20]!r}")
            continue
        try:
            lon, lat = float(row[LON]), float(row[LAT])
        except (TypeError, ValueError):
            say(f"its position is {row[LAT]!r}, {row[LON]!r}")
            continue
        if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
            say(f"its position is {lat:g}, {lon:g}")
            continue
        locode = clean(row.get(LOCODE) or "").replace(" ", "").upper()
        if not (len(locode) == 5 and locode.isascii() and locode.isalnum()):
            locode = ""
        made = f"port-{locode.lower()}" if locode else f"port-wpi-{slug(number)}"
        if number in numbers:
            say("its number stands on an earlier line too")
            continue
        numbers.add(number)
        if made in reading.ids:
            made = f"{made}-wpi-{slug(number)}"
        reading.ids[made] = rows.line_num
        yield Port(
            id=made, locode=locode, name=name or f"Port {number}",
            country=clean(row.get(COUNTRY) or ""), lon=lon, lat=lat,
            radius_m=RADIUS_M.get(clean(row.get(SIZE) or ""), DEFAULT_RADIUS_M),
            extra={"wpi_number": number, "harbor_size": clean(row.get(SIZE) or "")},
        )  # fmt: skip
