"""What the watch works by, from its files; and again, from a journal that names them.

The journal holds a change of kind "plan" wherever it began to be worked by other zones, rules,
lists or settings of detectors: the version of the zones that came of them, the files themselves and
each thing that was edited since as blobs, and of the settings those that are not the defaults.
"""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from detect.config import DetectConfig
from detect.toml import detect_config, overrides
from geofence import library
from geofence.imports import import_zones
from geofence.zoneset import ZoneSet
from ingest.errors import ConfigError, VigieError
from ingest.journal import blobs
from vigie.core import InForce
from vigie.digest import digest
from vigie.fences import fence_of
from watch.edits import Key, Thing, body_of, read_edit
from watch.lists import WatchList, load_lists
from watch.rules import read_rules
from watch.standing import Standing

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PlanFiles:
    """Files of one's own beside what comes with Vigie, and settings of the detectors."""

    zones: tuple[Path, ...] = ()
    rules: Path | None = None
    lists: tuple[Path, ...] = ()
    detect: DetectConfig = field(default_factory=DetectConfig)


def book_of(database: Path) -> Path:
    """Where the watch book of a database is: beside it."""
    return database.with_name(f"{database.name}.book")


def standing_of(files: PlanFiles) -> Standing:
    """All rules, zones and lists of the files.

    Raises:
        VigieError: a file cannot be used; says which and how to mend it.
    """
    zones: ZoneSet = library.load()
    for path in files.zones:
        zones = zones.merge(import_zones(path))
    lists = load_lists(list(files.lists)) if files.lists else WatchList()
    return Standing(read_rules(files.rules), zones, lists)


def in_force(standing: Standing, detect: DetectConfig, before: InForce | None = None) -> InForce:
    """What the watch works by; with the same zones as before, the index of before is used."""
    zones = standing.zones
    same = before is not None and before.zones.version == zones.version
    fence = before.fence if same and before is not None else fence_of(zones)
    return InForce(fence.zones, standing.enabled, standing.lists, fence, detect)


def load(
    files: PlanFiles,
    edits: Mapping[Key, Thing | None] | None = None,
    before: InForce | None = None,
) -> InForce:
    """What the watch works by: the files, and what was edited since; `before`: see `in_force`.

    Raises:
        VigieError: a file or an edit cannot be used; says which and how to mend it.
    """
    return in_force(standing_of(files).edited(edits or {}), files.detect, before)


def summary(now: InForce) -> dict[str, str]:
    """What decides what comes out, in a form that can be compared."""
    return {
        "zones": now.zones.version,
        "rules": digest([replace(rule, source="") for rule in now.rules]),
        "lists": digest(now.lists),
        "detect": told_of(now.detect),
    }


def told_of(config: DetectConfig) -> str:
    """Settings of detectors in a form that can be compared: "" where they are the defaults."""
    told = overrides(config)
    return digest(told) if told else ""


Kept = dict[str, list[list[str | None]]]
"""What the journal keeps of a plan: of each kind of file hash and name; of edits kind, id, hash."""


def keep_files(files: PlanFiles, folder: Path) -> Kept:
    """Keep the files beside the journal.

    Raises:
        ConfigError: a file cannot be read or kept.
    """
    named = {
        "zones": files.zones, "rules": (files.rules,) if files.rules else (), "lists": files.lists,
    }  # fmt: skip
    with _keeping(folder):
        return {
            kind: [[blobs.put(folder, path.read_bytes()), path.name] for path in paths]
            for kind, paths in named.items()
        }


def keep_edit(key: Key, thing: Thing | None, folder: Path) -> list[str | None]:
    """Keep one edit beside the journal, as it stands in `Kept`.

    Raises:
        ConfigError: it cannot be kept.
    """
    with _keeping(folder):
        held = None if thing is None else blobs.put(folder, orjson.dumps(body_of(thing)))
    return [*key, held]


def journaled(now: InForce, kept: Kept, folder: Path) -> dict[str, Any]:
    """The body of a change of kind "plan".

    Args:
        now: what the watch works by from it on.
        kept: what that was made of.
        folder: of the journal.

    Raises:
        ConfigError: it cannot be kept.
    """
    with _keeping(folder):
        told = {**kept, "detect": overrides(now.detect)}
        return {**summary(now), "files": blobs.put(folder, orjson.dumps(told))}


@contextlib.contextmanager
def _keeping(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(
            f"it cannot be kept with the journal ({error.strerror or error})",
            where=str(error.filename or folder), mend="Check the file and the journal's disk",
        ) from error  # fmt: skip


# Plans that are at hand: a change that is on its way, and those before it.
_KNOWN = 4


class Known:
    """Plans at hand in memory, the newest few. For any thread.

    Args:
        now: what the watch works by as it begins; None while that is not needed.
    """

    def __init__(self, now: InForce | None = None) -> None:
        self._known: list[tuple[dict[str, str], InForce]] = []
        if now is not None:
            self.know(now)

    def know(self, now: InForce) -> None:
        """Have at hand what the watch works by from now on."""
        self._known = [*self._known[1 - _KNOWN :], (summary(now), now)]

    def resolve(self, body: dict[str, Any]) -> InForce | None:
        """What a change names; None where it is not at hand."""
        wanted = _wanted(body)
        return next((now for told, now in reversed(self._known) if told == wanted), None)

    @property
    def newest(self) -> InForce | None:
        """The plan that was made known last."""
        return self._known[-1][1] if self._known else None


def _wanted(body: dict[str, Any]) -> dict[str, Any]:
    """What a change names, in the form of `summary`."""
    wanted = {key: body.get(key) for key in ("zones", "rules", "lists")}
    return {**wanted, "detect": body.get("detect", "")}


class Plans(Known):
    """Finds what a journal's changes name, also what only the journal has.

    Args:
        folder: of the journal.
        now: what the watch works by as it is configured.
    """

    def __init__(self, folder: Path, now: InForce) -> None:
        super().__init__(now)
        self._folder = folder

    def resolve(self, body: dict[str, Any]) -> InForce | None:
        """What a change names; None where it is not at hand, which is logged."""
        known = super().resolve(body)
        if known is not None:
            return known
        try:
            found = self._from_blobs(body)
        except (VigieError, OSError, KeyError, TypeError, ValueError) as error:
            log.warning("what the journal was judged by is not at hand: %s", error)
            return None
        if summary(found) != _wanted(body):
            log.warning("what the journal was judged by came with another version of Vigie")
            return None
        self.know(found)
        return found

    def _from_blobs(self, body: dict[str, Any]) -> InForce:
        kept = orjson.loads(blobs.get(self._folder, str(body["files"])))
        with tempfile.TemporaryDirectory(prefix="vigie-plan-") as place:
            # Names of files are in what comes of them; each has a folder of its own.
            paths: dict[str, list[Path]] = {}
            for kind in ("zones", "rules", "lists"):
                for number, (name, file) in enumerate(kept[kind]):
                    path = Path(place) / f"{kind}-{number}" / Path(file).name
                    path.parent.mkdir()
                    path.write_bytes(blobs.get(self._folder, name))
                    paths.setdefault(kind, []).append(path)
            files = PlanFiles(
                tuple(paths.get("zones", ())), next(iter(paths.get("rules", ())), None),
                tuple(paths.get("lists", ())),
                detect_config(kept.get("detect", {}), "the journal"),
            )  # fmt: skip
            edits: dict[Key, Thing | None] = {}
            for kind, name, held in kept.get("edits", ()):
                told = None if held is None else orjson.loads(blobs.get(self._folder, held))
                edits[kind, name] = read_edit((kind, name), told).thing
            return load(files, edits, self.newest)
