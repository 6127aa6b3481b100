"""Zones that are in force together: what a grid is built from, and swapped as one.

A set never changes. Newer zones make a newer set, built off the hot path, which then takes the
place of the old one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import shapely

from geofence.zone import Zone
from ingest.errors import ZoneError


@dataclass(frozen=True)
class ZoneSet:
    """Zones with unique ids, in the order given. Can be pickled.

    Raises:
        ZoneError: two zones have the same id.

    """

    zones: tuple[Zone, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "zones", tuple(self.zones))
        if len(self._index) < len(self.zones):
            seen: set[str] = set()
            for zone in self.zones:
                if zone.id in seen:
                    raise ZoneError(
                        f"two zones have the id {zone.id!r}", where=zone.name,
                        mend="Give each zone an id of its own",
                    )  # fmt: skip
                seen.add(zone.id)

    def __len__(self) -> int:
        return len(self.zones)

    def __iter__(self) -> Iterator[Zone]:
        return iter(self.zones)

    def __contains__(self, zone_id: object) -> bool:
        return zone_id in self._index

    @cached_property
    def _index(self) -> dict[str, Zone]:
        return {zone.id: zone for zone in self.zones}

    def by_id(self, zone_id: str) -> Zone:
        """The zone of an id.

        Raises:
            KeyError: there is none.

        """
        return self._index[zone_id]

    def filter(
        self,
        *,
        kind: str | Collection[str] | None = None,
        risk: str | None = None,
        at: np.datetime64 | None = None,
    ) -> ZoneSet:
        """The zones of a kind (or of several), of a risk ("both" is either), valid at a time."""
        kinds = {kind} if isinstance(kind, str) else kind
        return ZoneSet(
            tuple(
                zone
                for zone in self.zones
                if (kinds is None or zone.kind in kinds)
                and (risk is None or zone.has_risk(risk))
                and (at is None or zone.valid_at(at))
            )
        )

    def merge(self, newer: Iterable[Zone]) -> ZoneSet:
        """These zones and newer ones; a newer zone takes the place of the one with its id."""
        return ZoneSet(tuple({**self._index, **{zone.id: zone for zone in newer}}.values()))

    @cached_property
    def version(self) -> str:
        """16 hex digits: a hash of everything the zones say, whatever their order."""
        zones = sorted(self.zones, key=lambda zone: zone.id)
        shapes = shapely.to_wkb(np.array([zone.geometry for zone in zones], dtype=object))
        names = [f.name for f in fields(Zone) if f.name != "geometry"]
        digest = hashlib.blake2b(digest_size=8)
        for zone, shape in zip(zones, shapes, strict=True):
            said = {name: getattr(zone, name) for name in names}
            digest.update(json.dumps(said, sort_keys=True, default=str).encode())
            digest.update(shape)
        return digest.hexdigest()

    def __getstate__(self) -> dict[str, tuple[Zone, ...]]:
        return {"zones": self.zones}

    def __setstate__(self, state: dict[str, tuple[Zone, ...]]) -> None:
        object.__setattr__(self, "zones", state["zones"])
