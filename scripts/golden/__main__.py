"""Make the golden corpus anew: `.venv/bin/python scripts/golden [FOLDER]`.

Leaves in the folder (tests/golden without one), for every file of the cases beside this:

    NAME.nmea           sentences
    NAME.ndjson         the rows that `vigie decode` must print for them, by pyais
    NAME.account.json   what must become of every line and message, and the clock it went by

and in the folder's README the table of values in which pyais is not followed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import damage
import kinds
import lengths
import parts
import simulated
import values
import wrappers
from files import Correction

HERE = Path(__file__).resolve().parents[2] / "tests" / "golden"
BEGIN, END = "<!-- corrections: made by scripts/golden -->", "<!-- end -->"


def table(corrections: list[Correction]) -> str:
    """The corrections as a table, alike ones in one row."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for c in corrections:
        key = (c.column, json.dumps(c.pyais), json.dumps(c.vigie), c.why)
        alike.setdefault(key, []).append(f"{c.file}:{c.line + 1}")
    lines = ["| where | column | pyais says | right | why |", "|---|---|---|---|---|"]
    for (column, theirs, ours, why), places in alike.items():
        lines.append(f"| {', '.join(places)} | `{column}` | `{theirs}` | `{ours}` | {why} |")
    return "\n".join(lines)


def main(folder: Path) -> None:
    """Write the corpus, and the table of corrections into its README."""
    made = [
        kinds.file(), values.file(), lengths.file(), parts.file(), *wrappers.files(),
        damage.file(), simulated.file(),
    ]  # fmt: skip
    for file in made:
        file.write(folder)
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    head, _, rest = readme.partition(BEGIN)
    rows = table([c for file in made for c in file.corrections])
    text = f"{head}{BEGIN}\n\n{rows}\n\n{END}{rest.partition(END)[2]}"
    (folder / "README.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
