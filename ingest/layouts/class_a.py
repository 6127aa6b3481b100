"""Types 1, 2, 3: class A position report, 168 bits.

     0 type        6   38 status   4   61 lon      28  128 heading  9  148 raim   1
     6 repeat      2   42 rot      8   89 lat      27  137 second   6  149 radio 19
     8 mmsi       30   50 sog     10  116 cog      12  143 maneuver 2
                       60 accuracy 1                   145 spare    3

Source: ITU-R M.1371-5, annex 8, table 46.
"""

from ingest.layouts.field import (
    NO_COG,
    NO_HEADING,
    NO_LAT,
    NO_LON,
    NO_ROT,
    NO_SECOND,
    NO_SOG,
    NO_STATUS,
    Field,
    Layout,
    header,
)

CLASS_A = Layout(
    "class_a", (1, 2, 3), bits=168, needed=116,
    fields=(
        *header(),
        Field("status", 38, 4, absent=NO_STATUS),
        Field("rot", 42, 8, "i", NO_ROT),
        Field("sog", 50, 10, absent=NO_SOG),
        Field("accuracy", 60, 1, "b"),
        Field("lon", 61, 28, "i", NO_LON),
        Field("lat", 89, 27, "i", NO_LAT),
        Field("cog", 116, 12, absent=NO_COG),
        Field("heading", 128, 9, absent=NO_HEADING),
        Field("second", 137, 6, absent=NO_SECOND),
        Field("maneuver", 143, 2),
        Field("raim", 148, 1, "b"),
        Field("radio", 149, 19),
    ),
)  # fmt: skip
