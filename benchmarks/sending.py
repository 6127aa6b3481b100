"""Runs a sender beside a watch, and looks on: how far the watch is behind, what it takes."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.watching import Watching
from ingest.columns import Array

# A rate is sustained while the watch, and the sender, are never further behind than this, and in
# the last third of the time not even as far as the second.
SUSTAINED_LAG_S, _FALLING_BEHIND_S = 1.0, 0.5

# Between two looks at the ledger: often enough to see a stall, and next to nothing to answer.
_EVERY_S = 0.1
# The first second is left out of what is told of CPU: connecting, the first rows.
_WARM_UP_S = 1.0
# When nothing more comes for so long, whatever is missing is lost.
_GONE_S = 10.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What a sender did, and how a watch bore it.

    Attributes:
        lines: sent.
        arrived: lines that the watch took in.
        seconds: from the first line sent to the last.
        late_s: how far the sender was behind its schedule, at the worst.
        lag_s: how old the oldest line was that was due by then and not yet judged and committed,
            at each look.
        cores: CPU seconds a second, of the watch, while it was sent to.
        resident_mb: memory of the watch at each look.
        probes: when each further line was sent, monotonic seconds.
    """

    lines: int
    arrived: int
    seconds: float
    late_s: float
    lag_s: Array
    cores: float
    resident_mb: list[float]
    probes: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Lines a second, as sent."""
        return self.lines / self.seconds

    @property
    def arrived_share(self) -> float:
        """Lines that arrived, per cent."""
        return 100 * self.arrived / self.lines

    @property
    def sustained(self) -> bool:
        """Whether the watch could have gone on like this."""
        late = self.lag_s[-(len(self.lag_s) // 3) :]
        return (
            self.arrived == self.lines
            and self.late_s < SUSTAINED_LAG_S
            and float(self.lag_s.max()) < SUSTAINED_LAG_S
            and float(np.median(late)) < _FALLING_BEHIND_S
        )


class Sender:
    """Sends to one source of a watch, each time going on where it left off.

    Args:
        watch: that has a source at this port.
        kind: of the sender, see `benchmarks.sender`.
        port: where to send.
        file: of lines.
        together: lines a message, over MQTT.
    """

    def __init__(
        self, watch: Watching, kind: str, port: int, file: Path, together: int = 1
    ) -> None:
        self._watch, self._kind, self._port, self._file = watch, kind, port, file
        self.together = together
        self._first = 0

    def highest(self, rates: Iterable[float], seconds: float) -> tuple[float, Sent | None]:
        """The last of some ascending rates that is sustained, and how; 0 and None if none is."""
        best: tuple[float, Sent | None] = (0.0, None)
        for rate in rates:
            sent = self.send(rate, seconds)
            if not sent.sustained:
                break
            best = sent.rate, sent
        return best

    def send(self, rate: float, seconds: float, probes: Path | None = None) -> Sent:
        """Send, and return when all has arrived or nothing comes any more.

        Args:
            rate: lines a second.
            seconds: for so long.
            probes: further lines, see `benchmarks.sender`.

        Raises:
            RuntimeError: the sender or the watch ended early.
        """
        command = [
            sys.executable, "-m", "benchmarks.sender", self._kind, str(self._port),
            str(self._file), "--rate", str(rate), "--seconds", str(seconds),
            "--first", str(self._first), "--together", str(self.together),
        ]  # fmt: skip
        if probes is not None:
            command += ["--probes", str(probes)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            if process.stdout.readline() != "ready\n":
                raise RuntimeError("the sender did not begin")
            looks = _Looks(self._watch)
            process.stdin.write("\n")
            process.stdin.flush()
            began = float(process.stdout.readline())
            while process.poll() is None:
                looks.look()
                time.sleep(_EVERY_S)
            cores = looks.cores()
            report = json.loads(process.stdout.read() or "{}")
        if not report:
            raise RuntimeError("the sender broke off")
        self._first += report["lines"]
        lines = report["lines"] + len(report["probes"])
        looks.until(lines)
        return Sent(
            lines=lines, arrived=looks.lines[-1], seconds=report["ended"] - began,
            late_s=report["late_s"], lag_s=looks.lags(began, rate, report["lines"]), cores=cores,
            resident_mb=looks.resident_mb, probes=report["probes"],
        )  # fmt: skip


class _Looks:
    """What was seen of a watch while it was sent to."""

    def __init__(self, watch: Watching) -> None:
        self._watch, self._before = watch, watch.lines()
        self._at: list[float] = []
        self._cpu: list[float] = []
        self.lines: list[int] = []
        self.resident_mb: list[float] = []

    def look(self) -> None:
        if self._watch.ended:
            raise RuntimeError("the watch ended")
        self.lines.append(self._watch.lines() - self._before)
        self._at.append(time.monotonic())
        self._cpu.append(self._watch.cpu_s())
        self.resident_mb.append(self._watch.resident_mb())

    def until(self, lines: int) -> None:
        """Look on until so many lines have arrived, or none has for a while."""
        moved = time.monotonic()
        while self.lines[-1] < lines and time.monotonic() - moved < _GONE_S:
            time.sleep(_EVERY_S)
            self.look()
            if self.lines[-1] > self.lines[-2]:
                moved = time.monotonic()

    def cores(self) -> float:
        """CPU seconds a second, so far."""
        warm = int(np.searchsorted(self._at, self._at[0] + _WARM_UP_S))
        warm = min(warm, len(self._at) - 2)
        return (self._cpu[-1] - self._cpu[warm]) / (self._at[-1] - self._at[warm])

    def lags(self, began: float, rate: float, total: int) -> Array:
        """Age of the oldest line that was due and had not arrived, at each look."""
        at, lines = np.array(self._at), np.array(self.lines)
        oldest = began + lines / rate
        return np.where(lines < total, np.maximum(0.0, at - oldest), 0.0)


def free_port() -> int:
    """A port of loopback that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
