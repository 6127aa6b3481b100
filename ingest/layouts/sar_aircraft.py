"""Type 9: position report of a search and rescue aircraft, 168 bits.

     0 type     6   38 altitude 12   61 lon    28  134 regional 8  147 raim   1
     6 repeat   2   50 sog      10   89 lat    27  142 dte      1  148 radio 20
     8 mmsi    30   60 accuracy  1  116 cog    12  143 spare    3
                                    128 second  6  146 assigned 1

SOG is in whole knots here, not in tenths. Source: ITU-R M.1371-5, table 54.
"""

from ingest.layouts.field import NO_COG, NO_LAT, NO_LON, NO_SECOND, NO_SOG, Field, Layout, header

SAR_AIRCRAFT = Layout(
    "sar_aircraft", (9,), bits=168, needed=116,
    fields=(
        *header(),
        Field("altitude", 38, 12, absent=4095),
        Field("sog", 50, 10, absent=NO_SOG),
        Field("accuracy", 60, 1, "b"),
        Field("lon", 61, 28, "i", NO_LON),
        Field("lat", 89, 27, "i", NO_LAT),
        Field("cog", 116, 12, absent=NO_COG),
        Field("second", 128, 6, absent=NO_SECOND),
        Field("regional", 134, 8),
        Field("dte", 142, 1, "b"),
        Field("assigned", 146, 1, "b"),
        Field("raim", 147, 1, "b"),
        Field("radio", 148, 20),
    ),
)  # fmt: skip
