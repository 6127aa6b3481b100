"""Daily counts of a port, and whether a day is out of the ordinary for its weekday. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from detect.settings import check

# Standard error of a median, as a share of that of a mean: the root of π/2.
_MEDIAN_ERROR = 1.253

MEASURES = ("arrivals", "departures", "queue")


@dataclass(frozen=True, slots=True)
class PortDisruptionConfig:
    """Settings of `port_disruption`.

    Attributes:
        days: how far back days are compared with: 30 (IMF PortWatch compares with such a median).
        least_days: so many days of the same weekday there must be to compare with.
        low_share: arrivals or departures at or below this share of the median are out of the
            ordinary. Our choice: half.
        high_share: and a queue at or above this share. Our choice: twice.
        least: a median under this says nothing: small ports have empty days.
        chance: and the count must be so unlikely, if counts vary as Poisson's do, and the median of
            so few days may be off by as much as one usually is. Our choice: a watch of ten ports
            makes 11,000 such tests a year, so that one of them in a year is chance.

    """

    days: int = 30
    least_days: int = 3
    low_share: float = 0.5
    high_share: float = 2.0
    least: float = 4.0
    chance: float = 0.0001

    def __post_init__(self) -> None:
        check(
            self, "port_disruption", days=(7, 366), least_days=(1, 52), low_share=(0.01, 0.99),
            high_share=(1.01, 100), chance=(1e-9, 1),
        )  # fmt: skip


class Day(NamedTuple):
    """Counts of one day (days since 1970): vessels that came, that left, that wait at anchor."""

    day: int
    arrivals: int
    departures: int
    queue: int


class Finding(NamedTuple):
    """One measure that is out of the ordinary."""

    measure: str
    counted: int
    usual: float
    days: int
    chance: float


def judge_day(
    today: Day, before: Sequence[Day], config: PortDisruptionConfig
) -> tuple[Finding, ...]:
    """What is out of the ordinary about a day.

    Args:
        today: the day.
        before: earlier days, of which those of the same weekday within `days` are compared with.
        config: the settings.

    """
    same = [
        d for d in before if (today.day - d.day) % 7 == 0 and 0 < today.day - d.day <= config.days
    ]
    if len(same) < config.least_days:
        return ()
    found = []
    for measure in MEASURES:
        count, usual = getattr(today, measure), float(median(getattr(d, measure) for d in same))
        doubt = _MEDIAN_ERROR * math.sqrt(usual / len(same))
        if measure == "queue":
            odd = count >= config.high_share * max(usual, config.least / config.high_share)
            chance = 1 - poisson(count - 1, max(usual + doubt, 1.0))
            odd &= count >= config.least
        else:
            odd = usual >= config.least and count <= config.low_share * usual
            chance = poisson(count, max(usual - doubt, 0.0))
        if odd and chance <= config.chance:
            found.append(Finding(measure, count, usual, len(same), chance))
    return tuple(found)


def poisson(count: int, mean: float) -> float:
    """Chance of so many or fewer where `mean` are to be expected."""
    if count < 0:
        return 0.0
    terms = (math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count + 1))
    return min(sum(terms), 1.0) if mean > 0 else 1.0
