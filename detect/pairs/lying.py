"""How two vessels lie to each other: near, slow, out of port, alongside or as neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from detect.film import Film, Places
from detect.pairs.followed import Measure, measured
from detect.pairs.near import between_m
from detect.pairs.table import NEVER, PairTable
from detect.picture import STOPPED, Picture

if TYPE_CHECKING:
    from detect.pairs.rendezvous import RendezvousConfig

Indices = NDArray[np.int64]

# Navigational status (ITU-R M.1371-5): at anchor, moored.
AT_ANCHOR, MOORED = 1, 5


@dataclass(frozen=True, slots=True)
class Together:
    """How the pairs of a table are in a picture; columns of its rows.

    Attributes:
        gone: one of the two is not in the picture any more.
        known: both were heard lately.
        metres: between them; NaN where gone.
        fastest: speed of the faster one; NaN where neither sent it.
        good: known, near enough and slow enough to be together.
        close: known, near enough for the fast form, and slow.
        anchored: neighbours, see `neighbours`.

    """

    gone: NDArray[np.bool_]
    known: NDArray[np.bool_]
    metres: NDArray[np.float64]
    fastest: NDArray[np.float32]
    good: NDArray[np.bool_]
    close: NDArray[np.bool_]
    anchored: NDArray[np.bool_]

    @classmethod
    def of(cls, picture: Picture, table: PairTable, config: RendezvousConfig) -> Together:
        """The pairs of a table, after `PairTable.look`."""
        gone = (table.first < 0) | (table.second < 0)
        metres, fastest, fresh, outside, anchored = measured(
            picture, "together", table, lying(config)
        )
        known, metres = ~gone & fresh, np.where(gone, np.nan, metres)
        # Where it has begun, it goes on within the slack.
        slow = known & (fastest <= config.slow_kn * config.slack) & outside
        good = slow & (metres <= config.near_m * config.slack)
        limit = np.where(table["close"] == NEVER, config.fast_m, config.fast_m * config.slack)
        return cls(gone, known, metres, fastest, good, slow & (metres <= limit), anchored)


def lying(config: RendezvousConfig) -> Measure:
    """Measures how far apart two vessels are, and the speed of the faster one.

    And whether both were heard lately, whether both are out of port, and whether they are
    neighbours.
    """

    def measure(where: Any, a: Indices, b: Indices) -> tuple[NDArray[Any], ...]:
        return (
            between_m(where, a, b), np.fmax(speed(where, a), speed(where, b)),
            np.maximum(where.age_s[a], where.age_s[b]) <= config.fresh_s,
            ~(where.in_port[a] | where.in_port[b]), neighbours(where, a, b),
        )  # fmt: skip

    return measure


def speed(picture: Picture | Film | Places, rows: Any) -> NDArray[np.float32]:
    """Speeds; where none is sent, 0 of who is known to be stopped, else more than any limit."""
    sog = picture.sog[rows]
    said: NDArray[np.float32] = np.where(
        np.isnan(sog), np.where(picture.motion[rows] == STOPPED, np.float32(0), np.float32(99)), sog
    )
    return said


def neighbours(picture: Picture | Places, a: Indices, b: Indices) -> NDArray[np.bool_]:
    """Whether both say they are at anchor, or both that they are moored.

    Each then lies by its own means. Of two that lie alongside each other one may be at anchor; the
    other is moored to it, or under way.
    """
    one = picture.status[a]
    same: NDArray[np.bool_] = one == picture.status[b]
    return same & ((one == AT_ANCHOR) | (one == MOORED))
