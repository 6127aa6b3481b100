"""What stands around sentences: TAG blocks, `$PGHP`, trailing fields, log prefixes, or nothing."""

from __future__ import annotations

from typing import Any

import oracle
from files import T0, File, tag_block

UNTIMED = ("untimed",)


def files() -> list[File]:
    """One file a wrapper."""
    return [
        _tag_blocks(),
        _pghp(),
        _trailing(),
        _prefixes(),
        _dateless(),
        _base_stations(),
        _start(),
    ]


def report(number: int) -> tuple[str, int, str]:
    """Payload, fill bits and sentence of a class A report of ship `number`."""
    fields = {"type": 1, "mmsi": 211_000_000 + number, "lon": 11.5, "lat": 54.25, "status": 0}
    payload, fill = oracle.armour(oracle.encode(fields))
    return payload, fill, oracle.sentence(payload, fill)


def voyage(number: int) -> tuple[str, int, list[str]]:
    """The same of a static report, in two sentences."""
    fields = {"type": 5, "mmsi": 211_000_000 + number, "shipname": f"SHIP {number}"}
    payload, fill = oracle.armour(oracle.encode(fields)[:424])
    pieces = (payload[:56], 0), (payload[56:], fill)
    return payload, fill, [
        oracle.sentence(p, f, parts=2, part=n, sequence=str(number % 10))
        for n, (p, f) in enumerate(pieces, 1)
    ]  # fmt: skip


def block(inside: str) -> str:
    """A TAG block with its checksum."""
    return f"\\{inside}*{oracle.checksum(inside)}\\"


def _tag_blocks() -> File:
    made = File("tag-blocks", "tag-block")

    def say(number: int, before: str, time: float, station: str | None = None, **more: Any) -> None:
        payload, fill, sentence = report(number)
        made.raw(before + sentence)
        made.completed(payload, fill, time=time, station=station, **more)

    say(1, "", 10, flags=UNTIMED)  # dated back from the first line that has a time
    say(2, block(f"c:{T0 + 10}"), 10)
    say(3, block(f"s:2573345,c:{T0 + 11}"), 11, "2573345")
    say(4, block(f"c:{(T0 + 11) * 1000 + 250},s:2573345"), 11.25, "2573345")
    say(5, block(f"c:{T0 + 12}.5,s:x"), 12.5, "x")
    say(6, block(f"g:1-1-77,n:44,s:x,c:{T0 + 13},d:y,t:a text"), 13, "x")
    say(7, block("s:x"), 13, "x", flags=UNTIMED)
    say(8, f"\\s:x,c:{T0 + 14}*00\\", 14, "x")  # 00: not computed, as some networks write
    right = oracle.checksum(f"s:x,c:{T0 + 99}")
    say(9, f"\\s:x,c:{T0 + 99}*{int(right, 16) ^ 1:02X}\\", 14, flags=UNTIMED)
    say(10, block(f"s:{'n' * 40},c:{T0 + 15}"), 15, "n" * 32)
    say(11, block("s:x,c:soon"), 15, "x", flags=UNTIMED)
    say(12, "", 15, flags=UNTIMED)
    say(13, block("s:x,c:0"), 0, dropped="time_before_ais")
    say(14, block(f"s:x,c:{T0 + 40 * 86_400}"), 0, dropped="time_ahead")
    say(15, block(f"s:x,c:{T0 + 16}"), 16, "x")
    say(16, block(f"s:x,c:{T0 + 3}"), 3, "x")  # late, and told so
    say(17, "", 3, flags=UNTIMED)
    made.ignore(block("i:AISD"), "wrapper")
    # The second line of a sentence group has its first line's station and time.
    payload, fill, parts = voyage(18)
    made.raw(block(f"g:1-2-5,s:here,c:{T0 + 20}") + parts[0])
    made.raw(block("g:2-2-5") + parts[1])
    made.completed(payload, fill, time=20, station="here", lines=2)
    # Also where another line stands between.
    payload, fill, parts = voyage(19)
    made.raw(block(f"g:1-2-6,s:there,c:{T0 + 21}") + parts[0])
    say(20, block(f"s:x,c:{T0 + 22}"), 22, "x")
    made.raw(block("g:2-2-6") + parts[1])
    made.completed(payload, fill, time=21, station="there", lines=2)
    return made


def _pghp() -> File:
    made = File("pghp", "wrapper")

    def wrapper(second: int, check: str, station: str = "992190934", good: bool = True) -> str:
        body = f"PGHP,1,2026,9,15,4,0,{second},250,219,45,{station},1,{check}"
        sum_ = int(oracle.checksum(body), 16) ^ (not good)
        return f"${body}*{sum_:02X}"

    one, two, three, four, five, six = (report(n) for n in range(1, 7))
    made.ignore(wrapper(7, one[2][-2:]), "other_sentence")
    made.raw(one[2])
    made.completed(*one[:2], time=7.25, station="992190934")
    made.ignore(wrapper(9, two[2][-2:], ""), "other_sentence")
    made.raw(two[2])
    made.completed(*two[:2], time=9.25, station="219")  # no station: its country
    # A block of wrappers, then their sentences: the checksum they quote says which is whose.
    for second, sent in ((11, three), (12, four), (13, five)):
        made.ignore(wrapper(second, sent[2][-2:]), "other_sentence")
    for time, sent in ((13.25, five), (11.25, three), (12.25, four)):
        made.raw(sent[2])
        made.completed(*sent[:2], time=time, station="992190934")
    payload, fill, parts = voyage(7)
    both = f"{int(parts[0][-2:], 16) ^ int(parts[1][-2:], 16):02X}"
    made.ignore(wrapper(15, both), "other_sentence")
    made.raw(parts[0])
    made.raw(parts[1])
    made.completed(payload, fill, time=15.25, station="992190934", lines=2)
    # A wrapper that is damaged speaks for nobody: the last time goes on.
    made.ignore(wrapper(17, six[2][-2:], good=False), "other_sentence")
    made.raw(six[2])
    made.completed(*six[:2], time=15.25, flags=UNTIMED)
    return made


def _trailing() -> File:
    made = File("trailing", "trailing-epoch")
    for number, (tail, time, station) in enumerate(
        (
            (f",r003669987,{T0}", 0, "003669987"),
            (f",s26262,d-110,T38.61,x12,r003669957,{T0 + 4}", 4, "003669957"),
            (f",{T0 + 5}", 5, None),
            (f",{T0 * 1000 + 6750}", 6.75, None),
            (",r003669987", 6.75, "003669987"),
            ("", 6.75, None),
            (f",r003669987,{T0 + 8}\r", 8, "003669987"),
        )
    ):
        payload, fill, sentence = report(number)
        made.raw(sentence + tail)
        own = str(T0)[:4] in tail
        made.completed(payload, fill, time=time, station=station, flags=() if own else UNTIMED)
    payload, fill, parts = voyage(9)
    for part, second in zip(parts, (10, 11), strict=True):
        made.raw(f"{part},r003669958,{T0 + second}")
    made.completed(payload, fill, time=10, station="003669958", lines=2)
    return made


def _prefixes() -> File:
    made = File("log-prefixes", "log-prefix")
    for number, (prefix, time) in enumerate(
        (
            ("2026-09-15 04:00:09.500,", 9.5), ("2026-09-15T04:00:10Z ", 10),
            ("2026-09-15 04:00:11: ", 11), (f"{T0 + 12} ", 12), (f"{T0 * 1000 + 13_125}: ", 13.125),
            ("2026-09-15 04:00:14.25 ", 14),  # two digits are no thousandths
        )
    ):  # fmt: skip
        payload, fill, sentence = report(number)
        made.raw(prefix + sentence)
        made.completed(payload, fill, time=time)
    for prefix in ("2026-02-30 04:00:15,", "noise "):
        payload, fill, sentence = report(7)
        made.raw(prefix + sentence)
        made.completed(payload, fill, time=14, flags=UNTIMED)
    return made


def base(clock: str, mmsi: int = 2_111_234) -> tuple[str, int, str]:
    """Payload, fill bits and sentence of a base station's report."""
    date, time = clock.split("T")
    names = ("year", "month", "day", "hour", "minute", "second")
    numbers = map(int, date.split("-") + time.split(":"))
    bits = oracle.encode({"type": 4, "mmsi": mmsi, **dict(zip(names, numbers, strict=True))})
    payload, fill = oracle.armour(bits)
    return payload, fill, oracle.sentence(payload, fill)


def _dateless() -> File:
    """A time without a date takes it from a base station, and passes midnight."""
    made = File("log-prefixes-dateless", "log-prefix")
    evening = -4 * 3600
    for prefix, sent, time in (
        ("23:59:58", report(1), evening - 2),
        ("23:59:59", base("2026-09-14T23:59:59"), evening - 1),
        ("00:00:03", report(2), evening + 3),
    ):
        made.raw(f"[{prefix}] {sent[2]}")
        made.completed(*sent[:2], time=time)
    return made


def _base_stations() -> File:
    """Nothing but base stations says when; one of them is wrong by years."""
    made = File("own-clock", "base-stations")
    lines: tuple[tuple[tuple[str, int, str], float, tuple[str, ...]], ...] = (
        (report(1), 10, UNTIMED),
        (base("2026-09-15T04:00:10"), 10, ()),
        (report(2), 10, UNTIMED),
        (base("1997-01-01T15:00:00", 2_111_333), 10, UNTIMED),
        (base("2026-09-15T04:00:20"), 20, ()),
        (base("2026-09-15T04:00:19", 2_111_222), 20, ()),
        (report(3), 20, UNTIMED),
    )
    for sent, time, flags in lines:
        made.raw(sent[2])
        made.completed(*sent[:2], time=time, flags=flags)
    return made


def _start() -> File:
    """Nothing says when: the start is given. A mobile station's type 11 is no clock."""
    made = File("no-clock", "start", start="2026-09-15T04:00:00")
    bits = oracle.encode({"type": 11, "mmsi": 211_234_560, "year": 2031, "month": 5, "day": 5,
                          "hour": 5, "minute": 5, "second": 5})  # fmt: skip
    payload, fill = oracle.armour(bits)
    for sent in (report(1), (payload, fill, oracle.sentence(payload, fill)), report(2)):
        made.raw(sent[2])
        made.completed(*sent[:2], time=0, flags=UNTIMED)
    return made


__all__ = ["files", "report", "tag_block"]
