"""`vigie decode PATH`: what a recording says, message by message."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.errors import ConfigError
from vigie.decode import FORMATS, Decoder, write_csv, write_ndjson, write_parquet
from vigie.options import Start, all_recordings, keep, output, time_of
from vigie.progress import Bar

_WRITERS = {"ndjson": write_ndjson, "csv": write_csv, "parquet": write_parquet}


def decode(
    path: Annotated[str, typer.Argument(metavar="PATH", help="A recording; - is standard input.")],
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="ndjson, csv or parquet.")
    ] = "ndjson",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write there, not to the terminal.")
    ] = None,
    start: Start = None,
) -> None:
    """Decode every message of a recording, one object a message.

    Duplicates too. What was not sent is null; what the fields mean is in docs/decoding.md.
    """
    if form not in _WRITERS:
        raise ConfigError(
            f"{form!r} is no format", where="--format", mend=f"Choose {', '.join(FORMATS)}"
        )
    if form == "parquet" and out is None and sys.stdout.isatty():
        raise ConfigError("Parquet is not for a terminal", where="--format", mend="Add --out FILE")
    found = all_recordings([path])
    if len(found) > 1:
        raise ConfigError(
            f"the archive holds {len(found)} recordings", where=path,
            mend=f"Name one, for example {found[0].name}",
        )  # fmt: skip
    recording = found[0]
    keep(path, out)
    decoder = Decoder(recording, time_of(start, "--start"))
    with Bar("decoding", "messages") as bar, output(out) as target:

        def watched() -> Iterator[dict[str, Any]]:
            for count, message in enumerate(decoder.messages()):
                if count % 4096 == 0:
                    share = recording.position / recording.size if recording.size else None
                    bar.update(share, count)
                yield message

        _WRITERS[form](watched(), target)
