"""Incidents: what a watch should notice, or must not, staged into the plan with labels.

An incident adds craft and legs, or overlays what transmitters say; it changes what is true or what
is sent, never what a detector does. Each kind is a dataclass whose fields are the keys of its
`[[incident]]` table.
"""

from __future__ import annotations

import difflib
from typing import Any

from ingest.errors import ConfigError
from simulate.incidents.almost import Almost
from simulate.incidents.base import Incident
from simulate.incidents.beacons import SarAircraft, Sart
from simulate.incidents.calm import (
    AnchoredOnFence,
    Bunkering,
    Dredger,
    Ferry,
    FishingOpen,
    OutOfRange,
    PilotTransfer,
    TugAssist,
    Typo,
)
from simulate.incidents.identity import IdentityChange, IdentityTwice, Listed
from simulate.incidents.movement import (
    AnchorDrag,
    Drifting,
    Loitering,
    StatusMismatch,
    SuddenStop,
)
from simulate.incidents.pairs import Approach, CollisionRisk, Proximity, Rendezvous
from simulate.incidents.positions import Displaced, ImpossibleMovement, Jammed, OnLand
from simulate.incidents.silence import Gap, Outage
from simulate.incidents.zoned import (
    CableThreat,
    Fishing,
    PortCall,
    SafetyZone,
    SpeedOver,
    WrongWay,
)
from simulate.toml import build

INCIDENTS: dict[str, type] = {
    kind.name: kind
    for kind in (
        Sart, SarAircraft, Gap, Outage, Rendezvous, Proximity, CollisionRisk, Approach, Loitering,
        Drifting, SuddenStop, AnchorDrag, StatusMismatch, SpeedOver, Fishing, WrongWay,
        CableThreat, SafetyZone, ImpossibleMovement, OnLand, Displaced, Jammed, IdentityTwice,
        IdentityChange, Listed, PortCall,
        PilotTransfer, TugAssist, Ferry, Bunkering, Dredger, FishingOpen,
        AnchoredOnFence, OutOfRange, Typo, Almost,
    )
}  # fmt: skip
"""Kinds of incident by name."""

__all__ = ["INCIDENTS", "Incident", "incident_from"]


def incident_from(table: Any, where: str, index: int) -> Incident:
    """Make an incident from its table.

    Raises:
        ConfigError: unknown kind or key, or a value that cannot be used.
    """
    where = f"{where} number {index + 1}"
    if not isinstance(table, dict) or not isinstance(table.get("kind"), str):
        raise ConfigError(
            "has no kind", where=where, mend=f"add kind = one of {', '.join(INCIDENTS)}"
        )
    kind = table["kind"]
    if kind not in INCIDENTS:
        close = difflib.get_close_matches(kind, INCIDENTS, 1)
        mend = f"did you mean {close[0]!r}" if close else f"kinds are {', '.join(INCIDENTS)}"
        raise ConfigError(f"unknown kind {kind!r}", where=f"{where}, kind", mend=mend)
    return build(INCIDENTS[kind], {k: v for k, v in table.items() if k != "kind"}, where)
