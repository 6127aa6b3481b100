"""`vigie`: the command line.

Exit codes: 0 done; 1 a fault of the program; 2 the input, a setting or a database cannot be used
(one sentence says what, where, and the mend); 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from importlib import metadata
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ingest.errors import VigieError
from vigie.commands import (
    accounts,
    bench,
    db,
    decode,
    evaluate,
    export,
    journal,
    query,
    replay,
    run,
    share,
    simulate,
    sources,
    vessel,
    zones,
)


class _Commands(TyperGroup):
    """All commands. Who closes our output, as `head` does, has seen enough: that is no error."""

    def invoke(self, ctx: Any) -> object:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # What is still in the buffers goes nowhere, or Python would complain at the very end.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            raise typer.Exit(0) from None


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"vigie {metadata.version('vigie')}")
        raise typer.Exit


app = typer.Typer(
    name="vigie", cls=_Commands, help="An AIS watch.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip


@app.callback()
def _vigie(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_say_version, help="Say which.")
    ] = False,
) -> None:
    """An AIS watch."""


app.command("run")(run.run)
app.command("replay")(replay.replay)
app.command("decode")(decode.decode)
app.add_typer(zones.app, name="zones")
app.command("sources")(sources.sources)
app.command("events")(query.events)
app.command("alerts")(query.alerts)
app.command("vessel")(vessel.vessel)
app.command("export")(export.export)
app.add_typer(db.app, name="db")
app.add_typer(journal.app, name="journal")
app.add_typer(accounts.app, name="accounts")
app.add_typer(share.app, name="share")
app.command("simulate")(simulate.simulate)
app.command("evaluate")(evaluate.evaluate)
app.command("bench")(bench.bench)


def main() -> None:
    """Run the command line; errors that a person caused become one sentence and exit code 2."""
    try:
        app()
    except VigieError as error:
        _refuse(str(error))
    except OSError as error:  # the output: inputs and databases say themselves what is wrong
        where = error.filename or "the output"
        _refuse(f"{where}: it cannot be written or read: {error.strerror or error}.")
    except KeyboardInterrupt:
        sys.stderr.write("vigie: interrupted\n")
        raise SystemExit(130) from None


def _refuse(text: str) -> None:
    sys.stderr.write(f"vigie: {text}\n")
    raise SystemExit(2) from None


if __name__ == "__main__":
    main()
