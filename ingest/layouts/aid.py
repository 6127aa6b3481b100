"""Type 21: aid to navigation, 272 to 360 bits.

     0 type      6   43 name    120  192 lat         27  249 epfd         4  268 raim     1
     6 repeat    2  163 accuracy  1  219 to_bow       9  253 second       6  269 virtual  1
     8 mmsi     30  164 lon      28  228 to_stern     9  259 off_position 1  270 assigned 1
    38 aid_type  5                   237 to_port      6  260 regional     8  271 spare    1
                                     243 to_starboard 6                      272 name_extension

The name goes on in the extension: 0 to 14 further characters. Source: ITU-R M.1371-5, table 74.
"""

from ingest.layouts.field import NO_LAT, NO_LON, NO_SECOND, Field, Layout, dimensions, header

AID = Layout(
    "aid", (21,), bits=272, needed=219,
    fields=(
        *header(),
        Field("aid_type", 38, 5),
        Field("name", 43, 120, "t"),
        Field("accuracy", 163, 1, "b"),
        Field("lon", 164, 28, "i", NO_LON),
        Field("lat", 192, 27, "i", NO_LAT),
        *dimensions(219),
        Field("epfd", 249, 4),
        Field("second", 253, 6, absent=NO_SECOND),
        Field("off_position", 259, 1, "b"),
        Field("regional", 260, 8),
        Field("raim", 268, 1, "b"),
        Field("virtual", 269, 1, "b"),
        Field("assigned", 270, 1, "b"),
        Field("name_extension", 272, 84, "t"),
    ),
)  # fmt: skip
