"""Memory: the whole path with 20,000 vessels, all zones that ship and the index built on the way.

`vigie replay` runs in processes of its own, on 1 M lines and then on many more; what they have in
memory together is read ten times a second. It must end where it began: the peak of the long run is
held against that of the short one.

What a vessel takes is counted in the arrays themselves: the detectors' numbers, and beside them
what the watch knows of its identity and what the map shows of it.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.geofence import traffic
from benchmarks.longer import Longer
from benchmarks.row import REQUIRED, Row
from benchmarks.sea import Sea
from benchmarks.sentences import sentences
from geofence import library
from ingest.columns import Array
from ingest.files import recordings
from ingest.reading import Reading
from ingest.stations import Stations
from store.picture import Picture
from vigie.core import Core
from watch.rules import load_rules

BENCH = "memory"
VESSELS = 20_000
SECONDS = 900  # so long these vessels take for 1 M lines
SHORT, LONG, LONG_FULL = 1_000_000, 4_000_000, 20_000_000
REQUIRED_MB = 1_000.0
REQUIRED_BYTES = 200.0

# What counts as flat: the pipeline's buffers fill at different moments of each run.
FLAT = 0.9

_EVERY_S = 0.1


def run(full: bool) -> Iterator[Row]:
    """Rows of this bench; 20 M lines instead of 4 M where `full`."""
    sea = Sea(VESSELS, places=_places())
    longer = Longer(sentences(sea, SECONDS))
    lines = LONG_FULL if full else LONG
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as folder:
        path = Path(folder) / "recording.nmea"
        longer.write(path, SHORT)
        yield from _a_vessel(path)
        short = _peak_mb(path)
        longer.write(path, lines)
        long = _peak_mb(path)
    case = f"{VESSELS:,} vessels, {len(library.load()):,} zones, {lines / 1e6:.0f} M lines"
    yield Row.against(
        BENCH, case, "vigie replay, its peak", long, "MB", peer=REQUIRED, peer_value=REQUIRED_MB,
        less_is_better=True, must=1.0,
    )  # fmt: skip
    yield Row.against(
        BENCH, case, "vigie replay, its peak", long, "MB", peer=f"{SHORT / 1e6:.0f} M lines",
        peer_value=short, less_is_better=True, must=FLAT,
    )  # fmt: skip


def _places() -> tuple[Array, Array]:
    """Where the vessels begin: in and about ports, and on the way between them."""
    return traffic([zone.geometry for zone in library.load() if not zone.is_gate], VESSELS)


def _a_vessel(path: Path) -> Iterator[Row]:
    """Bytes a vessel of all arrays that are kept from batch to batch."""
    core, picture = Core(library.load(), load_rules(None)), Picture()
    (recording,) = recordings(path)
    for batch in Reading(recording, Stations()).batches():
        core.step(batch)
        picture.update(batch.positions, batch.statics)
    case = f"{core.engine.vessels:,} vessels"
    yield Row.against(
        BENCH, case, "Engine: detectors, slots and stays in zones", core.engine.bytes_per_vessel,
        "bytes a vessel", peer=REQUIRED, peer_value=REQUIRED_BYTES, less_is_better=True, must=1.0,
    )  # fmt: skip
    yield Row(
        BENCH, case, "Watch: what it knows of identities", core.watch.bytes_per_identity,
        "bytes a vessel",
    )  # fmt: skip
    yield Row(
        BENCH, case, "Picture: the newest fix, names apart", picture.bytes_per_vessel,
        "bytes a vessel",
    )  # fmt: skip


def _peak_mb(path: Path) -> float:
    """Most memory that a replay and its processes have at once; resident, so shared pages twice."""
    command = [sys.executable, "-m", "vigie.cli", "replay", "--json", str(path)]
    peak = 0
    # A cache folder of its own, so that the index is built, and not read.
    with (
        tempfile.TemporaryDirectory(prefix="vigie-bench-") as cache,
        subprocess.Popen(
            command, stdout=subprocess.DEVNULL, env={**os.environ, "XDG_CACHE_HOME": cache}
        ) as process,
    ):
        while process.poll() is None:
            peak = max(peak, sum(map(_resident_kb, _family(process.pid))))
            time.sleep(_EVERY_S)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return peak / 1024


def _family(parent: int) -> list[int]:
    """A process and all that it started, as /proc tells."""
    of: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            # After the name, which stands in brackets and may hold anything: state, parent.
            of.setdefault(int(stat.read_text().rpartition(")")[2].split()[1]), []).append(
                int(stat.parent.name)
            )
    found = [parent]
    for pid in found:
        found += of.get(pid, [])
    return found


def _resident_kb(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(s.split()[1]) for s in status.splitlines() if s.startswith("VmRSS")), 0)
