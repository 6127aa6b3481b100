"""Figures as people read them: the cells of a table, and sentences."""

from __future__ import annotations

from collections.abc import Iterator

from vigie.evaluate.figures import ALL, Figures, Kind, percentile

TITLES = (
    "kind", "truths", "found", "missed", "false", "precision", "recall", "delay, median",
    "delay, p95", "late", "again",
)  # fmt: skip


def table_rows(figures: Figures) -> Iterator[tuple[object, ...]]:
    """Cells under TITLES: a row a kind, and all of them last."""
    for kind in sorted(figures.kinds):
        yield _row(kind, figures.kinds[kind])
    yield _row(ALL, figures.all)


def _row(name: str, kind: Kind) -> tuple[object, ...]:
    shares = (None if s is None else f"{s:.3f}" for s in (kind.precision, kind.recall))
    delays = (percentile(kind.delays, share) for share in (0.5, 0.95))
    return (
        name, kind.truths, kind.found, kind.missed, kind.false, *shares,
        *(None if d is None else f"{d:,.0f} s" for d in delays), kind.late, kind.again,
    )  # fmt: skip


def in_words(figures: Figures) -> list[str]:
    """What belongs to no kind, a sentence each."""
    false, days = figures.false_alerts.total(), figures.vessel_days
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in sorted(figures.false_alerts.items()))
    each, urgent = figures.per_1000(false), figures.per_1000(figures.false_urgent)
    rate = "" if each is None else f", {each:.2f} for 1,000 of {days:,.1f} vessel-days"
    alarms = "" if urgent is None else f" ({urgent:.2f} for 1,000)"
    return [
        f"{figures.alerts:,} alerts, and {figures.withdrawn:,} that were withdrawn; {false:,} false"
        f"{rate}{': ' + kinds if kinds else ''}",
        f"false ones of priority alarm or above: {figures.false_urgent:,}{alarms}",
        f"{figures.hard_cases:,} hard cases that must stay silent: {figures.hard_raised:,} raised"
        f" an alert, {figures.hard_seen:,} made an event",
    ]
