"""/metrics: read by Prometheus' own parser, it says what the status says."""

from __future__ import annotations

import dataclasses
from typing import Any

import httpx
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.access import Access
from api.app import create_app
from api.context import Context, Source, Status
from api.metrics import metrics_text
from ingest.ledger import Ledger

Labels = dict[str, str]
NORTH: dict[str, Any] = {
    "kind": "tcp", "bytes": 5_000, "accepted": 90, "echoes": 1, "dropped_lines": 0,
    "dropped_datagrams": 0, "connects": 3, "errors": 2, "links": 1, "rate": 12.5, "lag_s": None,
    "ignored": {"comment": 4}, "unsound": {"checksum": 5, "malformed": 1}, "rejected": {},
    "refused": {"not_allowed": 7}, "last_heard": 1_789_444_800_250_000,
}  # fmt: skip


class Figures(dict[str, list[tuple[Labels, float]]]):
    """Samples by name."""

    def __init__(self, text: bytes) -> None:
        for family in text_string_to_metric_families(text.decode()):
            assert family.documentation, family.name
            for sample in family.samples:
                self.setdefault(sample.name, []).append((sample.labels, sample.value))

    def one(self, name: str, **labels: str) -> float:
        (value,) = (v for said, v in self[name] if labels.items() <= said.items())
        return value


def live(context: Context, *sources: Source, **more: Any) -> Context:
    status = Status("live", sources=sources, **more)
    return dataclasses.replace(
        context, status=lambda: status, gauges=lambda: {"delay_seconds": 0.2}
    )


@pytest.fixture
def figures(context: Context) -> Figures:
    ledger = Ledger(lines=100, used=90, messages=80, stored=70, duplicates=9)
    ledger.ignored["comment"] = 4
    ledger.rejected["checksum"] = 6
    ledger.dropped["truncated"] = 1
    sources = [
        Source("north", "connected", 100, feed=NORTH),
        Source("south", "silent", 0, feed={**NORTH, "last_heard": None, "lag_s": 3.0}),
    ]
    now = np.datetime64("2026-09-14T06:30:00", "us")
    made = live(context, *sources, ledger=ledger, event_time=now, faults=["the disk is full"])
    return Figures(metrics_text(made))


def test_every_line_and_message_is_in_one_count(figures: Figures) -> None:
    assert {said["what"]: v for said, v in figures["vigie_lines_total"]} == {
        "used": 90, "ignored: comment": 4, "rejected: checksum": 6
    }  # fmt: skip
    assert {said["what"]: v for said, v in figures["vigie_messages_total"]} == {
        "stored": 70, "duplicate": 9, "dropped: truncated": 1
    }  # fmt: skip


def test_the_watch_itself(figures: Figures, context: Context) -> None:
    assert figures.one("vigie_faults") == 1
    assert figures.one("vigie_vessels") == len(context.picture)
    assert figures.one("vigie_delay_seconds") == 0.2
    assert figures.one("vigie_event_time_seconds") == 1_789_367_400
    assert figures.one("process_resident_memory_bytes") > 1e6
    assert figures.one("process_cpu_seconds_total") > 0


def test_each_source(figures: Figures) -> None:
    assert figures.one("vigie_source_bytes_total", source="north") == 5_000
    assert figures.one("vigie_source_lines_per_second", source="north") == 12.5
    assert figures.one("vigie_source_rejected_total", source="north", reason="checksum") == 5
    assert figures.one("vigie_source_ignored_total", source="north", reason="comment") == 4
    assert figures.one("vigie_source_refused_links_total", source="south") == 7
    # What is not known has no figure, instead of one that looks like news.
    assert [said["source"] for said, _ in figures["vigie_source_lag_seconds"]] == ["south"]
    assert figures["vigie_source_last_heard_seconds"] == [({"source": "north"}, 1_789_444_800.25)]
    states = {(said["source"], said["state"]) for said, v in figures["vigie_source_state"] if v}
    assert states == {("north", "connected"), ("south", "silent")}


def test_a_name_from_outside_cannot_add_a_line(context: Context) -> None:
    name = 'a"} 1\nvigie_faults 9\n\\'
    figures = Figures(metrics_text(live(context, Source(name, "connected", feed=NORTH))))
    assert figures.one("vigie_faults") == 0
    assert figures.one("vigie_source_errors_total", source=name) == 2


async def test_it_is_served_on_loopback_like_everything_else(context: Context) -> None:
    transport = httpx.ASGITransport(create_app(live(context), access=Access.open()))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        answer = await client.get("/metrics")
        refused = await client.get("/metrics", headers={"Host": "evil.example"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert Figures(answer.content).one("vigie_faults") == 0
    assert refused.status_code == 421


async def test_a_replay_has_figures_too(client: httpx.AsyncClient) -> None:
    figures = Figures((await client.get("/metrics")).content)
    assert figures.one("vigie_lines_total", what="used") == 118_900
    assert "vigie_source_state" not in figures
