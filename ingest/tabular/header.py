"""The header line of a CSV file → which column holds what.

Columns are found by name, never by place: publishers reorder, rename and misspell them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass

# Field → names it goes by, lower case, without anything but letters and digits.
# DMA: aisdk-YYYY-MM-DD.csv. NOAA: MarineCadastre as published 2015 to 2024 and after 2025, and with
# the spelling "TranscieverClass" that derivatives have. Others are common in public data sets.
NAMES: dict[str, tuple[str, ...]] = {
    "time": (
        "timestamp", "basedatetime", "datetime", "datetimeutc", "time", "timeutc", "timestamputc",
    ),
    "mmsi": ("mmsi",),
    "lat": ("latitude", "lat"),
    "lon": ("longitude", "lon", "long", "lng"),
    "sog": ("sog", "speed", "speedoverground"),
    "cog": ("cog", "course", "courseoverground"),
    "heading": ("heading", "trueheading", "hdg"),
    "rot": ("rot", "rateofturn"),
    "status": ("navigationalstatus", "status", "navstatus", "navstat"),
    "mobile": (
        "typeofmobile", "transceiverclass", "transcieverclass", "transceiver", "aisclass",
    ),
    "type": ("messagenr", "messagetype", "msgtype", "messageid"),
    "imo": ("imo", "imonumber", "imonr"),
    "callsign": ("callsign",),
    "name": ("vesselname", "name", "shipname"),
    "ship_type": ("shiptype", "vesseltype"),
    "cargo": ("cargotype",),
    "length": ("length",),
    "width": ("width", "beam"),
    "draught": ("draught", "draft"),
    "epfd": ("typeofpositionfixingdevice", "epfd"),
    "destination": ("destination",),
    "eta": ("eta",),
    "to_bow": ("a", "sizea", "tobow"),
    "to_stern": ("b", "sizeb", "tostern"),
    "to_port": ("c", "sizec", "toport"),
    "to_starboard": ("d", "sized", "tostarboard"),
}  # fmt: skip
NEEDED = ("time", "mmsi", "lat", "lon")
DELIMITERS = (",", ";", "\t")

_FIELD = {name: field for field, names in NAMES.items() for name in names}
_SEARCHED = 1_000  # lines in which the header must come: files may begin with comments
_LONGEST = 4_096  # bytes of a header line


@dataclass(frozen=True, slots=True)
class Header:
    """What a header line says.

    Attributes:
        line: the line itself, without its end, to know it again where files were joined.
        delimiter: between the cells of this file.
        columns: number of cells in a row.
        index: field of NAMES → number of its column.
        dialect: "csv-dma", "csv-noaa" or "csv".
    """

    line: bytes
    delimiter: str
    columns: int
    index: dict[str, int]
    dialect: str


def read_header(line: bytes) -> Header | None:
    """The header that this line is, or None; a leading "#" or byte order mark is passed over."""
    line = line.rstrip(b"\r\n")
    if len(line) > _LONGEST or b"\0" in line:
        return None
    text = line.removeprefix(b"\xef\xbb\xbf").decode("latin-1").lstrip("# ")
    for delimiter in DELIMITERS:
        cells = next(csv.reader([text], delimiter=delimiter), [])
        names = [re.sub("[^a-z0-9]", "", cell.lower()) for cell in cells]
        index: dict[str, int] = {}
        for number, name in enumerate(names):
            if name in _FIELD:
                index.setdefault(_FIELD[name], number)
        if all(field in index for field in NEEDED):
            dialect = (
                "csv-dma" if "typeofmobile" in names
                else "csv-noaa" if "basedatetime" in names
                else "csv"
            )  # fmt: skip
            return Header(line, delimiter, len(cells), index, dialect)
    return None


def find_header(lines: Iterable[bytes]) -> Header | None:
    """The header, if the first line that is neither blank nor a comment is one."""
    for line, _ in zip(lines, range(_SEARCHED), strict=False):
        header = read_header(line)
        if header is not None:
            return header
        if not skipped(line):
            return None
    return None


def skipped(line: bytes) -> str | None:
    """Why a line before the header is passed over: "blank" or "comment"; None if it is not."""
    text = line.removeprefix(b"\xef\xbb\xbf").strip()
    if not text:
        return "blank"
    return "comment" if text.startswith(b"#") else None
