"""Types 4 and 11: base station report, and a mobile station's answer in the same layout, 168 bits.

     0 type     6   38 year   14   61 hour    5   79 lon  28  148 raim   1
     6 repeat   2   52 month   4   66 minute  6  107 lat  27  149 radio 19
     8 mmsi    30   56 day     5   72 second  6  134 epfd  4
                                   78 accuracy 1 138 spare 10

Only type 4 is a clock: type 11 comes from a mobile station. Source: ITU-R M.1371-5, table 49.
"""

from ingest.layouts.field import NO_LAT, NO_LON, NO_SECOND, Field, Layout, header

BASE_STATION = Layout(
    "base_station", (4, 11), bits=168, needed=134,
    fields=(
        *header(),
        Field("year", 38, 14),
        Field("month", 52, 4),
        Field("day", 56, 5),
        Field("hour", 61, 5, absent=24),
        Field("minute", 66, 6, absent=60),
        Field("second", 72, 6, absent=NO_SECOND),
        Field("accuracy", 78, 1, "b"),
        Field("lon", 79, 28, "i", NO_LON),
        Field("lat", 107, 27, "i", NO_LAT),
        Field("epfd", 134, 4),
        Field("raim", 148, 1, "b"),
        Field("radio", 149, 19),
    ),
)  # fmt: skip
