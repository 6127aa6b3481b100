"""The journal: appending, against a bare write of the same bytes; reading; closing."""

from __future__ import annotations

import gzip
import os
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import zstandard

import replay_data
from benchmarks.row import Row
from benchmarks.timing import alternate, cpu_seconds
from ingest.journal.export import export
from ingest.journal.journal import Journal
from ingest.journal.read import Reader
from ingest.journal.times import HOUR_US
from ingest.journal.verify import verify

BENCH = "journal"
MEGABYTES, MEGABYTES_FULL = 100, 1_000
T0 = 1_789_344_000_000_000  # 2026-09-14T00:00:00Z
_APPENDS = 500


def run(full: bool) -> Iterator[Row]:
    """Rows of this bench, in CPU time; the disk's own speed counts nowhere."""
    text = gzip.decompress(replay_data.bundled_recording().read_bytes())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in (4_096, 65_536):
            yield _append(folder / str(size), text, size)
        yield from _segment(folder / "long", text, MEGABYTES_FULL if full else MEGABYTES)


def _append(folder: Path, text: bytes, size: int) -> Row:
    """What it costs to have a piece numbered and kept."""
    data = text[: text.rfind(b"\n", 0, size) + 1]
    lines = data.count(b"\n")
    with Journal.open(folder) as journal:
        fd = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        spent = alternate(
            {
                "journal": partial(_often, partial(journal.append, data, lines, T0)),
                "bare": partial(_often, partial(os.write, fd, data)),
            }
        )
        os.close(fd)
    ours, bare = (1e6 * seconds / _APPENDS for seconds in spent.values())
    return Row.against(
        BENCH, f"a piece of {size // 1024} KiB", "Journal.append", ours, "µs",
        peer="os.write", peer_value=bare, less_is_better=True,
    )  # fmt: skip


def _often(work: Callable[[], object]) -> None:
    for _ in range(_APPENDS):
        work()


def _segment(folder: Path, text: bytes, megabytes: int) -> Iterator[Row]:
    """A long segment: read while it is open, closed, read, verified and searched."""
    lines, times = text.count(b"\n"), -(-megabytes * 1_000_000 // len(text))
    case, size = f"{times * len(text) / 1e6:,.0f} MB", times * len(text) / 1e6

    def rate(subject: str, work: Callable[[], object]) -> Row:
        return Row(BENCH, case, subject, size / cpu_seconds(work), "MB/s")

    with Journal.open(folder) as journal:
        for _ in range(times):
            journal.append(text, lines, T0)
        yield rate("Reader, the open segment", lambda: sum(p.lines for p in Reader(folder)))
        journal.append(b"\n", 1, T0 + HOUR_US)
        yield rate("closing it", journal.settle)
    (packed,) = folder.glob("*/*.zst")
    spent = alternate(
        {
            "journal": lambda: sum(p.lines for p in Reader(folder)),
            "bare": partial(_unpacked, packed.read_bytes()),
        },
        rounds=3,
    )
    yield Row.against(
        BENCH, case, "Reader, a closed segment", size / spent["journal"], "MB/s",
        peer="zstandard alone", peer_value=size / spent["bare"],
    )  # fmt: skip
    yield rate("verify", lambda: list(verify(folder)))
    yield rate("export of a vessel", lambda: sum(map(len, export(folder, mmsis=[211_000_001]))))
    packed_share = size / (packed.stat().st_size / 1e6)
    yield Row(BENCH, case, "closed, unpacked to packed", packed_share, "to 1")


def _unpacked(packed: bytes) -> int:
    engine = zstandard.ZstdDecompressor().decompressobj(read_across_frames=True)
    return sum(
        len(engine.decompress(packed[n : n + 65_536])) for n in range(0, len(packed), 65_536)
    )
