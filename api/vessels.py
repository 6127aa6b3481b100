"""Vessels of the picture as JSON: identity, newest fix and its age."""

from __future__ import annotations

from typing import Any

import numpy as np

from api.plain import rows
from api.schemas import FIX, HISTORY, IDENTITY
from api.terms import aid_type_name, status_name
from api.times import seconds_since
from detect.identity import FORMS, form_and_flag
from ingest.columns import Array
from ingest.records import Flag, Positions, Statics
from ingest.shiptypes import type_name
from ingest.stations import UNKNOWN, Stations
from ingest.words import iso_time


def identities(statics: Statics) -> list[dict[str, Any]]:
    """Merged static reports as JSON objects of the schema `Identity`."""
    made = rows(statics, IDENTITY)
    for row in made:
        row["type_name"] = type_name(row["ship_type"] or 0) or aid_type_name(row["aid_type"] or 0)
        row["length"] = (row["to_bow"] or 0) + (row["to_stern"] or 0) or None
        row["beam"] = (row["to_port"] or 0) + (row["to_starboard"] or 0) or None
        row["eta"] = _eta(row)
    return made


def fixes(positions: Positions, now: np.datetime64 | None, stations: Stations) -> list[Any]:
    """Reports as JSON objects of the schema `Fix`; None where the time is NaT: never a fix."""
    made: list[Any] = rows(positions, FIX)
    ages = np.zeros(len(positions)) if now is None else seconds_since(positions.time, now)
    for i, row in enumerate(made):
        if row["time"] is None:
            made[i] = None
            continue
        row["status_name"] = status_name(row["status"] if row["status"] is not None else 15)
        row["age_s"] = round(float(ages[i]), 3)
        row["station"] = station_name(stations, positions.station[i])
        row["flags"] = [bit.name.lower() for bit in Flag(int(positions.flags[i])) if bit.name]
    return made


def history(statics: Statics, stations: Stations) -> list[dict[str, Any]]:
    """Static reports as JSON objects of the schema `StaticReport`."""
    made = rows(statics, HISTORY)
    for row, number in zip(made, statics.station, strict=True):
        row["station"] = station_name(stations, number)
    return made


def vessels(
    positions: Positions, statics: Statics, heard: Array, now: np.datetime64 | None,
    stations: Stations,
) -> list[dict[str, Any]]:  # fmt: skip
    """Vessels as JSON objects of the schema `Vessel`; the arguments are aligned row by row."""
    forms = [form_and_flag(mmsi) for mmsi in statics.mmsi.tolist()]
    return [
        {
            "mmsi": mmsi, "form": FORMS[code], "flag": state or None,
            "heard": iso_time(time) or None, "identity": identity, "fix": fix,
        }
        for mmsi, (code, state), time, identity, fix in zip(
            statics.mmsi.tolist(), forms, heard, identities(statics),
            fixes(positions, now, stations), strict=True,
        )
    ]  # fmt: skip


def station_name(stations: Stations, number: Any) -> str | None:
    """The name of a station, None where the report named none."""
    return None if int(number) == UNKNOWN else stations.name(int(number))


def _eta(row: dict[str, Any]) -> str | None:
    """`MM-DD hh:mm`, as far as it was sent."""
    if not (row["eta_month"] and row["eta_day"]):
        return None
    day = f"{row['eta_month']:02d}-{row['eta_day']:02d}"
    if row["eta_hour"] is None or row["eta_minute"] is None:
        return day
    return f"{day} {row['eta_hour']:02d}:{row['eta_minute']:02d}"
