"""Type 5: static and voyage related data of class A, 424 bits.

     0 type      6   40 imo      30  240 to_bow       9  274 eta_month  4  302 destination 120
     6 repeat    2   70 callsign 42  249 to_stern     9  278 eta_day    5  422 dte           1
     8 mmsi     30  112 name    120  258 to_port      6  283 eta_hour   5  423 spare         1
    38 version   2  232 ship_type 8  264 to_starboard 6  288 eta_minute 6
                                     270 epfd         4  294 draught    8

Source: ITU-R M.1371-5, table 50.
"""

from ingest.layouts.field import Field, Layout, dimensions, header

VOYAGE = Layout(
    "voyage", (5,), bits=424, needed=70,
    fields=(
        *header(),
        Field("version", 38, 2),
        Field("imo", 40, 30),
        Field("callsign", 70, 42, "t"),
        Field("name", 112, 120, "t"),
        Field("ship_type", 232, 8),
        *dimensions(240),
        Field("epfd", 270, 4),
        Field("eta_month", 274, 4),
        Field("eta_day", 278, 5),
        Field("eta_hour", 283, 5, absent=24),
        Field("eta_minute", 288, 6, absent=60),
        Field("draught", 294, 8),
        Field("destination", 302, 120, "t"),
        Field("dte", 422, 1, "b"),
    ),
)  # fmt: skip
