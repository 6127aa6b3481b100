"""Lines that are broken, foreign or noise, among sound ones; each counts under its reason."""

from __future__ import annotations

import oracle
from files import File, tag_block
from wrappers import report, voyage


def file() -> File:
    """Noise between good lines."""
    made = File("damage", "tag-block")
    second = iter(range(10_000))

    def good(line: str = "", before: str = "", after: str = "") -> None:
        number = next(second)
        payload, fill, sentence = report(number)
        made.raw(before + tag_block(number, "gold") + (line or sentence) + after)
        made.completed(payload, fill, time=number, station="gold")

    def again(change: str) -> None:
        """A sentence that says the same in other letters."""
        number = next(second)
        payload, fill, _ = report(number)
        body = change.format(payload=payload, fill=fill)
        made.raw(tag_block(number, "gold") + f"!{body}*{oracle.checksum(body)}")
        made.completed(payload, fill, time=number, station="gold")

    good()
    _foreign(made)
    good(after="\r")
    _unsound(made, next(second))
    good()
    for body in (
        "AIVDM,1,1,,,{payload},{fill}", "AIVDM,1,1,,1,{payload},{fill}",
        "ABVDM,1,1,,B,{payload},{fill}", "BSVDM,1,1,7,B,{payload},{fill}",
        "SAVDM,1,1,,AB,{payload},{fill}",
    ):  # fmt: skip
        again(body)
    number = next(second)
    payload, fill, sentence = report(number)
    made.raw(tag_block(number, "gold") + sentence[:-2] + sentence[-2:].lower())
    made.completed(payload, fill, time=number, station="gold")
    _said_nothing(made, second)
    # Heard twice: a reader of one recording keeps one, `vigie decode` shows both.
    for _ in range(2):
        payload, fill, sentence = report(99)
        made.raw(tag_block(900, "gold") + sentence)
        made.completed(payload, fill, time=900, station="gold")
    # A sentence glued to the next, as when a line's end was lost: the first counts.
    payload, fill, sentence = report(100)
    made.raw(tag_block(901, "gold") + sentence + report(101)[2])
    made.completed(payload, fill, time=901, station="gold")
    return made


def _foreign(made: File) -> None:
    """Lines that are nothing of AIS, and no fault."""
    for line in ("", "   ", "\t", "\r"):
        made.ignore(line, "blank")
    made.ignore("# recorded at the pilot station", "comment")
    for line in (
        "$GPRMC,040000.00,A,5415.0,N,01130.0,E,12.3,45.6,150926,,,A*5F",
        "$ABVSI,r04,1,040336,602,-99,15*17", "$GPZDA,040954.00,14,09,2026,00,00*60",
        "!AIABK,211234560,A,6.8,1,0*00", "$AIVDM,1,1,,A,139Lg00ris0la90O2dL1j1LuP000,0*00",
    ):  # fmt: skip
        made.ignore(line, "other_sentence")
    made.ignore("\\s:alone*20\\", "wrapper")
    for line in (
        b"\xff\xfe\x00 noise \x80\x81",
        b"GET / HTTP/1.1",
        b"\x00\x00\x00",
        b"!aivdm,1,1,,A,1,0*00",
    ):
        made.reject(line, "not_nmea")
    for length in (1_025, 5_000):
        made.reject(b"x" * length, "too_long")
    made.reject(b"!AIVDM,1,1,,A," + b"1" * 1_100 + b",0*00", "too_long")


def _unsound(made: File, number: int) -> None:
    """Sentences of AIS with a fault of form."""
    payload, _, sentence = report(number)
    right = int(sentence[-2:], 16)
    made.reject(f"{sentence[:-2]}{right ^ 1:02X}", "checksum")
    made.reject(sentence.replace(payload[5], chr(ord(payload[5]) ^ 1), 1), "checksum")
    made.reject(sentence[:-3], "checksum_missing")
    made.reject(sentence[:-2], "checksum_missing")
    made.reject(sentence[:-2] + "ZZ", "checksum_missing")
    made.reject(sentence[: len(sentence) // 2], "malformed")
    made.reject("!AIVDM", "malformed")
    made.reject("!AIVDM,,,,,,*26", "malformed")
    for body, reason in (
        (f"AIVDM,1,1,A,{payload},0", "malformed"),
        (f"AIVDM,10,1,,A,{payload},0", "malformed"),
        (f"AIVDM,2,3,1,A,{payload},0", "part_number"),
        (f"AIVDM,0,0,1,A,{payload},0", "part_number"),
        ("AIVDM,1,1,,A,,0", "empty_payload"),
    ):
        made.reject(f"!{body}*{oracle.checksum(body)}", reason)
    nul = f"AIVDM,1,1,,A,{payload[:9]}\0{payload[10:]},0"
    made.reject(f"!{nul}*{oracle.checksum(nul)}", "malformed")
    first, _ = voyage(number)[2]
    made.reject(first[:-4] + "9" + first[-3:], "malformed")


def _said_nothing(made: File, second: object) -> None:
    """Sound sentences whose payload means nothing."""
    payload, fill, _ = report(50)
    for wrong in "XY_ {~":
        text = payload[:9] + wrong + payload[10:]
        made.raw(tag_block(800, "gold") + oracle.sentence(text, fill))
        made.completed(text, fill, time=800, dropped="bad_character")
    bits = oracle.unarmour(payload)
    for kind in (0, 28, 63):
        text, fill = oracle.armour(oracle.patch(bits, 0, 6, kind))
        made.raw(tag_block(801, "gold") + oracle.sentence(text, fill))
        made.completed(text, fill, time=801, dropped="not_a_message_type")
