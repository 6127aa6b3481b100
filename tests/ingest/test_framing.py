"""Framing equals a loop that looks at one line after the other."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sentences import checksum

from ingest.framing import MAX_LINE, find_sentences

HEX = re.compile(rb"[0-9A-Fa-f]{2}")
PAYLOAD = "13HOI:0P0000VOHLCnHQKwvL05Ip"


def by_line(line: bytes) -> tuple[str, str] | dict[str, object]:
    """What a line is: a sentence's fields, or ("ignored" or "rejected", reason)."""
    content = line.removesuffix(b"\r")
    bang = line.find(b"!")
    if len(line if bang >= 0 else content) > MAX_LINE:
        return "rejected", "too_long"
    if bang < 0:
        if not content.strip() and content.strip(b"\r\n") == content and content[:1] in b" \t":
            return "ignored", "blank"
        if content.startswith(b"#"):
            return "ignored", "comment"
        if b"$" in content:
            return "ignored", "other_sentence"
        if content.startswith(b"\\") and content.endswith(b"\\"):
            return "ignored", "wrapper"
        return "rejected", "not_nmea"
    sentence = line[bang:]
    if sentence[3:5] != b"VD":
        named = re.match(rb"!..[A-Z]{3},", sentence, re.DOTALL)
        return ("ignored", "other_sentence") if named else ("rejected", "not_nmea")
    return _fields(sentence, bang)


def _fields(sentence: bytes, bang: int) -> tuple[str, str] | dict[str, object]:
    """Of what begins as a VDM or VDO."""
    # A second "!" ends a sentence's fields as a comma would, and is not one.
    cells = re.split(rb"([,!])", sentence[1:])
    fields, separators = cells[0::2], cells[1::2]
    if len(fields) < 7 or b"!" in separators[:6]:
        return "rejected", "malformed"
    before = b",".join(fields[:6])
    kind, parts, part, sequence, channel, payload = fields[:6]
    tail = sentence[1 + len(before) + 1 :]
    if len(kind) != 5 or kind[2:] not in (b"VDM", b"VDO") or len(parts) != 1 or len(part) != 1:
        return "rejected", "malformed"
    if b"\0" in before or tail[:1] not in (b"0", b"1", b"2", b"3", b"4", b"5"):
        return "rejected", "malformed"
    if tail[1:2] != b"*" or not HEX.fullmatch(tail[2:4]):
        return "rejected", "checksum_missing"
    if int(tail[2:4], 16) != int(checksum((before + b"," + tail[:1]).decode("latin-1")), 16):
        return "rejected", "checksum"
    if not (parts.isdigit() and part.isdigit() and 1 <= int(part) <= int(parts) <= 9):
        return "rejected", "part_number"
    if not payload:
        return "rejected", "empty_payload"
    return {
        "bang": bang, "parts": int(parts), "part": int(part), "payload": payload,
        "sequence": sequence[-1] if sequence else 0, "channel": channel[-1] if channel else 0,
        "fill": int(tail[:1]), "own": kind.endswith(b"O"), "check": int(tail[2:4], 16),
        "behind": sentence[1 + len(before) + 5 :],
    }  # fmt: skip


def assert_as_by_line(data: bytes) -> None:
    found = find_sentences(data)
    lines = data.split(b"\n")[:-1]
    assert found.lines == len(lines)
    counts: dict[str, Counter[str]] = {"ignored": Counter(), "rejected": Counter()}
    row = 0
    for number, line in enumerate(lines):
        made = by_line(line)
        if isinstance(made, tuple):
            counts[made[0]][made[1]] += 1
            continue
        assert row < len(found), line
        assert found.line[row] == number, line
        start, end = int(found.line_start[number]), int(found.line_end[number])
        assert data[start:end] == line
        at = int(found.payload[row])
        assert {
            "bang": found.bang[row] - start, "parts": found.parts[row], "part": found.part[row],
            "payload": data[at : at + int(found.length[row])],
            "sequence": found.sequence(np.array([row]))[0],
            "channel": found.channel(np.array([row]))[0], "fill": found.fill[row],
            "own": found.own[row], "check": found.check[row],
            "behind": data[int(found.after[row]) : end],
        } == made, line  # fmt: skip
        row += 1
    assert row == len(found)
    assert +found.ignored == counts["ignored"]
    assert +found.rejected == counts["rejected"]


@st.composite
def sentence_lines(draw: st.DrawFn) -> str:
    """A sentence, most often sound, with something before and behind it."""
    pick = st.sampled_from
    body = ",".join(
        (
            draw(pick(["AIVDM", "AIVDM", "BSVDO", "AIVDX", "AIVSI", "GPRMC", "AVDM", "??VDM", ""])),
            draw(pick(["1", "2", "9", "0", "", "12", "x"])),
            draw(pick(["1", "1", "2", "", "x"])),
            draw(pick(["", "", "3", "12"])),
            draw(pick(["A", "B", "", "12"])),
            draw(pick([PAYLOAD, PAYLOAD, "", "5", "a!b", "a\0b", "w" * 900])),
            draw(pick(["0", "2", "5", "6", "", "00"])),
        )
    )
    check = draw(pick([checksum(body), checksum(body), checksum(body).lower(), "00", "ZZ", "1"]))
    star = draw(pick(["*", "*", "*", ""]))
    before = draw(pick(["", "", "\\s:a*00\\", "noise ", "# ", "$", "x" * 1000, "a!b", ","]))
    behind = draw(pick(["", "", "\r", ",r1,2", "!AIVDM,1", "," * 9, "\0", "\r\r"]))
    return f"{before}!{body}{star}{check}{behind}"


OTHERS = st.sampled_from(
    ["", " ", " \t ", "# a", "$GPZDA,1*00", "noise", "\\s:a*00\\", "\\", "\\$\\", "\r", "\0",
     "!", "!!!!!!!!", ",,,,,,,,", "x" * 1024, "x" * 1025, "x" * 1024 + "\r", " " * 1025,
     "!" + "x" * 1023, "!" + "x" * 1024, " x", " $", "!AIVDM,1,1,,A,1", "!AIVDM,1,1,,A,1,0*"]
)  # fmt: skip


@given(st.lists(st.one_of(sentence_lines(), sentence_lines(), OTHERS), min_size=1, max_size=12))
def test_lines_are_read_as_one_by_one(lines: list[str]) -> None:
    assert_as_by_line("".join(f"{line}\n" for line in lines).encode("latin-1"))


@given(st.lists(st.text("!,*AIVDMO102\\$# \r\0x", max_size=40), min_size=1, max_size=20))
def test_noise_is_read_as_one_by_one(lines: list[str]) -> None:
    assert_as_by_line("".join(f"{line}\n" for line in lines).encode("latin-1"))


def test_lines_that_all_have_one_sentence_are_read_the_same_way() -> None:
    """They take a shorter way through."""
    body = f"AIVDM,1,1,,A,{PAYLOAD},0"
    assert_as_by_line(f"!{body}*{checksum(body)}\n".encode() * 5)
    assert_as_by_line(f"!{body}*{checksum(body)}\n!AIVDM,1,1,,A\n".encode() * 5)


def test_a_short_line_is_not_judged_by_what_stands_on_the_next() -> None:
    for short, following in (("!", "?VDM,1"), ("!A", "VDM"), ("!AI", "VDM,1"), ("!AIXYZ", ",")):
        assert_as_by_line(f"{short}\n{following}\n".encode())
