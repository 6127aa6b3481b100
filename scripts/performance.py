"""Run the benchmarks and write their table into docs/performance.md.

    .venv/bin/python scripts/performance.py [--full] [BENCH…]

The rows of the benches named are made anew, the others stay. Set VIGIE_RECORDINGS for the rows over
real recordings.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
BENCHES = (
    "decode", "geofence", "store", "replay", "memory", "track", "journal",
    "live", "latency", "udp", "mqtt", "simulate", "pairs", "boxes",
    "consoles",
)  # fmt: skip
BEGIN, END = "<!-- {}: begin -->", "<!-- {}: end -->"


def rows_of(bench: str, full: bool) -> list[dict[str, Any]]:
    """The rows of one bench, measured now."""
    command = [str(Path(sys.executable).with_name("vigie")), "bench", bench, "--json"]
    done = subprocess.run(
        command + ["--full"] * full, check=True, stdout=subprocess.PIPE, text=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def table(rows: list[dict[str, Any]]) -> str:
    """Rows as a Markdown table."""
    lines = [
        "| case | subject | value | peer | its value | ratio | must |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.3g}"
        if row["must"] is not None:
            ratio = f"**{ratio}**" if row["ratio"] >= row["must"] else f"{ratio} (short)"
        lines.append(
            f"| {row['case']} | {row['subject']} | {_figure(row['value'])} {row['unit']}"
            f" | {row['peer'] or ''} | {_figure(row['peer_value'])} | {ratio}"
            f" | {'' if row['must'] is None else format(row['must'], 'g')} |"
        )
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def main() -> None:
    """Measure and write."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("benches", nargs="*", default=BENCHES)
    arguments.add_argument("--full", action="store_true")
    chosen = arguments.parse_args()
    for bench in chosen.benches:
        made = table(rows_of(bench, chosen.full))
        page = PAGE.read_text(encoding="utf-8")
        begin, end = BEGIN.format(bench), END.format(bench)
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        PAGE.write_text(f"{before}{begin}\n{made}\n{end}{after}", encoding="utf-8")
        sys.stderr.write(f"{bench}: written\n")


if __name__ == "__main__":
    main()
