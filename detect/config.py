"""What the detectors take for granted, as settings: each with where its default comes from."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields

from detect.anchor_drag import AnchorDragConfig
from detect.anchorages import AnchoragesConfig
from detect.cable_threat import CableThreatConfig
from detect.displaced import DisplacedConfig
from detect.drifting import DriftingConfig
from detect.fishing import FishingConfig
from detect.gap import GapConfig
from detect.identity_change import IdentityConfig
from detect.jammed import JammedConfig
from detect.listed import ListedConfig
from detect.loitering import LoiteringConfig
from detect.motion import MotionConfig
from detect.on_land import OnLandConfig
from detect.outage import ReceptionConfig
from detect.pairs.approach import ApproachConfig
from detect.pairs.collision import CollisionConfig
from detect.pairs.dark import DarkConfig
from detect.pairs.proximity import ProximityConfig
from detect.pairs.rendezvous import RendezvousConfig
from detect.port_calls import PortCallConfig
from detect.port_disruption import PortDisruptionConfig
from detect.safety_zone import SafetyZoneConfig
from detect.slots import DEFAULT_CAPACITY
from detect.speed_over import SpeedOverConfig
from detect.status_mismatch import StatusMismatchConfig
from detect.sudden_stop import SuddenStopConfig
from detect.tracks import TracksConfig
from detect.wrong_way import WrongWayConfig
from ingest.errors import ConfigError


@dataclass(frozen=True, slots=True)
class DetectConfig:
    """Settings of all detectors: those that several share, and by its name those of each.

    Attributes:
        vessels: most vessels remembered at once.
        top_speed_kn: a fix that would have needed more than this from the one before is not
            believed until a second one agrees with it; aircraft excepted. gpsdio-segment's and
            Global Fishing Watch's segmenters cut tracks near this speed.
        clock_slack_s: seconds by which times of reports may be wrong against each other, allowed
            before a speed is worked out. Receivers stamp on arrival, and some feeds by the minute.
        loose_s: the same for reports without a time of their own, which take that of others: in
            recordings without a clock they may be minutes off.
        leg_s, leg_nm: the longest time and distance between two fixes over which a straight line
            is evidence of a passage. Class A at anchor reports every 3 minutes (ITU-R M.1371-5,
            table 1); half an hour is ten reports lost in a row, or one reception shadow.
        clear_m: a vessel this close to a gate's line stands on it and has not passed it yet;
            AIS's "high accuracy" is 10 m (M.1371-5, position accuracy).
        late_s: seconds within which reports may come out of order: what is not judged at once is
            judged when the newest time heard is so far past it. Networks that join many stations
            deliver within a few seconds of each other; 0 takes reports as they come.
        tick_s: seconds of event time between two ticks, at which that is done. Detectors of pairs
            look at one picture every tick.
        off: names of detectors that are not asked; "all" leaves zones, gates and distress. "tracks"
            are identity_twice and impossible_movement.
        shown_s: how long a vessel stays in that picture after it was last heard: three hours, so
            that one that falls silent beside another can be seen to.
        reckoned_s: how long it is moved on there at its last speed and course. Class B under way
            reports every 30 s (M.1371-5, table 2), and some of its reports are lost.

    """

    vessels: int = DEFAULT_CAPACITY
    top_speed_kn: float = 60.0
    clock_slack_s: float = 60.0
    loose_s: float = 900.0
    leg_s: float = 1800.0
    leg_nm: float = 30.0
    clear_m: float = 10.0
    late_s: float = 30.0
    tick_s: float = 30.0
    off: tuple[str, ...] = ()
    shown_s: float = 10_800.0
    reckoned_s: float = 180.0
    displaced: DisplacedConfig = field(default_factory=DisplacedConfig)
    jammed: JammedConfig = field(default_factory=JammedConfig)
    anchorages: AnchoragesConfig = field(default_factory=AnchoragesConfig)
    port_call: PortCallConfig = field(default_factory=PortCallConfig)
    port_disruption: PortDisruptionConfig = field(default_factory=PortDisruptionConfig)
    gap: GapConfig = field(default_factory=GapConfig)
    reception: ReceptionConfig = field(default_factory=ReceptionConfig)
    identity_change: IdentityConfig = field(default_factory=IdentityConfig)
    listed: ListedConfig = field(default_factory=ListedConfig)
    motion: MotionConfig = field(default_factory=MotionConfig)
    tracks: TracksConfig = field(default_factory=TracksConfig)
    drifting: DriftingConfig = field(default_factory=DriftingConfig)
    on_land: OnLandConfig = field(default_factory=OnLandConfig)
    cable_threat: CableThreatConfig = field(default_factory=CableThreatConfig)
    anchor_drag: AnchorDragConfig = field(default_factory=AnchorDragConfig)
    fishing: FishingConfig = field(default_factory=FishingConfig)
    status_mismatch: StatusMismatchConfig = field(default_factory=StatusMismatchConfig)
    safety_zone: SafetyZoneConfig = field(default_factory=SafetyZoneConfig)
    wrong_way: WrongWayConfig = field(default_factory=WrongWayConfig)
    speed_over: SpeedOverConfig = field(default_factory=SpeedOverConfig)
    sudden_stop: SuddenStopConfig = field(default_factory=SuddenStopConfig)
    loitering: LoiteringConfig = field(default_factory=LoiteringConfig)
    rendezvous: RendezvousConfig = field(default_factory=RendezvousConfig)
    dark_rendezvous: DarkConfig = field(default_factory=DarkConfig)
    proximity: ProximityConfig = field(default_factory=ProximityConfig)
    collision_risk: CollisionConfig = field(default_factory=CollisionConfig)
    approach: ApproachConfig = field(default_factory=ApproachConfig)

    def __post_init__(self) -> None:
        if self.off:
            from detect.all import names  # which knows the detectors, which know these settings

            for name in self.off:
                if name not in names():
                    raise ConfigError(
                        f"off names {str(name)!r:.60}, which is no detector",
                        where="settings of the detectors",
                        mend=f"there are {', '.join(names())}",
                    )
        for setting in fields(self):
            value = getattr(self, setting.name)
            if setting.type not in ("int", "float") or (setting.name == "late_s" and value == 0):
                continue  # the settings of one detector are judged where they are made
            if not (math.isfinite(value) and value > 0):
                raise ConfigError(
                    f"{setting.name} is {value}",
                    where="settings of the detectors",
                    mend="give a number above 0",
                )
