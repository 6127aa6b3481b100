"""`vigie vessel`: who a vessel says it is, and who it said it was."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from detect.identity import FORMS, form_and_flag
from ingest.errors import DatabaseError
from ingest.records import Statics
from ingest.shiptypes import type_name
from ingest.words import iso_time, safe_text
from store import schema
from store.database import Database as Store
from store.reads import DEFAULT_LIMIT
from vigie.options import Database, Json, print_json
from vigie.table import print_table

# More than these fit a text that was searched for: it is too short.
MOST_FOUND = 50


def vessel(
    who: Annotated[
        str,
        typer.Argument(
            metavar="WHO",
            help="An MMSI; or part of a name, the beginning of a call sign, of an IMO number or of"
            " an MMSI: then those that fit are listed.",
        ),
    ],
    db: Database,
    json: Json = False,
) -> None:
    """Say who a vessel says it is, and every identity it gave before, newest first."""
    with Store.open(db, read_only=True) as database:
        known = database.vessel(int(who)) if _is_mmsi(who) else None
        if known is None:
            _list(database.search(who, MOST_FOUND), who, db, json)
            return
        before = database.statics(int(who), DEFAULT_LIMIT, schema.WHO)
    code, flag = form_and_flag(known["mmsi"])
    reports = [_report(before, row) for row in range(len(before))]
    if json:
        print_json({**known, "form": FORMS[code], "flag": flag or None, "reports": reports})
        return
    typer.echo(
        f"{known['mmsi']:09d}: {safe_text(known['name'] or 'no name')}, {FORMS[code]}"
        + (f", flag {flag}" if flag else "")
        + f"; heard from {known['first_seen']} to {known['last_seen']}\n"
    )
    titles = ("time", "message", "name", "callsign", "imo", "type", "length", "beam")
    print_table(titles, ([report[title] for title in titles] for report in reports))


def _is_mmsi(who: str) -> bool:
    return who.isascii() and who.isdigit() and len(who) <= 9


def _list(found: list[dict[str, Any]], who: str, db: object, json: bool) -> None:
    """Vessels that fit a text."""
    if not found:
        raise DatabaseError(
            f"it knows no vessel {who!r:.40}", where=str(db),
            mend="Give an MMSI, part of a name, or the beginning of a call sign or IMO number",
        )  # fmt: skip
    if json:
        for one in found:
            print_json(one)
        return
    titles = ("mmsi", "name", "callsign", "imo", "last_seen")
    print_table(titles, ([one[title] for title in titles] for one in found))


def _report(statics: Statics, row: int) -> dict[str, Any]:
    """What one report says of who the vessel is; None for what it leaves out."""
    part = int(statics.part[row])
    kind = int(statics.ship_type[row])
    return {
        "time": iso_time(statics.time[row]),
        "message": f"{int(statics.msg_type[row])}{'AB'[part] if part < 2 else ''}",
        "name": _text(statics.name[row]), "callsign": _text(statics.callsign[row]),
        "imo": int(statics.imo[row]) or None,
        "type": (f"{kind} {type_name(kind)}".strip()) if kind else None,
        "length": int(statics.to_bow[row]) + int(statics.to_stern[row]) or None,
        "beam": int(statics.to_port[row]) + int(statics.to_starboard[row]) or None,
    }  # fmt: skip


def _text(value: bytes) -> str | None:
    return value.decode("utf-8", "replace") or None
