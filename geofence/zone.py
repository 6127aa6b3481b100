"""A zone: a place with a meaning, valid for a time, with its authority and source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from shapely import LineString, MultiLineString, MultiPolygon, Polygon

RISKS = ("piracy", "war", "both", "none")

# What a zone is for. Rules ask for these by name; a rule or file naming another is refused.
KINDS = (
    "port", "anchorage", "hotspot", "corridor", "gate", "piracy-hra", "war-risk", "vra",
    "chart-limit", "atba", "cable", "installation", "closed-area", "lane", "watch", "other",
)  # fmt: skip

DEFAULT_EXIT_BUFFER_M = 500.0


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone.

    Attributes:
        id: short stable name, unique in a zone set: lower case letters, digits and hyphens.
        name: for people.
        kind: one of KINDS.
        geometry: WGS 84 degrees (lon, lat), valid, split at ±180: (Multi)Polygon for an area;
            (Multi)LineString for a gate.
        risk: one of RISKS.
        authority, source, status, geometry_basis, note: provenance, shown to officers.
        valid_from, valid_to: `datetime64[us]` UTC, half open: judged when from <= time < to;
            None is unbounded. (A file's `valid_to` date includes that whole day.)
        radius_m: radius of the circle a Point was given with, else None.
        centres: (lon, lat) of that Point, or of several with one radius; else empty.
        exit_buffer_m: a vessel has left when it is this far outside; against flapping.
        dwell_s: seconds inside after which a dwell event is raised; None for never.
        crossing: whether a passage between two fixes, both outside, is an event.
        directions: names of the two ways through a gate: crossing it from its left to its right
            as seen along the line from first to last vertex, and from right to left.
        speed_limit_kn: greatest speed over ground allowed in the area, knots; None for no limit.
        course_deg: true course of the traffic that the area is for, degrees from 0 to under 360;
            None where there is no such course.
        allowed: MMSIs of vessels that belong in the area: that serve an installation, say.
        demo: drawn by hand for demonstration, never published by an authority.
        extra: other properties of the feature, as they came.

    """

    id: str
    name: str
    kind: str
    geometry: Polygon | MultiPolygon | LineString | MultiLineString
    risk: str = "none"
    authority: str = ""
    source: str = ""
    status: str = ""
    geometry_basis: str = ""
    note: str = ""
    valid_from: np.datetime64 | None = None
    valid_to: np.datetime64 | None = None
    radius_m: float | None = None
    centres: tuple[tuple[float, float], ...] = ()
    exit_buffer_m: float = DEFAULT_EXIT_BUFFER_M
    dwell_s: float | None = None
    crossing: bool = True
    directions: tuple[str, str] = ("left to right", "right to left")
    speed_limit_kn: float | None = None
    course_deg: float | None = None
    allowed: tuple[int, ...] = ()
    demo: bool = False
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def is_gate(self) -> bool:
        """Whether this is a line to be passed rather than an area to be in."""
        return self.geometry.geom_type in ("LineString", "MultiLineString")

    def has_risk(self, asked: str) -> bool:
        """Whether the zone's risk is the one asked for; "both" is piracy as well as war."""
        return self.risk == asked or (self.risk == "both" and asked in ("piracy", "war"))

    def valid_at(self, time: np.datetime64) -> bool:
        """Whether the zone is in force at a time."""
        return (self.valid_from is None or bool(self.valid_from <= time)) and (
            self.valid_to is None or bool(time < self.valid_to)
        )
