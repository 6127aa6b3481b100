"""Anchor drag: a ship that says she is at anchor, and is carried out of her circle.

A ship swings about her anchor with wind and tide, so where she first lay says where the anchor is
to within her length and her chain. Who is farther from there, and still going, astern or sideways,
is dragging it; who goes ahead has weighed it and forgot the status, which is another event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from detect import runs
from detect.detector import Scene
from detect.episode import COLUMNS, Look, Proof, Run, Terms, follow, rounded
from detect.events import Event
from detect.evidence import duration, where
from detect.fixes import Fixes
from detect.kept import Columns, Kept
from detect.motion import between, moves
from detect.settings import check, refuse
from detect.status import ANCHORED
from geofence.geodesy import distance


@dataclass(frozen=True, slots=True)
class AnchorDragConfig:
    """When an anchor drags.

    Attributes:
        chain_m: chain out, at most: nine shackles of 27.5 m, about what merchant ships can lay out.
        lengths: and so many ship's lengths: she was first heard on one side of her circle, with the
            antenna at one end, and is on the other now. With the chain, this is how far she can be
            from where she first lay (GateHouse's anchor watch is a circle, too).
        length_m: length taken for a ship that has not said hers.
        slow_kn, fast_kn: dragging is slow: from this speed to this.
        angle_deg: her course is farther off her heading than this, where both are known: a ship
            lies to wind and stream, and is carried away from them.
        hold_s: seconds for which it must go on so: three reports of a ship at anchor, which come
            every 3 minutes (ITU-R M.1371-5, table 1).
        pause_s, over_s: seconds for which she may hold before it was told, and after; ours.
        gap_s: silence after which nobody knows; ours.

    """

    chain_m: float = 250.0
    lengths: float = 2.0
    length_m: float = 100.0
    slow_kn: float = 0.4
    fast_kn: float = 4.0
    angle_deg: float = 45.0
    hold_s: float = 360.0
    pause_s: float = 200.0
    over_s: float = 900.0
    gap_s: float = 1800.0

    def __post_init__(self) -> None:
        check(
            self, "anchor_drag", lengths=(0, 10), angle_deg=(0, 179), pause_s=(0, 86_400),
            over_s=(0, 86_400),
        )  # fmt: skip
        if self.slow_kn >= self.fast_kn:
            refuse("anchor_drag", "fast_kn", "is not above slow_kn", "give a greater speed")


class AnchorDrag:
    """One event an episode. Keeps where each ship at anchor first lay still."""

    name: ClassVar[str] = "anchor_drag"
    columns: ClassVar[Columns] = {
        **COLUMNS, "anchored": ("?", False), "lon": ("f4", np.nan), "lat": ("f4", np.nan),
    }  # fmt: skip

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """Events of ships whose anchors drag, or hold again."""
        if not len(fixes):
            return []
        settings = scene.config.anchor_drag
        off = np.full(len(fixes), np.nan)
        on, limit = np.zeros(len(fixes), bool), np.full(len(fixes), np.nan)
        anchored = fixes.status == ANCHORED
        concerned = kept.anchored[fixes.vessels] | np.logical_or.reduceat(anchored, fixes.heads)
        if concerned.any():
            counts = np.diff(fixes.heads, append=len(fixes))
            rows = np.flatnonzero(np.repeat(concerned, counts))
            lon, lat = kept.lon[fixes.slot[rows]], kept.lat[fixes.slot[rows]]
            # Most ships at anchor have lain there before and go on: only the others are looked at.
            lay = kept.anchored[fixes.vessels] & np.isfinite(kept.lon[fixes.vessels])
            changed = concerned & ~(lay & np.logical_and.reduceat(anchored, fixes.heads))
            if changed.any():
                some = np.repeat(changed, counts)
                part, vessels, counts = (
                    np.flatnonzero(some),
                    fixes.vessels[changed],
                    counts[changed],
                )
                still = moves(scene).speed[part] < scene.config.motion.stopped_kn
                heads = np.cumsum(counts) - counts
                places = _place(fixes, kept, part, heads, vessels, anchored[part], still)
                lon[some[rows]], lat[some[rows]] = places
            off[rows] = distance(lon, lat, fixes.lon[rows], fixes.lat[rows])
            speed = moves(scene).speed[rows]
            rows = rows[(off[rows] > settings.chain_m) & (speed >= settings.slow_kn)
                        & (speed <= settings.fast_kn)]  # fmt: skip
            length = scene.facts(fixes.slot[rows]).length.astype(np.float64)
            length[length == 0] = settings.length_m
            limit[rows] = settings.chain_m + settings.lengths * length
            apart = between(fixes.cog[rows], fixes.heading[rows])
            on[rows] = (off[rows] > limit[rows]) & ~(apart < settings.angle_deg)
        terms = Terms(
            self.name, "anchor drag (GateHouse)", settings.hold_s, settings.gap_s,
            settings.pause_s, settings.over_s,
        )  # fmt: skip
        look = Look(on, measure=off, note=limit)
        return follow(fixes, kept, scene, look, terms, lambda run, _: _proof(run, settings))


def _place(
    fixes: Fixes, kept: Kept, rows: runs.Rows, heads: runs.Rows, vessels: NDArray[np.int32],
    anchored: NDArray[np.bool_], still: NDArray[np.bool_],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:  # fmt: skip
    """Where each vessel first lay still since it has said it is at anchor, at each of some rows.

    Args:
        fixes: at hand.
        kept: the detector's.
        rows: all rows of some vessels.
        heads: int64[v], where in `rows` each of them begins.
        vessels: int32[v], their slots.
        anchored: whether it says so at each row.
        still: whether it is.

    Returns:
        float32[n] twice, longitude and latitude; NaN where there is no such place.

    """
    tails = np.append(heads[1:], len(rows)) - 1
    stretch = runs.began(anchored, heads, kept.anchored[vessels])
    known = np.isfinite(kept.lon[vessels])[runs.owner(heads, len(rows))]
    lies = anchored & still
    # How often it has lain still in the stretch, to find the first time.
    times = runs.total(stretch, lies.astype(np.int64), heads, np.zeros(len(heads), np.int64))
    times += (stretch >= 0) & lies[np.maximum(stretch, 0)]
    at = runs.last(lies & (times == 1) & ~((stretch == runs.BEFORE) & known), heads)
    own = anchored & (at >= 0) & ((at >= stretch) | (stretch == runs.BEFORE))
    carried = (stretch == runs.BEFORE) & known & ~own
    places = []
    for name, values in (("lon", fixes.lon), ("lat", fixes.lat)):
        column: NDArray[np.float32] = getattr(kept, name)
        place = np.full(len(rows), np.nan, np.float32)
        place[own] = values[rows[at[own]]]
        place[carried] = column[fixes.slot[rows[carried]]]
        column[vessels] = place[tails]
        places.append(place)
    kept.anchored[vessels] = anchored[tails]
    return places[0], places[1]


def _proof(run: Run, settings: AnchorDragConfig) -> Proof:
    words = (
        f"drags her anchor: {run.peak:.0f} m from where she first lay (limit {run.note:.0f} m), "
        f"for {duration(round(run.held_s * 1e6))} (limit "
        f"{duration(round(settings.hold_s * 1e6))}); {where(run.last)}"
    )
    return Proof(
        words,
        {"off_m": round(run.peak), "held_s": round(run.held_s), "sog_kn": rounded(run.last.sog),
         "cog_deg": rounded(run.last.cog), "heading_deg": rounded(run.last.heading)},
        {"off_m": round(run.note), "hold_s": settings.hold_s, "angle_deg": settings.angle_deg,
         "sog_kn": [settings.slow_kn, settings.fast_kn]},
    )  # fmt: skip
