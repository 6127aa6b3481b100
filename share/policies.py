"""All partners' policies over one stream: what is worked out once for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from detect.slots import DEFAULT_CAPACITY
from geofence.zoneset import ZoneSet
from ingest.errors import ConfigError
from ingest.records import Copies, Messages, Positions, Statics
from ingest.words import safe_text
from share.areas import Areas
from share.config import ShareConfig
from share.labels import Labels
from share.policy import Policy
from share.seen import Seen
from share.vessels import Vessels
from watch.lists import WatchList

MOST_LISTS = 64


class Policies:
    """All partners' policies over one stream. For one thread.

    Args:
        config: the partners.
        zones: in which their areas are looked up.
        lists: watch lists that they name.
        began: when this began, µs: nobody is blamed for silence before it.
        signed: by name of each source the names with which its lines are signed, where that is not
            the source's own.
        drills: names with which lines of exercises are signed.
        capacity: most vessels remembered.

    Raises:
        ConfigError: an area or a list is not there.
        ZoneError: a file of areas has a fault.
    """

    def __init__(
        self,
        config: ShareConfig,
        zones: ZoneSet,
        lists: WatchList | None = None,
        *,
        began: int = 0,
        signed: Mapping[str, str] | None = None,
        drills: Iterable[str] = (),
        capacity: int = DEFAULT_CAPACITY,
    ) -> None:
        lists = lists or WatchList()
        wanted = [
            (name, f"{config.where}, {partner.where}, {key}")
            for partner in config.partners
            for key in ("areas", "not_areas")
            for name in getattr(partner, key)
        ]
        self.areas = Areas(wanted, zones, config.folder)
        self.labels = Labels(config, zones, lists, signed or {}, frozenset(drills))
        self._numbers = _numbered(config, lists)
        chosen = {name: lists.only(frozenset((name,))) for name in self._numbers}
        self.vessels = Vessels(chosen, capacity)
        self._policies = {
            partner.name: Policy(partner, self, config, zones, self._numbers, began)
            for partner in config.partners
        }

    def __getitem__(self, name: str) -> Policy:
        return self._policies[name]

    def __iter__(self) -> Iterator[Policy]:
        return iter(self._policies.values())

    def __len__(self) -> int:
        return len(self._policies)

    def see(
        self,
        positions: Positions,
        statics: Statics | None = None,
        messages: Messages | None = None,
        *,
        stations: Sequence[bytes] = (b"",),
        copies: Copies | None = None,
        now: int | None = None,
    ) -> Seen:
        """Take in the next batch.

        Args:
            positions: rows, in line order.
            statics: likewise.
            messages: likewise.
            stations: names of stations by number.
            copies: duplicates, which show that a partner still contributes.
            now: the time at the desk, µs; None where partners' contributions are not looked at.

        """
        statics = Statics.empty() if statics is None else statics
        messages = Messages.empty() if messages is None else messages
        slots, recycled, news = self.vessels.take(positions, statics, messages)
        places = self.areas.lookup(positions.lon, positions.lat, positions.time)
        self.vessels.move(slots[0], positions, places)
        self.labels.meet(stations)
        for policy in self:
            policy.renew(recycled, news)
        if now is not None:
            tables = (positions, statics, messages, copies)
            heard = np.unique(
                np.concatenate([np.unique(t.station) for t in tables if t is not None])
            )
            for policy in self:
                policy.hear(heard, now)
        return Seen(positions, statics, messages, slots, places)


def _numbered(config: ShareConfig, lists: WatchList) -> dict[str, int]:
    """Numbers of the lists that partners and labels name."""
    wanted: dict[str, str] = {}
    for partner in config.partners:
        for key in ("lists", "not_lists"):
            for name in getattr(partner, key):
                wanted.setdefault(name, f"{config.where}, {partner.where}, {key}")
    for label in config.labels:
        for name in label.lists:
            wanted.setdefault(name, f"{config.where}, label {label.name}, lists")
    for name, where in wanted.items():
        if name not in lists.names:
            raise ConfigError(
                f"there is no watch list {safe_text(name, 40)!r}", where=where,
                mend=f"the lists are {', '.join(lists.names) or 'none at all'}",
            )  # fmt: skip
    if len(wanted) > MOST_LISTS:
        raise ConfigError(
            f"partners name {len(wanted)} watch lists and may name {MOST_LISTS}",
            where=config.where, mend="put lists together",
        )  # fmt: skip
    return {name: number for number, name in enumerate(wanted)}
