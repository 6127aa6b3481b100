"""The fleet: who is out there, and with which equipment.

One row a transmitter: vessels, aids to navigation, base stations, aircraft and beacons.
"""

# ruff: noqa: RUF009 -- `column` is how a record declares its fields

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

import numpy as np

from ingest.columns import Array, Record, column
from simulate.flaws import Defects
from simulate.kinds import KINDS, VesselKind
from simulate.names import callsigns, imo_numbers, names, with_check_digit


class Equipment(IntEnum):
    """What transmits."""

    A = 0  # class A, 12.5 W
    B = 1  # class B carrier sense, 2 W
    BSO = 2  # class B self-organising, 5 W
    AID = 3
    BASE = 4
    AIRCRAFT = 5
    BEACON = 6  # AIS-SART, 1 W, at the water's surface


@dataclass(frozen=True, slots=True)
class Fleet(Record):
    """One row a transmitter; what it says of itself, and what its sensors are like."""

    mmsi: Array = column("uint32", meaning="MMSI", absent=0)
    equipment: Array = column("uint8", meaning="an Equipment", absent=0)
    imo: Array = column("uint32", meaning="IMO number, 0 for none", absent=0)
    callsign: Array = column("S7", meaning="call sign", absent=b"")
    name: Array = column("S34", meaning="name", absent=b"")
    ship_type: Array = column("uint8", meaning="type of ship and cargo", absent=0)
    aid_type: Array = column("uint8", meaning="type of aid", absent=0)
    virtual: Array = column("bool", meaning="a virtual aid", absent=False)
    to_bow: Array = column("uint16", unit="m", meaning="antenna to bow", absent=0)
    to_stern: Array = column("uint16", unit="m", meaning="antenna to stern", absent=0)
    to_port: Array = column("uint16", unit="m", meaning="antenna to port", absent=0)
    to_starboard: Array = column("uint16", unit="m", meaning="antenna to starboard", absent=0)
    epfd: Array = column("uint8", meaning="kind of position-fixing device", absent=1)
    draught: Array = column("float64", unit="m", meaning="draught", absent=0.0)
    destination: Array = column("S20", meaning="destination", absent=b"")
    eta: Array = column("uint32", meaning="month, day, hour, minute as 4+5+5+6 bits", absent=1596)
    speed: Array = column("float64", unit="kn", meaning="usual speed under way", absent=10.0)
    has_heading: Array = column("bool", meaning="sends its heading", absent=False)
    turn_sensor: Array = column("uint8", meaning="0 none, 1 bounds only, 2 full", absent=0)
    accurate: Array = column("bool", meaning="position better than 10 m", absent=True)
    raim: Array = column("bool", meaning="RAIM in use", absent=False)
    wrong_status: Array = column("bool", meaning="status does not fit", absent=False)
    assigned: Array = column("bool", meaning="reports in assigned mode (type 2)", absent=False)
    extended: Array = column("bool", meaning="class B that sends type 19", absent=False)
    phase: Array = column("float64", meaning="phase of its slow errors, radians", absent=0.0)
    text: Array = column("S20", meaning="safety text of a beacon", absent=b"")


def pick_kinds(mix: Mapping[str, float], count: int, rng: np.random.Generator) -> list[str]:
    """`count` kinds in the mix's proportions: the shares are met, only the order is chance."""
    total = sum(mix.values())
    wanted = {k: w / total * count for k, w in mix.items()}
    exact = {k: int(w) for k, w in wanted.items()}
    rest = sorted(mix, key=lambda k: (exact[k] - wanted[k], k))
    for k in rest[: count - sum(exact.values())]:
        exact[k] += 1
    chosen = [k for k in mix for _ in range(exact[k])]
    return [chosen[i] for i in rng.permutation(count)]


def make_vessels(
    kinds: list[str], rng: np.random.Generator, defects: Defects, start: datetime
) -> Fleet:
    """One vessel for each kind listed, in that order."""
    rows = np.empty(len(kinds), np.int64)
    parts, at = [], 0
    for kind in dict.fromkeys(kinds):
        here = np.array([i for i, k in enumerate(kinds) if k == kind])
        rows[here] = np.arange(at, at + len(here))
        at += len(here)
        parts.append(_of_kind(KINDS[kind], len(here), rng, defects, start))
    fleet = Fleet.concat(parts).take(rows)
    _name(fleet, kinds, rng)
    if defects.wrong_static:
        _spoil(fleet, defects.wrong_static, rng)
    return fleet


def _spoil(fleet: Fleet, share: float, rng: np.random.Generator) -> None:
    """Statics never filled in, or left as the installer set them; each such vessel has one flaw."""
    spoilt = np.flatnonzero(rng.random(len(fleet)) < share)
    flaw = rng.integers(0, 5, len(spoilt))
    for name in ("to_bow", "to_stern", "to_port", "to_starboard"):
        getattr(fleet, name)[spoilt[flaw == 0]] = 0
    fleet.ship_type[spoilt[flaw == 1]] = 0
    fleet.name[spoilt[flaw == 2]] = b""
    fleet.imo[spoilt[flaw == 3]] = 0
    fleet.draught[spoilt[flaw == 4]] = 25.5


def _of_kind(
    kind: VesselKind, count: int, rng: np.random.Generator, defects: Defects, start: datetime
) -> Fleet:
    size = rng.random(count) ** 1.4  # more of the small than of the large
    low, high = kind.length
    length = np.rint(low + (high - low) * size)
    beam = np.maximum(np.rint(length / kind.beam * rng.uniform(0.92, 1.08, count)), 2)
    house = rng.uniform(0.12, 0.3, count)  # bridge and antenna stand aft
    stern, port = np.rint(length * house), np.rint(beam * rng.uniform(0.35, 0.65, count))
    low, high = kind.draught
    draught = (low + (high - low) * size) * rng.uniform(0.6, 1.0, count)  # laden or in ballast
    class_a = kind.equipment == "A"
    return Fleet.absent(
        count,
        mmsi=_mmsi(kind, count, rng),
        equipment=np.full(count, Equipment[kind.equipment]),
        imo=np.where(rng.random(count) < kind.imo, imo_numbers(count, rng), 0),
        callsign=np.array(callsigns(count, rng), "S7"),
        ship_type=rng.choice(kind.ship_types, count),
        to_bow=length - stern, to_stern=stern, to_port=port, to_starboard=beam - port,
        draught=np.round(draught, 1) if class_a else np.zeros(count),
        eta=_eta(start, count, rng),
        speed=rng.triangular(kind.speed[0], sum(kind.speed) / 2, kind.speed[1], count),
        has_heading=rng.random(count) >= (defects.no_heading if class_a else 0.85),
        turn_sensor=np.where(rng.random(count) < defects.no_rot, rng.integers(0, 2, count), 2),
        accurate=rng.random(count) < 0.65,
        raim=rng.random(count) < 0.2,
        wrong_status=rng.random(count) < defects.wrong_status,
        assigned=rng.random(count) < 0.01,
        extended=rng.random(count) < 0.15,
        phase=rng.uniform(0, 2 * np.pi, count),
    )  # fmt: skip


def _name(fleet: Fleet, kinds: list[str], rng: np.random.Generator) -> None:
    styles = [KINDS[k].names for k in kinds]
    for style in dict.fromkeys(styles):
        here = [i for i, s in enumerate(styles) if s == style]
        fleet.name[here] = names(style, len(here), rng)


def _mmsi(kind: VesselKind, count: int, rng: np.random.Generator) -> Array:
    weights = np.array([w for w, _ in kind.flags.values()])
    flags = rng.choice(len(weights), count, p=weights / weights.sum())
    mids = [m for _, m in kind.flags.values()]
    mid = np.array(
        [mids[f][int(u * len(mids[f]))] for f, u in zip(flags, rng.random(count), strict=True)]
    )
    return mid * 1_000_000 + rng.integers(1_000, 999_000, count)


def _eta(start: datetime, count: int, rng: np.random.Generator) -> Array:
    """ETAs within twelve days; a few are not filled in."""
    made = np.empty(count, np.uint32)
    for i, (hours, unset) in enumerate(
        zip(rng.uniform(3, 288, count), rng.random(count) < 0.08, strict=True)
    ):
        eta = start + timedelta(hours=float(hours))
        made[i] = pack_eta(0, 0, 24, 60) if unset else (
            pack_eta(eta.month, eta.day, eta.hour, eta.minute // 10 * 10)
        )  # fmt: skip
    return made


def pack_eta(month: int, day: int, hour: int, minute: int) -> int:
    """The four parts of an ETA in one integer, as in the message."""
    return month << 16 | day << 11 | hour << 6 | minute


def distinct_mmsi(fleet: Fleet, seen: set[int]) -> None:
    """Move MMSIs that are in use already to the next free number, in place; `seen` grows."""
    for i, mmsi in enumerate(fleet.mmsi.tolist()):
        while mmsi in seen:
            mmsi += 1
        seen.add(mmsi)
        fleet.mmsi[i] = mmsi


def distinct_imo(fleet: Fleet, seen: set[int]) -> None:
    """Move IMO numbers that are in use already to the next free one, in place; `seen` grows."""
    for i, imo in enumerate(fleet.imo.tolist()):
        while imo and imo in seen:
            imo = int(with_check_digit(np.array([imo // 10 + 1]))[0])
        seen.add(imo)
        fleet.imo[i] = imo
