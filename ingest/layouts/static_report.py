"""Type 24: static data of class B in two parts, 160 to 168 bits each.

    part A    0 type 6, 6 repeat 2, 8 mmsi 30, 38 part 2 = 0, 40 name 120

    part B    0 type     6   40 ship_type  8   90 callsign    42  150 to_port      6
              6 repeat   2   48 vendor    18  132 to_bow       9  156 to_starboard 6
              8 mmsi    30   66 model      4  141 to_stern     9  162 epfd         4
             38 part     2   70 serial    20                      166 spare        2

In part B of a craft with a mother ship (MMSI 98…), bits 132-161 are the mother ship's MMSI.
Source: ITU-R M.1371-5, tables 79 and 80.
"""

from ingest.layouts.field import Field, Layout, dimensions, header

_PART = Field("part", 38, 2)
_UNIT = (
    Field("ship_type", 40, 8),
    Field("vendor", 48, 18, "t"),
    Field("model", 66, 4),
    Field("serial", 70, 20),
    Field("callsign", 90, 42, "t"),
)
_EPFD = Field("epfd", 162, 4)

STATIC_A = Layout(
    "static_a", (24,), bits=160, needed=46,
    fields=(*header(), _PART, Field("name", 40, 120, "t")),
)  # fmt: skip

STATIC_B = Layout(
    "static_b", (24,), bits=168, needed=48,
    fields=(*header(), _PART, *_UNIT, *dimensions(132), _EPFD),
)  # fmt: skip

STATIC_B_CRAFT = Layout(
    "static_b_craft", (24,), bits=168, needed=48,
    fields=(*header(), _PART, *_UNIT, Field("mothership", 132, 30), _EPFD),
)  # fmt: skip
