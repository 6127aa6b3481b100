"""Rules, zones and lists as people edit them one at a time: a plain JSON body in, the thing out.

The same checks as for files, in the same sentences. What comes out is written back in one form, so
that a body that is kept reads the same for ever.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from geofence.check_axes import look_swapped
from geofence.check_report import Problem, Reading
from geofence.geojson import accepted, read_data, zone_to_feature
from geofence.zone import Zone
from ingest.errors import ConfigError
from watch.lists import MAX_ENTRIES, Entry, entry_of
from watch.rules import Rule
from watch.rules.load import read_rule
from watch.rules.table import to_table

Kind = Literal["rule", "zone", "list"]

Key = tuple[Kind, str]
"""What is edited: its kind and its id, of a list its name."""

Thing = Rule | Zone | tuple[Entry, ...]

_LIST = re.compile("[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,58}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing as somebody wants it to be from now on.

    Attributes:
        key: what it is.
        thing: the rule, zone or list; None to have it no more.

    """

    key: Key
    thing: Thing | None


def rule_edit(table: Any) -> Edit:
    """A rule out of its table.

    Raises:
        ConfigError: it cannot be used.

    """
    named = isinstance(table, dict) and isinstance(table.get("id"), str)
    where = f"rule {table['id']!r:.60}" if named else "the rule"
    rule = read_rule(table, "", where)
    return Edit(("rule", rule.id), rule)


def zone_edit(data: bytes, zone_id: str | None = None) -> tuple[Edit, list[Problem]]:
    """A zone out of GeoJSON text, and remarks about it.

    Args:
        data: one feature.
        zone_id: the id that it is to have; None for its own, or one made of its name.

    Raises:
        BadZoneError: it has a fault, or is not one zone.

    """
    reading = Reading("the zone")
    read_data(data, reading)
    look_swapped(reading)
    if not reading.errors and len(reading.zones) != 1:
        reading.say(
            f"it makes {len(reading.zones)} zones", "Send one feature with one area, or one line"
        )
    if not reading.errors and zone_id not in (None, reading.zones[0].id):
        reading.say(
            f"its id is {reading.zones[0].id!r}, and the path says {zone_id!r}",
            "Give it the id of the path",
        )
    if reading.errors:
        raise BadZoneError(reading)
    (zone,) = reading.zones
    return Edit(("zone", zone.id), zone), reading.problems


class BadZoneError(ConfigError):
    """A zone that cannot be used; `problems` names everything that is wrong with it."""

    def __init__(self, reading: Reading) -> None:
        first = reading.errors[0]
        super().__init__(first.what, where=first.where, mend=first.mend)
        self.problems = reading.errors


def list_edit(name: str, rows: Any) -> Edit:
    """A list out of its entries.

    Args:
        name: of the list.
        rows: an object for each vessel, as `watch.lists.entry_of` takes them.

    Raises:
        ConfigError: the name or an entry cannot be used.

    """
    if not _LIST.fullmatch(name):
        raise ConfigError(
            f"{name!r:.80} is no name of a list", where="the list",
            mend="use letters, digits, spaces, dots, underscores and hyphens, 60 at most",
        )  # fmt: skip
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise ConfigError(
            "the vessels are no list of objects", where=f"list {name!r}",
            mend='send [{"mmsi": 636012345, "note": "…"}]',
        )  # fmt: skip
    if len(rows) > MAX_ENTRIES:
        raise ConfigError(
            f"{len(rows)} vessels are listed and {MAX_ENTRIES} may be", where=f"list {name!r}",
            mend="list what the watch can act on",
        )  # fmt: skip
    entries = []
    for number, row in enumerate(rows, 1):
        entry = entry_of(row, f"{name}, vessel {number}")
        entries.append(Entry(
            entry.mmsi, entry.imo, entry.callsign, entry.name, entry.note, entry.source, name
        ))  # fmt: skip
    return Edit(("list", name), tuple(entries))


def body_of(thing: Thing) -> dict[str, Any]:
    """A thing as a plain JSON object, from which `read_edit` makes it again."""
    if isinstance(thing, Rule):
        return to_table(thing)
    if isinstance(thing, Zone):
        return zone_to_feature(thing, outline=False)
    return {"vessels": [row_of(entry) for entry in thing]}


def row_of(entry: Entry) -> dict[str, Any]:
    """An entry of a list as a plain JSON object, what it does not say left out."""
    told = {
        "mmsi": entry.mmsi, "imo": entry.imo, "callsign": entry.callsign, "name": entry.name,
        "note": entry.note,
    }  # fmt: skip
    return {key: value for key, value in told.items() if value}


def read_edit(key: Key, body: Mapping[str, Any] | None) -> Edit:
    """An edit out of a body that was kept; None is a thing that was deleted.

    Raises:
        VigieError: this version of the program cannot use it.

    """
    kind, name = key
    if body is None:
        return Edit(key, None)
    if kind == "rule":
        return rule_edit(dict(body))
    if kind == "list":
        return list_edit(name, body.get("vessels"))
    (zone,) = accepted(read_data(orjson.dumps(body), Reading("the zone")))
    return Edit(key, zone)
