"""What is wrong with a journal, and which lines it costs."""

from __future__ import annotations

from dataclasses import dataclass

# Lines that are damaged; that no segment holds; that were given up in a power cut. The rest costs
# no line: a last one without end that was set aside, a segment that could not be closed yet.
DAMAGED, MISSING, SKIPPED, TORN, UNCLOSED = "damaged", "missing", "skipped", "torn", "unclosed"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a journal.

    Attributes:
        kind: one of the words above.
        segment: name of the segment that it was found in, or before.
        what: the fault in words, without a full stop.
        first_line, end_line: the lines that are lost, from … to before …; equal where none is.
    """

    kind: str
    segment: str
    what: str
    first_line: int
    end_line: int

    def __str__(self) -> str:
        lost = self.end_line - self.first_line
        if not lost:
            return f"{self.segment}: {self.what}"
        named = f"lines {self.first_line:,} to {self.end_line - 1:,} are lost"
        return f"{self.segment}: {self.what}; {named}"
