"""The pictures of some ticks, shown to the detectors of pairs: to each those that it must see.

Most pictures show most detectors nothing. So all pictures of a stretch of time are looked through
together, as films, and a detector is shown those in which it may see something, and all while it
remembers something.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from detect.camera import Camera
from detect.events import Event
from detect.film import Film
from detect.picture import Foreseeing, Listening, Picture, TickDetector
from detect.pictures import Look

Mask = NDArray[np.bool_]


def show(camera: Camera, detectors: Sequence[TickDetector], look: Look) -> list[Event]:
    """What detectors of pairs say to the pictures that a camera has taken."""
    if not camera.times:
        return []
    seen, times = camera.seen(), np.array(camera.times)
    watching = [_Watching(each, times, seen, look) for each in detectors]
    wanted = np.flatnonzero(np.logical_or.reduce([each.due for each in watching]))
    ears = _Ears(camera, [each for each in detectors if isinstance(each, Listening)], look)
    events: list[Event] = []
    for numbers, film in camera.films(wanted):
        events += _through(film, numbers, watching, ears)
    return events + ears.hear(len(times) - 1)


class _Ears:
    """Lets those hear who listen, tick by tick; and says what there is to ask at a tick."""

    def __init__(self, camera: Camera, detectors: Sequence[Listening], look: Look) -> None:
        self._camera, self._detectors, self.look = camera, detectors, look
        self._done = -1

    def at(self, number: int) -> Look:
        """What there is to ask at the tick of a number."""
        camera = self._camera
        return replace(self.look, now=camera.times[number], scene=camera.scenes[number])

    def hear(self, number: int) -> list[Event]:
        """What those say who listen, up to the tick of a number."""
        events: list[Event] = []
        for tick in range(self._done + 1, number + 1):
            some = [each for each in self._detectors if each.listening]
            if not some:  # nobody begins to before the next picture
                break
            now, line, look = self._camera.times[tick], self._camera.lines[tick], self.at(tick)
            for each in some:
                events += each.hear(now, line, look)
        self._done = number
        return events


class _Watching:
    """A detector that watches: what it is to be shown of some moments (µs)."""

    def __init__(
        self, detector: TickDetector, times: NDArray[np.int64], seen: Mask, look: Look
    ) -> None:  # fmt: skip
        self.detector, self.due = detector, np.ones(len(times), bool)
        self.foreseeing = detector if isinstance(detector, Foreseeing) else None
        if self.foreseeing is not None:
            self.due = self.foreseeing.due(times, seen, look.config)

    def foresee(self, film: Film, numbers: NDArray[np.int64], look: Look) -> tuple[Mask, Mask]:
        """Which pictures of a film, of moments of these numbers, are due, and in which is news."""
        due = self.due[numbers]
        if self.foreseeing is None:
            return due, due
        return due, due & self.foreseeing.foresee(film, due, look)

    @property
    def idle(self) -> bool:
        """Whether it need not see pictures without news."""
        return self.foreseeing is None or self.foreseeing.idle

    def look(self, picture: Picture, look: Look) -> list[Event]:
        """What it says to a picture."""
        each = self.foreseeing
        return self.detector.tick(picture, look) if each is None else each.look(picture, look)


def _through(
    film: Film, numbers: NDArray[np.int64], watching: Sequence[_Watching], ears: _Ears
) -> list[Event]:
    """What detectors say to a film of moments of these numbers, and what they hear until then."""
    masks = [each.foresee(film, numbers, ears.look) for each in watching]
    some = np.logical_or.reduce([news for _, news in masks]).tolist()
    events: list[Event] = []
    for number, tick in enumerate(numbers.tolist()):
        events += ears.hear(tick)
        if not some[number] and all(each.idle for each in watching):
            continue
        look = ears.at(tick)
        for each, (due, news) in zip(watching, masks, strict=True):
            if news[number] or (due[number] and not each.idle):
                events += each.look(film.picture(number), look)
    return events
