"""The policy: the one place that decides what a partner may see.

Whatever leaves for a partner is asked for here first: rows of a batch (`Policy.judge`, `rows`),
sentences (`sentences`), alerts (`share.alerts`), zones (`zone`). What is denied is absent: it makes
no row, no count, no gap and no error. What is not granted is not given.

    batch ─▶ Policies.see: slots, places, facts (once for all partners) ─▶ Policy.judge: a few
    lookups a row and partner, in tables that are worked out when a vessel or an area is new

A batch is judged by what is known at its end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from detect.identity import form_and_flag
from detect.slots import fit
from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.columns import Array
from ingest.records import Messages, Positions, Statics
from share import fields
from share.areas import Areas
from share.classes import EVERY, mask
from share.config import PartnerConfig, ShareConfig
from share.ground import Ground
from share.labels import Labels
from share.named import NAMING, named
from share.seen import Grounds, Seen
from share.thinning import Thinning
from share.titles import title_of
from share.vessels import Vessels


class Among(Protocol):
    """What all policies share: `share.policies.Policies`."""

    areas: Areas
    labels: Labels
    vessels: Vessels


class Policy:
    """What one partner may see; made by `share.policies.Policies`.

    Attributes:
        config: of the partner.
        counts: rows that were judged, by ground.
        revoked: nothing goes to it any more.

    """

    def __init__(
        self, config: PartnerConfig, among: Among, share: ShareConfig, zones: ZoneSet,
        numbers: Mapping[str, int], began: int,
    ) -> None:  # fmt: skip
        self.config, self.name = config, config.name
        self.counts: Counter[Ground] = Counter()
        self.revoked = False
        self._among, self._heard_at = among, began
        self._areas, self._vessels, self._labels = among.areas, among.vessels, among.labels
        self.fields = fields.granted(config.fields)
        self._whole = fields.whole_types(self.fields)
        self._types = np.full(256, Ground.TYPE, np.uint8)
        self._types[list(config.types)] = Ground.ALLOWED
        self._classes = mask(config.classes)
        self._on, self._not_on = _bits(config.lists, numbers), _bits(config.not_lists, numbers)
        self._kept = among.labels.lists_kept(config.labels, numbers)
        self._vessel = np.full(1, Ground.UNKNOWN, np.uint8)
        self._area = np.empty(0, np.uint8)
        self._thinning = Thinning(config.thin_s)
        self._delay_us = round(config.delay_s * 1_000_000)
        self._lrit = None if config.lrit is None else title_of(config, share, zones)

    def gate(self, now: int) -> Ground:
        """Whether anything at all may go to it at a time at the desk, µs."""
        config = self.config
        if self.revoked or not config.enabled:
            return Ground.NOT_ENABLED
        if config.expires_us is not None and now >= config.expires_us:
            return Ground.EXPIRED
        minutes = config.contribute_minutes
        if minutes is not None and now - self._heard_at > minutes * 60_000_000:
            return Ground.NOT_CONTRIBUTING
        return Ground.ALLOWED

    def judge(self, seen: Seen, now: int, *, thin: bool = True, delay: bool = True) -> Grounds:
        """What it says to the rows of a batch.

        Args:
            seen: the batch that was seen last.
            now: the time at the desk, µs.
            thin: thin positions, which counts those that pass; False only looks.
            delay: deny what is too young; False for a channel that holds it back itself.

        """
        gate = self.gate(now)
        rows = (seen.positions, seen.statics, seen.messages)
        if gate:
            found = [np.full(len(part), gate, np.uint8) for part in rows]
        else:
            self._renew_areas()
            found = [self._base(part, slots) for part, slots in zip(rows, seen.slots, strict=True)]
            np.maximum(found[0], self._area[seen.places], out=found[0])
            # What has no place of its own is where its vessel is.
            for ground, slots in zip(found[1:], seen.slots[1:], strict=True):
                np.maximum(ground, self._area[self._vessels.place[slots]], out=ground)
            self._judge_named(seen, found[2])
            if self._lrit is not None:
                self._judge_titles(seen, found)
            if delay and self._delay_us:
                young = np.datetime64(now - self._delay_us, "us")
                times = (seen.positions.time, seen.statics.time, seen.messages.time)
                for ground, time in zip(found, times, strict=True):
                    too = ~(time <= young)  # which NaT is
                    np.maximum(
                        ground, np.where(too, Ground.DELAYED, 0).astype(np.uint8), out=ground
                    )
            if thin and self.config.thin_s:
                allowed = np.flatnonzero(found[0] == 0)
                passes = self._thinning(
                    seen.slots[0][allowed], seen.positions.time[allowed], self._vessels.room
                )
                found[0][allowed[~passes]] = Ground.THINNED
        for ground in found:
            self._count(ground)
        return Grounds(*found)

    def rows(self, seen: Seen, now: int, **how: bool) -> tuple[Positions, Statics, Messages]:
        """The rows of a batch that it may have, with the fields that it may have; as `judge`."""
        grounds = self.judge(seen, now, **how)
        statics = seen.statics.take(grounds.statics == 0)
        mothers = np.flatnonzero(statics.mothership)
        if len(mothers) and "mothership" in self.fields:
            mothership = statics.mothership.copy()
            mothership[mothers[~self.may_name(statics.mothership[mothers])]] = 0
            statics = Statics.absent(
                len(statics),
                **{n: getattr(statics, n) for n in statics.__slots__ if n != "mothership"},
                mothership=mothership,
            )
        return (
            fields.blanked(seen.positions.take(grounds.positions == 0), self.fields),
            fields.blanked(statics, self.fields),
            fields.blanked(seen.messages.take(grounds.messages == 0), self.fields),
        )

    def sentences(self, seen: Seen, now: int, *, delay: bool = True) -> tuple[Array, Array]:
        """Lines whose sentences it may have, whole as they were heard.

        Returns:
            Numbers of the lines, ascending, int64; a ground each, uint8. A line that made several
            rows is denied where one of them is.

        """
        grounds = self.judge(seen, now, thin=False, delay=delay)
        statics = grounds.statics
        mothers = np.flatnonzero(seen.statics.mothership)
        if len(mothers):
            hidden = mothers[~self.may_name(seen.statics.mothership[mothers])]
            statics = statics.copy()
            statics[hidden] = np.maximum(statics[hidden], Ground.NAMES_ANOTHER)
        parts = (
            (seen.positions, grounds.positions), (seen.statics, statics),
            (seen.messages, grounds.messages),
        )  # fmt: skip
        line = np.concatenate([rows.line for rows, _ in parts])
        ground = np.concatenate([
            np.maximum(ground, np.where(self._whole[rows.msg_type], 0, Ground.FIELDS))
            for rows, ground in parts
        ]).astype(np.uint8)  # fmt: skip
        lines, at = np.unique(line, return_inverse=True)
        answer = np.zeros(len(lines), np.uint8)
        np.maximum.at(answer, at, ground)
        if self.config.thin_s:
            place = at[: len(seen.positions)]
            allowed = np.flatnonzero(answer[place] == 0)
            passes = self._thinning(
                seen.slots[0][allowed], seen.positions.time[allowed], self._vessels.room
            )
            answer[place[allowed[~passes]]] = Ground.THINNED
        return lines, answer

    def may_name(self, mmsi: Array) -> Array:
        """Whether it may learn that these vessels are there: bool[n]."""
        slots = self._vessels.slots.find(mmsi)
        self._renew_areas()
        ground = np.maximum(self._vessel[slots], self._area[self._vessels.place[slots]])
        # Of whom nothing was heard nothing can be known; who may see everybody may read the number.
        return np.where(slots >= 0, ground == 0, self.sees_everybody)

    @property
    def sees_everybody(self) -> bool:
        """Whether no vessel is kept from it, wherever she is."""
        config = self.config
        bounded = "all" not in config.areas or config.not_areas or self._not_on or self._kept
        return self._classes == EVERY and not bounded and not config.profile and not config.lrit

    def zone(self, zone: Zone) -> bool:
        """Whether it may know of a zone: one of its areas, no label of which it lacks."""
        config = self.config
        held = self._labels.holds_zone(zone.id, config.labels)
        return held and zone.id in config.areas

    def vessel_ground(self, slot: int) -> Ground:
        """What it says to a vessel, wherever she is; -1 is one that is not known."""
        return Ground(int(self._vessel[slot]))

    def area_ground(self, place: int) -> Ground:
        """What it says to a set id of `Areas.lookup`."""
        self._renew_areas()
        return Ground(int(self._area[place]))

    def type_ground(self, msg_type: int) -> Ground:
        """What it says to a message type."""
        return Ground(int(self._types[msg_type]))

    def title(self, slot: int) -> tuple[Ground, str]:
        """What the rules of LRIT say to a vessel where she is; allowed where none are set."""
        if self._lrit is None:
            return Ground.ALLOWED, ""
        at = np.array([slot])
        verdict, why = self._titles(at, self._vessels.lon[at], self._vessels.lat[at])
        return Ground(int(verdict[0])), why[0]

    def renew(self, recycled: Array, news: Array) -> None:
        """Work out anew what it says to vessels of which something is new."""
        room = self._vessels.room
        if len(self._vessel) <= room:
            self._vessel = fit(self._vessel[:-1], room + 1, Ground.UNKNOWN)
        if len(recycled):
            self._thinning.forget(recycled)
        if len(news):
            self._vessel[news] = self._of_vessels(news)
            self._vessel[-1] = Ground.UNKNOWN

    def hear(self, stations: Array, now: int) -> None:
        """Note that stations, by number, were heard: the partner's own source may be among them."""
        source = self.config.contributes
        if source is not None and self._labels.any_of(stations, source):
            self._heard_at = now

    def go_on(self, before: Policy) -> None:
        """Take up what a policy of this partner before this one knew of its contributions."""
        self._heard_at, self.counts = before._heard_at, before.counts

    def own(self, station: Array) -> Array:
        """Which stations, by number, are the partner's own: what it sent is not sent back to it."""
        source = self.config.contributes
        if source is None:
            return np.zeros(len(station), bool)
        return self._labels.numbers_of(source)[station]

    def _base(self, part: Any, slots: Array) -> Array:
        """Type, station and vessel of rows."""
        ground: Array = self._types[part.msg_type]
        by_station = self._labels.stations(self.config.labels)
        if by_station is not None:
            np.maximum(ground, by_station[part.station], out=ground)
        np.maximum(ground, self._vessel[slots], out=ground)
        return ground

    def _of_vessels(self, slots: Array) -> Array:
        vessels, config = self._vessels, self.config
        bits, on, unsure = vessels.bits[slots], vessels.on[slots], vessels.unsure[slots]
        wanted = ((bits & self._classes) != 0) | ((on & self._on) != 0)
        ground = np.where(wanted, Ground.ALLOWED, Ground.CLASS).astype(np.uint8)
        if config.profile == "merchant":
            ground[~vessels.merchant[slots]] = Ground.NOT_MERCHANT
        for kept, why in ((self._not_on, Ground.LISTED), (self._kept, Ground.LABEL)):
            ground[(unsure & kept) != 0] = Ground.UNKNOWN
            ground[(on & kept) != 0] = why
        return ground

    def _renew_areas(self) -> None:
        if len(self._area) != self._areas.count + 1:
            self._area = self._areas.grounds(self.config.areas, self.config.not_areas)

    def _judge_named(self, seen: Seen, ground: Array) -> None:
        """Messages that name vessels it may not see."""
        types = seen.messages.msg_type
        for row in np.flatnonzero((ground == 0) & np.isin(types, NAMING)).tolist():
            others = named(int(types[row]), bytes(seen.messages.payload[row]))
            if others and not self.may_name(np.array(others, np.uint32)).all():
                ground[row] = Ground.NAMES_ANOTHER

    def _judge_titles(self, seen: Seen, found: Sequence[Array]) -> None:
        positions = seen.positions
        for table, ground in enumerate(found):
            rows = np.flatnonzero(ground == 0)
            slots = seen.slots[table][rows]
            if table == 0:
                lon, lat = positions.lon[rows], positions.lat[rows]
            else:
                lon, lat = self._vessels.lon[slots], self._vessels.lat[slots]
            ground[rows] = self._titles(slots, lon, lat)[0]

    def _titles(self, slots: Array, lon: Array, lat: Array) -> tuple[Array, list[str]]:
        assert self._lrit is not None
        flags = [form_and_flag(mmsi)[1] for mmsi in self._vessels.mmsi[slots].tolist()]
        bound = self._vessels.known["destination"][slots].tolist()
        verdict, why = self._lrit.judge(lon, lat, flags, bound)
        return _OF_VERDICT[verdict], why

    def _count(self, ground: Array) -> None:
        for number, count in enumerate(np.bincount(ground).tolist()):
            if count:
                self.counts[Ground(number)] += count


_OF_VERDICT = np.array([Ground.ALLOWED, Ground.LRIT_DENIED, Ground.LRIT_UNDETERMINED], np.uint8)


def _bits(names: Iterable[str], numbers: Mapping[str, int]) -> np.uint64:
    bits = np.uint64(0)
    for name in names:
        bits |= np.uint64(1 << numbers[name])
    return bits
