"""What befalls several vessels in one place at about the same time: one episode for all of them.

Something happened to a vessel: it leapt, or lost its position. Alone it means little. Where it
happens to enough vessels, near each other and within minutes, that is an episode; who follows
joins it. Bounded, whatever is invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from detect.events import Event, event_id
from detect.evidence import moment
from geofence.geodesy import distance
from ingest.words import iso_time

# What happened lately that is remembered, of how many vessels an episode knows, how many episodes
# may last at once, and for how long (µs) one may.
MOST_LATELY, MOST_MEMBERS, MOST_EPISODES = 2_000, 1_000, 64
LAST_US = 24 * 3_600_000_000

# Vessels of an episode that its event names.
MOST_NAMED = 50

# For so long (µs) the others of an episode that is over may still come back from it.
PAST_US = 3 * 3_600_000_000


class Case(NamedTuple):
    """What happened to one vessel.

    Attributes:
        time: when, µs.
        mmsi: to whom.
        lon, lat: where, degrees.
        more: what else is to be told of it; plain JSON values.

    """

    time: int
    mmsi: int
    lon: float
    lat: float
    more: Any = None


@dataclass(slots=True)
class Episode:
    """Several vessels to which it happened.

    Attributes:
        since: time of the first case, µs.
        lon, lat: about where.
        members: the cases by vessel, as they came.
        back: vessels for which it is over.
        last: time of the latest case.
        event: as last told; None before.
        grown: whether somebody joined since.
        until: when it was found to be over, µs; 0 before.

    """

    since: int
    lon: float
    lat: float
    members: dict[int, Case] = field(default_factory=dict)
    back: set[int] = field(default_factory=set)
    last: int = 0
    event: Event | None = None
    grown: bool = True
    until: int = 0

    def add(self, case: Case) -> None:
        """Another vessel, or one of them again."""
        self.last = max(self.last, case.time)
        self.back.discard(case.mmsi)
        if case.mmsi not in self.members and len(self.members) < MOST_MEMBERS:
            self.members[case.mmsi] = case
            self.grown = True

    @property
    def over(self) -> bool:
        """Whether it is over for half of them."""
        return 2 * len(self.back) >= len(self.members)

    def spread(self) -> float:
        """Metres from about the middle to the farthest of them."""
        lon, lat = ([getattr(c, name) for c in self.members.values()] for name in ("lon", "lat"))
        return float(distance(self.lon, self.lat, lon, lat).max())


@dataclass(slots=True)
class Together:
    """Cases of late, the episodes that last, and those just over. Picklable."""

    lately: list[Case] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)
    past: list[Episode] = field(default_factory=list)

    def take(
        self, cases: Sequence[Case], radius_m: float, window_us: int, vessels: int
    ) -> list[Episode]:
        """Take in what happened, in the order of time.

        Args:
            cases: new ones.
            radius_m: how near each other they must be.
            window_us: and within which time.
            vessels: how many of them make an episode.

        Returns:
            Episodes that have begun or that somebody joined.

        """
        for case in sorted(cases)[:MOST_LATELY]:
            self.lately = [c for c in self.lately if c.time > case.time - window_us]
            joined = self._episode(case, radius_m, window_us)
            if joined is not None:
                joined.add(case)
                continue
            self.lately = [*self.lately, case][-MOST_LATELY:]
            places = np.array([(c.lon, c.lat) for c in self.lately])
            near = distance(case.lon, case.lat, places[:, 0], places[:, 1]) <= radius_m
            met = [self.lately[n] for n in np.flatnonzero(near).tolist()]
            if len({c.mmsi for c in met}) >= vessels and len(self.episodes) < MOST_EPISODES:
                self._begin(met)
        grown = [e for e in self.episodes if e.grown]
        for episode in grown:
            episode.grown = False
        return grown

    def judge(
        self, cases: Sequence[Case], now: int, radius_m: float, minutes: float, vessels: int
    ) -> list[Episode]:
        """As `take`; and those that are over by now."""
        grown = self.take(cases, radius_m, round(minutes * 60e6), vessels) if cases else []
        ended = self.ended(now) if self.episodes else []
        return list({id(episode): episode for episode in (*grown, *ended)}.values())

    def ended(self, now: int) -> list[Episode]:
        """Episodes that are over, for half of their vessels or by age."""
        ended = [e for e in self.episodes if e.over or e.since < now - LAST_US]
        for episode in ended:
            episode.until = now
        self.past = [e for e in (*self.past, *ended) if e.until > now - PAST_US][-MOST_EPISODES:]
        self.episodes = [e for e in self.episodes if e not in ended]
        return ended

    def _begin(self, met: list[Case]) -> None:
        lon = met[0].lon + float(np.mean([(c.lon - met[0].lon + 180) % 360 - 180 for c in met]))
        lon = (lon + 180) % 360 - 180
        episode = Episode(met[0].time, lon, float(np.mean([c.lat for c in met])))
        for case in met:
            episode.add(case)
        self.episodes.append(episode)
        gone = {id(c) for c in met}
        self.lately = [c for c in self.lately if id(c) not in gone]

    def _episode(self, case: Case, radius_m: float, window_us: int) -> Episode | None:
        for episode in self.episodes:
            if case.time - episode.last > window_us and case.mmsi not in episode.members:
                continue
            if float(distance(case.lon, case.lat, episode.lon, episode.lat)) <= radius_m:
                return episode
        return None


def told(
    kind: str, episode: Episode, known: int, now: int, line: int, evidence: dict[str, Any],
    back: str,
) -> Event:  # fmt: skip
    """The event of an episode as it stands: its first form, or the next revision.

    Args:
        kind: of the event.
        episode: the episode; the event is kept with it.
        known: when it was known, µs.
        now: to when everything was judged, µs.
        line: on which the event stands.
        evidence: what is said of it, with `words`.
        back: what is said at its end of those for whom it is over.

    """
    if episode.until:
        words = f"{evidence['words']}; {len(episode.back)} {back}"
        evidence = {**evidence, "words": words, "end": iso_time(moment(now))}
    subjects = tuple(sorted(episode.members)[:MOST_NAMED])
    before = episode.event
    if before is None:
        since = moment(episode.since)
        episode.event = Event(
            event_id(kind, subjects, None, since), kind, subjects[0], moment(min(known, now)),
            round(episode.lon, 5), round(episode.lat, 5), None, since, line, subjects, evidence,
        )  # fmt: skip
    else:
        episode.event = replace(
            before, line=line, subjects=subjects, evidence=evidence, revision=before.revision + 1
        )
    return episode.event
