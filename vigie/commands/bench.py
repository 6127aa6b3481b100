"""`vigie bench`: speed and size, each against a peer in the same run."""

from __future__ import annotations

import importlib
from typing import Annotated

import typer

from ingest.errors import ConfigError
from vigie.options import Json
from vigie.table import print_table

# The benches measure this program from outside, so they may import it; it finds them by name.
BENCHES = importlib.import_module("benchmarks").BENCHES


def bench(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help=f"One of {', '.join(BENCHES)}.")
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="The long form.")] = False,
    json: Json = False,
) -> None:
    """Measure speed and size against peers.

    One benchmark, or all; a ratio above 1 is better than the peer.
    """
    if name is not None and name not in BENCHES:
        raise ConfigError(
            f"{name!r} is no benchmark", where="bench", mend=f"Choose {', '.join(BENCHES)}"
        )
    rows = []
    for chosen in BENCHES if name is None else (name,):
        for row in BENCHES[chosen]()(full):
            if json:
                typer.echo(row.to_json())
                continue
            ratio = "" if row.ratio is None else f"{row.ratio:.3g}"
            must = "" if row.must is None else f"{row.must:g}"
            value = f"{row.value:,.4g}"
            rows.append((row.bench, row.case, row.subject, value, row.unit, row.peer, ratio, must))
    if not json:
        print_table(("bench", "case", "subject", "value", "unit", "peer", "ratio", "must"), rows)
