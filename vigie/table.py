"""Rows as a table for people; machines ask for `--json`.

On a terminal a line is cut where the screen ends. Elsewhere nothing is cut, so that grep finds what
it looks for. Columns are as wide as the first thousand rows need: a list of a
million is written as it is read.
"""

from __future__ import annotations

import itertools
import shutil
import sys
from collections.abc import Iterable, Sequence

from ingest.words import safe_text

LOOKED_AT = 1000
_GAP = "  "


def print_table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows under their titles to standard output; None is an empty cell.

    Args:
        titles: names of the columns.
        rows: a cell a column; texts from outside are made safe to show.
    """
    wanted = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    waiting = iter(rows)
    first = [_cells(row) for row in itertools.islice(waiting, LOOKED_AT)]
    widths = [max(map(len, column)) for column in zip(titles, *first, strict=True)]
    for cells in itertools.chain([tuple(titles)], first, map(_cells, waiting)):
        line = _GAP.join(c.ljust(w) for c, w in zip(cells, widths, strict=True)).rstrip()
        if wanted is not None and len(line) > wanted:
            line = line[: wanted - 1] + "…"
        sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _cells(row: Sequence[object]) -> tuple[str, ...]:
    return tuple("" if value is None else safe_text(str(value)) for value in row)
