"""Stations: who listens, and how well."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.columns import Array
from simulate.checks import Point, check_point, check_positive, check_share
from simulate.toml import Fault


@dataclass(frozen=True, slots=True)
class Station:
    """A receiving station.

    Attributes:
        id: its name in TAG blocks, `s:`.
        at: longitude, latitude.
        range_nm: distance at which nothing of a class A transmitter is heard any more.
        probability: chance that a message sent next to it is heard.
        clock_s: error of its clock; its TAG times are true time plus this.
        delay_s: mean time until its lines arrive at the recorder.
        split: payload characters it puts into one sentence at most.
        satellite: in orbit, and listening to the long-range channels too.
        pass_every_min, pass_min: of a satellite that is overhead for `pass_min` minutes in every
            `pass_every_min`; 0 for always.
        downlink_min: minutes from the end of a pass until all that was heard in it arrives at once.
    """

    id: str
    at: Point
    range_nm: float
    probability: float = 0.95
    clock_s: float = 0.0
    delay_s: float = 0.3
    split: int = 60
    satellite: bool = False
    pass_every_min: float = 0.0
    pass_min: float = 10.0
    downlink_min: float = 20.0

    def __post_init__(self) -> None:
        check_point("at", self.at)
        if self.pass_every_min:
            check_positive("pass_every_min", self.pass_every_min, 24 * 60)
            check_positive("pass_min", self.pass_min, self.pass_every_min)
            if not self.satellite:
                raise Fault("pass_every_min", "is no satellite's", "add satellite = true")
        if not 0 <= self.downlink_min <= 24 * 60:
            raise Fault("downlink_min", f"{self.downlink_min:g} is out of range", "0 to 1440")
        check_positive("range_nm", self.range_nm, 3000)
        check_share("probability", self.probability)
        if not self.id.isalnum() or not self.id.isascii() or len(self.id) > 15:
            raise Fault(
                "id", f"{self.id!r} does not fit a TAG block", "use 1 to 15 letters, digits"
            )
        if not 28 <= self.split <= 60:
            raise Fault("split", f"{self.split} is out of range", "choose 28 to 60")
        if abs(self.clock_s) > 60 or not 0 <= self.delay_s <= 600:
            raise Fault("clock_s", "clock or delay out of range", "±60 s and 0 to 600 s")

    def overhead(self, time: Array) -> Array:
        """Whether the satellite hears what is sent at these times."""
        return time % (60.0 * self.pass_every_min) < 60.0 * self.pass_min

    def delivered(self, time: Array) -> Array:
        """When what was heard at these times is on the ground."""
        every = 60.0 * self.pass_every_min
        return time // every * every + 60.0 * (self.pass_min + self.downlink_min)
