"""What officers did while a recording was replayed, done again when the replay is taken up."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ingest.batch import Batch
from ingest.control import Control


class Done:
    """Changes to be made again, each before the line that it was made before.

    Args:
        controls: in their order.
    """

    def __init__(self, controls: Iterable[Control]) -> None:
        self._waiting = deque(controls)
        self._line = 0

    def among(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The batches with the changes among them; at last those made after the last line."""
        for batch in batches:
            mine = self._upto(batch.end_line)
            if mine:
                among = sorted((*mine, *batch.controls), key=lambda control: control.line)
                batch = replace(batch, controls=tuple(among))
            self._line = batch.end_line
            yield batch
        yield from self.after(self._line)

    def after(self, line: int) -> Iterator[Batch]:
        """A batch of the changes made before a line, where all earlier lines were judged."""
        mine = self._upto(line + 1)
        if mine:
            yield Batch(controls=mine, end_line=line)

    def _upto(self, line: int) -> tuple[Control, ...]:
        mine = []
        while self._waiting and self._waiting[0].line < line:
            mine.append(self._waiting.popleft())
        return tuple(mine)
