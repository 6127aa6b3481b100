"""What the watch works by, from its files; and again, from a journal that names them.

The journal holds a change of kind "plan" wherever it began to be worked by other zones, rules or
lists: the version of the zones that came of them, and the files themselves as blobs.
"""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from geofence import library
from geofence.imports import import_zones
from geofence.zoneset import ZoneSet
from ingest.errors import ConfigError, VigieError
from ingest.journal import blobs
from vigie.core import InForce
from vigie.digest import digest
from vigie.fences import fence_of
from watch.lists import WatchList, load_lists
from watch.rules import load_rules

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PlanFiles:
    """Files of one's own beside what comes with Vigie."""

    zones: tuple[Path, ...] = ()
    rules: Path | None = None
    lists: tuple[Path, ...] = ()


def load(files: PlanFiles) -> InForce:
    """What the watch works by.

    Raises:
        VigieError: a file cannot be used; says which and how to mend it.
    """
    zones: ZoneSet = library.load()
    for path in files.zones:
        zones = zones.merge(import_zones(path))
    lists = load_lists(list(files.lists)) if files.lists else WatchList()
    return InForce(zones, load_rules(files.rules), lists, fence_of(zones))


def summary(now: InForce) -> dict[str, str]:
    """What decides what comes out, in a form that can be compared."""
    return {
        "zones": now.zones.version,
        "rules": digest([replace(rule, source="") for rule in now.rules]),
        "lists": digest(now.lists),
    }


def journaled(files: PlanFiles, now: InForce, folder: Path) -> dict[str, Any]:
    """The body of a change of kind "plan"; the files are kept beside the journal.

    Raises:
        ConfigError: a file cannot be read or kept.
    """
    try:
        kept = {
            kind: [[blobs.put(folder, path.read_bytes()), path.name] for path in paths]
            for kind, paths in (
                ("zones", files.zones),
                ("rules", (files.rules,) if files.rules else ()),
                ("lists", files.lists),
            )
        }
        return {**summary(now), "files": blobs.put(folder, orjson.dumps(kept))}
    except OSError as error:
        raise ConfigError(
            f"it cannot be kept with the journal ({error.strerror or error})",
            where=str(error.filename or folder), mend="Check the file and the journal's disk",
        ) from error  # fmt: skip


class Plans:
    """Finds what a journal's changes name; the last one found is remembered.

    Args:
        folder: of the journal.
        now: what the watch works by as it is configured.
    """

    def __init__(self, folder: Path, now: InForce) -> None:
        self._folder = folder
        self._known = (summary(now), now)

    def know(self, now: InForce) -> None:
        """Have at hand what the watch works by from now on."""
        self._known = (summary(now), now)

    def resolve(self, body: dict[str, Any]) -> InForce | None:
        """What a change names; None where it is not at hand, which is logged."""
        wanted = {key: body.get(key) for key in ("zones", "rules", "lists")}
        if wanted == self._known[0]:
            return self._known[1]
        try:
            found = self._from_blobs(body)
        except (VigieError, OSError, KeyError, TypeError, ValueError) as error:
            log.warning("what the journal was judged by is not at hand: %s", error)
            return None
        if summary(found) != wanted:
            log.warning("what the journal was judged by came with another version of Vigie")
            return None
        self._known = (summary(found), found)
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
            return load(PlanFiles(
                tuple(paths.get("zones", ())), next(iter(paths.get("rules", ())), None),
                tuple(paths.get("lists", ())),
            ))  # fmt: skip
