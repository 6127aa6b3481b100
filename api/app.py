"""The application: paths, pages, errors and the guard, put together for one context."""

from __future__ import annotations

from collections.abc import Collection
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Response
from fastapi import Path as InPath
from fastapi.responses import FileResponse
from prometheus_client import CONTENT_TYPE_LATEST
from xstatic.pkg import leaflet

from api import problems, roles
from api.access import Access, Nobody, anybody, declared, may
from api.context import Context
from api.door import Door
from api.head import Head
from api.layers import policy
from api.live import route as live
from api.metrics import metrics_text
from api.ogc import route as ogc
from api.pages import Pages
from api.params import each_once
from api.problems import BadParametersError, documented
from api.replays import ReplayPages
from api.reply import reply
from api.routes import (
    accounts,
    actions,
    alerts,
    audit,
    events,
    health,
    layers,
    lists,
    messages,
    picture,
    replays,
    rules,
    session,
    shifts,
    tracks,
    vessels,
    zones,
)
from api.security import CONTENT_SECURITY_POLICY, LOOPBACK_HOSTS, Guard

CONSOLE = Path(__file__).parent / "console"
PREFIX = "/api/v1"
DESCRIPTION = """\
An AIS watch: vessels, tracks, zones, events and alerts.

Times are event times in UTC, written as `2026-09-14T04:00:00Z`; places are degrees of WGS 84,
longitude first in pairs. What was not sent is `null`. A parameter that is unknown, malformed or
given twice is refused, and the answer says what to send instead; errors are problem details
(RFC 9457). Lists come in pages: hand `next` back as `after`.
"""
TAGS = [
    {"name": "health", "description": "Whether the watch is well, and what became of every line."},
    {"name": "vessels", "description": "Who is there, where they were, what they sent."},
    {"name": "zones", "description": "Places that have a meaning, with who says so."},
    {"name": "events", "description": "What happened, with the evidence."},
    {"name": "alerts", "description": "Situations an officer should know of."},
    {"name": "rules", "description": "Which events become alerts: read, changed, tried out."},
    {"name": "lists", "description": "Vessels that a centre wants to know of."},
    {"name": "shifts", "description": "Who is on watch, and the hand-over report."},
    {"name": "accounts", "description": "Signing in; accounts, tokens and the record of deeds."},
    {"name": "replays", "description": "Past hours, under pages of their own."},
    {"name": "map", "description": "What a map draws, in compact form."},
]
ROOMS = (
    health,
    vessels,
    tracks,
    messages,
    zones,
    events,
    alerts,
    actions,
    rules,
    lists,
    shifts,
    replays,
    picture,
    layers,
    session,
    accounts,
    audit,
)


def create_app(
    context: Context,
    hosts: Collection[str] | None = LOOPBACK_HOSTS,
    access: Access | None = None,
) -> FastAPI:
    """The API and the pages over a context.

    Args:
        context: what to read from.
        hosts: names, without port, that the Host header may bear; the default fits a server that
            listens on loopback. None answers to any name.
        access: who is let in; nobody, where it is left out.

    """
    app = FastAPI(
        title="Vigie", version=version("vigie"), description=DESCRIPTION, openapi_tags=TAGS,
        docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(declared)],
    )  # fmt: skip
    paths = APIRouter(
        prefix=PREFIX, dependencies=[Depends(each_once)], responses=documented(BadParametersError)
    )
    for room in ROOMS:
        paths.include_router(room.router(context))
    app.include_router(paths)
    app.include_router(live.router(context), prefix=PREFIX)
    # Described in a document of its own, as its standard wants it.
    app.include_router(ogc.router(context), include_in_schema=False)
    if context.replays is not None:
        app.mount("/replays", ReplayPages(
            context.replays, lambda within: create_app(within, None, access)
        ))  # fmt: skip

    @app.get(f"{PREFIX}/openapi.json", include_in_schema=False, dependencies=[may("partner")])
    def document() -> Response:
        return reply(app.openapi())

    @app.get("/metrics", include_in_schema=False, dependencies=[may("viewer")])
    def metrics() -> Response:
        return Response(metrics_text(context), media_type=CONTENT_TYPE_LATEST)

    problems.install(app)
    problems.describe(app)
    roles.describe(app)
    _serve_pages(app, context)
    app.add_middleware(Head)
    app.add_middleware(Door, access=access or Nobody())
    app.add_middleware(Guard, hosts=hosts)
    return app


def _serve_pages(app: FastAPI, context: Context) -> None:
    """The console, Leaflet, and what the problem types mean."""
    fresh = {"Cache-Control": "no-cache"}

    # The page is no secret; what it shows is, and for that it signs in.
    @app.get("/", include_in_schema=False, dependencies=[anybody()])
    @app.get("/login", include_in_schema=False, dependencies=[anybody()])
    @app.get("/welcome", include_in_schema=False, dependencies=[anybody()])
    def console() -> Response:
        shown = {"Content-Security-Policy": policy(CONTENT_SECURITY_POLICY, context.layers)}
        return FileResponse(CONSOLE / "index.html", headers={**fresh, **shown})

    @app.get("/docs", include_in_schema=False, dependencies=[anybody()])
    def docs() -> Response:
        return FileResponse(CONSOLE / "docs.html", headers=fresh)

    @app.get("/problems/{kind}", include_in_schema=False, dependencies=[anybody()])
    def problem(kind: Annotated[str, InPath(max_length=40)]) -> Response:
        known = problems.KINDS.get(kind)
        if known is None:
            raise problems.NotFoundError(f"No kind of problem is called {kind!r}")
        return reply({"type": f"/problems/{kind}", "title": known.title, "status": known.status})

    app.mount("/console", Pages(CONSOLE, ours=True))
    app.mount("/leaflet", Pages(leaflet.BASE_DIR))
