"""The detectors there are, in the order in which they judge.

`detect.motion` comes first: it tells the others who moves.
"""

from __future__ import annotations

from detect.anchor_drag import AnchorDrag
from detect.anchorages import Anchorages
from detect.cable_threat import CableThreat
from detect.detector import Detector
from detect.displaced import DisplacedDetector
from detect.drifting import Drifting
from detect.fishing import Fishing
from detect.gap import GapDetector
from detect.jammed import JammedDetector
from detect.listed import Listed
from detect.loitering import Loitering
from detect.motion import Motion
from detect.on_land import OnLand
from detect.outage import ReceptionDetector
from detect.pairs.approach import Approach
from detect.pairs.collision import CollisionRisk
from detect.pairs.dark import DarkRendezvous
from detect.pairs.proximity import Proximity
from detect.pairs.rendezvous import Rendezvous
from detect.picture import TickDetector
from detect.port_calls import PortCalls
from detect.port_disruption import PortDisruption
from detect.safety_zone import SafetyZone
from detect.speed_over import SpeedOver
from detect.status_mismatch import StatusMismatch
from detect.sudden_stop import SuddenStop
from detect.wrong_way import WrongWay

DETECTORS: tuple[type[Detector], ...] = (
    Motion, GapDetector, ReceptionDetector, Drifting, Loitering, SuddenStop, SpeedOver, WrongWay,
    SafetyZone, StatusMismatch, OnLand, Fishing, AnchorDrag, CableThreat, Listed,
    DisplacedDetector, JammedDetector,
    Anchorages, PortCalls, PortDisruption,
)  # fmt: skip
"""Detectors of one vessel."""

TICK_DETECTORS: tuple[type[TickDetector], ...] = (
    Rendezvous, DarkRendezvous, Proximity, CollisionRisk, Approach,
)  # fmt: skip
"""Detectors of pairs and of areas: each is shown the picture of every tick."""


def names() -> tuple[str, ...]:
    """Names of all detectors that can be turned off; "all" is all of them."""
    found = {kind.name for kind in DETECTORS} | {kind.name for kind in TICK_DETECTORS}
    return ("all", *sorted((found | {"identity_change", "tracks"}) - {"motion"}))
