"""Fifty consoles look on while 20,000 lines a second come in: nobody notices.

Every fifth console is sent the whole world, the others a sea each. Ten times a second a vessel that
nobody knew reports from the South Pacific, which all of them see. Measured is, with and without the
consoles, how far the watch falls behind what is sent to it and what it takes; and from the moment
before such a vessel's sentence is given to the socket to the moment at which each console has it.
Sender, consoles and watch share the machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from pyais.encode import encode_dict

from benchmarks.desks import PLACE
from benchmarks.feed import VESSELS, feed
from benchmarks.row import REQUIRED, Row
from benchmarks.sending import Sender, Sent, free_port
from benchmarks.watching import Watching

BENCH = "consoles"
CONSOLES, _FULL_CONSOLES = 50, 200
RATE = 20_000.0
REQUIRED_S = 2.0
REQUIRED_LAG_S = 1.0
_BEGIN_S, _FOR_S, _FULL_S = 12.0, 20.0, 120.0
_PROBES_PER_S = 10
# What has not been shown by then never is.
_SETTLE_S = 10.0
_FIRST_MMSI = 211_800_000


class Consoles:
    """Consoles at a watch, in a process of their own; `end` tells what they saw."""

    def __init__(self, watch: Watching, count: int, probes: int) -> None:
        address = watch.url.partition("://")[2]
        self._process = subprocess.Popen(
            [
                sys.executable, "-m", "benchmarks.desks", address, str(count),
                str(_FIRST_MMSI), str(_FIRST_MMSI + probes),
            ],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(watch.headers) + "\n")
        self._process.stdin.flush()
        if self._process.stdout.readline() != "ready\n":
            self._process.wait()
            raise RuntimeError("the consoles did not begin")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def end(self) -> list[dict[str, Any]]:
        """What each of them saw."""
        out, _ = self._process.communicate(timeout=60)
        told: list[dict[str, Any]] = json.loads(out)
        return told


def run(full: bool) -> Iterator[Row]:
    """Rows of this bench; 200 consoles and two minutes where `full`."""
    seconds, count = (_FULL_S, _FULL_CONSOLES) if full else (_FOR_S, CONSOLES)
    probes = round((seconds - 3) * _PROBES_PER_S)
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as name:
        folder, port = Path(name), free_port()
        text, file = folder / "feed.nmea", folder / "probes.json"
        text.write_bytes(feed())
        file.write_text(json.dumps(_probes(probes)))
        source = f'[[source]]\nkind = "tcp-server"\nname = "bench"\nport = {port}\n'
        with Watching(folder / "watch", f'{source}listen = "127.0.0.1"\n') as watch:
            sender = Sender(watch, "tcp", port, text)
            sender.send(RATE, _BEGIN_S)
            alone = sender.send(RATE, seconds)
            with Consoles(watch, count, probes) as consoles:
                beside = sender.send(RATE, seconds, file)
                time.sleep(_SETTLE_S)
                told = consoles.end()
    yield from _ingest(alone, beside, count)
    yield from _shown(beside, told, probes)


def _ingest(alone: Sent, beside: Sent, count: int) -> Iterator[Row]:
    case = f"{count} consoles, {RATE:,.0f} lines/s, {VESSELS:,} vessels"
    yield Row.against(
        BENCH, case, "lines judged and committed", beside.arrived_share, "%", peer=REQUIRED,
        peer_value=100.0, must=1.0,
    )  # fmt: skip
    yield Row.against(
        BENCH, case, "ingest behind, at the most", float(beside.lag_s.max()), "s", peer=REQUIRED,
        peer_value=REQUIRED_LAG_S, less_is_better=True, must=1.0,
    )  # fmt: skip
    yield Row(
        BENCH, f"without consoles, {RATE:,.0f} lines/s, {VESSELS:,} vessels",
        "ingest behind, at the most", float(alone.lag_s.max()), "s",
    )  # fmt: skip
    yield Row.against(
        BENCH, case, "ingest behind, median", float(np.median(beside.lag_s)), "s",
        peer="without consoles", peer_value=float(np.median(alone.lag_s)), less_is_better=True,
    )  # fmt: skip
    yield Row.against(
        BENCH, case, "CPU of the watch, all threads", beside.cores, "cores",
        peer="without consoles", peer_value=alone.cores, less_is_better=True,
    )  # fmt: skip


def _shown(sent: Sent, told: list[dict[str, Any]], probes: int) -> Iterator[Row]:
    case = f"{len(told)} consoles, {probes} new vessels"
    numbers = [str(_FIRST_MMSI + n) for n in range(probes)]
    missing = sum(number not in one["came"] for one in told for number in numbers)
    if missing:
        raise RuntimeError(f"{missing} of {probes * len(told)} vessels were never shown")
    took = np.array([[one["came"][number] for number in numbers] for one in told])
    took -= np.array(sent.probes)
    worst = np.quantile(took, 0.99, axis=1).max()
    yield Row.against(
        BENCH, case, "a line sent → the vessel on the slowest console, p99", float(worst), "s",
        peer=REQUIRED, peer_value=REQUIRED_S, less_is_better=True, must=1.0,
    )  # fmt: skip
    yield Row(BENCH, case, "likewise, all consoles, median", float(np.median(took)), "s")
    sizes = sum(one["volume"] for one in told) / sent.seconds / 1e6
    yield Row(BENCH, case, "sent to all of them", sizes, "MB/s")
    slow = sum(one["slow"] for one in told)
    yield Row(BENCH, case, "beats that a console was too slow for", float(slow), "beats")


def _probes(count: int) -> list[tuple[float, str]]:
    """When to send what: vessels that nobody knew, one after the other, from one place."""
    uneven = np.random.default_rng(3).random(count)
    return [
        (1.0 + (number + uneven[number]) / _PROBES_PER_S, _report(_FIRST_MMSI + number))
        for number in range(count)
    ]


def _report(mmsi: int) -> str:
    """A class A report, as a line."""
    lon, lat = PLACE
    lines = encode_dict(
        {"type": 1, "mmsi": mmsi, "lon": lon, "lat": lat, "speed": 12, "course": 180},
        talker_id="AI",
    )
    return "".join(f"{line}\r\n" for line in lines)
