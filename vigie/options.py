"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import contextlib
import datetime
import os
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import numpy as np
import orjson
import typer

from detect.config import DetectConfig
from detect.toml import detect_config
from geofence import library
from geofence.imports import import_zones
from geofence.zoneset import ZoneSet
from ingest.errors import ConfigError, InputError, VigieError
from ingest.files import STDIN, Recording, recordings
from store.database import Database as Store

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a machine to read.")]
Start = Annotated[
    str | None,
    typer.Option(
        "--start",
        metavar="TIME",
        help="When the recording begins, e.g. 2026-09-14T04:00:00Z; only if it has no clock.",
    ),
]
ZoneFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--zones",
        metavar="PATH",
        help="A zone file, beside the library; its zones replace those of the same id. May be"
        " repeated.",
    ),
]
DetectFile = Annotated[
    Path | None,
    typer.Option(
        "--detect",
        metavar="FILE",
        help="Settings of the detectors: a TOML file with a table [detect], such as a"
        " configuration has.",
    ),
]
Database = Annotated[Path, typer.Option("--db", metavar="FILE", help="The database.")]


def time_of(text: str | None, option: str) -> np.datetime64 | None:
    """A time that a person typed, UTC unless it says otherwise.

    Raises:
        ConfigError: it is not a time.
    """
    if text is None:
        return None
    try:
        when = datetime.datetime.fromisoformat(text.strip())
    except ValueError:
        raise ConfigError(
            f"{text!r} is no time", where=option, mend="Write it as 2026-09-14T04:00:00Z"
        ) from None
    if when.tzinfo is not None:
        when = when.astimezone(datetime.UTC).replace(tzinfo=None)
    return np.datetime64(when, "us")


def speed_of(text: str, option: str = "--speed") -> float | None:
    """A replay's speed: a number above 0, or "max" for as fast as it goes (None).

    Raises:
        ConfigError: it is neither.
    """
    if text.strip().lower() == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.0 < speed < 1e9:
        raise ConfigError(f"{text!r} is no speed", where=option, mend="Give a number, or max")
    return speed


def all_recordings(paths: list[str]) -> list[Recording]:
    """The recordings at several paths; archives give each of their members.

    Raises:
        ConfigError: standard input is named twice.
        InputError: one is missing or cannot be read.
    """
    if paths.count(STDIN) > 1:
        raise ConfigError("standard input can be read once only", where=STDIN, mend="Name it once")
    return [r for path in paths for r in recordings(path)]


def all_zones(files: list[Path] | None) -> ZoneSet:
    """The library, with the zones of files put over it."""
    zones = library.load()
    for path in files or []:
        zones = zones.merge(import_zones(path))
    return zones


def detect_of(path: Path | None) -> DetectConfig:
    """The settings of the detectors in a file; the defaults without one.

    Raises:
        ConfigError: the file or a setting cannot be used.
    """
    if path is None:
        return DetectConfig()
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(
            f"it cannot be read: {error.strerror or error}", where=str(path),
            mend="Give the path of a TOML file",
        ) from None  # fmt: skip
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"it is no TOML: {error}", where=str(path), mend="Mend it there"
        ) from None
    if "detect" not in told:
        raise ConfigError(
            "it has no table [detect]", where=str(path),
            mend="Write [detect] over the settings, and [detect.loitering] or the like over those"
            " of one detector",
        )  # fmt: skip
    return detect_config(told["detect"], str(path))


def keep(read: str | Path, out: Path | None) -> None:
    """Refuse to write over the file that is read.

    Raises:
        ConfigError: `out` is the file at `read`, the archive it is a member of, or standard input.
    """
    if out is None or not out.is_file():
        return
    path = Path(read)
    if not path.exists():
        path = Path(str(read).partition("!")[0])
    with contextlib.suppress(OSError):
        status = os.fstat(sys.stdin.fileno()) if str(read) == STDIN else path.stat()
        if os.path.samestat(status, out.stat()):
            raise ConfigError(
                "this would write over what it reads", where=str(out), mend="Choose another file"
            )


@contextlib.contextmanager
def database_at(path: Path | None, *, memory_limit_mb: int = 300) -> Iterator[Store]:
    """The database to write to; without a path, one that is gone at the end.

    A file that was not there before is not left behind by a command that was refused.

    Args:
        path: the file, or None.
        memory_limit_mb: what DuckDB may use.
    """
    if path is None:
        with Store.temporary(memory_limit_mb=memory_limit_mb) as database:
            yield database
        return
    new, unused = not path.exists(), False
    try:
        with Store.open(path, memory_limit_mb=memory_limit_mb) as database:
            try:
                yield database
            except VigieError:
                unused = not database.runs()
                raise
    finally:
        if new and unused:
            for file in (path, Path(f"{path}.wal")):
                file.unlink(missing_ok=True)


@contextlib.contextmanager
def output(out: Path | None) -> Iterator[BinaryIO]:
    """What a command writes to: a file, or standard output.

    Raises:
        InputError: the file cannot be written.
    """
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        file = out.open("wb")
    except OSError as error:
        raise InputError(
            f"it cannot be written: {error.strerror}", where=str(out), mend="Choose another place"
        ) from error
    with file:
        yield file


def print_json(value: Any) -> None:
    """One JSON object on one line of standard output."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()
