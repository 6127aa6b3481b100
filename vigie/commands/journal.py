"""`vigie journal`: what a journal holds, whether it is sound, and lines out of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.errors import ConfigError, InputError
from ingest.journal.export import export as export_lines
from ingest.journal.fault import Fault
from ingest.journal.identity import is_journal, read_identity
from ingest.journal.segment import Segment, end_of, list_segments
from ingest.journal.times import to_iso
from ingest.journal.verify import Verdict
from ingest.journal.verify import verify as verify_journal
from vigie.options import Json, output, print_json, time_of
from vigie.progress import Bar
from vigie.table import print_table

app = typer.Typer(help="The journal of what was received live.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the journal.")]


@app.command("list")
def list_(folder: Folder, json: Json = False) -> None:
    """List the segments of a journal, oldest first."""
    segments = _journal(folder)
    if json:
        for segment in segments:
            print_json(_as_dict(segment))
        return
    print_table(
        ("segment", "state", "first line", "lines", "bytes", "received from", "until", "sources"),
        (_row(_as_dict(segment)) for segment in segments),
    )


@app.command("verify")
def verify(folder: Folder, json: Json = False) -> None:
    """Check a journal against its checksums; exit code 1 where something is damaged or missing.

    Lines that a power cut took, and of which the journal itself knows, are listed and no fault.
    """
    _journal(folder)
    bad = 0
    verdicts: list[Verdict] = []
    with Bar("verifying", "segments") as bar:
        for verdict in verify_journal(folder, bar.update):
            bad += not verdict.good
            if json:
                print_json(
                    {
                        "segment": verdict.segment, "state": verdict.state, "what": verdict.what,
                        "first_line": verdict.first_line,
                        "lines": verdict.end_line - verdict.first_line, "bytes": verdict.bytes,
                    }
                )  # fmt: skip
            verdicts.append(verdict)
    if not json:
        print_table(
            ("segment", "state", "first line", "lines", "what"),
            ((v.segment, v.state, v.first_line, v.end_line - v.first_line, v.what)
             for v in verdicts),
        )  # fmt: skip
    if bad:
        raise typer.Exit(1)


@app.command("export")
def export(
    folder: Folder,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="TIME", help="From this event time on, UTC."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="To before this event time, UTC.")
    ] = None,
    mmsi: Annotated[
        list[str] | None,
        typer.Option("--mmsi", metavar="MMSI", help="Only of this vessel; may be repeated."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write there, not to the terminal.")
    ] = None,
) -> None:
    """Write lines of a journal as NMEA with their TAG blocks, for any tool that reads NMEA.

    Messages of several sentences are written whole or not at all. Vigie replays the result.
    """
    _journal(folder)
    begin, end = _us(since, "--since"), _us(until, "--until")
    if begin is not None and end is not None and begin >= end:
        raise ConfigError(
            "it is not after --since", where="--until", mend="Give a later time, or none"
        )
    wanted = None if mmsi is None else [_mmsi(text) for text in mmsi]
    if out is not None and out.resolve().is_relative_to(folder.resolve()):
        raise ConfigError(
            "this would write into the journal", where=str(out), mend="Choose another folder"
        )
    faults: list[Fault] = []
    with Bar("exporting") as bar, output(out) as target:
        for lines in export_lines(
            folder, since=begin, until=end, mmsis=wanted, tell=faults.append, watch=bar.update
        ):
            target.write(lines)
    for fault in faults:
        sys.stderr.write(f"vigie: {fault}\n")


def _journal(folder: Path) -> list[Segment]:
    """The segments of a journal.

    Raises:
        InputError: there is no journal at this path.
        JournalError: it is of a newer version.
    """
    if not is_journal(folder):
        what = "it is no journal: there is no journal.json in it"
        raise InputError(
            what if folder.is_dir() else "there is no such folder",
            where=str(folder),
            mend="Name the folder that vigie run was given for its journal",
        )
    read_identity(folder)
    return list_segments(folder)


def _as_dict(segment: Segment) -> dict[str, Any]:
    told = segment.sidecar
    state = "quarantined" if segment.quarantined else "closed" if segment.packed else "open"
    since = told.since if told else segment.header.since if segment.header else None
    path = segment.path
    return {
        "segment": segment.name,
        "state": state,
        "fault": segment.fault,
        "first_line": segment.first_line,
        "lines": end_of(segment) - segment.first_line,
        "bytes": path.stat().st_size if path.exists() else 0,
        "plain_bytes": told.bytes if told else None,
        "since": None if since is None else to_iso(since),
        "until": to_iso(told.until) if told else None,
        "first_event": to_iso(told.first_event) if told and told.first_event is not None else None,
        "last_event": to_iso(told.last_event) if told and told.last_event is not None else None,
        "sources": list(told.sources) if told else None,
    }


def _row(told: dict[str, Any]) -> tuple[object, ...]:
    sources = told["sources"]
    return (
        told["segment"], told["fault"] or told["state"], told["first_line"], told["lines"],
        told["bytes"], (told["since"] or "")[:19], (told["until"] or "")[:19],
        None if sources is None else ", ".join(sources[:5]) + (" …" if len(sources) > 5 else ""),
    )  # fmt: skip


def _us(text: str | None, option: str) -> int | None:
    when = time_of(text, option)
    return None if when is None else int(when.astype("datetime64[us]").astype("int64"))


def _mmsi(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        raise ConfigError(f"{text!r} is no MMSI", where="--mmsi", mend="Give its nine digits")
    return int(text)
