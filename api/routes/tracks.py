"""Tracks: where a vessel was, as GeoJSON, CSV or GPX, whole or thinned."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Request, Response
from fastapi import Query as InQuery
from fastapi.responses import StreamingResponse
from pydantic import Field

from api import track as tracks
from api import track_forms as forms
from api.access import may
from api.context import Context
from api.params import MMSIPath, Query
from api.problems import BadParametersError, Fault, NotFoundError, TooMuchError, documented
from api.reply import GEOJSON, GeoJson
from api.schemas import Feature
from api.times import Span, Time, to_datetime64
from api.turns import Turns
from ingest.records import Positions
from ingest.words import iso_time, safe_text

DEFAULT_SPAN = np.timedelta64(24, "h")
MOST_DAYS = 92
MOST_FIXES = 200_000  # read from the store; three weeks of a class A at 10 s
FORMATS = {
    "geojson": GEOJSON, "csv": "text/csv; charset=utf-8",
    "gpx": "application/gpx+xml",
}  # fmt: skip


class TrackQuery(Query):
    """Which stretch of a track, how fine, and in which form."""

    since: Time | None = Field(None, description="from this event time on")
    until: Time | None = Field(None, description="up to this event time; else up to now")
    last: Span | None = Field(
        None, description="the last so much before `until`, instead of `since`; 24h where neither"
    )
    every: Span | None = Field(None, description="thin: the first fix of each such span")
    tolerance_m: float | None = Field(
        None, gt=0, le=100_000, allow_inf_nan=False,
        description="thin: Douglas-Peucker, no fix left out lies further than this from the line",
    )  # fmt: skip
    format: Literal["geojson", "csv", "gpx"] = Field("geojson", description="form of the answer")


def router(context: Context) -> APIRouter:
    """The path of a vessel's track."""
    turns = Turns()
    paths = APIRouter(prefix="/vessels", tags=["vessels"], dependencies=[may("viewer")])

    content: dict[str, Any] = {
        media.partition(";")[0]: {} for form, media in FORMATS.items() if form != "geojson"
    }

    @paths.get(
        "/{mmsi}/track", response_model=Feature, response_class=GeoJson,
        summary="Track of one vessel",
        responses={200: {"content": content}, **documented(NotFoundError, TooMuchError)},
    )  # fmt: skip
    async def track(
        mmsi: MMSIPath, query: Annotated[TrackQuery, InQuery()], request: Request
    ) -> Response:
        """Fixes in order of time, as they were sent: thinning leaves out, it never makes new ones.

        Without `every` and `tolerance_m` every fix is given. GeoJSON is one MultiLineString, cut
        at the antimeridian, with `times`, `sog`, `cog` and `heading` beside it, a value a vertex.
        """
        return await turns.take(request, _track, context, mmsi, query)

    return paths


def _track(context: Context, mmsi: int, query: TrackQuery) -> Response:
    since, until = _stretch(query, context.status().event_time)
    heard = context.database.track(mmsi, since, until, limit=MOST_FIXES + 1)
    if len(heard) > MOST_FIXES:
        raise TooMuchError(
            f"This stretch has more than {MOST_FIXES} fixes; ask for a shorter one"
            f" (the first {MOST_FIXES} end at {iso_time(heard.time[MOST_FIXES - 1])})"
        )
    fleet = context.picture.fleet()
    row = fleet.row_of(mmsi)
    if row is None and not len(heard):
        raise NotFoundError(f"Nothing was heard of MMSI {mmsi:09d} between {since}Z and {until}Z")
    whole = tracks.with_place(heard)
    name = None if row is None else safe_text(fleet.statics.name[row]) or None
    return _written(mmsi, name, whole, _thinned(whole, query), query.format)


def _stretch(query: TrackQuery, now: np.datetime64 | None) -> tuple[np.datetime64, np.datetime64]:
    if query.since is not None and query.last is not None:
        raise BadParametersError.of(
            Fault(where="query: last", what="given beside since", mend="give one of the two")
        )
    if query.until is not None:
        until = to_datetime64(query.until)
    else:
        # `until` is exclusive and the newest fix is wanted; before the first line nothing is there.
        until = (np.datetime64(0, "us") if now is None else now) + np.timedelta64(1, "us")
    if query.since is not None:
        since = to_datetime64(query.since)
    else:
        since = until - (np.timedelta64(query.last, "s") if query.last else DEFAULT_SPAN)
    if since >= until:
        raise BadParametersError.of(
            Fault(where="query: since", what="not before until", mend="give an earlier time")
        )
    if until - since > np.timedelta64(MOST_DAYS, "D"):
        raise TooMuchError(f"A track may span {MOST_DAYS} days; ask for a shorter stretch")
    return since, until


def _thinned(track: Positions, query: TrackQuery) -> Positions:
    if query.every is not None:
        track = tracks.every(track, query.every)
    if query.tolerance_m is not None:
        track = tracks.simplified(track, query.tolerance_m)
    return track


def _written(
    mmsi: int, name: str | None, whole: Positions, track: Positions, form: str
) -> Response:
    if form == "geojson":
        pieces = forms.as_geojson(mmsi, track, name=name, fixes=len(whole))
    elif form == "csv":
        pieces = forms.as_csv(mmsi, track)
    else:
        pieces = forms.as_gpx(mmsi, name, track)
    headers = {"Content-Type": FORMATS[form]}
    if form != "geojson":
        headers["Content-Disposition"] = f'attachment; filename="track-{mmsi:09d}.{form}"'
    return StreamingResponse(pieces, headers=headers)
