"""A rule as the table that says it: what `watch.rules.load` reads back as the same rule."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np

from detect.identity import FORMS
from ingest.shiptypes import GROUPS
from watch.rules.load import KEYS
from watch.rules.rule import ZONE_EVENTS, Rule
from watch.rules.vessels import NOT_CRAFT, VesselFilter
from watch.rules.when import Condition

_UNSAID = object()
_RULE = {name: field.default for name, field in Rule.__dataclass_fields__.items()}
_VESSELS = VesselFilter()


def to_table(rule: Rule) -> dict[str, Any]:
    """The keys of a rule and their values, plain JSON; what it leaves to the default is left out.

    Ship types are written by the names of their groups, the others as ranges.
    """
    table: dict[str, Any] = {}
    for key, (name, _) in KEYS.items():
        if hasattr(_VESSELS, name):
            value, default = getattr(rule.vessels, name), getattr(_VESSELS, name)
        else:
            value, default = getattr(rule, name), _RULE.get(name, _UNSAID)
        if value != default and not _understood(rule, name):
            table[key] = _types(value) if name in ("types", "not_types") else _plain(value)
    return table


def _understood(rule: Rule, name: str) -> bool:
    """Whether the rule would have this value if its table did not say so."""
    if name == "situation":
        return rule.situation == rule.id
    of_zones = all(kind in ZONE_EVENTS for kind in rule.event)
    craft = frozenset(FORMS) - set(NOT_CRAFT)
    return name == "forms" and of_zones and rule.vessels.forms == craft


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Condition):
        limit = np.format_float_positional(value.limit, trim="-")
        return f"{value.name} {value.sign} {limit}"
    return value.isoformat() if isinstance(value, datetime.date) else value


def _types(numbers: frozenset[int]) -> list[str]:
    words, left = [], set(numbers)
    for name, spans in GROUPS.items():
        members = {number for span in spans for number in span}
        if members <= numbers:
            words.append(name)
            left -= members
    rest = sorted(left)
    while rest:
        first = last = rest.pop(0)
        while rest and rest[0] == last + 1:
            last = rest.pop(0)
        words.append(str(first) if first == last else f"{first}-{last}")
    return words
