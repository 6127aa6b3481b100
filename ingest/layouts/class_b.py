"""Type 18: class B position report, 168 bits; its head is shared with type 19.

     0 type      6   46 sog     10   85 lat     27  139 regional_2 2  144 band     1
     6 repeat    2   56 accuracy 1  112 cog     12  141 cs         1  145 msg22    1
     8 mmsi     30   57 lon     28  124 heading  9  142 display    1  146 assigned 1
    38 regional  8                  133 second   6  143 dsc        1  147 raim     1
                                                                      148 radio   20

Source: ITU-R M.1371-5, table 69.
"""

from ingest.layouts.field import (
    NO_COG,
    NO_HEADING,
    NO_LAT,
    NO_LON,
    NO_SECOND,
    NO_SOG,
    Field,
    Layout,
    header,
)


def class_b_head() -> tuple[Field, ...]:
    """The first 139 bits, the same in types 18 and 19."""
    return (
        *header(),
        Field("regional", 38, 8),
        Field("sog", 46, 10, absent=NO_SOG),
        Field("accuracy", 56, 1, "b"),
        Field("lon", 57, 28, "i", NO_LON),
        Field("lat", 85, 27, "i", NO_LAT),
        Field("cog", 112, 12, absent=NO_COG),
        Field("heading", 124, 9, absent=NO_HEADING),
        Field("second", 133, 6, absent=NO_SECOND),
    )


CLASS_B = Layout(
    "class_b", (18,), bits=168, needed=112,
    fields=(
        *class_b_head(),
        Field("regional_2", 139, 2),
        Field("cs", 141, 1, "b"),
        Field("display", 142, 1, "b"),
        Field("dsc", 143, 1, "b"),
        Field("band", 144, 1, "b"),
        Field("msg22", 145, 1, "b"),
        Field("assigned", 146, 1, "b"),
        Field("raim", 147, 1, "b"),
        Field("radio", 148, 20),
    ),
)  # fmt: skip
