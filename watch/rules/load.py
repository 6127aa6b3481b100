"""Rules out of TOML: each `[[rule]]` is one, every key checked before any is used."""

from __future__ import annotations

import datetime
import difflib
import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from ingest.errors import ConfigError
from ingest.shiptypes import GROUPS
from ingest.words import safe_text
from watch.rules.rule import Rule
from watch.rules.vessels import VesselFilter
from watch.rules.when import HOW, Condition, parse

DEFAULT = "default.toml"
MAX_RULES = 1000


class _WrongValueError(Exception):
    """A value of the wrong form; carries what would be right."""


def load_rules(path: Path | None = None) -> tuple[Rule, ...]:
    """The rules of a file, in its order, those not enabled left out.

    Args:
        path: a TOML file; None for the rules that come with Vigie.

    Raises:
        ConfigError: the file or a rule in it cannot be used; names file, rule, key and mend.

    """
    return tuple(rule for rule in read_rules(path) if rule.enabled)


def read_rules(path: Path | None = None) -> tuple[Rule, ...]:
    """All rules of a file, also those not enabled; see `load_rules`."""
    if path is None:
        return parse_rules((files("watch.rules") / DEFAULT).read_text("utf-8"), DEFAULT)
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError(
            f"the rules cannot be read ({error.strerror})", where=str(path), mend="check its name"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(
            "the rules are not text in UTF-8", where=str(path), mend="save the file as UTF-8"
        ) from None
    return parse_rules(text, str(path))


def parse_rules(text: str, source: str) -> tuple[Rule, ...]:
    """The rules in a TOML text; `source` is what errors call it."""
    try:
        given = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"not TOML: {error}", where=source, mend="correct the line") from None
    tables = given.get("rule")
    if set(given) != {"rule"} or not isinstance(tables, list) or not tables:
        raise ConfigError(
            "a rules file holds [[rule]] entries and nothing else", where=source,
            mend="write [[rule]] before each rule, and its keys below it",
        )  # fmt: skip
    if len(tables) > MAX_RULES:
        raise ConfigError(
            f"{len(tables)} rules, and {MAX_RULES} may be", where=source,
            mend="join rules that differ in their zones or vessels alone",
        )  # fmt: skip
    rules = [_rule(table, number, source) for number, table in enumerate(tables, 1)]
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise ConfigError(
                "the id is in use by an earlier rule", where=f"{source}, rule {rule.id!r}, id",
                mend="give each rule an id of its own",
            )  # fmt: skip
        seen.add(rule.id)
    return tuple(rules)


def _rule(table: Any, number: int, source: str) -> Rule:
    named = isinstance(table, dict) and isinstance(table.get("id"), str)
    where = f"{source}, rule {table['id']!r:.60}" if named else f"{source}, rule number {number}"
    return read_rule(table, source, where)


def read_rule(table: Any, source: str, where: str) -> Rule:
    """The rule that a table, or a JSON object, says.

    Args:
        table: its keys and values.
        source: the file or request it is from.
        where: what errors call it.

    Raises:
        ConfigError: it cannot be used; names the key and how to mend it.

    """
    if not isinstance(table, dict):
        raise ConfigError("not a table", where=where, mend="write [[rule]] and its keys below it")
    for key in table:
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, 1)
            raise ConfigError(
                f"unknown key {key!r:.60}", where=where,
                mend=f"perhaps {near[0]!r} is meant" if near else f"use {', '.join(KEYS)}",
            )  # fmt: skip
    values: dict[str, Any] = {}
    for key, (name, read) in KEYS.items():
        if key in table:
            try:
                values[name] = read(table[key])
            except _WrongValueError as fault:
                raise ConfigError(
                    f"{table[key]!r:.60} will not do", where=f"{where}, {key}", mend=str(fault)
                ) from None
        elif key in REQUIRED:
            raise ConfigError(f"{key} is missing", where=where, mend=REQUIRED[key])
    of_vessels = set(VesselFilter.__dataclass_fields__)
    vessels = VesselFilter(**{k: v for k, v in values.items() if k in of_vessels})
    rest = {k: v for k, v in values.items() if k not in of_vessels}
    return Rule(**rest, vessels=vessels, source=source)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 2000:
        raise _WrongValueError("write a text in quotes, of 2,000 characters at most")
    text = value.replace("\r\n", "\n").strip()
    if safe_text(text.replace("\n", ""), 2000) != text.replace("\n", "").strip():
        # What an officer reads must be what was written: no direction overrides, no escapes.
        raise _WrongValueError("leave out control characters and marks that cannot be seen")
    return text


def _words(value: Any) -> tuple[str, ...]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not words or not all(isinstance(w, str) for w in words):
        raise _WrongValueError('write one word in quotes, or several as ["…", "…"]')
    return tuple(words)


def _conditions(value: Any) -> tuple[Condition, ...]:
    found = [parse(text) for text in _words(value)]
    if None in found or len(found) > 10:
        raise _WrongValueError(HOW)
    return tuple(condition for condition in found if condition is not None)


def _names(value: Any) -> frozenset[str]:
    return frozenset(_words(value))


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _WrongValueError("write true or false")
    return value


def _metres(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1022:
        raise _WrongValueError("write metres, 0 to 1022, which is the longest AIS can say")
    return float(value)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1000:
        raise _WrongValueError("write a number from 1 to 1000")
    return value


def _numbers(value: Any) -> frozenset[int]:
    numbers = value if isinstance(value, list) else [value]
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 10**9:
            raise _WrongValueError("write MMSIs as numbers of nine digits at most")
    return frozenset(numbers)


def _types(value: Any) -> frozenset[int]:
    found: set[int] = set()
    for item in value if isinstance(value, list) else [value]:
        first, _, last = str(item).partition("-")
        if isinstance(item, str) and item in GROUPS:
            found.update(*GROUPS[item])
        elif first.isascii() and first.isdigit() and not isinstance(item, bool):
            end = last or first
            short = end.isascii() and end.isdigit() and max(len(first), len(end)) <= 3
            if not (short and 0 < int(first) <= int(end) <= 255):
                raise _WrongValueError(
                    'write ship types as 1 to 255, or as a range such as "80-89"'
                )
            found.update(range(int(first), int(end) + 1))
        else:
            raise _WrongValueError(f'write numbers, ranges such as "80-89", or {", ".join(GROUPS)}')
    return frozenset(found)


def _unit(value: Any) -> str:
    if value not in ("A", "B"):
        raise _WrongValueError('write "A" or "B"')
    return str(value)


def _date(value: Any) -> datetime.date:
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
        raise _WrongValueError("write a date as 2027-05-01")
    return value


KEYS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "id": ("id", _text),
    "title": ("title", _text),
    "event": ("event", _words),
    "zone": ("zone", _words),
    "zone_kind": ("zone_kind", _words),
    "not_zone_kind": ("not_zone_kind", _words),
    "what": ("what", _words),
    "zone_risk": ("zone_risk", _words),
    "when": ("when", _conditions),
    "types": ("types", _types),
    "not_types": ("not_types", _types),
    "class": ("unit", _unit),
    "min_length_m": ("min_length_m", _metres),
    "mmsi": ("mmsi", _numbers),
    "flags": ("flags", _names),
    "forms": ("forms", _names),
    "listed": ("listed", _truth),
    "list": ("lists", _names),
    "priority": ("priority", _text),
    "instruction": ("instruction", _text),
    "review": ("review", _date),
    "author": ("author", _text),
    "situation": ("situation", _text),
    "gather_above": ("gather_above", _count),
    "enabled": ("enabled", _truth),
}
"""Every key of a rule: the attribute it sets and the function that reads its value."""

REQUIRED = {
    "id": 'write a short name, as in id = "piracy-area"',
    "title": "write what the situation is called in the queue",
    "event": "write the kind of event, or several as a list",
    "priority": "write emergency, alarm, warning or caution",
    "instruction": "write what an officer should do about it",
    "review": "write the date by which to look at the rule again, as 2027-05-01",
}
"""Keys no rule can do without, and what to write."""
