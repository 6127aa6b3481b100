"""The world's ports from UN/LOCODE → geofence/library/ports.csv.

    pip install --target FOLDER --no-deps pyunlocode==0.1.0 searoute==1.6.0
    npm install --prefix FOLDER sea-ports@0.0.9
    python scripts/build_ports.py FOLDER [--check UpdatedPub150.csv.gz]

UN/LOCODE says which places are ports. Its positions are to the minute, often inland, sometimes
wrong, and missing for a third of all ports, the largest among them. So each is held against the
coast and, where they know the place, against two independent lists:

1. A position that no other list comes within 20 km of is contradicted: two that agree against it
   replace it, otherwise the port is left out.
2. A position within 5 km of Natural Earth's coast is taken.
3. One farther inland (rivers, lakes) is taken if another list has it within 5 km.
4. Where UN/LOCODE has none, searoute's is taken if sea-ports has it within 5 km, or if it is
   within 5 km of the coast and sea-ports does not have it on the coast elsewhere.

Then twins are united, so that a call at a port is one event: codes with the very same position, and
codes of one country with the same name within 15 km. The code that the other lists know stays.

Nothing here looks at the World Port Index: `--check` only measures against it.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from geofence import coast
from geofence.check_properties import clean
from geofence.geodesy import distance
from geofence.ports import ENTER_M

TARGET = Path(__file__).parent.parent / "geofence" / "library" / "ports.csv"

COAST_M = 5_000.0
CONFIRMED_M = 5_000.0  # within the circle that is drawn: see INLAND_RADIUS_M
CONTRADICTED_M = 20_000.0
TWIN_M = 15_000.0  # by name; any two "Djibouti" in Djibouti are nearer, and no two ports of a name

# What a position here may be off the quays: half of those that can be checked are within 1.9 km.
# With it a circle holds what the 3 km about a surveyed position would.
POSITION_M = 2_000.0

# A port on a river or lake that the coast does not show: its quays may be some way off.
INLAND_RADIUS_M = ENTER_M + POSITION_M

DECIMALS = 4  # 11 m

Place = tuple[float, float]

_POSITION = re.compile(r"(\d\d)(\d\d)([NS]) (\d\d\d)(\d\d)([EW])")


@dataclass(frozen=True, slots=True)
class Found:
    """A port and the place decided for it."""

    locode: str
    name: str
    place: Place
    basis: str
    known: bool = False  # whether another list has the code


def unlocode(folder: Path) -> Iterator[tuple[str, str, Place | None]]:
    """Code, name and position of every place with port function, once a code.

    The CSV files are read, not the package's database, whose positions are corrupt.
    """
    seen = set()
    for file in sorted((folder / "pyunlocode" / "csv").glob("*CodeListPart*.csv")):
        with file.open(encoding="cp1252", newline="") as lines:
            for row in csv.reader(lines):
                change, country, code, name, function, status = *row[:4], row[6], row[7]
                deleted = change in ("X", "x") or status == "XX"
                if not code or function[:1] != "1" or deleted or country + code in seen:
                    continue
                seen.add(country + code)
                yield country + code, clean(name), minutes(row[10])


def minutes(text: str) -> Place | None:
    """UN/LOCODE's "5155N 00430E" as degrees; None where empty, malformed or impossible."""
    match = _POSITION.fullmatch(text.strip())
    if match is None:
        return None
    lat = (int(match[1]) + int(match[2]) / 60) * (1 if match[3] == "N" else -1)
    lon = (int(match[4]) + int(match[5]) / 60) * (1 if match[6] == "E" else -1)
    sound = abs(lat) <= 90 and abs(lon) <= 180 and int(match[2]) < 60 and int(match[5]) < 60
    return (lon, lat) if sound else None


def searoute(folder: Path) -> dict[str, Place]:
    """Positions by code in searoute's ports (Apache-2.0)."""
    layer = json.loads((folder / "searoute" / "data" / "ports.geojson").read_text())
    return {
        f["properties"]["port"]: tuple(f["geometry"]["coordinates"][:2]) for f in layer["features"]
    }


def sea_ports(folder: Path) -> dict[str, Place]:
    """Positions by code in sea-ports (MIT)."""
    file = folder / "node_modules" / "sea-ports" / "lib" / "ports.json"
    listed = json.loads(file.read_text())
    return {
        code: tuple(entry["coordinates"])
        for code, entry in listed.items()
        if len(entry.get("coordinates") or ()) == 2
    }


def apart(one: Place, other: Place) -> float:
    """Metres between two places."""
    return float(distance(*one, *other))


def ashore(place: Place) -> float:
    """Metres from a place to the coast."""
    return float(coast.distance_from_shore(*place)[0])


def decide(
    own: Place | None, first: Place | None, second: Place | None
) -> tuple[Place | None, str]:
    """The place to take, or None, and why: UN/LOCODE's, searoute's, sea-ports'."""
    others = [place for place in (first, second) if place is not None]
    agree = first is not None and second is not None and apart(first, second) <= CONFIRMED_M
    if own is None:
        if first is None:
            return None, "no position"
        doubted = (
            second is not None
            and apart(first, second) > CONTRADICTED_M
            and ashore(second) <= COAST_M  # inland it is the middle of the town
        )
        if agree or (ashore(first) <= COAST_M and not doubted):
            return first, "searoute"
        return None, "position not confirmed"
    if others and min(apart(own, other) for other in others) > CONTRADICTED_M:
        return (first, "searoute") if agree else (None, "contradicted")
    if ashore(own) <= COAST_M:
        return own, "UN/LOCODE"
    if any(apart(own, other) <= CONFIRMED_M for other in others):
        return own, "UN/LOCODE, confirmed"
    return None, "far from the coast"


def radius(place: Place) -> float:
    """Metres: what a surveyed port's would be, and its own doubt, and its way to the water."""
    inland = ashore(place) if coast.on_land(*place)[0] else 0.0
    if inland > COAST_M:
        return INLAND_RADIUS_M
    return float(np.ceil((ENTER_M + POSITION_M + inland) / 100) * 100)


def build(folder: Path) -> list[Found]:
    """Decide on every port; says on stderr what became of all."""
    first, second = searoute(folder), sea_ports(folder)
    found, fates = [], Counter[str]()
    for code, name, own in unlocode(folder):
        place, why = decide(own, first.get(code), second.get(code))
        fates[why] += 1
        if place is not None:
            found.append(Found(code, name, place, why, code in first or code in second))
    for why, count in fates.most_common():
        sys.stderr.write(f"{count:6} {why}\n")
    united = unite(found)
    sys.stderr.write(f"{len(found) - len(united):6} united with their twins\n")
    return united


def unite(found: list[Found]) -> list[Found]:
    """The ports in order of code, twins as one."""
    by_name = defaultdict(list)
    for port in found:
        by_name[port.locode[:2], port.name.casefold()].append(port)
    by_place = defaultdict(list)
    for ports in by_name.values():
        for port in apart_from_twins(ports):
            by_place[tuple(round(degrees, DECIMALS) for degrees in port.place)].append(port)
    return sorted(map(one_place, by_place.values()), key=lambda port: port.locode)


def one_place(ports: list[Found]) -> Found:
    """Ports with one position as one, by all names that say something of their own."""
    first = min(ports, key=_preferred)
    names = list(dict.fromkeys(port.name for port in sorted(ports, key=_preferred)))
    told = [n for n in names if not any(o != n and _says(n, o) for o in names)]
    return replace(first, name=" / ".join(told) or first.name)


def apart_from_twins(ports: list[Found]) -> list[Found]:
    """Ports of one name and country, those near to one another as one at the better place."""
    kept: list[Found] = []
    for port in sorted(ports, key=_preferred):
        twin = next((k for k in kept if apart(k.place, port.place) <= TWIN_M), None)
        if twin is None:
            kept.append(port)
        elif radius(port.place) < radius(twin.place):
            kept[kept.index(twin)] = replace(twin, place=port.place, basis=port.basis)
    return kept


def _preferred(port: Found) -> tuple[bool, str]:
    return not port.known, port.locode


def _says(name: str, other: str) -> bool:
    """Whether a name holds all words of another, and so says no other place."""
    words, others = (re.findall(r"\w+", text.casefold()) for text in (name, other))
    return set(others) <= set(words) and len(others) <= len(words)


def write(found: list[Found]) -> None:
    """Write the package's file."""
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["locode", "name", "lon", "lat", "radius_m", "position"])
        for port in found:
            lon, lat = port.place
            size = f"{radius(port.place):.0f}"
            rows.writerow(
                [
                    port.locode,
                    port.name,
                    f"{lon:.{DECIMALS}f}",
                    f"{lat:.{DECIMALS}f}",
                    size,
                    port.basis,
                ]
            )


def check(found: list[Found], index: Path) -> None:
    """Say on stderr how far the ports lie from the World Port Index's of the same code."""
    real: dict[str, Place] = {}
    with gzip.open(index, "rt", encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            code = row["UN/LOCODE"].replace(" ", "")
            real.setdefault(code, (float(row["Longitude"]), float(row["Latitude"])))
    for basis in ("", "UN/LOCODE", "UN/LOCODE, confirmed", "searoute"):
        some = [p for p in found if basis in ("", p.basis)]
        off = np.array([apart(p.place, real[p.locode]) for p in some if p.locode in real])
        sys.stderr.write(
            f"{basis or 'all':20} {len(some):5} ports, {len(off):5} in the index: "
            f"median {np.median(off):5.0f} m, over 20 km {np.mean(off > 20_000):.2%}\n"
        )


def main() -> None:
    """Make the file."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--check", type=Path, metavar="INDEX")
    given = arguments.parse_args()
    found = build(given.folder)
    write(found)
    if given.check:
        check(found, given.check)


if __name__ == "__main__":
    main()
