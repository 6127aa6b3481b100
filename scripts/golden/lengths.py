"""Payloads longer and shorter than their type, and fill bits of all sorts."""

from __future__ import annotations

from files import File
from oracle import encode, six_bit
from values import AIRCRAFT, LONG_RANGE, PART_B, VOYAGE, A, B

UNREAD = "a number that the payload's end cuts through says nothing"
HALF = "a character that the payload's end cuts through is none"
CUT = ("truncated",)
LONG = ("overlong",)
NEXT_BURST = "000100000000001100001011101010111100"

FULL = {**A, "heading": 200, "second": 33, "raim": 1}
CLASS_B = {
    "type": 19, "mmsi": 235_104_486, "speed": 7.7, "lon": -4.75, "lat": 50.5, "course": 12.5,
    "heading": 200, "second": 7, "shipname": "SEA BREEZE", "ship_type": 36, "to_bow": 7,
    "to_stern": 5, "to_port": 2, "to_starboard": 2, "epfd": 1,
}  # fmt: skip
AID = {"type": 21, "mmsi": 992_111_234, "aid_type": 19, "name": "LANDSORT SODRA GRUND",
       "lon": 17.875, "lat": 58.74, "to_bow": 2, "to_stern": 2, "epfd": 7,
       "second": 33}  # fmt: skip
SHIP = {**VOYAGE, "imo": 9_074_729, "callsign": "DABC", "to_bow": 150, "epfd": 1, "month": 9,
        "day": 17, "hour": 6, "minute": 30, "draught": 9.4,
        "destination": "ROTTERDAM VIA KIEL"}  # fmt: skip


def file() -> File:
    """All of them, a second apart."""
    made = File("lengths", "tag-block")
    second = iter(range(10_000))
    bits = encode(FULL)
    for characters in (0, 1, 6, 7, 19):
        made.say(bits[: max(6 * characters, 6)], next(second), dropped="truncated")
    for characters, right in (
        (20, {"cog": None}), (21, {"cog": None}), (22, {"heading": None}), (23, {"second": None}),
        (24, {}), (25, {}), (27, {}),
    ):  # fmt: skip
        made.say(bits[: 6 * characters], next(second), flags=CUT, right=right, why=UNREAD)
    for more in (6, 36, 168):
        made.say(bits + (NEXT_BURST * 5)[:more], next(second), flags=LONG)
    made.say(bits + "000", next(second))  # fill that the sender forgot to count
    made.say(bits[:164], next(second), flags=CUT)
    made.say(bits + NEXT_BURST[:7], next(second), fill=5, flags=LONG)
    _voyages(made, second)
    for name, rest in (("", ""), ("ET LIGHT", ""), ("ABCDEFGHIJKLMN", ""), ("ABC", "0000")):
        made.say(encode(AID)[:272] + six_bit(name) + rest, next(second))
    made.say(
        encode(AID)[:272] + six_bit("ABCDEFGHIJKLMN" + "XYZ"), next(second), flags=LONG,
        right={"name": AID["name"] + "ABCDEFGHIJKLMN"}, why="an extension has 14 characters",
    )  # fmt: skip
    made.say(encode(AID)[:218], next(second), dropped="truncated")
    made.say(encode(AID)[:240], next(second), flags=CUT)
    made.say(encode(CLASS_B)[:312], next(second))
    made.say(encode(CLASS_B)[:168], next(second), flags=CUT)
    made.say(encode(CLASS_B)[:312] + NEXT_BURST, next(second), flags=LONG)
    _type_24(made, second)
    made.say(encode(LONG_RANGE), next(second))
    made.say(encode(LONG_RANGE) + "0" * 72, next(second), flags=LONG)
    made.say(encode(LONG_RANGE)[:90], next(second), flags=CUT, right={"cog": None}, why=UNREAD)
    made.say(encode(LONG_RANGE)[:78], next(second), dropped="truncated")
    for fields in (B, AIRCRAFT, {**A, "type": 4, "mmsi": 2_111_234}):
        made.say(encode(fields) + NEXT_BURST, next(second), flags=LONG)
        made.say(encode(fields)[:144], next(second), flags=CUT)
        made.say(encode(fields)[:102], next(second), dropped="truncated")
    made.say(encode({"type": 8, "mmsi": 2_111_234, "dac": 200, "fid": 99})[:38], next(second))
    made.say(encode({"type": 8, "mmsi": 2_111_234, "dac": 200, "fid": 99})[:37], next(second),
             dropped="truncated")  # fmt: skip
    return made


def _voyages(made: File, second: object) -> None:
    """Type 5 in one long sentence, in three, of 422 and 426 bits, and cut short."""
    bits = encode(SHIP)[:424]
    made.say(bits, next(second), split=71)
    made.say(bits, next(second), split=28)
    made.say(bits[:422], next(second), flags=CUT)
    made.say(bits + "00", next(second))
    made.say(bits + NEXT_BURST, next(second), flags=LONG)
    made.say(bits[:348], next(second), flags=CUT)
    made.say(bits[:306], next(second), flags=CUT, right={"destination": None}, why=HALF)
    made.say(bits[:300], next(second), flags=CUT, right={"draught": None}, why=UNREAD)
    made.say(bits[:240], next(second), flags=CUT)
    made.say(bits[:132], next(second), flags=CUT)


def _type_24(made: File, second: object) -> None:
    """Part A with and without its eight spare bits, part B cut, and a part that does not exist."""
    name = encode({"type": 24, "partno": 0, "mmsi": 235_104_485, "shipname": "MORNING STAR"})
    made.say(name[:160], next(second))
    made.say(name[:160].ljust(168, "0"), next(second))
    made.say(name[:160].ljust(174, "0"), next(second), flags=LONG)
    made.say(name[:100], next(second), flags=CUT)
    part_b = encode({**PART_B, "to_bow": 8, "to_stern": 4, "to_port": 2, "to_starboard": 2})
    made.say(part_b[:162], next(second), flags=CUT)
    made.say(part_b[:150], next(second), flags=CUT)
    made.say(part_b[:38] + "10" + part_b[40:], next(second), dropped="static_part")
    made.say(part_b[:38] + "11" + part_b[40:], next(second), dropped="static_part")
