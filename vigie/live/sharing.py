"""Sharing, beside a live watch: what was judged, by each partner's policy, to its links.

    lines of the journal ─┐                                 ┌▶ links of partner a
    steps, once judged ───┴▶ a thread: policy, sentences ───┴▶ links of partner b  (event loop)

Nothing here makes the watch wait: what cannot be taken at once is dropped and counted. A fault of
sharing ends sharing, and is shown; the watch goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from ingest import clock
from ingest.errors import VigieError
from share.config import PartnerConfig, ShareConfig, read_partners
from share.ground import WORDS, Ground
from share.nmea_out import NmeaOut
from share.outbox import Item
from share.policies import Policies
from share.relay import Heard, Relay, Tagger
from store.accounts_file import AccountsFile
from store.audit import Audit
from store.picture import Picture
from vigie.core import InForce
from vigie.live.config import LiveConfig
from vigie.live.intake import Entry
from vigie.live.worker import Judged

log = logging.getLogger(__name__)

# Entries and steps that may wait, some seconds of them; what comes while they do is not shared.
WAITING = 512
# Seconds between two looks at who may still have anything: half of what a revoked partner has left.
LOOK_S = 0.25
# Seconds that partners have at the end to take what waits for them.
LAST_S = 2.0
# Messages of one partner that may wait for their age.
MOST_HELD = 500_000


_Timed = tuple[int, Item]


class _Ways:
    """One partner's links, and what waits for its age; in the event loop."""

    def __init__(self, config: PartnerConfig, where: str, told: Callable[..., None]) -> None:
        self.config = config
        self.outs = [
            NmeaOut(
                config.name, way, f"{where}, {config.where}, nmea {number}",
                lambda what, whom: told(what, f"{config.name} {whom}"),
            )
            for number, way in enumerate(config.nmea, 1)
        ]  # fmt: skip
        self.held: deque[_Timed] = deque(maxlen=MOST_HELD)
        self.ground = Ground.ALLOWED

    def offer(self, items: list[_Timed]) -> None:
        """Take messages, each with its event time, µs."""
        if self.config.delay_s:
            delay = round(self.config.delay_s * 1_000_000)
            self.held.extend((time + delay, item) for time, item in items)
            return
        for out in self.outs:
            out.offer([item for _, item in items])

    def look(self, ground: Ground, now: int) -> None:
        """Let go what is old enough; cut off who may have nothing."""
        if ground != self.ground:
            self._tell(ground)
        closed = ground in (Ground.EXPIRED, Ground.NOT_ENABLED)
        for out in self.outs:
            out.open = not closed
            if closed and out.links:
                out.cut(WORDS[ground])
        self.ground = ground
        if ground:
            self.held.clear()
            return
        ripe = []
        while self.held and self.held[0][0] <= now:
            ripe.append(self.held.popleft()[1])
        if ripe:
            for out in self.outs:
                out.offer(ripe)

    def _tell(self, ground: Ground) -> None:
        if ground == Ground.NOT_CONTRIBUTING:
            words = f"nothing valid received from you for {self.config.contribute_minutes:g} min"
        elif not ground and self.ground == Ground.NOT_CONTRIBUTING:
            words = "received from you again. sending resumed"
        else:
            return
        for out in self.outs:
            out.say(words)


class Sharing:
    """All partners of a live watch.

    Args:
        config: the watch's.
        now: gives zones, rules and lists in force.
        picture: what is known of vessels at the beginning.

    Attributes:
        fault: what is wrong; "" while nothing is.
        missed: entries and steps that came faster than they could be taken.

    Raises:
        VigieError: an area, list, secret or certificate cannot be used.
    """

    def __init__(self, config: LiveConfig, now: Callable[[], InForce], picture: Picture) -> None:
        self.fault = ""
        self.missed = 0
        self._config, self._now, self._picture = config, now, picture
        self._share = config.share
        self._accounts = config.accounts_file
        self._relay = Relay()
        self._named, self._whole = Tagger(config.watch.centre.encode()), Tagger()
        self._ways: dict[str, _Ways] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._inbox: queue.Queue[Entry | Judged | None] = queue.Queue(WAITING)
        self._next: ShareConfig | None = None
        self._thread = threading.Thread(target=self._run, name="sharing", daemon=True)
        self._policies = self._make(self._share)
        self._ways = {p.name: self._way(p) for p in self._share.partners if p.nmea}
        self._tasks: set[asyncio.Future[None]] = set()

    @property
    def active(self) -> bool:
        """Whether there is any partner to share with."""
        return self._thread.is_alive()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin; does nothing while there is no partner with a way to it."""
        self._loop = loop
        if not self._ways:
            return
        self._begin()

    def _begin(self) -> None:
        assert self._loop is not None
        for ways in self._ways.values():
            for out in ways.outs:
                out.start()
        self._looking = self._loop.create_task(self._look())
        self._thread.start()

    async def stop(self) -> None:
        """Send no more, and close all links."""
        if not self._thread.is_alive() and not hasattr(self, "_looking"):
            return
        await asyncio.to_thread(self._finish)
        until = clock.monotonic() + LAST_S
        while self._waiting() and clock.monotonic() < until:
            await asyncio.sleep(0.02)
        self._looking.cancel()
        for ways in self._ways.values():
            for out in ways.outs:
                await out.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _finish(self) -> None:
        with contextlib.suppress(queue.Full):
            self._inbox.put(None, timeout=LAST_S)
        self._thread.join(LAST_S)

    def _waiting(self) -> bool:
        return any(out.waiting for ways in self._ways.values() for out in ways.outs)

    def entry(self, entry: Entry) -> None:
        """Take lines of the journal; from any thread, never waits."""
        self._offer(entry)

    def judged(self, judged: Judged) -> None:
        """Take a step; from any thread, never waits. Its lines must have come before."""
        self._offer(judged)

    def reload(self) -> None:
        """Read the partners anew; in the event loop. Who is gone is cut off at once.

        Ways that are new need a restart; what cannot be used changes nothing.
        """
        if not self._share.where:
            return
        try:
            share = read_partners(Path(self._share.where))
            self._make(share)
        except VigieError as error:
            log.error("partners were not read anew: %s", error)
            self.fault = f"Partners are as they were before: {error}"
            return
        self.fault = ""
        partners = {partner.name: partner for partner in share.partners}
        for name, ways in list(self._ways.items()):
            new = partners.get(name)
            if new is not None and new.nmea != ways.config.nmea:
                del self._ways[name]
                for out in ways.outs:
                    self._tasks.add(asyncio.ensure_future(out.stop()))
                self.fault = f"Ways to {name} have changed: nothing goes there until a restart"
            if new is None or not new.enabled:
                ways.look(Ground.NOT_ENABLED, clock.micros())
                with contextlib.suppress(KeyError):
                    self._policies[name].revoked = True
            else:
                ways.config = new
        self._share = share
        self._tell("share.reload", ", ".join(partners))
        self._next = share

    def gauges(self) -> dict[str, float]:
        """Figures for `/metrics`."""
        outs = [out for ways in self._ways.values() for out in ways.outs]
        return {
            "shared_messages": sum(out.sent for out in outs),
            "shared_thinned": sum(out.thinned for out in outs),
            "shared_links": sum(out.links for out in outs),
            "shared_refused_links": sum(out.refused.total() for out in outs),
            "shared_missed": self.missed,
            "shared_lost": self._relay.lost,
        }

    def _offer(self, item: Entry | Judged) -> None:
        if not self._thread.is_alive():
            return
        try:
            self._inbox.put_nowait(item)
        except queue.Full:
            self.missed += 1

    def _way(self, partner: PartnerConfig) -> _Ways:
        return _Ways(partner, self._share.where, self._tell)

    def _make(self, share: ShareConfig) -> Policies:
        now = self._now()
        signed = {s.name: s.station for s in self._config.used if s.station}
        policies = Policies(share, now.zones, now.lists, began=clock.micros(), signed=signed)
        self._zones = now.zones.version
        if len(policies):
            fleet = self._picture.fleet()
            policies.see(fleet.positions, fleet.statics)
        return policies

    def _run(self) -> None:
        try:
            while True:
                try:
                    item = self._inbox.get(timeout=LOOK_S)
                except queue.Empty:
                    self._look_for_news()
                    continue
                self._look_for_news()
                if item is None:
                    return
                if isinstance(item, Entry):
                    self._relay.take(item.first_line, item.data)
                else:
                    self._share_out(item)
        except BaseException as error:  # of sharing; the watch goes on
            log.exception("sharing ended")
            self.fault = f"Nothing is shared any more: {error!r}"

    def _look_for_news(self) -> None:
        share, self._next = self._next, None
        if share is not None:
            self._renew(share)

    def _renew(self, share: ShareConfig) -> None:
        """Work by other partners, zones or lists from now on."""
        policies = self._make(share)
        for policy in policies:
            with contextlib.suppress(KeyError):
                policy.go_on(self._policies[policy.name])
        self._policies = policies

    def _share_out(self, judged: Judged) -> None:
        batch, now = judged.step.batch, clock.micros()
        if batch.controls and self._now().zones.version != self._zones:
            self._renew(self._share)
        policies = self._policies
        rows = (batch.positions, batch.statics, batch.messages)
        seen = policies.see(*rows, stations=judged.stations, copies=batch.copies, now=now)
        line = np.concatenate([part.line for part in rows])
        lines, first = np.unique(line, return_index=True)
        heard = dict(self._relay.heard(lines, batch.end_line))
        if not heard or self._loop is None:
            return
        mmsi, kind, station = (
            np.concatenate([getattr(part, name) for part in rows])[first]
            for name in ("mmsi", "msg_type", "station")
        )
        # A newer position takes the place of an older of any of the types of class A.
        keys = (mmsi.astype(np.int64) << 5 | np.where(kind <= 3, 1, kind)).tolist()
        written: dict[bool, list[_Timed | None]] = {}
        for name, ways in list(self._ways.items()):
            try:
                policy = policies[name]
            except KeyError:
                continue
            named = "station" in policy.fields
            if named not in written:
                tag = self._whole if named else self._named
                written[named] = _written(lines.tolist(), keys, heard, tag)
            _, ground = policy.sentences(seen, now, delay=False)
            chosen = np.flatnonzero((ground == 0) & ~policy.own(station)).tolist()
            all_of_them = written[named]
            items = [item for row in chosen if (item := all_of_them[row]) is not None]
            if items:
                self._loop.call_soon_threadsafe(ways.offer, items)

    async def _look(self) -> None:
        """See again and again who may still have anything."""
        while True:
            now = clock.micros()
            for name, ways in self._ways.items():
                try:
                    ground = self._policies[name].gate(now)
                except KeyError:
                    ground = Ground.NOT_ENABLED
                if not self._thread.is_alive():
                    ground = Ground.NOT_ENABLED
                ways.look(ground, now)
            await asyncio.sleep(LOOK_S)

    def _tell(self, what: str, subject: str) -> None:
        """Enter something in the audit log, without waiting for it."""
        log.info("%s %s", what, subject)
        if self._loop is None:
            return
        task = self._loop.run_in_executor(None, self._enter, what, subject)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _enter(self, what: str, subject: str) -> None:
        try:
            with AccountsFile.open(self._accounts) as file:
                Audit(file).add("sharing", "", "", what, subject)
        except VigieError as error:
            log.error("%s %s is not in the audit log: %s", what, subject, error)


def _written(
    lines: list[int], keys: list[int], heard: Mapping[int, Heard], tag: Tagger
) -> list[_Timed | None]:
    """Messages as they go out, each with its event time, µs; None for what was never NMEA."""
    made: list[_Timed | None] = []
    for number, key in zip(lines, keys, strict=True):
        message = heard.get(number)
        item = None if message is None else (message.time * 1000, Item(key, tag(message)))
        made.append(item)
    return made
