"""Flaws: what goes wrong on board and on the way, as shares."""

from __future__ import annotations

from dataclasses import dataclass

from simulate.toml import Fault


@dataclass(frozen=True, slots=True)
class Defects:
    """What goes wrong, as shares of lines, of reports or of vessels.

    Attributes:
        broken: lines damaged on the way: wrong characters, cut short, or run together.
        noise: lines that are no sentence at all.
        foreign: lines of other NMEA sentences that receivers mix in.
        wrong_status: vessels whose navigational status does not fit what they do.
        wrong_static: vessels with wrong static data: no size, no type, no name, no IMO number.
        no_heading: class A vessels without a heading sensor; class B mostly have none.
        no_rot: class A vessels without a turn sensor.
        no_position: share of position reports sent without a fix.
        slot_loss: share of messages lost to others in the same slot where every slot within the
            range of a station is taken; where fewer are, in proportion.
    """

    broken: float = 0.0004
    noise: float = 0.0001
    foreign: float = 0.0005
    wrong_status: float = 0.06
    wrong_static: float = 0.0
    no_heading: float = 0.04
    no_rot: float = 0.3
    no_position: float = 0.0005
    slot_loss: float = 0.0

    def __post_init__(self) -> None:
        for key in self.__slots__:
            value = getattr(self, key)
            if not 0 <= value <= 1:
                raise Fault(key, f"{value:g} is not a share", "choose from 0 to 1")


SOUND = Defects(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""Nothing goes wrong: equipment of the craft that incidents are about."""
