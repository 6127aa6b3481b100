"""Values at the edges: "not available", "or more", reserved numbers, poles, texts, MMSIs."""

from __future__ import annotations

from typing import Any

from files import File
from oracle import encode, patch, six_bit

A = {"type": 1, "mmsi": 211_234_560, "status": 0, "turn": 0, "speed": 12.3, "lon": 11.5,
     "lat": 54.25, "course": 45.6, "heading": 46, "second": 30}  # fmt: skip
B = {**A, "type": 18}
AIRCRAFT = {**A, "type": 9, "mmsi": 111_232_501, "alt": 303}
LONG_RANGE = {"type": 27, "mmsi": 211_234_560, "lon": 11.5, "lat": 54.25, "speed": 12, "course": 45}
VOYAGE = {"type": 5, "mmsi": 211_234_560, "shipname": "ERIKA", "ship_type": 70}
PART_B = {"type": 24, "partno": 1, "mmsi": 211_234_560, "callsign": "DABC", "vendorid": "SRT"}

NO_COURSE = "a COG above 360° means nothing"
NO_HEADING = "a heading from 360 to 510 means nothing"
RESERVED = "pyais' enumeration loses reserved numbers"
AT = "text ends at the first `@`"

# Type 1: first bit, width, raw value, and what no field of pyais' says.
CLASS_A: tuple[tuple[int, int, int, dict[str, Any]], ...] = (
    (38, 4, 14, {}), (38, 4, 15, {}), (38, 4, 9, {}),
    (42, 8, 1, {}), (42, 8, -1, {}), (42, 8, 20, {}), (42, 8, 126, {}), (42, 8, -126, {}),
    (42, 8, 127, {"flags": ("rot_bound",)}), (42, 8, -127, {"flags": ("rot_bound",)}),
    (42, 8, -128, {}),
    (50, 10, 0, {}), (50, 10, 1021, {}), (50, 10, 1022, {"flags": ("at_least",)}),
    (50, 10, 1023, {}),
    (61, 28, 181 * 600_000, {}), (89, 27, 91 * 600_000, {}),
    (61, 28, 180 * 600_000, {}), (61, 28, -180 * 600_000, {}), (61, 28, -1, {}), (61, 28, 7, {}),
    (89, 27, 90 * 600_000, {}), (89, 27, -90 * 600_000, {}), (89, 27, -1, {}),
    (61, 28, 180 * 600_000 + 1, {"flags": ("out_of_range",)}),
    (61, 28, -(1 << 27), {"flags": ("out_of_range",)}),
    (89, 27, -90 * 600_000 - 1, {"flags": ("out_of_range",)}),
    (116, 12, 3599, {}), (116, 12, 3600, {}),
    (116, 12, 3601, {"right": {"cog": None}, "why": NO_COURSE}),
    (116, 12, 4095, {"right": {"cog": None}, "why": NO_COURSE}),
    (128, 9, 359, {}), (128, 9, 511, {}),
    (128, 9, 360, {"right": {"heading": None}, "why": NO_HEADING}),
    (128, 9, 510, {"right": {"heading": None}, "why": NO_HEADING}),
    (137, 6, 60, {}), (137, 6, 61, {}), (137, 6, 62, {}), (137, 6, 63, {}),
    (60, 1, 1, {}), (148, 1, 1, {}), (6, 2, 3, {}),
)  # fmt: skip

OTHERS: tuple[tuple[dict[str, Any], int, int, int, dict[str, Any]], ...] = (
    (AIRCRAFT, 50, 10, 1021, {}), (AIRCRAFT, 50, 10, 1022, {"flags": ("at_least",)}),
    (AIRCRAFT, 50, 10, 1023, {}),
    (AIRCRAFT, 38, 12, 0, {}), (AIRCRAFT, 38, 12, 4094, {"flags": ("at_least",)}),
    (AIRCRAFT, 38, 12, 4095, {}),
    (B, 46, 10, 1022, {"flags": ("at_least",)}), (B, 46, 10, 1023, {}), (B, 146, 1, 1, {}),
    (LONG_RANGE, 79, 6, 62, {}), (LONG_RANGE, 79, 6, 63, {}),
    (LONG_RANGE, 85, 9, 359, {}), (LONG_RANGE, 85, 9, 511, {}),
    (LONG_RANGE, 85, 9, 360, {"right": {"cog": None}, "why": NO_COURSE}),
    (LONG_RANGE, 44, 18, 181 * 600, {}), (LONG_RANGE, 62, 17, 91 * 600, {}),
    (LONG_RANGE, 44, 18, -180 * 600, {}), (LONG_RANGE, 94, 1, 1, {}),
    (VOYAGE, 40, 30, 1_073_741_823, {}), (VOYAGE, 240, 9, 511, {}), (VOYAGE, 258, 6, 63, {}),
    (VOYAGE, 270, 4, 15, {}), (VOYAGE, 274, 4, 15, {}), (VOYAGE, 278, 5, 31, {}),
    (VOYAGE, 283, 5, 24, {}), (VOYAGE, 283, 5, 31, {}), (VOYAGE, 288, 6, 60, {}),
    (VOYAGE, 288, 6, 63, {}), (VOYAGE, 294, 8, 255, {}), (VOYAGE, 294, 8, 1, {}),
)  # fmt: skip

# Ship types, and what pyais makes of each.
SHIP_TYPES = (0, 1, 29, 35, 38, 51, 66, 77, 87, 88, 97, 100, 199, 255)
AID_TYPES = (0, 1, 4, 31)

# MMSIs; True where no transmitter was ever given such a number.
MMSIS = (
    (0, True), (1, True), (1_193_046, True), (111_111_111, True), (123_456_789, True),
    (999_999_999, True), (1_000_000_000, True), (1_073_741_823, True), (201_000_000, False),
    (2_111_234, False), (21_112_345, False), (111_232_501, False), (811_234_567, False),
    (970_012_345, False), (972_012_345, False), (974_012_345, False), (979_012_345, False),
    (982_111_234, False), (992_111_234, False),
)  # fmt: skip

# Twenty characters of a name field, and the name.
NAMES = (
    ("O'NEIL_2  @OLD NAME ", {"right": {"name": "O'NEIL_2"}, "why": AT}),
    ("  TWO BLANKS        ", {}),
    ("ABCDEFGHIJKLMNOPQRST", {}),
    ("                    ", {}),
    ("@@@@@@@@@@@@@@@@@@@@", {}),
    ("@LOST NAME          ", {"right": {"name": None}, "why": AT}),
    ("!\"#$%&'()*+,-./:;<=>", {}),
    ("[\\]^_?9 A           ", {}),
)  # fmt: skip


def file() -> File:
    """All of them, a second apart."""
    made = File("values", "tag-block")
    second = iter(range(10_000))
    for start, width, raw, expect in CLASS_A:
        made.say(patch(encode(A), start, width, raw), next(second), **expect)
    for fields, start, width, raw, expect in OTHERS:
        made.say(patch(encode(fields), start, width, raw), next(second), **expect)
    for kind in SHIP_TYPES:
        _ship_type(made, next(second), kind)
    for kind in AID_TYPES:
        aid = {"type": 21, "mmsi": 992_111_234, "name": "BUOY", "lon": 8.0, "lat": 54.0}
        made.say(patch(encode(aid), 38, 5, kind)[:272], next(second))
    for mmsi, doubtful in MMSIS:
        flags = ("mmsi_doubtful",) if doubtful else ()
        made.say(patch(encode(A), 8, 30, mmsi), next(second), flags=flags)
    for name, expect in NAMES:
        bits = encode(VOYAGE)
        made.say(bits[:112] + six_bit(name) + bits[232:], next(second), **expect)
    _type_24(made, second)
    _texts(made, second)
    made.say(encode(A), next(second), talker="AIVDO", flags=("own",))
    made.say(encode({**A, "type": 3}), next(second), talker="BSVDO", flags=("own",))
    return made


def _ship_type(made: File, second: int, kind: int) -> None:
    known = kind in (0, 29, 35, 51)
    expect = {} if known else {"right": {"ship_type": kind}, "why": RESERVED}
    made.say(patch(encode(VOYAGE), 232, 8, kind), second, **expect)


def _type_24(made: File, second: Any) -> None:
    """Part B: the fixing device; dimensions of a ship, and the mother ship of a craft."""
    made.say(patch(encode(PART_B), 162, 4, 1), next(second))
    made.say(encode({**PART_B, "to_bow": 511, "to_stern": 511, "to_port": 63, "to_starboard": 63}),
             next(second))  # fmt: skip
    craft = {**PART_B, "mmsi": 982_111_234, "mothership_mmsi": 211_234_560}
    made.say(encode(craft), next(second))
    made.say(encode({"type": 24, "partno": 0, "mmsi": 982_111_234, "shipname": "ERIKA TENDER"}),
             next(second))  # fmt: skip


def _texts(made: File, second: Any) -> None:
    """Safety messages: blanks, signs, nothing at all, the longest."""
    for text, expect in (
        ("MOB ACTIVE   ", {}),
        ("  WRECK IN 52-10N@GARBAGE", {}),
        ("A_B'C ?!#", {}),
        ("", {}),
        ("SECURITE " * 17 + "END", {}),
    ):  # fmt: skip
        bits = encode({"type": 14, "mmsi": 2_111_234, "text": "X"})[:40] + six_bit(text)
        made.say(bits, next(second), **expect)
