"""Kinds of vessel: what each is by type, size, speed, flag and equipment.

Sizes and speeds are the usual ones of each trade; shares of flags follow the open registries' part
of the world fleet (UNCTAD, Review of Maritime Transport) and, for local craft, the coasts around.
MIDs are those of the ITU's table.
"""

from __future__ import annotations

from dataclasses import dataclass

# Registry → (weight, MIDs).
_WORLD: dict[str, tuple[float, tuple[int, ...]]] = {
    "Liberia": (17, (636,)), "Panama": (16, (352, 353, 354, 355, 356, 357, 370, 371, 372, 373)),
    "Marshall Islands": (13, (538,)), "Hong Kong": (8, (477,)), "Singapore": (6, (563, 564, 566)),
    "Malta": (5, (215, 229, 248, 249, 256)), "China": (5, (412, 413, 414)),
    "Bahamas": (3, (308, 309, 311)), "Greece": (3, (237, 239, 240, 241)), "Japan": (2, (431, 432)),
    "Cyprus": (2, (209, 210, 212)), "Denmark": (1, (219, 220)), "Norway": (1, (257, 258, 259)),
    "India": (2, (419,)), "Saudi Arabia": (1, (403,)), "Comoros": (1, (616, 620)),
    "Tanzania": (1, (677,)), "Palau": (1, (511,)), "Barbados": (1, (314,)), "Togo": (1, (671,)),
}  # fmt: skip
_GULF_OF_ADEN: dict[str, tuple[float, tuple[int, ...]]] = {
    "Yemen": (10, (473, 475)), "Somalia": (6, (666,)), "Djibouti": (5, (621,)),
    "India": (3, (419,)), "Iran": (3, (422,)), "UAE": (2, (470,)), "Oman": (2, (461,)),
    "Eritrea": (1, (625,)), "Comoros": (1, (620,)), "Pakistan": (1, (463,)),
}  # fmt: skip
_NAVIES: dict[str, tuple[float, tuple[int, ...]]] = {
    "France": (3, (226, 227, 228)), "Spain": (2, (224, 225)), "Italy": (2, (247,)),
    "India": (2, (419,)), "Japan": (1, (431,)), "Pakistan": (1, (463,)), "Korea": (1, (440,)),
    "Greece": (1, (237,)), "China": (1, (412,)),
}  # fmt: skip
_PORT: dict[str, tuple[float, tuple[int, ...]]] = {
    "Djibouti": (4, (621,)), "Yemen": (2, (473,)), "Somalia": (1, (666,)),
}  # fmt: skip
_YACHTS: dict[str, tuple[float, tuple[int, ...]]] = {
    "United Kingdom": (3, (232, 235)), "France": (2, (227,)), "Netherlands": (2, (244,)),
    "Germany": (2, (211,)), "Australia": (2, (503,)), "United States": (2, (338, 367)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class VesselKind:
    """One kind of vessel.

    Attributes:
        ship_types: AIS types of ship and cargo, chosen evenly.
        equipment: "A", "B" (carrier sense) or "BSO" (self-organising).
        length: least and greatest, metres.
        beam: length divided by beam.
        draught: least and greatest, metres.
        speed: least and greatest when under way, knots.
        flags: registry → weight and MIDs.
        names: list in `simulate.names` from which names are made.
        imo: share that has an IMO number.
    """

    ship_types: tuple[int, ...]
    equipment: str
    length: tuple[float, float]
    beam: float
    draught: tuple[float, float]
    speed: tuple[float, float]
    flags: dict[str, tuple[float, tuple[int, ...]]]
    names: str
    imo: float


KINDS: dict[str, VesselKind] = {
    "container": VesselKind((71, 70, 79, 72), "A", (180, 399), 7.0, (9.0, 15.5), (14.0, 20.5),
                            _WORLD, "liner", 1.0),
    "bulk": VesselKind((70, 70, 79), "A", (170, 292), 6.2, (6.5, 17.5), (10.5, 14.0),
                       _WORLD, "trader", 1.0),
    "tanker": VesselKind((80, 81, 82, 84, 89), "A", (145, 333), 5.9, (7.0, 20.5), (10.5, 14.5),
                         _WORLD, "tanker", 1.0),
    "gas": VesselKind((84, 81), "A", (200, 315), 6.4, (9.0, 12.0), (14.0, 18.5),
                      _WORLD, "tanker", 1.0),
    "general": VesselKind((70, 79, 74), "A", (85, 160), 6.4, (4.5, 9.0), (9.0, 13.0),
                          _WORLD, "trader", 1.0),
    "vehicles": VesselKind((70, 79), "A", (165, 200), 6.1, (8.0, 10.0), (14.5, 18.5),
                           _WORLD, "liner", 1.0),
    "livestock": VesselKind((70, 79), "A", (80, 150), 6.6, (5.0, 7.5), (9.5, 13.0),
                            _WORLD, "trader", 1.0),
    "passenger": VesselKind((60, 69), "A", (120, 290), 7.6, (5.5, 8.0), (14.0, 19.0),
                            _WORLD, "liner", 1.0),
    "coaster": VesselKind((70, 79, 80), "A", (55, 90), 5.6, (3.0, 5.5), (7.5, 10.5),
                          _GULF_OF_ADEN, "dhow", 0.8),
    "dhow": VesselKind((79, 70, 0), "B", (18, 48), 4.0, (2.0, 4.0), (5.5, 9.5),
                       _GULF_OF_ADEN, "dhow", 0.0),
    "skiff": VesselKind((37, 0, 30), "B", (7, 14), 3.6, (0.5, 1.0), (9.0, 22.0),
                        _GULF_OF_ADEN, "dhow", 0.0),
    "fishing": VesselKind((30,), "B", (10, 30), 3.8, (1.5, 3.5), (2.0, 4.5),
                          _GULF_OF_ADEN, "dhow", 0.0),
    "trawler": VesselKind((30,), "A", (35, 75), 5.0, (4.0, 6.5), (2.5, 4.8),
                          _GULF_OF_ADEN, "dhow", 0.6),
    "tug": VesselKind((52, 31), "A", (24, 38), 2.9, (3.0, 5.0), (5.0, 10.0),
                      _PORT, "harbour", 0.7),
    "pilot": VesselKind((50,), "A", (12, 18), 3.4, (1.0, 2.0), (9.0, 18.0),
                        _PORT, "harbour", 0.0),
    "supply": VesselKind((90, 95, 53), "A", (50, 85), 4.6, (4.0, 6.0), (8.0, 12.0),
                         _PORT, "harbour", 1.0),
    "naval": VesselKind((35,), "A", (90, 152), 8.2, (4.0, 6.5), (12.0, 18.0),
                        _NAVIES, "naval", 0.0),
    "yacht": VesselKind((36, 37), "BSO", (11, 24), 3.5, (1.8, 3.5), (5.0, 8.0),
                        _YACHTS, "yacht", 0.0),
}  # fmt: skip
