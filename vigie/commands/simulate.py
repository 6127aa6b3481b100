"""`vigie simulate SCENARIO`: a seeded sea as sentences, with the truth about it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

import replay_data
from ingest.errors import ConfigError
from simulate.run import simulate as simulate_file
from vigie.options import Json, keep, print_json
from vigie.progress import Bar


def simulate(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A TOML file, or the name of a bundled one.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Sentences; .gz and .zst are packed.")
    ],
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Instead of the scenario's own.")
    ] = None,
    truth: Annotated[
        Path | None, typer.Option("--truth", metavar="FILE", help="What happened, as JSON lines.")
    ] = None,
    vessels: Annotated[
        int | None, typer.Option("--vessels", metavar="N", help="So many instead of its own.")
    ] = None,
    json: Json = False,
) -> None:
    """Make a recording from a scenario.

    The same scenario and seed give the same sentences.
    """
    path = Path(scenario)
    bundled = replay_data.scenarios()
    if not path.exists():
        if scenario not in bundled:
            raise ConfigError(
                "there is no such scenario", where=scenario,
                mend=f"Name a TOML file, or one of {', '.join(sorted(bundled))}",
            )  # fmt: skip
        path = bundled[scenario]
    for file in (out, truth):
        keep(path, file)
    if truth is not None and truth.absolute() == out.absolute():
        raise ConfigError("this is --out too", where=f"--truth {truth}", mend="Name another file")
    with Bar("simulating", "sentences") as bar:
        made = simulate_file(path, seed, out, truth, bar.update, vessels)
    if json:
        print_json(dataclasses.asdict(made))
        return
    typer.echo(
        f"{out}: {made.lines:,} lines of {made.hours:g} h, as heard of {made.transmitters:,}"
        f" transmitters; scenario {made.scenario}, seed {made.seed}"
    )
    if truth is not None:
        typer.echo(f"{truth}: {made.labels:,} lines of what truly happened")
    for option, file in replay_data.beside(path).items():
        typer.echo(f"made for `vigie replay {option} {file}`")
