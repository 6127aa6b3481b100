"""One table of fields for every message type that is decoded in columns."""

from ingest.layouts.aid import AID
from ingest.layouts.base_station import BASE_STATION
from ingest.layouts.class_a import CLASS_A
from ingest.layouts.class_b import CLASS_B
from ingest.layouts.class_b_extended import CLASS_B_EXTENDED
from ingest.layouts.field import Field, Layout
from ingest.layouts.long_range import LONG_RANGE
from ingest.layouts.sar_aircraft import SAR_AIRCRAFT
from ingest.layouts.static_report import STATIC_A, STATIC_B, STATIC_B_CRAFT
from ingest.layouts.voyage import VOYAGE

LAYOUTS: tuple[Layout, ...] = (
    CLASS_A, BASE_STATION, VOYAGE, SAR_AIRCRAFT, CLASS_B, CLASS_B_EXTENDED, AID,
    STATIC_A, STATIC_B, STATIC_B_CRAFT, LONG_RANGE,
)  # fmt: skip

__all__ = [
    "AID", "BASE_STATION", "CLASS_A", "CLASS_B", "CLASS_B_EXTENDED", "LAYOUTS", "LONG_RANGE",
    "SAR_AIRCRAFT", "STATIC_A", "STATIC_B", "STATIC_B_CRAFT", "VOYAGE", "Field", "Layout",
]  # fmt: skip
