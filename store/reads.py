"""Reading: tracks, histories, events, alerts, runs. Every value from outside is a bound parameter.

Safe to call from several threads at once: each call has a connection of its own. Times go in and
come out as `datetime64[us]` in UTC; events and alerts come out as plain JSON values.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any, TypeVar

import duckdb
import numpy as np
import orjson

from ingest.columns import Array, Record
from ingest.control import Control
from ingest.records import Copies, Messages, Positions, Statics
from store import items, schema
from store.filters import Wanted, conditions
from store.identity import said
from store.native import from_result
from store.runs import Run, read_run
from store.sql import columns, instant, one
from watch.alert import Alert

_ALWAYS = np.datetime64("0001-01-01", "us"), np.datetime64("9999-01-01", "us")

# A number that is no MMSI is nobody's; it is not an error.
_MMSI = "mmsi = TRY_CAST(? AS UINTEGER)"

DEFAULT_LIMIT = 1_000
MOST_FIXES = 1_000_000

# Static reports looked at for those that differ: of a class A unit, more than a year.
MOST_STATICS = 100_000

_EVENT = items.shown(schema.EVENTS)
_ALERT = items.shown(schema.ALERTS)
_ENTRY = items.shown(schema.ENTRIES)
_VESSEL = ("mmsi", "first_seen", "last_seen", *schema.IDENTITY)
_VESSEL_SQL = f"mmsi, first_seen, last_seen, {schema.human(Statics, schema.IDENTITY)}"

R = TypeVar("R", bound=Record)


class Reads:
    """The reading half of `store.database.Database`."""

    def cursor(self) -> contextlib.AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A connection for one thread; the database gives it."""
        raise NotImplementedError

    def track(
        self,
        mmsi: int,
        since: np.datetime64 | None = None,
        until: np.datetime64 | None = None,
        limit: int = MOST_FIXES,
    ) -> Positions:
        """Reports of a vessel with since <= time < until, oldest first, `limit` of them at most."""
        found = self._of_vessel(Positions, "positions", mmsi, since, until, f"LIMIT {limit + 1:d}")
        if len(found) > limit:
            # Which are the first the database must say: one number, shared or forged, may have
            # more reports than memory holds.
            first = f"ORDER BY time LIMIT {limit:d}"
            found = self._of_vessel(Positions, "positions", mmsi, since, until, first)
        return found.take(np.argsort(found.time, kind="stable"))

    def copies(
        self,
        mmsi: int,
        since: np.datetime64 | None = None,
        until: np.datetime64 | None = None,
        limit: int = MOST_FIXES,
    ) -> Copies:
        """Who else heard a vessel's reports of since <= time < until, and how much later.

        Oldest first, `limit` of them at most.
        """
        first = f"ORDER BY time LIMIT {limit:d}"
        found = self._of_vessel(Copies, "copies", mmsi, since, until, first)
        return found.take(np.argsort(found.time, kind="stable"))

    def statics(
        self, mmsi: int, limit: int = DEFAULT_LIMIT, names: Sequence[str] = schema.IDENTITY
    ) -> Statics:
        """Static reports of a vessel that differ from the one before, newest first.

        By default in anything they say; with `names` in one of these columns, and those that say
        none of them are left out.
        The one before is of the same message type and part: each says other things. Of a number
        that has more than `MOST_STATICS` reports only so many, the newest, are looked at.
        """
        newest = f"ORDER BY time DESC LIMIT {MOST_STATICS:d}"
        found = self._of_vessel(Statics, "statics", mmsi, None, None, newest)
        if names is not schema.IDENTITY:
            telling = np.logical_or.reduce([said(name, getattr(found, name)) for name in names])
            found = found.take(telling)
        found = found.take(np.lexsort((found.time, found.part, found.msg_type)))
        new = np.ones(len(found), bool)
        new[1:] = np.logical_or.reduce([
            _changed(name, getattr(found, name))
            for name in ("msg_type", "part", *names)
        ])  # fmt: skip
        found = found.take(new)
        return found.take(np.argsort(found.time, kind="stable")[::-1][:limit])

    def messages(
        self, mmsi: int, before: np.datetime64 | None = None, limit: int = DEFAULT_LIMIT
    ) -> Messages:
        """Messages of a vessel that are neither position nor static, newest first."""
        with self.cursor() as cursor:
            found = columns(
                cursor,
                f"SELECT {schema.column_names(Messages)} FROM messages WHERE {_MMSI}"
                " AND time < ?::TIMESTAMP_MS ORDER BY time DESC LIMIT ?",
                [mmsi, instant(_ALWAYS[1] if before is None else before), limit],
            )
        return from_result(Messages, found)

    def vessel(self, mmsi: int) -> dict[str, Any] | None:
        """The registry's row of a vessel: identity, first and last seen; None if never heard."""
        found = self._vessels(_MMSI, [mmsi], 1)
        return found[0] if found else None

    def search(self, text: str, limit: int = 50) -> list[dict[str, Any]]:
        """Vessels whose name contains a text, or whose MMSI, IMO number or call sign begins so.

        Letter case does not matter. Those heard last come first.
        """
        text = text.strip().upper()
        if not text:
            return []
        return self._vessels(
            "contains(upper(name), ?) OR starts_with(upper(callsign), ?)"
            " OR starts_with(lpad(mmsi::VARCHAR, 9, '0'), ?)"
            " OR starts_with(mmsi::VARCHAR, ?) OR (imo > 0 AND starts_with(imo::VARCHAR, ?))",
            [text] * 5,
            limit,
        )

    def events(self, wanted: Wanted, limit: int = DEFAULT_LIMIT) -> list[dict[str, Any]]:
        """Events that fit, newest first, each in its current revision."""
        return self._list("events", _EVENT, *conditions(wanted, alerts=False), limit)

    def alerts(self, wanted: Wanted, limit: int = DEFAULT_LIMIT) -> list[dict[str, Any]]:
        """Alerts that fit, newest first, each in its current revision."""
        return self._list("alerts", _ALERT, *conditions(wanted, alerts=True), limit)

    def event(self, event_id: str) -> dict[str, Any] | None:
        """One event in its current revision."""
        return _first(self._list("events", _EVENT, "id = ?", [event_id], 1))

    def alert(self, alert_id: str) -> dict[str, Any] | None:
        """One alert in its current revision."""
        return _first(self._list("alerts", _ALERT, "id = ?", [alert_id], 1))

    def open_alerts(self, limit: int) -> list[Alert]:
        """The newest alerts that are not over, oldest first, each in its current revision."""
        test = "state NOT IN ('normal', 'withdrawn')"
        return [items.to_alert(a) for a in self._list("alerts", _ALERT, test, [], limit)[::-1]]

    def alert_log(self, alert_id: str) -> list[dict[str, Any]]:
        """Every revision of an alert, oldest first."""
        return self._list("alert_log", _ALERT, "id = ?", [alert_id], None, "revision")

    def alert_actions(self, alert_id: str) -> list[dict[str, Any]]:
        """All that was done about an alert, as `watch.log.Entry`, oldest first."""
        return self._list("alert_actions", _ENTRY, "alert = ?", [alert_id], None, "revision")

    def controls(self, run: int) -> list[Control]:
        """Changes that were made while a recording was replayed, in their order."""
        with self.cursor() as cursor:
            rows = cursor.execute(
                "SELECT kind, epoch_us(time), body, line FROM controls WHERE run = ?"
                " ORDER BY line, rowid", [run],
            ).fetchall()  # fmt: skip
        return [Control(kind, time, orjson.loads(body), line) for kind, time, body, line in rows]

    def run(self, number: int) -> Run:
        """A run as it stands; DatabaseError where there is none of that number."""
        with self.cursor() as cursor:
            return read_run(cursor, number)

    def runs(self) -> list[dict[str, Any]]:
        """All runs, oldest first, with their recordings, settings, place and ledger."""
        names = ("run", "begun", "finished", "settings", "committed_line", "complete", "ledger")
        with self.cursor() as cursor:
            rows = cursor.execute(
                f"SELECT {', '.join(names)}, (SELECT list(name ORDER BY place) FROM run_sources s"
                " WHERE s.run = runs.run) FROM runs ORDER BY run"
            ).fetchall()
        made = [dict(zip((*names, "sources"), row, strict=True)) for row in rows]
        for run in made:
            run["settings"], run["ledger"] = map(orjson.loads, (run["settings"], run["ledger"]))
            run["sources"] = run["sources"] or []
            run["begun"], run["finished"] = map(items.plain, (run["begun"], run["finished"]))
        return made

    def ledger(self, run: int) -> dict[str, Any]:
        """What became of every line and message of a run, as `ingest.ledger.Ledger.as_dict`."""
        with self.cursor() as cursor:
            row = one(cursor, "SELECT ledger FROM runs WHERE run = ?", [run])
        return dict(orjson.loads(row[0])) if row else {}

    def station_names(self) -> list[bytes]:
        """Names of the stations by number, exactly as they came: what `Stations` goes on from."""
        with self.cursor() as cursor:
            rows = cursor.execute("SELECT raw FROM stations ORDER BY number").fetchall()
        return [row[0] for row in rows]

    def counts(self) -> dict[str, int]:
        """Rows of each table."""
        tables = ("positions", "statics", "messages", "copies", "vessels", "events", "alerts")
        query = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
        with self.cursor() as cursor:
            row = one(cursor, f"SELECT {query}")
        return dict(zip(tables, row or (), strict=True))

    def _of_vessel(
        self,
        record: type[R],
        table: str,
        mmsi: int,
        since: np.datetime64 | None,
        until: np.datetime64 | None,
        which: str = "",
    ) -> R:
        """Rows of a vessel; `which` orders or limits them, in SQL of ours."""
        span = zip((since, until), _ALWAYS, strict=True)
        with self.cursor() as cursor:
            found = columns(
                cursor,
                f"SELECT {schema.column_names(record)} FROM {table}"
                f" WHERE {_MMSI} AND time >= ?::TIMESTAMP_MS AND time < ?::TIMESTAMP_MS {which}",
                [mmsi, *(instant(end if given is None else given) for given, end in span)],
            )
        return from_result(record, found)

    def _vessels(self, test: str, values: list[Any], limit: int) -> list[dict[str, Any]]:
        with self.cursor() as cursor:
            rows = cursor.execute(
                f"SELECT {_VESSEL_SQL} FROM vessels WHERE {test}"
                " ORDER BY last_seen DESC, mmsi LIMIT ?",
                [*values, limit],
            ).fetchall()
        return [
            {name: items.plain(value) for name, value in zip(_VESSEL, row, strict=True)}
            for row in rows
        ]

    def _list(
        self,
        table: str,
        names: Sequence[str],
        test: str,
        values: list[Any],
        limit: int | None,
        order: str = "time DESC, id DESC",
    ) -> list[dict[str, Any]]:
        with self.cursor() as cursor:
            rows = cursor.execute(
                f"SELECT {', '.join(names)} FROM {table} WHERE {test} ORDER BY {order} LIMIT ?",
                [*values, limit],
            ).fetchall()
        return [items.to_dict(names, row) for row in rows]


def _changed(name: str, values: Array) -> Array:
    """Whether each value after the first differs from the one before, absent being a value."""
    there = said(name, values)
    return (there[1:] != there[:-1]) | (there[1:] & (values[1:] != values[:-1]))


def _first(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    return rows[0] if rows else None
