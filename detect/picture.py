"""The sea at one moment of event time: where every vessel is, as far as its fixes say.

Detectors of pairs and areas look at such pictures, one every tick, and at nothing else. A picture
of a moment is made once the watermark is past it by the lateness allowed, so the order in which
fixes came within that window does not show in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from detect.around import Around
from detect.events import Event

if TYPE_CHECKING:  # the settings are made of those of detectors
    from detect.config import DetectConfig
    from detect.film import Film

UNKNOWN_MOTION, STOPPED, UNDER_WAY = 0, 1, 2
"""Values of `Picture.motion`: the moving/stopped latch, with its hysteresis."""

KEY_BITS = 30
"""A key is `mmsi | track << KEY_BITS`: MMSIs lie below 2^30."""


COLUMNS = (
    "lon", "lat", "sog", "cog", "heading", "status", "age_s", "ship_type", "length", "beam", "unit",
    "motion", "places", "in_port",
)  # fmt: skip
"""Names of the columns of a picture beside `key` and `mmsi`."""


class Picture:
    """All vessels heard within an age limit, by key; columns are equally long, one row a vessel.

    Attributes:
        time: the moment, µs since 1970.
        line: line whose processing brought the watermark to where this picture could be made:
            the line of every event that is told of it.
        key: int64, `mmsi | track << 30`, ascending, each once.
        mmsi: uint32.
        lon, lat: float64, degrees at `time`: between the fixes around it where there is one after
            it, else dead reckoned from the last one, for a limited time; never NaN.
        sog, cog: float32, knots and degrees, of the same; NaN where not sent.
        heading: float32, degrees, of the last fix; NaN where not sent.
        status: uint8, navigational status last sent; 15 is undefined.
        age_s: float32, seconds since the last fix at or before `time`.
        ship_type: uint8, as sent; 0 if not known.
        length, beam: uint16, metres; 0 if not known.
        unit: uint8, class of the AIS unit: 0 not known, 1 A, 2 B.
        motion: uint8, UNKNOWN_MOTION, STOPPED or UNDER_WAY as of the last fix.
        places: int32, id of the fence's set of zones at the last fix.
        in_port: bool, the last fix lies in a zone of kind port or anchorage.
        worked: what detectors of one tick share, by a name; for instance the pairs that are near.
        find: says what else is known by a name, because it was found out before.

    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    sog: NDArray[np.float32]
    cog: NDArray[np.float32]
    heading: NDArray[np.float32]
    status: NDArray[np.uint8]
    age_s: NDArray[np.float32]
    ship_type: NDArray[np.uint8]
    length: NDArray[np.uint16]
    beam: NDArray[np.uint16]
    unit: NDArray[np.uint8]
    motion: NDArray[np.uint8]
    places: NDArray[np.int32]
    in_port: NDArray[np.bool_]

    def __init__(
        self, time: int, line: int, key: NDArray[np.int64], mmsi: NDArray[np.uint32],
        made: Callable[[str], dict[str, NDArray[Any]]] | None = None, **columns: NDArray[Any],
    ) -> None:  # fmt: skip
        """A picture of these columns; others are made, by their name, when they are asked for."""
        self.time, self.line, self.key, self.mmsi = time, line, key, mmsi
        self.worked: dict[str, Any] = {}
        self.find: Callable[[str], Any] | None = None
        self._made = made
        self.__dict__.update(columns)

    def __getattr__(self, name: str) -> NDArray[Any]:
        if name not in COLUMNS or self._made is None:
            raise AttributeError(f"a picture has no {name!r}")
        self.__dict__.update(self._made(name))
        column: NDArray[Any] = self.__dict__[name]
        return column

    def __len__(self) -> int:
        return len(self.key)

    def known(self, name: str) -> Any:
        """What was found out of this picture, by a name; None where it was not."""
        if name not in self.worked and self.find is not None:
            self.worked[name] = self.find(name)
        return self.worked.get(name)

    def rows(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The row of each key; -1 where the picture does not hold it."""
        if not len(self.key):
            return np.full(len(keys), -1, np.int64)
        at = np.minimum(np.searchsorted(self.key, keys), len(self.key) - 1)
        found: NDArray[np.int64] = np.where(self.key[at] == keys, at, -1)
        return found


class Surroundings(Protocol):
    """What a detector may ask about places and vessels while it looks at a picture."""

    @property
    def config(self) -> DetectConfig:
        """Settings of all detectors."""

    @property
    def around(self) -> Around:
        """Zones, ports, the shore."""

    def protected(self, mmsi: NDArray[np.uint32]) -> NDArray[np.bool_]:
        """Whether each vessel is one that is never forgotten."""

    def by_anchorage(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], metres: float
    ) -> NDArray[np.bool_]:
        """Whether each place lies within so many metres of an anchorage the traffic has shown."""

    def times(self, mmsi: int) -> list[int]:
        """Times (µs) of what has come of a vessel since the tick before, late reports too."""


class TickDetector(Protocol):
    """Judges one picture after another.

    Made without arguments, pickled with all it remembers; knows no clock and no file. Pictures may
    be left out where nothing was heard, so what has lasted is reckoned from their times.
    """

    name: ClassVar[str]

    def tick(self, picture: Picture, scene: Surroundings) -> list[Event]:
        """Events that the picture shows, revisions of earlier ones among them."""


@runtime_checkable
class Foreseeing(TickDetector, Protocol):
    """One that says beforehand in which pictures of many it may see something.

    It is shown those alone, and all while it remembers something; to it that makes no difference.
    """

    @property
    def idle(self) -> bool:
        """Whether it remembers nothing that any picture could change."""

    def due(
        self, times: NDArray[np.int64], seen: NDArray[np.bool_], config: DetectConfig
    ) -> NDArray[np.bool_]:
        """Which of these moments (µs, ascending) it looks at; asked once for each moment.

        Args:
            times: int64[n].
            seen: bool[n], whether there is anybody in the picture.
            config: settings.

        """

    def foresee(self, film: Film, due: NDArray[np.bool_], scene: Surroundings) -> NDArray[np.bool_]:
        """In which of the pictures that it looks at there may be something new for it.

        Args:
            film: pictures; what is found out of them may be left there, for `look`.
            due: bool[n], those that it looks at.
            scene: as in `look`.

        """

    def look(self, picture: Picture, scene: Surroundings) -> list[Event]:
        """As `tick`, of a picture that is due."""


@runtime_checkable
class Listening(Protocol):
    """One that must hear at every tick what came of some vessels, late reports too."""

    @property
    def listening(self) -> bool:
        """Whether there is any vessel that it listens for."""

    def hear(self, now: int, line: int, scene: Surroundings) -> list[Event]:
        """What follows from what `scene.times` says came by a tick; asked before it looks.

        Args:
            now: moment of the picture of the tick, µs.
            line: of the tick.
            scene: as of this tick.

        """
