"""What a map draws, in compact form: the whole picture, names, and the coast."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from functools import cache, partial
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from fastapi import APIRouter, Request, Response
from fastapi import Query as InQuery
from pydantic import Field

from api import frames
from api.access import may
from api.areas import BBox
from api.context import Context, Status
from api.live.frame import described
from api.names import NamesKept
from api.params import Nothing, Query
from api.report import faults, remarks
from api.schemas import Names
from geofence import coast
from ingest.words import iso_time

COAST_SCALE = 100_000  # 1e-5° is a metre, finer than a pixel at any zoom a coastline is good for
_BINARY: dict[int | str, dict[str, Any]] = {
    200: {"content": {frames.MEDIA_TYPE: {}}, "description": "a frame of columns"}
}


class PictureQuery(Query):
    """Which part of the picture."""

    bbox: BBox | None = Field(None, description="only vessels in west,south,east,north")


class CoastQuery(Query):
    """How fine a coastline."""

    resolution: Literal["110m", "50m", "10m"] = Field(
        "110m", description="Natural Earth's scale, in millions: 110m is the coarsest"
    )


def router(context: Context) -> APIRouter:
    """The paths of the map."""
    names_kept = NamesKept(context.picture)
    paths = APIRouter(tags=["map"], dependencies=[may("viewer")])

    @paths.get(
        "/picture", summary="Every vessel's place, as binary columns", response_class=Response,
        responses=_BINARY,
    )  # fmt: skip
    def picture(query: Annotated[PictureQuery, InQuery()]) -> Response:
        """The newest fix of every vessel that has one, for drawing.

        The answer is a binary frame: a little-endian uint32 with the length of a JSON header,
        the header, then the columns it describes, each padded to 8 bytes. A value is the stored
        number divided by the column's `scale`; `absent` stands for "not sent". `age` is in
        seconds of event time. The header's `status` says where the watch stands.
        """
        status = context.status()
        drawn, _ = context.picture.drawn(query.bbox)
        by_mmsi = drawn.take(np.argsort(drawn.mmsi))
        columns = described(by_mmsi, status)
        header = {"status": _brief(status, context)}
        return Response(frames.frame(header, columns), media_type=frames.MEDIA_TYPE)

    @paths.get("/picture/names", response_model=Names, summary="Names of all vessels")
    def names(query: Annotated[Nothing, InQuery()], request: Request) -> Response:
        """Names by MMSI, made safe to show; they change seldom, and may be seconds old."""
        kept = names_kept.get()
        return _kept(request, kept.plain, kept.packed, kept.tag, "application/json")

    @paths.get(
        "/coast", summary="Outlines of land, as binary columns", response_class=Response,
        responses=_BINARY,
    )  # fmt: skip
    def coast_rings(query: Annotated[CoastQuery, InQuery()], request: Request) -> Response:
        """Rings of the coastline: `ring` numbers the ring of each vertex; fill evenodd.

        The same kind of frame as the picture's, with `ring`, `lon` and `lat`, gzipped for those
        who take it. Natural Earth, public domain.
        """
        packed = _coast(query.resolution)
        plain = partial(gzip.decompress, packed.data)
        return _kept(request, plain, packed.data, packed.tag, frames.MEDIA_TYPE)

    return paths


def _kept(
    request: Request, plain: bytes | Callable[[], bytes], packed: bytes, tag: str, media: str
) -> Response:
    """What was made before, gzipped for those who take it; 304 for those who have it."""
    headers = {"ETag": f'"{tag}"', "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(plain if isinstance(plain, bytes) else plain(), 200, headers, media)
    headers["Content-Encoding"] = "gzip"
    return Response(packed, 200, headers, media)


class _Packed(NamedTuple):
    data: bytes
    tag: str


@cache
def _coast(resolution: str) -> _Packed:
    """A resolution's frame, gzipped; made at the first request for it and kept."""
    rings = coast.rings(resolution)
    vertices = np.rint(np.concatenate(rings) * COAST_SCALE).astype(np.int32)
    notes = {"scale": COAST_SCALE}
    data = frames.frame({}, {
        "ring": (np.repeat(np.arange(len(rings), dtype=np.uint32), list(map(len, rings))), {}),
        "lon": (vertices[:, 0], notes),
        "lat": (vertices[:, 1], notes),
    })  # fmt: skip
    return _Packed(
        gzip.compress(data, 6, mtime=0), hashlib.blake2b(data, digest_size=8).hexdigest()
    )


def _brief(status: Status, context: Context) -> dict[str, Any]:
    """What the top of the console shows, each second."""
    ledger = status.ledger
    return {
        "mode": status.mode,
        "recording": status.recording,
        "speed": status.speed,
        "finished": status.finished,
        "event_time": None if status.event_time is None else iso_time(status.event_time),
        "lines": ledger.lines,
        "rejected": ledger.rejected.total(),
        "faults": faults(status),
        "remarks": remarks(status),
        "stations": len(context.stations.names) - 1,
    }
