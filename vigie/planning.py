"""Changing what the watch works by, while it watches: one thing at a time, kept, then in force.

    checked ─ index made ─ kept in the watch book ─ handed to the watch ─ in force from its line on

All but the last is done beside the watch, in a thread; the watch itself only takes up what is made.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from api.planning import NotNowError
from detect.config import DetectConfig
from ingest import clock
from ingest.control import Control
from ingest.errors import VigieError
from store.book import Book, Version
from vigie.core import InForce
from vigie.live.plan import (
    Kept,
    Known,
    PlanFiles,
    in_force,
    journaled,
    keep_edit,
    keep_files,
    standing_of,
    summary,
)
from vigie.replay import Plan
from watch.edits import Edit, Key, Thing, body_of, read_edit
from watch.standing import Standing

log = logging.getLogger(__name__)

NOT_HERE = (
    "What is shown is stored, and nothing is watched: rules, zones and lists can be changed where a"
    " watch or a replay runs"
)

Put = Callable[[dict[str, Any]], Awaitable[Any]]


class Planner:
    """What the watch works by, and how it is changed. Read from any thread; changed in one loop.

    Args:
        standing: rules, zones and lists of the files.
        detect: settings of the detectors.
        book: where edits are kept; what is in it already counts.
        before: where an index of these zones may be at hand.
        stretch: of the book, where only what stands between two places in it counts: after the
            first, up to the second.

    Attributes:
        standing: what the watch works by, also rules that are not enabled.
        known: plans at hand, for the watch to find when a change names them.
        put: hands the watch a change of kind "plan", and waits until it has taken it; None where
            nothing is watched.
        journal: folder of the journal; None without one.
        faults: edits in the book that cannot be used now, a sentence each.
    """

    def __init__(
        self,
        standing: Standing,
        detect: DetectConfig,
        book: Book,
        before: InForce | None = None,
        stretch: tuple[int, int] | None = None,
    ) -> None:
        self.book, self.put, self.journal = book, None, None
        self._detect = detect
        self._base = standing
        newest = book.newest() if stretch is None else book.newest(*stretch)
        self._begun = None if stretch is None else stretch[0]
        self._edits, self.faults = _usable(standing, newest)
        self._newest: dict[Key, Version] = {}
        self._note(newest)
        self.standing = standing.edited(self._edits)
        self._before, self._now = before, None
        self.known = Known()
        self._files: Kept = {"zones": [], "rules": [], "lists": []}
        self._held: dict[Key, tuple[Thing | None, list[str | None]]] = {}
        self._turn = asyncio.Lock()

    put: Put | None
    journal: Path | None
    _now: InForce | None

    @property
    def now(self) -> InForce:
        """What the watch works by in the form that it takes; made when first asked for."""
        if self._now is None:
            self._now = in_force(self.standing, self._detect, self._before)
        return self._now

    @property
    def base(self) -> Standing:
        """What the files say."""
        return self._base

    def resolve(self, body: dict[str, Any]) -> InForce | None:
        """What a change names: what is at hand, or what the book then said."""
        found = self.known.resolve(body)
        place = body.get("book")
        if found is not None or self._begun is None or not isinstance(place, list):
            return found
        try:
            edits, _ = _usable(self._base, self.book.newest(*map(int, place)))
            found = in_force(self._base.edited(edits), self._detect, self.now)
        except (VigieError, TypeError, ValueError, OverflowError) as error:
            log.warning("what was edited before is not at hand: %s", error)
            return None
        if summary(found).items() <= body.items():
            return found
        log.warning("what was edited before is not in the watch book, or goes with other files")
        return None

    def edited(self, key: Key) -> bool:
        """Whether somebody has edited this."""
        return key in self._edits

    def in_journal(self, folder: Path, files: PlanFiles, known: Known) -> dict[str, Any]:
        """Keep what is in force with a journal from now on; the body of the change that says it.

        Raises:
            ConfigError: a file cannot be read or kept.
        """
        self.journal, self.known = folder, known
        self._files = keep_files(files, folder)
        return self._body(self.now)

    def version(self, key: Key) -> Version | None:
        """The newest version of a thing, without its body; None where it was never edited."""
        return self._newest.get(key)

    async def change(
        self,
        edits: Sequence[Edit],
        actor: str,
        note: str = "",
        expected: Mapping[Key, int] | None = None,
        *,
        new: bool = False,
    ) -> list[Version]:
        """Have some things be otherwise from now on, all of them or none.

        Args:
            edits: what, each thing once.
            actor: who wants it.
            note: why, in their words.
            expected: the versions that they have seen, 0 for what was never edited.
            new: refuse it where there is such a thing.

        Returns:
            The versions that were made, in the same order, once the watch works by them.

        Raises:
            NotNowError: nothing is watched, or somebody else was quicker.
            UnavailableError: it is kept, but the watch has not said that it works by it.
            ConfigError: it does not fit together with the rest.
            DatabaseError: it cannot be kept; nothing was changed.
        """
        if self.put is None:
            raise NotNowError(NOT_HERE)
        async with self._turn:
            for edit in edits:
                if new and self.standing.find(edit.key) is not None:
                    kind, name = edit.key
                    raise NotNowError(
                        f"There is a {kind} {name!r} already; PUT replaces it, or give this"
                        " another id"
                    )
            for key, seen in (expected or {}).items():
                newest = self.version(key)
                if newest is not None and newest.version != seen:
                    raise NotNowError(
                        f"{newest.actor} has changed the {key[0]} {key[1]!r} meanwhile: it is at"
                        f" version {newest.version}. Look at it and send your change again"
                    )
            versions, body = await asyncio.to_thread(self._prepare, edits, actor, note)
            await self.put(body)
        return versions

    async def reload(self, files: PlanFiles) -> bool:
        """Read the files anew; what was edited stays over them. Whether that changed anything.

        Raises:
            VigieError: a file cannot be used, or an edit does not fit to it; nothing was changed.
        """
        async with self._turn:
            body = await asyncio.to_thread(self._read_anew, files)
            if body is not None and self.put is not None:
                await self.put(body)
        return body is not None

    def _prepare(
        self, edits: Sequence[Edit], actor: str, note: str
    ) -> tuple[list[Version], dict[str, Any]]:
        """Check, make the index, keep; in a thread."""
        bodies = [
            (*edit.key, None if edit.thing is None else body_of(edit.thing)) for edit in edits
        ]
        # As it will be read after a restart, so that the watch then goes on by the very same.
        again = {(kind, name): read_edit((kind, name), body).thing for kind, name, body in bodies}
        over = {**self._edits, **again}
        standing = self._base.edited(over)
        now = in_force(standing, self._detect, self.now)
        body = self._body(now, over)
        versions = self.book.add(bodies, clock.micros(), actor, note)
        if self._begun is not None:
            body["book"] = [self._begun, self.book.place()]
        self._edits = over
        self._note(versions)
        self._take(standing, now)
        return versions, body

    def _note(self, versions: Sequence[Version]) -> None:
        bare = (replace(version, body=None) for version in versions)
        self._newest = {**self._newest, **{(v.kind, v.id): v for v in bare}}  # type: ignore[misc]

    def _read_anew(self, files: PlanFiles) -> dict[str, Any] | None:
        base = standing_of(files)
        standing = base.edited(self._edits)
        now = in_force(standing, self._detect, self.now)
        if self.journal is not None:
            self._files = keep_files(files, self.journal)
        body = self._body(now)
        self._base, self.faults = base, []
        changed = summary(now) != summary(self.now)
        self._take(standing, now)
        return body if changed else None

    def _take(self, standing: Standing, now: InForce) -> None:
        self.known.know(now)
        self.standing, self._now = standing, now

    def _body(
        self, now: InForce, edits: Mapping[Key, Thing | None] | None = None
    ) -> dict[str, Any]:
        if self.journal is None:
            return dict(summary(now))
        held: dict[Key, tuple[Thing | None, list[str | None]]] = {}
        for key, thing in (self._edits if edits is None else edits).items():
            before = self._held.get(key)
            if before is None or before[0] is not thing:
                before = thing, keep_edit(key, thing, self.journal)
            held[key] = before
        self._held = held
        told = [kept for _, kept in held.values()]
        return journaled(now, {**self._files, **({"edits": told} if told else {})}, self.journal)


class Looking:
    """What a past stretch was judged by, to be looked at; who watches now changes it elsewhere.

    Args:
        now: what it is judged by at this moment.
    """

    def __init__(self, now: Callable[[], InForce]) -> None:
        self._now = now
        self.book = Book()

    @property
    def standing(self) -> Standing:
        """The rules in force, and all zones and lists."""
        now = self._now()
        return Standing(tuple(now.rules), now.zones, now.lists)

    @property
    def base(self) -> Standing:
        """The same: which of it was edited is not known here."""
        return self.standing

    def edited(self, key: Key) -> bool:
        """Nothing is told to be."""
        return False

    def version(self, key: Key) -> Version | None:
        """None is told."""
        return None

    async def change(
        self,
        edits: Sequence[Edit],
        actor: str,
        note: str = "",
        expected: Mapping[Key, int] | None = None,
        *,
        new: bool = False,
    ) -> list[Version]:
        """Refused.

        Raises:
            NotNowError: always.
        """
        raise NotNowError("What has passed is not changed; change it in the watch itself")


def planner_of(plan: Plan, book: Book | None = None, done: Iterable[Control] = ()) -> Planner:
    """The planner of a replay, or of what is stored.

    Args:
        plan: what the replay began with.
        book: where edits are kept; None for one that is gone at the end.
        done: changes of this replay before it was cut off; the edits among them count again.
    """
    # By id, for where rules that are not enabled stood among the others is not known here.
    rules = (*plan.rules, *sorted(plan.idle, key=lambda rule: rule.id))
    book = book or Book()
    places = [c.body["book"] for c in done if c.kind == "plan" and "book" in c.body]
    begun = book.place()
    stretch = places[-1] if places else (begun, begun)
    standing = Standing(rules, plan.zones, plan.lists)
    return Planner(standing, plan.detect, book, stretch=(int(stretch[0]), int(stretch[1])))


def _usable(
    base: Standing, versions: Sequence[Version]
) -> tuple[dict[Key, Thing | None], list[str]]:
    """The edits that can be used, and a sentence for each that cannot.

    A file that went, or another version of the program, must not keep a watch from beginning.
    """
    read: dict[Key, Thing | None] = {}
    faults = []
    for version in versions:
        try:
            edit = read_edit((version.kind, version.id), version.body)  # type: ignore[arg-type]
        except VigieError as error:
            faults.append(_fault(version, error))
            continue
        read[edit.key] = edit.thing
    try:
        base.edited(read)
    except VigieError:
        good: dict[Key, Thing | None] = {}
        # A rule may need a zone or a list that was edited after it.
        for version in sorted(versions, key=lambda version: version.kind == "rule"):
            key: Key = (version.kind, version.id)  # type: ignore[assignment]
            if key not in read:
                continue
            try:
                base.edited({**good, key: read[key]})
            except VigieError as error:
                faults.append(_fault(version, error))
            else:
                good[key] = read[key]
        read = {key: thing for key, thing in read.items() if key in good}
    for fault in faults:
        log.error("%s", fault)
    return read, faults


def _fault(version: Version, error: VigieError) -> str:
    return (
        f"The {version.kind} {version.id!r}, as {version.actor} edited it, is not in force: {error}"
    )
