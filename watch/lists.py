"""Watch lists: vessels that a centre wants to know of, read from CSV or TOML files.

An entry names a vessel by MMSI, IMO number, call sign or name. MMSI, IMO number and call sign each
count alone; a name counts only in an entry that has nothing else, because names are shared by many
ships. Each list has a name, so that a rule can ask for one of them; a file's list is called as the
file is, without its ending. In a CSV file the first line names the columns; in TOML each vessel is
a `[[vessel]]`.
"""

from __future__ import annotations

import csv
import io
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
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

MAX_TEXT = 500
"""Characters of a name, call sign or note."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One listed vessel: 0 or "" where a list does not say.

    Attributes:
        mmsi, imo, callsign, name: what it is known by.
        note: why it is listed.
        source: where the entry was read, for people.
        on: name of its list.

    Raises:
        ConfigError: nothing to know the vessel by, or a number that cannot be one.

    """

    mmsi: int = 0
    imo: int = 0
    callsign: str = ""
    name: str = ""
    note: str = ""
    source: str = ""
    on: str = ""

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
    """Entries of all lists, and the question whether a vessel is among them.

    Attributes:
        entries: of all lists, list by list.
        empty: names of lists that have none.

    """

    entries: tuple[Entry, ...] = ()
    empty: tuple[str, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the lists, in the order of their first entries."""
        return tuple(dict.fromkeys((*(entry.on for entry in self.entries), *self.empty)))

    def only(self, names: frozenset[str]) -> WatchList:
        """The entries of some of the lists."""
        if names not in self._parts:
            self._parts[names] = WatchList(tuple(e for e in self.entries if e.on in names))
        return self._parts[names]

    @cached_property
    def _parts(self) -> dict[frozenset[str], WatchList]:
        return {}

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
    read = {path: read_list(path) for path in paths}
    entries = tuple(entry for some in read.values() for entry in some)
    named = {entry.on for entry in entries}
    empty = dict.fromkeys(path.stem for path in read if path.stem not in named)
    return WatchList(entries, tuple(empty))


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
    rows = _toml_rows(text, path) if path.suffix == ".toml" else _csv_rows(text, str(path))
    if len(rows) > MAX_ENTRIES:
        raise ConfigError(
            f"{len(rows)} vessels are listed and {MAX_ENTRIES} may be", where=str(path),
            mend="list what the watch can act on",
        )  # fmt: skip
    # The file's name alone stands in alerts and in journals, which may be read on another machine.
    return [
        replace(entry_of(row, f"{path}, {place}"), source=f"{path.name}, {place}", on=path.stem)
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


def _csv_rows(text: str, where: str) -> list[tuple[str, dict[str, Any]]]:
    rows = []
    for place, row in csv_rows(text, where):
        if isinstance(row, ConfigError):
            raise row
        rows.append((place, row))
    return rows


Row = tuple[str, dict[str, Any] | ConfigError]
"""Where a row stands, and its filled cells by column, or what is wrong with it."""


def csv_rows(text: str, where: str) -> Iterator[Row]:
    """The rows of a CSV table that are not empty.

    Cells are parted by commas, or by semicolons or tabs where the first line has those: that is
    what spreadsheets write in countries that need the comma for their decimals.

    Raises:
        ConfigError: the first line names no column of a list, or one twice.

    """
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    try:
        header = [_column(name) for name in reader.fieldnames or ()]
    except csv.Error as error:
        raise ConfigError(
            f"not CSV: {error}", where=f"{where}, line 1", mend="correct the line"
        ) from None
    if not set(header) & set(KEYS[:4]):
        raise ConfigError(
            "the first line names no column of a list", where=where,
            mend=f"name its columns there: {', '.join(KEYS)}",
        )  # fmt: skip
    unknown = [name for name in header if name not in KEYS]
    if unknown or len(set(header)) < len(header):
        odd = unknown[0] if unknown else next(n for n in header if header.count(n) > 1)
        raise ConfigError(
            f"{'unknown column or key' if unknown else 'two columns are called'} {odd!r:.60}",
            where=f"{where}, line 1", mend=f"use {', '.join(KEYS)}, each once",
        )  # fmt: skip
    reader.fieldnames = header
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            # What comes behind a quote that was never closed cannot be told from what is in it.
            yield f"line {reader.line_num}", ConfigError(
                f"not CSV: {error}", where=f"{where}, line {reader.line_num}",
                mend="correct the line",
            )  # fmt: skip
            return
        if row is None:
            return
        place = f"line {reader.line_num}"
        if None in row:
            yield place, ConfigError(
                "more cells than columns", where=f"{where}, {place}",
                mend="put text that holds a comma in double quotes",
            )  # fmt: skip
            continue
        filled = {key: cell for key, value in row.items() if (cell := (value or "").strip())}
        if filled:
            yield place, filled


def _column(title: str) -> str:
    """The column that a title means: capitals, spaces and marks do not count."""
    word = "".join(c for c in title.lower() if c.isalnum())
    return _TITLES.get(word, title.strip().lower())


_TITLES = {
    "mmsi": "mmsi", "mmsinumber": "mmsi", "imo": "imo", "imonumber": "imo", "imono": "imo",
    "callsign": "callsign", "name": "name", "vesselname": "name", "shipname": "name",
    "note": "note", "notes": "note", "remark": "note", "remarks": "note",
}  # fmt: skip


def entry_of(row: Mapping[str, Any], place: str) -> Entry:
    """The entry that a row, or a JSON object, says; numbers may be text.

    Raises:
        ConfigError: a key is unknown, or a value cannot be used; `place` is what it is called.

    """
    unknown = sorted(set(row) - set(KEYS))
    if unknown:
        raise ConfigError(
            f"unknown column or key {unknown[0]!r:.60}", where=place, mend=f"use {', '.join(KEYS)}"
        )
    given: dict[str, Any] = {key: str(value).strip() for key, value in row.items()}
    for key, text in given.items():
        if len(text) > MAX_TEXT or any(unicodedata.category(c) == "Cs" for c in text):
            raise ConfigError(
                f"{text!r:.40} cannot be kept", where=f"{place}, {key}",
                mend=f"write text of {MAX_TEXT} characters at most",
            )  # fmt: skip
    for key in ("mmsi", "imo"):
        if given.get(key):
            digits = given[key].upper().removeprefix("IMO").strip()
            if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
                raise ConfigError(
                    f"{given[key]!r:.40} is no such number", where=f"{place}, {key}",
                    mend="write digits alone: nine for an MMSI, seven for an IMO number",
                )  # fmt: skip
            given[key] = int(digits)
        elif key in given:
            del given[key]
    return Entry(**given, source=place)
