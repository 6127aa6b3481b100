"""Why a partner sees a vessel, or does not: what each condition says, by the policy's tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ingest.words import iso_time
from share.classes import CLASSES
from share.ground import WORDS, Ground
from share.policies import Policies
from share.seen import Seen


@dataclass(frozen=True, slots=True)
class Step:
    """One condition.

    Attributes:
        condition: its name.
        ground: what it says.
        detail: what it says it about, for people.

    """

    condition: str
    ground: Ground
    detail: str = ""

    @property
    def words(self) -> str:
        """The answer for people."""
        said = "allowed" if self.ground == Ground.ALLOWED else f"denied: {WORDS[self.ground]}"
        return f"{said} ({self.detail})" if self.detail else said


@dataclass(frozen=True, slots=True)
class Explanation:
    """All conditions, and what comes of them.

    Attributes:
        partner: its name.
        mmsi: the vessel.
        ground: of the newest position; `Ground.ALLOWED` where the partner may have it.
        steps: the conditions, in the order of the policy.

    """

    partner: str
    mmsi: int
    ground: Ground
    steps: tuple[Step, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "partner": self.partner, "mmsi": self.mmsi, "allowed": self.ground == Ground.ALLOWED,
            "ground": self.ground.name.lower(), "words": WORDS[self.ground],
            "conditions": [
                {"condition": s.condition, "allowed": s.ground == Ground.ALLOWED,
                 "ground": s.ground.name.lower(), "words": s.words}
                for s in self.steps
            ],
        }  # fmt: skip


def explain(among: Policies, partner: str, seen: Seen, now: int) -> Explanation:
    """Explain what a partner gets of the vessel whose newest report was just seen.

    Args:
        among: the policies, which have seen the vessel.
        partner: a name.
        seen: a batch with the vessel's newest position, and nothing else but what it says of
            itself.
        now: the time at the desk, µs.

    """
    policy, vessels, config = among[partner], among.vessels, among[partner].config
    slot = int(max((int(s[0]) for s in seen.slots if len(s)), default=-1))
    mmsi = int((seen.positions.mmsi if len(seen.positions) else seen.statics.mmsi)[0])
    place = int(vessels.place[slot]) if slot >= 0 else -1
    steps = [Step("partner", policy.gate(now))]
    if len(seen.positions):
        kind = int(seen.positions.msg_type[0])
        steps.append(Step("message type", policy.type_ground(kind), f"type {kind}"))
        by_station = among.labels.stations(config.labels)
        station = seen.positions.station[0]
        labels = Ground.ALLOWED if by_station is None else Ground(int(by_station[station]))
        steps.append(Step("label of its station", labels))
    steps.append(Step("vessel", policy.vessel_ground(slot), _who(among, slot)))
    names = among.areas.names(place, (*config.areas, *config.not_areas))
    steps.append(Step("area", policy.area_ground(place), ", ".join(names)))
    if config.lrit is not None:
        title, why = policy.title(slot)
        steps.append(Step("LRIT", title, why))
    if len(seen.positions):
        time = seen.positions.time[0]
        young = np.datetime64(now - round(config.delay_s * 1_000_000), "us")
        late = Ground.ALLOWED if not config.delay_s or time <= young else Ground.DELAYED
        steps.append(Step("delay", late, f"reported {iso_time(time)}"))
        ground = Ground(int(policy.judge(seen, now, thin=False).positions[0]))
    else:
        ground = max(Ground.NO_PLACE, *(step.ground for step in steps))
    if config.thin_s:
        every = f"at most one position in {config.thin_s:g} s"
        steps.append(Step("thinning", Ground.ALLOWED, every))
    return Explanation(partner, mmsi, ground, tuple(steps))


def _who(among: Policies, slot: int) -> str:
    if slot < 0:
        return "not known"
    bits = int(among.vessels.bits[slot])
    classes = ", ".join(name for number, name in enumerate(CLASSES) if bits >> number & 1)
    return f"classes: {classes}" if classes else "of no class"
