"""`vigie`: the command line.

Exit codes: 0 done; 1 a check found something; 2 the input, a setting or a database cannot be used
(one sentence says what, where, and the mend); 130 interrupted.
"""

from __future__ import annotations

import sys

import typer

from ingest.errors import VigieError
from vigie.commands import bench, decode, export, query, replay, run, simulate, zones

app = typer.Typer(
    name="vigie", help="An AIS watch.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)  # fmt: skip
app.command("run")(run.run)
app.command("replay")(replay.replay)
app.command("decode")(decode.decode)
app.add_typer(zones.app, name="zones")
app.command("events")(query.events)
app.command("alerts")(query.alerts)
app.command("export")(export.export)
app.command("simulate")(simulate.simulate)
app.command("bench")(bench.bench)


def main() -> None:
    """Run the command line; errors that a person caused become one sentence and exit code 2."""
    try:
        app()
    except VigieError as error:
        sys.stderr.write(f"vigie: {error}\n")
        raise SystemExit(2) from None
    except BrokenPipeError:  # the reader of our output has seen enough
        sys.stderr.close()
        raise SystemExit(0) from None
    except KeyboardInterrupt:
        sys.stderr.write("vigie: interrupted\n")
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
