"""Reports: what each transmission says, as integers ready to be encoded.

Here the truth meets the equipment: GNSS error, sensors that are missing or coarse, fields never
filled in, and AIS's own scales and sentinels (ITU-R M.1371-5, annex 8).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from ingest.columns import Array
from ingest.layouts import (
    AID,
    BASE_STATION,
    CLASS_A,
    CLASS_B,
    CLASS_B_EXTENDED,
    LONG_RANGE,
    SAR_AIRCRAFT,
    STATIC_A,
    STATIC_B,
    VOYAGE,
    Field,
    Layout,
)  # fmt: skip
from ingest.layouts.field import header
from simulate.earth import metres_per_degree
from simulate.encode import encode, fill_bits
from simulate.flaws import Defects
from simulate.fleet import Equipment, Fleet
from simulate.motion import State
from simulate.reporting import Send, shown_status

# Type 14, safety related broadcast: 40 bits and six for each character (M.1371-5, table 62).
TEXT_BITS = 40
SAFETY = Layout(
    "safety_broadcast", (14,), bits=TEXT_BITS, needed=TEXT_BITS,
    fields=(*header(), Field("text", TEXT_BITS, 966, "t")),
)  # fmt: skip

# The communication state that carrier-sense class B units send, by definition of type 18.
CARRIER_SENSE = 1 << 19 | 393_222

GNSS_SLOW_M, GNSS_WHITE_M = 4.0, 1.5
"""Each of two slow swings of the position error, and its fast part: 10 m in all (95 %)."""

Values = dict[str, Array | int]


@dataclass(frozen=True, slots=True)
class Payloads:
    """Encoded messages of one layout and length.

    Attributes:
        rows: which of the emissions they are.
        chars: uint8 (messages, characters).
        fill: unused bits of the last character.
    """

    rows: Array
    chars: Array
    fill: int


class ReportWriter:
    """Turns emissions with their true state into payloads."""

    def __init__(self, fleet: Fleet, defects: Defects, start: datetime) -> None:
        self._fleet, self._defects, self._start = fleet, defects, start
        self._makers = {
            Send.CLASS_A: self._class_a, Send.BASE: self._base, Send.VOYAGE: self._voyage,
            Send.AIRCRAFT: self._aircraft, Send.TEXT: self._text, Send.CLASS_B: self._class_b,
            Send.CLASS_B_EXTENDED: self._extended, Send.AID: self._aid,
            Send.STATIC_A: self._static_a, Send.STATIC_B: self._static_b,
            Send.LONG_RANGE: self._long_range,
        }  # fmt: skip

    def write(
        self, time: Array, vessel: Array, send: Array, state: State, rng: np.random.Generator
    ) -> Iterator[Payloads]:
        """Payloads of all emissions, grouped by layout and length."""
        lon, lat = self._fixes(time, vessel, state, rng)
        for kind in np.unique(send).tolist():
            rows = np.flatnonzero(send == kind)
            report = _Report(
                rows, time[rows], vessel[rows], lon[rows], lat[rows],
                state.take(rows), rng,
            )  # fmt: skip
            yield from self._makers[Send(kind)](report)

    def _fixes(
        self, time: Array, vessel: Array, state: State, rng: np.random.Generator
    ) -> tuple[Array, Array]:
        """Longitude and latitude in 1/600000°, with GNSS error; sentinels where there is no fix."""
        phase = self._fleet.phase[vessel]
        white = rng.normal(0.0, GNSS_WHITE_M, (2, len(time)))
        # Two swings of minutes' length an axis: the error of one receiver hardly changes from
        # one report to the next, so tracks stay smooth.
        east = GNSS_SLOW_M * (np.sin(time / 97.0 + phase) + np.sin(time / 263.0 + 5 * phase))
        north = GNSS_SLOW_M * (np.sin(time / 113.0 + 3 * phase) + np.sin(time / 311.0 + phase))
        fixed = np.isin(self._fleet.equipment[vessel], (Equipment.AID, Equipment.BASE))
        off = ~fixed
        per_lon, per_lat = metres_per_degree(state.lat)
        lon = state.lon + off * (east + white[0]) / per_lon
        lat = state.lat + off * (north + white[1]) / per_lat
        lon = (lon + 180.0) % 360.0 - 180.0
        lon, lat = np.rint(lon * 600_000), np.rint(lat * 600_000)
        lost = off & (rng.random(len(time)) < self._defects.no_position) | np.isnan(lon)
        lon[lost], lat[lost] = 181 * 600_000, 91 * 600_000
        return lon, lat

    def _head(self, report: _Report) -> Values:
        return {"mmsi": self._fleet.mmsi[report.vessel]}

    def _fix(self, report: _Report) -> Values:
        fleet, who = self._fleet, report.vessel
        return {
            "mmsi": fleet.mmsi[who], "lon": report.lon, "lat": report.lat,
            "accuracy": fleet.accurate[who], "raim": fleet.raim[who],
            "second": (report.time - 0.4) // 1 % 60,
        }  # fmt: skip

    def _movement(self, report: _Report) -> Values:
        """SOG, COG, heading as class A and B send them."""
        state, rng, who = report.state, report.rng, report.vessel
        count = len(who)
        sog = np.rint(10 * np.abs(state.sog + rng.normal(0.0, 0.05, count)))
        # A receiver that lies still has no course: it sends noise, or none.
        spread = 0.3 + 4.0 / (0.3 + state.sog)
        cog = np.rint(10 * (state.cog + rng.normal(0.0, 1.0, count) * spread)) % 3600
        still = (sog == 0) & (self._fleet.phase[who] % 1.0 < 0.4)
        cog[still] = 3600
        crab = 2.5 * np.sin(report.time / 2900.0 + 2 * self._fleet.phase[who])
        heading = np.rint(state.heading + crab * (state.sog > 1) + rng.normal(0, 0.4, count)) % 360
        heading[~self._fleet.has_heading[who]] = 511
        sog = np.minimum(sog, 1022)
        adrift = np.isnan(state.lon)  # without satellites there is no speed over the ground either
        sog[adrift], cog[adrift] = 1023, 3600
        return {"sog": sog, "cog": cog, "heading": heading}

    def _class_a(self, report: _Report) -> Iterator[Payloads]:
        fleet, who, rng = self._fleet, report.vessel, report.rng
        status = shown_status(fleet, who, report.state.status)
        lying = (status == 1) | (status == 5)
        values = self._fix(report) | self._movement(report)
        values |= {
            "status": status, "rot": self._rate_of_turn(report),
            "radio": rng.integers(0, 1 << 19, len(who)),
        }  # fmt: skip
        # Long intervals are kept by ITDMA, which is type 3; assigned mode is type 2.
        kind = np.where(fleet.assigned[who], 2, np.where(lying, 3, 1))
        yield self._encode(CLASS_A, kind, values, report)

    def _rate_of_turn(self, report: _Report) -> Array:
        """The ROT field: 4.733 √(°/min) with its sign; ±127 and 0 without a sensor; −128 none."""
        turn = report.state.turn + report.rng.normal(0.0, 0.6, len(report.vessel))
        sensed = np.clip(np.rint(4.733 * np.sqrt(np.abs(turn))), 0, 126) * np.sign(turn)
        bound = np.where(np.abs(report.state.turn) > 10.0, 127 * np.sign(turn), 0)
        sensor = self._fleet.turn_sensor[report.vessel]
        return np.where(sensor == 2, sensed, np.where(sensor == 1, bound, -128))

    def _class_b_values(self, report: _Report) -> Values:
        return self._fix(report) | self._movement(report)

    def _class_b(self, report: _Report) -> Iterator[Payloads]:
        values = self._class_b_values(report)
        organised = self._fleet.equipment[report.vessel] == Equipment.BSO
        slots = report.rng.integers(0, 1 << 19, len(organised))
        values |= {
            "cs": ~organised, "dsc": 1, "band": 1, "msg22": 1,
            "radio": np.where(organised, slots, CARRIER_SENSE),
        }  # fmt: skip
        yield self._encode(CLASS_B, 18, values, report)

    def _extended(self, report: _Report) -> Iterator[Payloads]:
        values = self._class_b_values(report) | self._statics(report)
        yield self._encode(CLASS_B_EXTENDED, 19, values, report)

    def _statics(self, report: _Report) -> Values:
        fleet, who = self._fleet, report.vessel
        names = (
            "name", "ship_type", "to_bow", "to_stern", "to_port", "to_starboard", "epfd", "callsign"
        )  # fmt: skip
        return {"mmsi": fleet.mmsi[who]} | {n: getattr(fleet, n)[who] for n in names}

    def _voyage(self, report: _Report) -> Iterator[Payloads]:
        fleet, who = self._fleet, report.vessel
        eta = fleet.eta[who]
        values = self._statics(report) | {
            "version": 2, "imo": fleet.imo[who],
            "eta_month": eta >> 16, "eta_day": eta >> 11 & 31, "eta_hour": eta >> 6 & 31,
            "eta_minute": eta & 63, "draught": np.rint(fleet.draught[who] * 10),
            "destination": fleet.destination[who],
        }  # fmt: skip
        yield self._encode(VOYAGE, 5, values, report)

    def _static_a(self, report: _Report) -> Iterator[Payloads]:
        yield self._encode(STATIC_A, 24, self._statics(report) | {"part": 0}, report)

    def _static_b(self, report: _Report) -> Iterator[Payloads]:
        values = self._statics(report) | {
            "part": 1, "vendor": np.full(len(report.rows), b"VGS"), "model": 1,
            "serial": self._fleet.mmsi[report.vessel] % 1_000_003,
        }  # fmt: skip
        yield self._encode(STATIC_B, 24, values, report)

    def _long_range(self, report: _Report) -> Iterator[Payloads]:
        values = self._fix(report) | self._movement(report)
        # Whole knots, whole degrees and tenths of minutes; 63 and 511 are "not available".
        cog = np.where(np.asarray(values["cog"]) == 3600, 511, np.asarray(values["cog"]) // 10)
        values |= {
            "status": shown_status(self._fleet, report.vessel, report.state.status),
            "lon": np.rint(report.lon / 1000), "lat": np.rint(report.lat / 1000),
            "sog": np.where(
                np.asarray(values["sog"]) == 1023, 63,
                np.minimum(np.rint(np.asarray(values["sog"]) / 10), 62),
            ), "cog": cog,
        }  # fmt: skip
        yield self._encode(LONG_RANGE, 27, values, report)

    def _aircraft(self, report: _Report) -> Iterator[Payloads]:
        state = report.state
        values = self._fix(report) | {
            "altitude": np.clip(np.rint(state.height), 0, 4094),
            "sog": np.minimum(np.rint(state.sog), 1022),
            "cog": np.rint(state.cog * 10) % 3600,
            "radio": report.rng.integers(0, 1 << 19, len(report.rows)),
        }  # fmt: skip
        yield self._encode(SAR_AIRCRAFT, 9, values, report)

    def _base(self, report: _Report) -> Iterator[Payloads]:
        whole = np.floor(report.time).astype(np.int64)
        at = [self._start + timedelta(seconds=int(s)) for s in whole]
        values = self._fix(report) | {
            name: np.array([getattr(t, name) for t in at])
            for name in ("year", "month", "day", "hour", "minute", "second")
        }
        values |= {
            "epfd": 7, "accuracy": 1, "radio": report.rng.integers(0, 1 << 19, len(whole)),
        }  # fmt: skip
        yield self._encode(BASE_STATION, 4, values, report)

    def _aid(self, report: _Report) -> Iterator[Payloads]:
        fleet, who = self._fleet, report.vessel
        names = fleet.name[who]
        size = np.maximum(np.char.str_len(names) - 20, 0)
        for extra in np.unique(size).tolist():
            part = report.take(size == extra)
            name = fleet.name[part.vessel]
            letters = name.view("S1").reshape(len(name), -1)
            values = self._fix(part) | {
                "name": name.astype("S20"), "aid_type": fleet.aid_type[part.vessel],
                "virtual": fleet.virtual[part.vessel], "epfd": 7,
                "name_extension": letters[:, 20:].copy().view("S14").ravel(),
            }  # fmt: skip
            yield self._encode(AID, 21, values, part, AID.bits + -(-6 * extra // 8) * 8)

    def _text(self, report: _Report) -> Iterator[Payloads]:
        texts = self._fleet.text[report.vessel]
        for text in np.unique(texts):
            part = report.take(texts == text)
            values = self._head(part) | {"text": texts[texts == text]}
            yield self._encode(SAFETY, 14, values, part, TEXT_BITS + 6 * len(text))

    def _encode(
        self, layout: Layout, kind: Array | int, values: Values, report: _Report, bits: int = 0
    ) -> Payloads:
        count = len(report.rows)
        kinds = np.broadcast_to(np.asarray(kind, np.uint8), count)
        chars = encode(layout, kinds, values, bits)
        return Payloads(report.rows, chars, fill_bits(bits or layout.bits))


@dataclass(frozen=True, slots=True)
class _Report:
    """Emissions of one kind: their rows, times, senders, fixes as sent, and true states."""

    rows: Array
    time: Array
    vessel: Array
    lon: Array
    lat: Array
    state: State
    rng: np.random.Generator

    def take(self, mask: Array) -> _Report:
        """Some of them."""
        return _Report(
            self.rows[mask], self.time[mask], self.vessel[mask], self.lon[mask], self.lat[mask],
            self.state.take(mask), self.rng,
        )  # fmt: skip
