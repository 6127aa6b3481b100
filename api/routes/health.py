"""Whether the watch is well, what became of every line, and what is being read."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Response
from fastapi import Query as InQuery

from api import report
from api.access import may
from api.context import Context, Source
from api.params import Nothing
from api.reply import reply
from api.schemas import Health, LedgerReport, Sources
from ingest.words import iso_time, safe_text


def router(context: Context) -> APIRouter:
    """The paths of health, ledger and sources."""
    paths = APIRouter(tags=["health"], dependencies=[may("viewer")])

    @paths.get("/health", response_model=Health, summary="Whether the watch is well")
    def health(query: Annotated[Nothing, InQuery()]) -> Response:
        """Mode, event time and what is wrong, if anything is."""
        return reply(report.health(context, context.status()))

    @paths.get("/ledger", response_model=LedgerReport, summary="What became of every line")
    def ledger(query: Annotated[Nothing, InQuery()]) -> Response:
        """Counts by reason; both balances hold at any moment."""
        counts = context.status().ledger
        messages = counts.stored + counts.duplicates + counts.dropped.total()
        balanced = counts.waiting >= 0 and counts.messages == messages
        return reply({**counts.as_dict(), "waiting": counts.waiting, "balanced": balanced})

    @paths.get("/sources", response_model=Sources, summary="What is being read")
    def sources(query: Annotated[Nothing, InQuery()]) -> Response:
        """Recordings and feeds with their progress, and the stations heard."""
        return reply({
            "sources": [
                {
                    "name": source.name, "state": source.state, "lines": source.lines,
                    "last": None if source.last is None else iso_time(source.last) or None,
                    "share": source.share, "feed": feed(source),
                }
                for source in context.status().sources
            ],
            "stations": [safe_text(name) for name in context.stations.names[1:]],
        })  # fmt: skip

    return paths


def feed(source: Source) -> dict[str, Any] | None:
    """How a live feed fares, its times as text."""
    if source.feed is None:
        return None
    told = dict(source.feed)
    for key in ("last_heard", "newest"):
        us = told.get(key)
        told[key] = None if us is None else iso_time(np.datetime64(us, "us"))
    return told
