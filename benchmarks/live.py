"""A live watch over TCP: the world's traffic and more, from a sender on the same two cores.

    sender → TCP → stamp → journal → decode, fence, detect, watch → DuckDB

All zones and rules that ship, 180,000 vessels, sentences without TAG blocks. The watch begins with
an empty database, so in its first seconds it is told of every vessel that lies in a port: how far
that throws it back is a row of its own. Then the required rate is held, and then higher ones for as
long as they are sustained. How far behind the watch is, is the age of the oldest line that was due
to be sent and is not yet judged and committed, looked at ten times a second.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.feed import VESSELS, feed
from benchmarks.row import REQUIRED, Row
from benchmarks.sending import Sender, Sent, free_port
from benchmarks.watching import Watching

BENCH = "live"
REQUIRED_RATE = 20_000.0  # the world's largest public network takes in 19,000 a second
REQUIRED_LAG_S = 1.0
REQUIRED_CORES = 0.5
# What counts as flat: DuckDB's buffers fill and empty.
FLAT = 0.9

# A little more is sent than is required, so that the figure does not hang on the clock's last tick.
_OVER = 1.01
_BEGIN_S, _HELD_S, _HELD_FULL_S = 12.0, 12.0, 600.0
_RATES = (25_000, 40_000, 60_000, 80_000, 100_000, 120_000, 150_000)
_RATE_S, _RATE_FULL_S = 4.0, 20.0
# Parts of the run in which memory is compared: the third and the last tenth.
_TENTHS = 10


def run(full: bool) -> Iterator[Row]:
    """Rows of this bench; ten minutes instead of twelve seconds where `full`."""
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as name:
        folder, port = Path(name), free_port()
        text = folder / "feed.nmea"
        text.write_bytes(feed())
        source = f'[[source]]\nkind = "tcp-server"\nname = "bench"\nport = {port}\n'
        with Watching(folder / "watch", f'{source}listen = "127.0.0.1"\n') as watch:
            sender = Sender(watch, "tcp", port, text)
            begun = sender.send(REQUIRED_RATE * _OVER, _BEGIN_S)
            yield _beginning(begun)
            held = sender.send(REQUIRED_RATE * _OVER, _HELD_FULL_S if full else _HELD_S)
            yield from _held(held, full)
            yield _highest(sender, _RATE_FULL_S if full else _RATE_S)


def _beginning(sent: Sent) -> Row:
    return Row(
        BENCH, f"the first {_BEGIN_S:.0f} s, {VESSELS:,} vessels, none of them known yet",
        "behind, at the most", float(sent.lag_s.max()), "s",
    )  # fmt: skip


def _held(sent: Sent, full: bool) -> Iterator[Row]:
    case = f"TCP, {REQUIRED_RATE:,.0f} lines/s, {sent.seconds:,.0f} s"
    yield Row.against(
        BENCH, case, "lines sent", sent.rate, "lines/s", peer=REQUIRED, peer_value=REQUIRED_RATE,
        must=1.0,
    )  # fmt: skip
    yield Row.against(
        BENCH, case, "of them judged and committed", sent.arrived_share, "%", peer=REQUIRED,
        peer_value=100.0, must=1.0,
    )  # fmt: skip
    yield Row.against(
        BENCH, case, "behind, at the most", float(sent.lag_s.max()), "s", peer=REQUIRED,
        peer_value=REQUIRED_LAG_S, less_is_better=True, must=1.0,
    )  # fmt: skip
    yield Row(BENCH, case, "behind, median", float(median(sent.lag_s)), "s")
    yield Row.against(
        BENCH, case, "CPU of the watch, all threads", sent.cores, "cores", peer=REQUIRED,
        peer_value=REQUIRED_CORES, less_is_better=True, must=1.0,
    )  # fmt: skip
    tenth = max(1, len(sent.resident_mb) // _TENTHS)
    early, late = sent.resident_mb[2 * tenth : 3 * tenth], sent.resident_mb[-tenth:]
    if full:
        yield Row.against(
            BENCH, case, "memory in the last minute", median(late), "MB",
            peer="the third minute", peer_value=median(early), less_is_better=True, must=FLAT,
        )  # fmt: skip
    else:
        yield Row(BENCH, case, "memory", median(late), "MB")


def _highest(sender: Sender, seconds: float) -> Row:
    rate, sent = sender.highest(_RATES, seconds)
    cores = f"{sent.cores:.2g} cores" if sent else "not even the least tried"
    return Row.against(
        BENCH, f"TCP, the highest rate sustained, {seconds:.0f} s",
        f"judged and committed, {cores}", rate, "lines/s", peer=REQUIRED,
        peer_value=REQUIRED_RATE,
    )  # fmt: skip
