"""Type 19: extended class B report, position and statics in one, 312 bits.

     0-138 as type 18   139 regional_2 4  263 ship_type    8  301 epfd     4
                        143 name     120  271 to_bow       9  305 raim     1
                                          280 to_stern     9  306 dte      1
                                          289 to_port      6  307 assigned 1
                                          295 to_starboard 6  308 spare    4

Source: ITU-R M.1371-5, table 70.
"""

from ingest.layouts.class_b import class_b_head
from ingest.layouts.field import Field, Layout, dimensions

CLASS_B_EXTENDED = Layout(
    "class_b_extended", (19,), bits=312, needed=112,
    fields=(
        *class_b_head(),
        Field("regional_2", 139, 4),
        Field("name", 143, 120, "t"),
        Field("ship_type", 263, 8),
        *dimensions(271),
        Field("epfd", 301, 4),
        Field("raim", 305, 1, "b"),
        Field("dte", 306, 1, "b"),
        Field("assigned", 307, 1, "b"),
    ),
)  # fmt: skip
