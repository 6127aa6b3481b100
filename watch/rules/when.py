"""Conditions on what an event measured: `held_s >= 14400`, as a rule's key `when` has them."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
_FORM = re.compile(r"\s*([a-z][a-z0-9_]*)\s*(>=|<=|>|<)\s*(-?[0-9]+(?:\.[0-9]+)?)\s*")

HOW = 'write a measured value, a sign and a number, as in "held_s >= 14400"'


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition.

    Attributes:
        name: of the measured value, as in the evidence of an event, with its unit.
        sign: one of >=, <=, >, <.
        limit: what it is held against.

    """

    name: str
    sign: str
    limit: float

    def met(self, measured: Mapping[str, Any]) -> bool:
        """Whether it holds; it does not where the event did not measure that."""
        value = measured.get(self.name)
        if not isinstance(value, int | float) or isinstance(value, bool):
            return False
        return math.isfinite(value) and _SIGNS[self.sign](value, self.limit)


def parse(text: str) -> Condition | None:
    """The condition that a text says; None where it says none."""
    found = _FORM.fullmatch(text)
    if found is None or len(text) > 100:
        return None
    return Condition(found[1], found[2], float(found[3]))
