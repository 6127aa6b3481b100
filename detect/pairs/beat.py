"""Every how many ticks a detector looks: by event time, so the same in every run."""

from __future__ import annotations

from detect.picture import Picture


class Beat:
    """Lets the first picture through of each stretch of so many seconds. Picklable."""

    def __init__(self) -> None:
        self._last: int | None = None

    def due(self, picture: Picture, every_s: float) -> bool:
        """Whether to look at this picture; asked once for each."""
        number = picture.time // round(every_s * 1e6)
        if number == self._last:
            return False
        self._last = number
        return True
