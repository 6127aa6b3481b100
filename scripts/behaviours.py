"""Measure the detectors and write the tables of docs/behaviours.md.

    .venv/bin/python scripts/behaviours.py [--seeds 107-126] [--scenario NAME]… [--dry-run]

Set VIGIE_RECORDINGS for the rows over real recordings. `--dry-run` prints instead of writing, which
is how thresholds are looked at: with `--seeds 1-20`, never with those that are reported.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import replay_data
from benchmarks.behaviour import (
    FALSE_ALARMS,
    HARD_SHARE,
    PRECISION,
    RECALL,
    REPORTED,
    Measured,
    measure,
    real_recordings,
    recording_rates,
)
from vigie.evaluate.figures import Figures, Kind, percentile

PAGE = Path(__file__).parent.parent / "docs" / "behaviours.md"
BEGIN, END = "<!-- {}: begin -->", "<!-- {}: end -->"


def kinds_table(measured: Measured) -> Iterator[str]:
    """A row a kind."""
    yield (
        "| kind | truths | found | missed | false | again | precision | recall"
        " | delay, median | p95 |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for kind, counts in sorted(measured.total.kinds.items()):
        delays = (_duration(percentile(counts.delays, share)) for share in (0.5, 0.95))
        yield (
            f"| {_linked(kind)} | {counts.truths} | {counts.found} | {counts.missed}"
            f" | {counts.false} | {counts.again}"
            f" | {_share(counts.precision, PRECISION)} | {_share(counts.recall, RECALL)}"
            f" | {' | '.join(delays)} |"
        )


def totals_table(measured: Measured) -> Iterator[str]:
    """What belongs to no kind."""
    total = measured.total
    seeds = f"{measured.seeds[0]} to {measured.seeds[-1]}"
    yield "| measure | value | must |"
    yield "|---|---|---|"
    yield f"| scenarios × seeds ({seeds}) | {len(measured.scenarios)} × {len(measured.seeds)} | |"
    yield f"| vessel-days | {total.vessel_days:,.0f} | |"
    hard = total.hard_raised / total.hard_cases if total.hard_cases else 0.0
    yield (
        f"| hard cases that raised an alert | {total.hard_raised} of {total.hard_cases},"
        f" {100 * hard:.1f} % | under {100 * HARD_SHARE:g} % |"
    )
    yield f"| hard cases with a false event | {total.hard_seen} of {total.hard_cases} | |"
    for name, count, must in (
        ("alerts", total.alerts, ""),
        ("alerts withdrawn", total.withdrawn, ""),
        ("false alerts", total.false_alerts.total(), ""),
        ("false alerts of priority alarm or above", total.false_urgent, f"{FALSE_ALARMS:g}"),
    ):
        yield f"| {name} for 1,000 vessel-days | {_rate(total, count)} | {must} |"


def scenarios_table(measured: Measured) -> Iterator[str]:
    """A row a scenario."""
    yield (
        "| scenario | truths | found | false | hard cases | of them raised | vessel-days"
        " | alerts | false alerts | false alarms | most alerts by |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for name, figures in sorted(measured.scenarios.items()):
        every: Kind = figures.all
        rates = (figures.alerts, figures.false_alerts.total(), figures.false_urgent)
        yield (
            f"| {name} | {every.truths} | {every.found} | {every.false} | {figures.hard_cases}"
            f" | {figures.hard_raised} | {figures.vessel_days:,.0f}"
            f" | {' | '.join(_rate(figures, count) for count in rates)}"
            f" | {', '.join(f'{rule} {n}' for rule, n in figures.rules.most_common(3))} |"
        )


def recordings_table(rows: Sequence[tuple[str, list[dict[str, Any]]]]) -> Iterator[str]:
    """A row a recording."""
    yield "| recording | vessels | vessel-days | alerts | alerts for 1,000 vessel-days | events |"
    yield "|---|---|---|---|---|---|"
    for name, kinds in rows:
        last = kinds[-1]
        alerts = ", ".join(f"{r['kind']} {r['alerts']}" for r in kinds[:-1] if r["alerts"])
        events = ", ".join(f"{r['kind']} {r['events']}" for r in kinds[:-1] if r["events"])
        yield (
            f"| {name} | {last['vessels']:,} | {last['vessel_days']:,.1f} | {alerts or 'none'}"
            f" | {last['alerts_per_1000_vessel_days']:,.1f} | {events or 'none'} |"
        )


def _linked(kind: str) -> str:
    """A kind, with its page where it has one."""
    own = PAGE.with_suffix("") / f"{kind}.md"
    return f"[`{kind}`]({PAGE.stem}/{own.name})" if own.is_file() else f"`{kind}`"


def _share(value: float | None, must: float) -> str:
    if value is None:
        return ""
    return f"**{value:.3f}**" if value >= must else f"{value:.3f} (short)"


def _rate(figures: Figures, count: int) -> str:
    each = figures.per_1000(count)
    return "" if each is None else f"{each:,.2f}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def write(name: str, lines: Iterator[str]) -> None:
    """Put a table in its place on the page."""
    page = PAGE.read_text(encoding="utf-8")
    begin, end = BEGIN.format(name), END.format(name)
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise SystemExit(f"{PAGE} has no place for the table {name}")
    table = "\n".join(lines)
    PAGE.write_text(f"{before}{begin}\n{table}\n{end}{after}", encoding="utf-8")


def _seeds(text: str) -> list[int]:
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


def main() -> None:
    """Measure and write."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seeds", type=_seeds, default=list(REPORTED))
    arguments.add_argument("--scenario", action="append")
    arguments.add_argument("--dry-run", action="store_true")
    chosen = arguments.parse_args()
    shipped = replay_data.scenarios()
    named = {name: shipped[name] for name in chosen.scenario or ()}
    measured = measure(chosen.seeds, named or None)
    tables = {
        "kinds": kinds_table(measured),
        "totals": totals_table(measured),
        "scenarios": scenarios_table(measured),
    }
    if real_recordings():
        tables["recordings"] = recordings_table(list(recording_rates(real_recordings())))
    for name, lines in tables.items():
        if chosen.dry_run:
            sys.stdout.write("\n".join(lines) + "\n\n")
        else:
            write(name, lines)
    for ran in measured.runs if chosen.dry_run else ():
        for what, those in (("missed", ran.missed), ("false", ran.false)):
            for each in those:
                sys.stdout.write(f"{ran.scenario} {ran.seed} {what} {each}\n")


if __name__ == "__main__":
    main()
