"""Every message type once or twice, with values of its own in every field."""

from __future__ import annotations

from typing import Any

from files import File
from oracle import encode

SHIP = 211_234_560

# Places of types 17, 22 and 23 are sent in tenths of a minute: what pyais is handed are minutes.
MINUTES = 60

MESSAGES: tuple[dict[str, Any], ...] = (
    {"type": 1, "mmsi": SHIP, "status": 0, "turn": -20, "speed": 12.3, "accuracy": 1, "lon": 11.5,
     "lat": 54.25, "course": 45.6, "heading": 46, "second": 30, "raim": 1, "radio": 12345},
    {"type": 2, "mmsi": 636_012_345, "status": 5, "turn": 0, "speed": 0.0, "lon": -70.123456,
     "lat": -33.654321, "course": 0.0, "heading": 359, "second": 0},
    {"type": 3, "mmsi": 538_002_999, "status": 8, "turn": 5, "speed": 0.1, "lon": 0.00001,
     "lat": -0.00001, "course": 359.9, "heading": 0, "second": 59, "maneuver": 2},
    {"type": 4, "mmsi": 2_111_234, "year": 2026, "month": 9, "day": 15, "hour": 4, "minute": 0,
     "second": 3, "accuracy": 1, "lon": 8.1, "lat": 53.9, "epfd": 1},
    {"type": 5, "mmsi": SHIP, "imo": 9_074_729, "callsign": "DABC", "shipname": "ERIKA",
     "ship_type": 70, "to_bow": 150, "to_stern": 30, "to_port": 12, "to_starboard": 16, "epfd": 1,
     "month": 9, "day": 17, "hour": 6, "minute": 30, "draught": 9.4, "destination": "DEHAM>NLRTM"},
    {"type": 6, "mmsi": 2_111_234, "seqno": 1, "dest_mmsi": SHIP, "dac": 200, "fid": 99,
     "data": b"\xde\xad\xbe\xef\x01\x02\x03\x04"},
    {"type": 7, "mmsi": 2_111_234, "mmsi1": SHIP, "mmsiseq1": 1, "mmsi2": 636_012_345,
     "mmsiseq2": 2},
    {"type": 8, "mmsi": 2_111_234, "dac": 200, "fid": 99, "data": b"\x00\x11\x22\x33\x44\x55"},
    {"type": 9, "mmsi": 111_232_501, "alt": 303, "speed": 142, "accuracy": 1, "lon": 3.25,
     "lat": 51.75, "course": 271.3, "second": 12, "assigned": 1},
    {"type": 10, "mmsi": SHIP, "dest_mmsi": 636_012_345},
    {"type": 11, "mmsi": SHIP, "year": 2026, "month": 9, "day": 15, "hour": 4, "minute": 0,
     "second": 10, "lon": 11.5, "lat": 54.25, "epfd": 2},
    {"type": 12, "mmsi": 2_111_234, "dest_mmsi": SHIP, "seqno": 1, "text": "REPORT YOUR DRAUGHT"},
    {"type": 13, "mmsi": SHIP, "mmsi1": 2_111_234, "mmsiseq1": 1},
    {"type": 14, "mmsi": 970_012_345, "text": "SART ACTIVE"},
    {"type": 15, "mmsi": 2_111_234, "mmsi1": SHIP, "type1_1": 5, "offset1_1": 0},
    {"type": 16, "mmsi": 2_111_234, "mmsi1": SHIP, "offset1": 200, "increment1": 5},
    {"type": 17, "mmsi": 2_111_234, "lon": 8.1 * MINUTES, "lat": 53.9 * MINUTES,
     "data": b"\x10\x20\x30\x40\x50"},
    {"type": 18, "mmsi": 235_104_485, "speed": 6.4, "lon": -4.5, "lat": 50.25, "course": 187.5,
     "heading": 190, "second": 45, "cs": 1, "raim": 1},
    {"type": 19, "mmsi": 235_104_486, "speed": 7.7, "accuracy": 1, "lon": -4.75, "lat": 50.5,
     "course": 12.5, "heading": 511, "second": 7, "shipname": "SEA BREEZE", "ship_type": 36,
     "to_bow": 7, "to_stern": 5, "to_port": 2, "to_starboard": 2, "epfd": 1, "assigned": 1},
    {"type": 20, "mmsi": 2_111_234, "offset1": 1200, "number1": 2, "timeout1": 7,
     "increment1": 225},
    {"type": 21, "mmsi": 992_111_234, "aid_type": 19, "name": "ALTE WESER", "accuracy": 1,
     "lon": 8.125, "lat": 53.863, "to_bow": 2, "to_stern": 2, "to_port": 2, "to_starboard": 2,
     "epfd": 7, "second": 61, "off_position": 1, "raim": 1, "virtual_aid": 1},
    {"type": 22, "mmsi": 2_111_234, "channel_a": 2087, "channel_b": 2088, "txrx": 0,
     "ne_lon": -3.5 * MINUTES, "ne_lat": -33.25 * MINUTES, "sw_lon": 181 * MINUTES,
     "sw_lat": 91 * MINUTES},
    {"type": 23, "mmsi": 2_111_234, "ne_lon": 10.0 * MINUTES, "ne_lat": 55.5 * MINUTES,
     "sw_lon": -8.25 * MINUTES, "sw_lat": 53.0 * MINUTES, "station_type": 6, "ship_type": 30,
     "interval": 9},
    {"type": 24, "mmsi": 235_104_485, "partno": 0, "shipname": "MORNING STAR"},
    {"type": 24, "mmsi": 235_104_485, "partno": 1, "ship_type": 37, "vendorid": "SRT", "model": 1,
     "serial": 4711, "callsign": "MXYZ7", "to_bow": 8, "to_stern": 4, "to_port": 2,
     "to_starboard": 2},
    {"type": 25, "mmsi": SHIP, "addressed": 0, "structured": 0, "data": b"\x01\x02\x03"},
    {"type": 26, "mmsi": SHIP, "addressed": 0, "structured": 0, "data": b"\x0a\x0b\x0c\x0d"},
    {"type": 27, "mmsi": 538_002_999, "accuracy": 1, "raim": 1, "status": 0, "lon": -140.5,
     "lat": 22.3, "speed": 14, "course": 205},
)  # fmt: skip


def file() -> File:
    """All of them, a second apart."""
    made = File("kinds", "tag-block")
    for second, fields in enumerate(MESSAGES):
        made.say(encode(fields), second)
    return made
