"""What the watch works by, from its files; and again, from a journal that names them.

The journal holds a change of kind "plan" wherever it began to be worked by other zones, rules,
lists or settings of detectors: the version of the zones that came of them, the files themselves as
blobs, and of the settings those that are not the defaults.
"""

from __future__ import annotations

import logging
import tempfile
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
from watch.lists import WatchList, load_lists
from watch.rules import load_rules

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PlanFiles:
    """Files of one's own beside what comes with Vigie, and settings of the detectors."""

    zones: tuple[Path, ...] = ()
    rules: Path | None = None
    lists: tuple[Path, ...] = ()
    detect: DetectConfig = field(default_factory=DetectConfig)


def load(files: PlanFiles) -> InForce:
    """What the watch works by.

    Raises:
        VigieError: a file cannot be used; says which and how to mend it.
    """
    zones: ZoneSet = library.load()
    for path in files.zones:
        zones = zones.merge(import_zones(path))
    lists = load_lists(list(files.lists)) if files.lists else WatchList()
    return InForce(zones, load_rules(files.rules), lists, fence_of(zones), files.detect)


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


def journaled(files: PlanFiles, now: InForce, folder: Path) -> dict[str, Any]:
    """The body of a change of kind "plan"; the files are kept beside the journal.

    Raises:
        ConfigError: a file cannot be read or kept.
    """
    try:
        kept: dict[str, Any] = {
            kind: [[blobs.put(folder, path.read_bytes()), path.name] for path in paths]
            for kind, paths in (
                ("zones", files.zones),
                ("rules", (files.rules,) if files.rules else ()),
                ("lists", files.lists),
            )
        }
        kept["detect"] = overrides(now.detect)
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
        wanted["detect"] = body.get("detect", "")
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
                detect_config(kept.get("detect", {}), "the journal"),
            ))  # fmt: skip
