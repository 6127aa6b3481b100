"""Progress for a person who looks: a bar with rate and time left; nothing when piped."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from ingest import clock

# A bar that flashes by helps nobody.
SHOW_AFTER_S = 2.0


class Bar:
    """A progress bar on standard error, for whatever takes longer than two seconds.

    Use as a context manager; `update` may be called as often as one likes.
    """

    def __init__(self, label: str, unit: str = "lines") -> None:
        self._label, self._unit = label, unit
        self._begun = clock.monotonic()
        self._looked_at = sys.stderr.isatty()
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def update(self, share: float | None, count: int, note: str = "") -> None:
        """Show where it stands.

        Args:
            share: part done, 0 to 1; None where the end is unknown.
            count: things done, for the rate.
            note: a few words more.
        """
        spent = clock.monotonic() - self._begun
        if not self._looked_at or spent < SHOW_AFTER_S:
            return
        if self._progress is None:
            self._progress = Progress(
                TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rate]}"),
                TimeElapsedColumn(), TimeRemainingColumn(), TextColumn("{task.fields[note]}"),
                console=Console(stderr=True), transient=True,
            )  # fmt: skip
            self._progress.start()
            self._task = self._progress.add_task(self._label, total=1.0, rate="", note="")
        assert self._task is not None
        self._progress.update(
            self._task,
            completed=share or 0.0,
            total=1.0 if share is not None else None,
            rate=f"{count / spent:,.0f} {self._unit}/s",
            note=note,
        )
