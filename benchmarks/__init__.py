"""Speed and size, each against a peer in the same run."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator

from benchmarks.row import Row

Bench = Callable[[bool], Iterator[Row]]


def _named(name: str) -> Callable[[], Bench]:
    def load() -> Bench:
        bench: Bench = importlib.import_module(f"benchmarks.{name}").run
        return bench

    return load


BENCHES: dict[str, Callable[[], Bench]] = {
    name: _named(name)
    for name in (
        "decode", "geofence", "store", "replay", "memory", "track", "journal",
        "live", "latency", "udp", "mqtt", "simulate", "pairs", "behaviour",
        "boxes", "consoles", "console", "policy",
    )
}  # fmt: skip
"""Each bench by name, imported when asked for."""
