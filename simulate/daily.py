"""Daily counts of ports: arrivals, departures and ships waiting, with disruptions and the truth.

A disruption shows in weeks of traffic, so it is generated as counts, not as sentences. A port has
its own size, its own week (some hardly work on Sundays), a slow trend, and the scatter of chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geofence.library import load
from ingest.columns import Array
from simulate.dice import dice
from simulate.truth import Label

PORTS = (
    "port-sgsin", "port-nlrtm", "port-deham", "port-aejea", "port-egpsd", "port-brssz",
    "port-inmun", "port-uslax", "port-zadur", "port-mytpp",
)  # fmt: skip
"""Ports of the library whose counts are made up."""

DAY_S = 86_400.0
QUIET_DAYS = 38
"""Nothing happens before: a watch needs the median of thirty days first."""

NOTICED_DAYS = 3
FORMS = ("closure", "congestion", "slowdown")


@dataclass(frozen=True, slots=True)
class DailyCounts:
    """One row a port and day, by day and within it by port.

    Attributes:
        day: `datetime64[D]` UTC.
        port: id of the port's zone.
        arrivals, departures: ships that came in and went out on that day, int32.
        waiting: ships at anchor off the port at the end of it, int32.
    """

    day: Array
    port: Array
    arrivals: Array
    departures: Array
    waiting: Array


def daily_counts(
    seed: int, days: int = 120, ports: Sequence[str] = PORTS, disrupted: float = 0.5,
    start: str = "2026-06-01",
) -> tuple[DailyCounts, list[Label]]:  # fmt: skip
    """Counts of all ports, and the labels of what befell them.

    Args:
        seed: of the dice.
        days: how many, over `QUIET_DAYS` and room for a disruption.
        ports: ids of their zones.
        disrupted: share of the ports that one disruption befalls; the others are hard cases:
            weekends, trends and chance, and nothing else.
        start: the first day; labels count seconds from it.

    Raises:
        ValueError: too few days for a disruption.
        KeyError: no such port in the library.
    """
    if days < QUIET_DAYS + 25:
        raise ValueError(f"{days} days are too few: {QUIET_DAYS + 25} or more")
    day = np.datetime64(start, "D") + np.arange(days)
    hit = set(
        dice(seed, "disrupted ports").permutation(len(ports))[: round(disrupted * len(ports))]
    )
    columns, labels = [], []
    for number, port in enumerate(ports):
        rng = dice(seed, f"daily counts {port}")
        usual = _usual(day, rng)
        form = FORMS[number % len(FORMS)] if number in hit else None
        first, last = _when(days, rng)
        columns.append(_counts(usual, form, first, last, rng))
        labels.append(_label(port, form, first, last, days))
    arrivals, departures, waiting = np.array(columns, np.int32).transpose(1, 2, 0)
    counts = DailyCounts(
        np.repeat(day, len(ports)), np.tile(np.array(ports), days), arrivals.ravel(),
        departures.ravel(), waiting.ravel(),
    )  # fmt: skip
    return counts, labels


def _usual(day: Array, rng: np.random.Generator) -> Array:
    """Expected arrivals of each day, undisturbed."""
    size = np.exp(rng.uniform(np.log(14.0), np.log(90.0)))
    week = np.ones(7)
    week[5:] = rng.uniform(0.55, 1.0, 2)  # weekends
    week *= rng.uniform(0.93, 1.07, 7)
    trend = 1.0 + rng.uniform(-0.1, 0.15) * np.arange(len(day)) / len(day)
    weekday = (day.astype("datetime64[D]").astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    return np.asarray(size * week[weekday] * trend)


def _when(days: int, rng: np.random.Generator) -> tuple[int, int]:
    first = int(rng.integers(QUIET_DAYS, days - 15))
    return first, first + int(rng.integers(5, 11))


def _counts(
    usual: Array, form: str | None, first: int, last: int, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Arrivals, departures and ships waiting, day by day."""
    comes, goes = np.ones(len(usual)), np.ones(len(usual))
    if form == "closure":  # nobody in, nobody out: a storm, a strike, a blocked channel
        comes[first:last] = rng.uniform(0.0, 0.15)
        goes[first:last] = rng.uniform(0.0, 0.15)
    elif form == "congestion":  # ships come as ever and wait
        comes[first:last] = rng.uniform(0.3, 0.5)
        goes[first:last] = rng.uniform(0.3, 0.5)
    elif form == "slowdown":  # fewer ships are sent there
        comes[first:last] = rng.uniform(0.1, 0.4)
        goes[first + 1 : last + 1] = rng.uniform(0.1, 0.4)
    arrivals = rng.poisson(usual * comes)
    departures = rng.poisson(usual * goes)
    # Those who would have come in wait outside, and are worked off afterwards; a slowdown sends
    # them elsewhere.
    wait, queue = np.empty(len(usual)), 0.0
    base = usual.mean() * rng.uniform(0.15, 0.4)
    for k in range(len(usual)):
        held = usual[k] * (1.0 - comes[k]) if form in ("closure", "congestion") else 0.0
        queue = max(0.0, queue + held - (0.35 * queue if comes[k] == 1.0 else 0.0))
        wait[k] = base + queue
    return arrivals, departures, rng.poisson(wait)


def _label(port: str, form: str | None, first: int, last: int, days: int) -> Label:
    about = {"incident": "port_disruption", "zone": port}
    lon, lat = load({"port"}).by_id(port).centres[0]
    if form is None:
        return Label(
            f"quiet-{port}", "calm", (), 0.0, days * DAY_S, lon, lat,
            about | {"case": "ordinary_weeks"}, {"silent": ["port_disruption"]},
        )  # fmt: skip
    return Label(
        f"disruption-{port}", "port_disruption", (), first * DAY_S, last * DAY_S, lon, lat,
        about | {"form": form, "days": last - first},
        {"event": "port_disruption", "within_s": NOTICED_DAYS * DAY_S},
    )  # fmt: skip
