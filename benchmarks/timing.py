"""Fair timing on a machine that others use too.

The processor's speed drifts, and other programs steal from caches and clocks. Figures are therefore
CPU time, not time on the wall; the subjects take turns, A B A B, so that a drift meets all of them;
and the median of the rounds is kept, so that one disturbed round counts for nothing.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any


def cpu_seconds(work: Callable[[], Any]) -> float:
    """CPU seconds this process spends on one call, all its threads together."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def alternate(
    subjects: Mapping[str, Callable[[], Any]], *, rounds: int = 5, warm_up: bool = True
) -> dict[str, float]:
    """Median CPU seconds of one call of each subject, measured in turns.

    Args:
        subjects: name → callable without arguments that does the whole work once.
        rounds: turns each subject takes; an odd number has a true median.
        warm_up: call each once before the first round, so that lazily built state (prepared
            geometries, first touch of memory) is nobody's cost.

    """
    if warm_up:
        for work in subjects.values():
            work()
    spent: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, work in subjects.items():
            spent[name].append(cpu_seconds(work))
    return {name: statistics.median(seconds) for name, seconds in spent.items()}


def per_call(work: Callable[[], Any], *, at_least_s: float = 0.2) -> float:
    """CPU seconds a call, for work too short for the clock: repeated until `at_least_s` passed."""
    work()
    calls, spent = 1, 0.0
    while True:
        begun = time.process_time()
        for _ in range(calls):
            work()
        spent = time.process_time() - begun
        if spent >= at_least_s:
            return spent / calls
        calls *= 2
