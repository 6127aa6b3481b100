"""Areas that partners' policies name: zones and GeoJSON files, in one index for all partners.

A zone grants, and keeps, what lies in it while it is valid, its boundary included. No buffer is
added: a partner that may see an area sees nothing beside it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np

from geofence.fence import Fence
from geofence.imports import import_zones
from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.columns import Array
from ingest.errors import ConfigError
from ingest.words import safe_text
from share.ground import Ground

ALL = "all"
_FILES = (".geojson", ".json", ".geojson.gz", ".json.gz")


def is_file(name: str) -> bool:
    """Whether an area is named by a file."""
    return name.endswith(_FILES)


def zones_of(name: str, zones: ZoneSet, folder: Path, where: str) -> list[Zone]:
    """The zones that an area's name stands for.

    Raises:
        ConfigError: there is no such zone or file, or it is no area.
        ZoneError: the file has a fault.
    """
    if is_file(name):
        found = [
            dataclasses.replace(zone, id=f"{name}#{zone.id}")
            for zone in import_zones(folder / name)
        ]
    elif name in zones:
        found = [zones.by_id(name)]
    else:
        raise ConfigError(
            f"there is no area {safe_text(name, 60)!r}", where=where,
            mend="give the id of a zone, a GeoJSON file, or all",
        )  # fmt: skip
    for zone in found:
        if zone.is_gate:
            raise ConfigError(
                f"{safe_text(zone.id, 60)!r} is a gate, which has no inside", where=where,
                mend="name areas",
            )  # fmt: skip
    return found


class Areas:
    """The areas that some partners name, made ready for lookup.

    Args:
        wanted: names of areas, each with what an error calls its place.
        zones: in which ids are looked up.
        folder: from which files are taken.

    Raises:
        ConfigError: an area is not there.
        ZoneError: a file has a fault.
    """

    def __init__(self, wanted: Iterable[tuple[str, str]], zones: ZoneSet, folder: Path) -> None:
        self._numbers: dict[str, tuple[int, ...]] = {ALL: ()}
        drawn: list[Zone] = []
        for name, where in wanted:
            if name not in self._numbers:
                found = zones_of(name, zones, folder, where)
                self._numbers[name] = tuple(range(len(drawn), len(drawn) + len(found)))
                drawn += found
        bare = [dataclasses.replace(z, exit_buffer_m=0.0, crossing=False) for z in drawn]
        self._fence = Fence(ZoneSet(tuple(bare)))
        self._any = bool(bare)

    @property
    def count(self) -> int:
        """How many set ids there are so far, 0 (nowhere) included; it grows."""
        return self._fence.count

    def lookup(self, lon: Array, lat: Array, time: Array) -> Array:
        """Set id of each place, int32[n]: 0 in no area, -1 where no place is known."""
        placed = np.isfinite(lon) & np.isfinite(lat)
        if not self._any:
            found = np.zeros(len(lon), np.int32)
        else:
            found = self._fence.lookup(lon, lat, time)
        if not placed.all():
            found[~placed] = -1
        return found

    def names(self, set_id: int, of: Collection[str]) -> list[str]:
        """Which of some areas a set id lies in."""
        inside = set(self._fence.places(set_id).inside) if set_id > 0 else set()
        return [name for name in of if inside & set(self._numbers[name])]

    def grounds(self, granted: Collection[str], kept: Collection[str]) -> Array:
        """What a partner's areas say to each set id: uint8[count + 1], the last for no place.

        Args:
            granted: names of areas that it may see.
            kept: names of those that are kept from it.

        """
        everywhere = ALL in granted
        may, not_ = (
            {n for name in names for n in self._numbers[name]} for names in (granted, kept)
        )
        answer = np.full(self.count + 1, Ground.AREA, np.uint8)
        if everywhere:
            answer[:] = Ground.ALLOWED
        for number in range(1, self.count):
            inside = set(self._fence.places(number).inside)
            if inside & not_:
                answer[number] = Ground.EXCLUDED_AREA
            elif inside & may:
                answer[number] = Ground.ALLOWED
        answer[-1] = Ground.ALLOWED if everywhere and not not_ else Ground.NO_PLACE
        return answer
