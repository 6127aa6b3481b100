"""Type 27: position report for satellites, 96 bits; minutes are in tenths, not in 1/10000.

     0 type    6   38 accuracy 1   44 lon 18   79 sog   6
     6 repeat  2   39 raim     1   62 lat 17   85 cog   9
     8 mmsi   30   40 status   4               94 gnss  1 (0: the fix is current)
                                               95 spare 1

SOG is in whole knots (63 not sent), COG in whole degrees (511 not sent).
Source: ITU-R M.1371-5, table 83.
"""

from ingest.layouts.field import NO_LAT, NO_LON, NO_STATUS, Field, Layout, header

LONG_RANGE = Layout(
    "long_range", (27,), bits=96, needed=79,
    fields=(
        *header(),
        Field("accuracy", 38, 1, "b"),
        Field("raim", 39, 1, "b"),
        Field("status", 40, 4, absent=NO_STATUS),
        Field("lon", 44, 18, "i", NO_LON // 1000),
        Field("lat", 62, 17, "i", NO_LAT // 1000),
        Field("sog", 79, 6, absent=63),
        Field("cog", 85, 9, absent=511),
        Field("gnss", 94, 1, "b"),
    ),
)  # fmt: skip
