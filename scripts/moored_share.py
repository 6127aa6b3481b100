"""How many of the vessels lying in port the shipped ports see, in a folder of recordings.

    python scripts/moored_share.py FOLDER

A vessel lies in port when it says so (status 5) or makes less than 0.5 kn, within 5 km of a port of
the World Port Index. Each counts once a recording. Decoded by pyais, so that this figure does not
rest on our own decoder.
"""

from __future__ import annotations

import csv
import gzip
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyais import decode
from pyais.exceptions import AISBaseException

from geofence import library
from geofence.geodesy import ecef
from geofence.imports import import_zones

INDEX = "nga-world-port-index-2023.csv.gz"
NEAR_M = 5_000.0
STILL_KN = 0.5
MOORED = 5

_SENTENCE = re.compile(rb"![A-Z]{2}VD[MO],1,1,[^*]*\*[0-9A-Fa-f]{2}")

Report = tuple[int, float, float, float, int]


def sentences(file: Path) -> Iterator[Report]:
    """MMSI, longitude, latitude, SOG and status of a recording's class A and B positions."""
    with gzip.open(file) as lines:
        for line in lines:
            found = _SENTENCE.search(line)
            if found is None:
                continue
            try:
                said: dict[str, Any] = dict(decode(found[0]).asdict())
            except (AISBaseException, ValueError, IndexError):
                continue
            if said["msg_type"] in (1, 2, 3, 18):
                yield said["mmsi"], said["lon"], said["lat"], said["speed"], said.get("status", 15)


def rows(file: Path) -> Iterator[Report]:
    """The same of a NOAA CSV."""
    with gzip.open(file, "rt", encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            status = row.get("Status") or "15"
            yield (
                int(row["MMSI"]), float(row["LON"]), float(row["LAT"]), float(row["SOG"] or 102.3),
                int(status) if status.isdigit() else 15,
            )  # fmt: skip


def in_port(folder: Path) -> Iterator[tuple[str, np.ndarray]]:
    """For each recording, float64[n, 4]: longitude, latitude, whether moored, whether still."""
    for file in sorted(folder.glob("*.gz")):
        if file.name == INDEX:
            continue
        vessels: dict[int, tuple[float, float, float, float]] = {}
        for mmsi, lon, lat, sog, status in (rows if ".csv" in file.name else sentences)(file):
            if abs(lon) <= 180 and abs(lat) <= 90 and (status == MOORED or sog < STILL_KN):
                vessels[mmsi] = lon, lat, float(status == MOORED), float(sog < STILL_KN)
        yield file.name, np.array(list(vessels.values())).reshape(-1, 4)


def main() -> None:
    """Print the shares."""
    folder = Path(sys.argv[1])
    index = np.array([zone.centres[0] for zone in import_zones(folder / INDEX)])
    berths = ecef(index[:, 0], index[:, 1])
    ports = shapely.STRtree([zone.geometry for zone in library.load({"port"})])
    total = np.zeros(4, int)
    for name, vessels in in_port(folder):
        places = ecef(vessels[:, 0], vessels[:, 1])
        near = np.array([((berths - p) ** 2).sum(axis=1).min() <= NEAR_M**2 for p in places], bool)
        inside = np.zeros(len(vessels), bool)
        inside[ports.query(shapely.points(vessels[:, :2]), predicate="intersects")[0]] = True
        moored, still = vessels[:, 2] == 1, vessels[:, 3] == 1
        counts = [(near & some).sum() for some in (moored, moored & inside, still, still & inside)]
        total += counts
        sys.stdout.write(f"{name:45}" + "".join(f"{count:7}" for count in counts) + "\n")
    sys.stdout.write(
        f"status 5: {total[1]} of {total[0]} inside, {total[1] / total[0]:.1%}; "
        f"under {STILL_KN} kn: {total[3]} of {total[2]}, {total[3] / total[2]:.1%}\n"
    )


if __name__ == "__main__":
    main()
