"""Datagrams to a live watch, a sentence each, 20,000 a second: what is lost, what is counted."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.feed import feed
from benchmarks.row import REQUIRED, Row
from benchmarks.sending import Sender, free_port
from benchmarks.watching import Watching

BENCH = "udp"
RATE = 20_000.0
REQUIRED_SHARE = 99.9  # per cent that must arrive

# The first seconds count too: a new watch must not lose anything while it catches up.
_FOR_S, _FULL_S = 30.0, 600.0


def run(full: bool) -> Iterator[Row]:
    """Rows of this bench; ten minutes instead of half a one where `full`."""
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as name:
        folder, port = Path(name), free_port()
        text = folder / "feed.nmea"
        text.write_bytes(feed())
        source = f'[[source]]\nkind = "udp"\nname = "bench"\nlisten = "127.0.0.1"\nport = {port}\n'
        with Watching(folder / "watch", source) as watch:
            sent = Sender(watch, "udp", port, text).send(RATE, _FULL_S if full else _FOR_S)
            told = watch.source("bench")
    counted = told["dropped_lines"] + told["dropped_datagrams"]
    case = f"{RATE:,.0f} datagrams/s, {sent.seconds:,.0f} s, from the watch's first second on"
    yield Row.against(
        BENCH, case, "lines judged and committed", sent.arrived_share, "%", peer=REQUIRED,
        peer_value=REQUIRED_SHARE, must=1.0,
    )  # fmt: skip
    yield Row(BENCH, case, "lines lost", float(sent.lines - sent.arrived), "lines")
    yield Row(BENCH, case, "lines that the watch says are lost", float(counted), "lines")
    yield Row(BENCH, case, "CPU of the watch, all threads", sent.cores, "cores")
