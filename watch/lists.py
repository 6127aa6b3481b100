"""Watch lists: vessels that a centre wants to know of, read from CSV or TOML files.

An entry names a vessel by MMSI, IMO number, call sign or name. MMSI, IMO number and call sign each
count alone; a name counts only in an entry that has nothing else, because names are shared by many
ships. In a CSV file the first line names the columns; in TOML each vessel is a `[[vessel]]`.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detect.imo import imo_valid
from detect.listed import Marks, listed_key
from ingest.errors import ConfigError
from watch.vessel import Vessel

KEYS = ("mmsi", "imo", "callsign", "name", "note")
"""Columns of a CSV list and keys of a TOML entry; each may be left out."""

MAX_ENTRIES = 100_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One listed vessel: 0 or "" where a list does not say.

    Raises:
        ConfigError: nothing to know the vessel by, or a number that cannot be one.

    """

    mmsi: int = 0
    imo: int = 0
    callsign: str = ""
    name: str = ""
    note: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        if not (self.mmsi or self.imo or self.callsign or self.name):
            self._refuse("no MMSI, IMO number, call sign or name", "give at least one of them")
        if not 0 <= self.mmsi <= 999_999_999:
            self._refuse(f"MMSI {self.mmsi} has more than nine digits", "correct it")
        if self.imo and not imo_valid(self.imo):
            self._refuse(
                f"{self.imo} is no IMO number: its check digit does not fit",
                "correct it, or leave it out and use the MMSI",
            )

    def _refuse(self, what: str, mend: str) -> None:
        raise ConfigError(what, where=self.source, mend=mend)


@dataclass(frozen=True)
class WatchList:
    """Entries of all lists, and the question whether a vessel is among them."""

    entries: tuple[Entry, ...] = ()

    @cached_property
    def _by(self) -> dict[str, dict[Any, Entry]]:
        found: dict[str, dict[Any, Entry]] = {"mmsi": {}, "imo": {}, "callsign": {}, "name": {}}
        for entry in self.entries:
            strong = {"mmsi": entry.mmsi, "imo": entry.imo, "callsign": listed_key(entry.callsign)}
            for kind, value in strong.items():
                if value:
                    found[kind].setdefault(value, entry)
            if not any(strong.values()):
                found["name"].setdefault(listed_key(entry.name), entry)
        return found

    @property
    def mmsis(self) -> NDArray[np.uint32]:
        """MMSIs on the lists, ascending: vessels that no memory may forget."""
        return np.array(sorted(self._by["mmsi"]), np.uint32)

    @cached_property
    def marks(self) -> Marks:
        """By what the vessels on the lists are known, as the detectors look for them."""
        return Marks(**{f"{kind}s": frozenset(found) for kind, found in self._by.items()})

    def find(self, vessel: Vessel) -> tuple[Entry, str] | None:
        """The entry a vessel is listed under and what it was known by; None if it is not."""
        given = {
            "mmsi": vessel.mmsi, "imo": vessel.imo,
            "callsign": listed_key(vessel.callsign), "name": listed_key(vessel.name),
        }  # fmt: skip
        for kind, value in given.items():
            if value and value in self._by[kind]:
                return self._by[kind][value], kind
        return None

    def contains(self, vessel: Vessel) -> bool | None:
        """Whether a vessel is listed; None while it has not said what would decide it."""
        if self.find(vessel) is not None:
            return True
        unsaid = {"imo": not vessel.imo, "callsign": not vessel.callsign, "name": not vessel.name}
        return None if any(self._by[kind] and lacks for kind, lacks in unsaid.items()) else False


def load_lists(paths: Iterable[Path]) -> WatchList:
    """The entries of all files, in order.

    Raises:
        ConfigError: a file cannot be read, or an entry cannot be used.

    """
    return WatchList(tuple(entry for path in paths for entry in read_list(path)))


def read_list(path: Path) -> list[Entry]:
    """The entries of one file, `.toml` or else CSV.

    Raises:
        ConfigError: the file cannot be read, or an entry cannot be used.

    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError(
            f"the list cannot be read ({error.strerror})", where=str(path), mend="check its name"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(
            "the list is not text in UTF-8", where=str(path), mend="save it as UTF-8"
        ) from None
    rows = _toml_rows(text, path) if path.suffix == ".toml" else _csv_rows(text, path)
    if len(rows) > MAX_ENTRIES:
        raise ConfigError(
            f"{len(rows)} vessels are listed and {MAX_ENTRIES} may be", where=str(path),
            mend="list what the watch can act on",
        )  # fmt: skip
    # The file's name alone stands in alerts and in journals, which may be read on another machine.
    return [
        replace(_entry(row, f"{path}, {place}"), source=f"{path.name}, {place}")
        for place, row in rows
    ]


def _toml_rows(text: str, path: Path) -> list[tuple[str, dict[str, Any]]]:
    try:
        given = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"not TOML: {error}", where=str(path), mend="correct the line") from None
    vessels = given.get("vessel")
    tables = isinstance(vessels, list) and all(isinstance(vessel, dict) for vessel in vessels)
    if set(given) != {"vessel"} or not tables:
        raise ConfigError(
            "a list holds [[vessel]] entries and nothing else", where=str(path),
            mend="write [[vessel]] before each vessel",
        )  # fmt: skip
    return [(f"vessel {i}", vessel) for i, vessel in enumerate(given["vessel"], 1)]


def _csv_rows(text: str, path: Path) -> list[tuple[str, dict[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        return _rows_of(reader, path)
    except csv.Error as error:
        raise ConfigError(
            f"not CSV: {error}", where=f"{path}, line {reader.line_num}", mend="correct the line"
        ) from None


def _rows_of(reader: csv.DictReader[str], path: Path) -> list[tuple[str, dict[str, Any]]]:
    header = [name.strip().lower() for name in reader.fieldnames or ()]
    if not set(header) & set(KEYS[:4]):
        raise ConfigError(
            "the first line names no column of a list", where=str(path),
            mend=f"name its columns there: {', '.join(KEYS)}",
        )  # fmt: skip
    reader.fieldnames = header
    rows = []
    for row in reader:
        if None in row:
            raise ConfigError(
                "more cells than columns", where=f"{path}, line {reader.line_num}",
                mend="put text that holds a comma in double quotes",
            )  # fmt: skip
        filled = {key: (value or "").strip() for key, value in row.items()}
        if any(filled.values()):
            rows.append((f"line {reader.line_num}", {k: v for k, v in filled.items() if v}))
    return rows


def _entry(row: dict[str, Any], place: str) -> Entry:
    unknown = sorted(set(row) - set(KEYS))
    if unknown:
        raise ConfigError(
            f"unknown column or key {unknown[0]!r}", where=place, mend=f"use {', '.join(KEYS)}"
        )
    given: dict[str, Any] = {key: str(value) for key, value in row.items()}
    for key in ("mmsi", "imo"):
        if key in given:
            digits = given[key].upper().removeprefix("IMO").strip()
            if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
                raise ConfigError(
                    f"{given[key]!r:.40} is no such number", where=f"{place}, {key}",
                    mend="write digits alone: nine for an MMSI, seven for an IMO number",
                )  # fmt: skip
            given[key] = int(digits)
    return Entry(**given, source=place)
