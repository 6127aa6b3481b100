"""From a line received to its alert on the API's stream, while 20,000 other lines a second come.

Ten times a second a vessel of its own sails into a small zone in the South Pacific, which a rule
asks for. Measured from the moment before its sentence is given to the socket to the moment at
which a reader of the stream has the whole alert, in the clock that all processes share. All zones
and rules that ship are in force too.
"""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import numpy as np
from pyais.encode import encode_dict

from benchmarks.feed import feed
from benchmarks.row import REQUIRED, Row
from benchmarks.sending import Sender, free_port
from benchmarks.watching import Watching

BENCH = "latency"
REQUIRED_P99_MS = 500.0
RATE = 20_000.0
ALERTS_PER_S = 10

_BEGIN_S, _FOR_S, _FULL_S = 12.0, 25.0, 300.0
# Vessels are first heard outside the zone, all before the first of them goes in.
_OUTSIDE_S = 2.0
# An alert that has not come by then does not come.
_PATIENCE_S = 5.0

_LON, _LAT, _RADIUS_M = -140.0, -40.0, 5_000
_INSIDE, _OUTSIDE = (_LON, _LAT + 0.040), (_LON, _LAT + 0.055)  # 0.045 degrees are 5 km
_FIRST_MMSI = 211_900_000

_ZONE = {
    "type": "Feature", "id": "bench", "geometry": {"type": "Point", "coordinates": [_LON, _LAT]},
    "properties": {
        "name": "Bench", "kind": "watch", "radius_m": _RADIUS_M, "source": "vigie bench",
    },
}  # fmt: skip
_RULE = """
[[rule]]
id = "bench"
title = "Bench"
event = "zone_enter"
zone = "bench"
priority = "warning"
instruction = "None."
review = 2099-01-01
"""


class _Reader:
    """Follows the stream in a thread, and notes when each vessel's alert came."""

    def __init__(self, watch: Watching) -> None:
        self._watch = watch
        self.came: dict[int, float] = {}
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        for alert in self._watch.follow():
            if alert["rule"] == "bench":
                self.came.setdefault(alert["mmsi"], time.monotonic())


def run(full: bool) -> Iterator[Row]:
    """Rows of this bench; five minutes instead of half a one where `full`."""
    vessels = round((_FULL_S if full else _FOR_S) * ALERTS_PER_S)
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as name:
        folder, port = Path(name), free_port()
        text, probes = folder / "feed.nmea", folder / "probes.json"
        text.write_bytes(feed())
        probes.write_text(json.dumps(_probes(vessels)))
        with Watching(folder / "watch", _config(folder, port)) as watch:
            sender = Sender(watch, "tcp", port, text)
            sender.send(RATE, _BEGIN_S)
            reader = _Reader(watch)
            sent = sender.send(RATE, _OUTSIDE_S + vessels / ALERTS_PER_S + 1, probes)
            until = time.monotonic() + _PATIENCE_S
            while len(reader.came) < vessels and time.monotonic() < until:
                time.sleep(0.1)
    went_in = dict(
        zip(range(_FIRST_MMSI, _FIRST_MMSI + vessels), sent.probes[vessels:], strict=True)
    )
    missing = went_in.keys() - reader.came.keys()
    if missing:
        raise RuntimeError(f"{len(missing)} of {vessels} alerts never came")
    took = np.array([reader.came[mmsi] - at for mmsi, at in went_in.items()]) * 1000
    case = f"{vessels} alerts, {RATE:,.0f} other lines/s"
    subject = "a line sent over TCP → its alert on /api/v1/alerts/stream"
    yield Row.against(
        BENCH, case, f"{subject}, p99", float(np.percentile(took, 99)), "ms", peer=REQUIRED,
        peer_value=REQUIRED_P99_MS, less_is_better=True, must=1.0,
    )  # fmt: skip
    yield Row(BENCH, case, f"{subject}, median", float(np.median(took)), "ms")
    yield Row(BENCH, case, f"{subject}, the longest", float(took.max()), "ms")


def _config(folder: Path, port: int) -> str:
    zones, rules = folder / "zones.geojson", folder / "rules.toml"
    zones.write_text(json.dumps({"type": "FeatureCollection", "features": [_ZONE]}))
    rules.write_text((files("watch.rules") / "default.toml").read_text("utf-8") + _RULE)
    return (
        f'[watch]\nzones = ["{zones}"]\nrules = "{rules}"\n'
        f'[[source]]\nkind = "tcp-server"\nname = "bench"\nlisten = "127.0.0.1"\nport = {port}\n'
    )


def _probes(vessels: int) -> list[tuple[float, str]]:
    """When to send what: all vessels outside, then one after the other inside."""
    numbers = np.arange(_FIRST_MMSI, _FIRST_MMSI + vessels)
    # Not at the same moments of each batch of the watch, or of each send.
    uneven = np.random.default_rng(3).random(vessels) / ALERTS_PER_S
    outside = np.linspace(0, _OUTSIDE_S, vessels, endpoint=False)
    inside = _OUTSIDE_S + np.arange(vessels) / ALERTS_PER_S + uneven
    return [
        (at, _report(mmsi, lon, lat))
        for times, (lon, lat) in ((outside, _OUTSIDE), (inside, _INSIDE))
        for at, mmsi in zip(times.tolist(), numbers.tolist(), strict=True)
    ]


def _report(mmsi: int, lon: float, lat: float) -> str:
    """A class A report, as a line."""
    lines = encode_dict(
        {"type": 1, "mmsi": mmsi, "lon": lon, "lat": lat, "speed": 12, "course": 180},
        talker_id="AI",
    )
    return "".join(f"{line}\r\n" for line in lines)
