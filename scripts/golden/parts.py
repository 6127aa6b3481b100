"""Messages of several parts: side by side, interleaved, turned round, lost, late."""

from __future__ import annotations

from typing import Any

import oracle
from files import File, tag_block

VOYAGE: dict[str, Any] = {
    "type": 5, "imo": 9_074_729, "callsign": "DABC", "ship_type": 70, "to_bow": 150,
    "to_stern": 30, "to_port": 12, "to_starboard": 16, "destination": "HAMBURG", "draught": 9.4,
}  # fmt: skip
LONG_TEXT = "ALL SHIPS ALL SHIPS THIS IS BREMEN RESCUE RADIO " * 3


class Sender:
    """One message cut in parts, sent a part at a time."""

    def __init__(
        self, made: File, bits: str, sequence: str, *, station: str | None = "gold",
        channel: str = "A", talker: str = "AIVDM", split: int = 56,
    ) -> None:  # fmt: skip
        self.made, self.station = made, station
        self.payload, self.fill = oracle.armour(bits)
        pieces = [self.payload[i : i + split] for i in range(0, len(self.payload), split)]
        self.parts = [
            oracle.sentence(
                piece, self.fill if n == len(pieces) else 0, parts=len(pieces), part=n,
                sequence=sequence, channel=channel, talker=talker,
            )
            for n, piece in enumerate(pieces, 1)
        ]  # fmt: skip

    def send(self, number: int, second: float) -> None:
        """Part `number`, as a line."""
        self.made.raw(tag_block(second, self.station) + self.parts[number - 1])

    def complete(self, second: float, **expect: Any) -> None:
        """The line before completed it; `second` is the time of its part 1."""
        self.made.completed(
            self.payload, self.fill, time=second, station=self.station, lines=len(self.parts),
            **expect,
        )  # fmt: skip


def file() -> File:
    """Ten seconds lie between one case and the next, so that none reaches into another."""
    made = File("parts", "tag-block")
    ships = iter(range(211_000_001, 211_000_099))
    cases = (
        _regular, _interleaved, _turned_round, _too_late_backwards, _lost_second, _lost_first,
        _three, _channels, _twice_the_first, _own_ship, _in_time, _too_late, _lines_between,
    )  # fmt: skip
    for number, case in enumerate(cases):
        case(made, ships, 60.0 * number)
    Sender(made, _voyage(ships), "7").send(1, 60.0 * len(cases))
    made.rejected["orphan_part"] += 1  # its second part never came
    return made


def _voyage(ships: Any) -> str:
    mmsi = next(ships)
    return oracle.encode({**VOYAGE, "mmsi": mmsi, "shipname": f"SHIP {mmsi % 100}"})[:424]


def _filler(made: File, second: float, lines: int, station: str = "gold") -> None:
    """Other sentences of a station: its line count goes on."""
    for n in range(lines):
        fields = {"type": 1, "mmsi": 636_000_000 + n, "lon": 11.0, "lat": 54.0, "status": 0}
        made.say(oracle.encode(fields), second, station=station)


def _regular(made: File, ships: Any, t: float) -> None:
    for _ in range(2):
        sender = Sender(made, _voyage(ships), "1")
        sender.send(1, t)
        sender.send(2, t + 1)
        sender.complete(t)


def _interleaved(made: File, ships: Any, t: float) -> None:
    """Two stations with one sequence id, and two sequence ids of one station."""
    here, there = (Sender(made, _voyage(ships), "1", station=s) for s in ("here", "there"))
    other = Sender(made, _voyage(ships), "2", station="here")
    for sender in (here, there, other):
        sender.send(1, t)
    for sender in (other, there, here):
        sender.send(2, t + 1)
        sender.complete(t)


def _turned_round(made: File, ships: Any, t: float) -> None:
    """The second part first: at once, and with two lines of its station between."""
    for between in (0, 2):
        sender = Sender(made, _voyage(ships), "3")
        sender.send(2, t)
        _filler(made, t, between)
        sender.send(1, t + 1)
        sender.complete(t + 1)


def _too_late_backwards(made: File, ships: Any, t: float) -> None:
    """A second part four lines before is another message's; it must not shift the next pair."""
    lost, whole = (Sender(made, _voyage(ships), "4") for _ in range(2))
    lost.send(2, t)
    made.rejected["orphan_part"] += 1
    _filler(made, t, 3)
    whole.send(1, t)
    whole.send(2, t)
    whole.complete(t)


def _lost_second(made: File, ships: Any, t: float) -> None:
    lost, whole = (Sender(made, _voyage(ships), "5") for _ in range(2))
    lost.send(1, t)
    made.rejected["orphan_part"] += 1
    whole.send(1, t + 1)
    whole.send(2, t + 1)
    whole.complete(t + 1)


def _lost_first(made: File, ships: Any, t: float) -> None:
    lost = Sender(made, _voyage(ships), "6")
    lost.send(2, t)
    made.rejected["orphan_part"] += 1
    _filler(made, t, 64)


def _three(made: File, ships: Any, t: float) -> None:
    bits = oracle.encode({"type": 14, "mmsi": next(ships), "text": "X"})[:40]
    sender = Sender(made, bits + oracle.six_bit(LONG_TEXT), "8")
    assert len(sender.parts) == 3
    for number in (1, 3, 2):
        sender.send(number, t + number)
    sender.complete(t + 1)


def _channels(made: File, ships: Any, t: float) -> None:
    """One sequence id on two channels at once."""
    a, b = (Sender(made, _voyage(ships), "9", channel=c) for c in "AB")
    for sender in (a, b):
        sender.send(1, t)
    for sender in (a, b):
        sender.send(2, t)
        sender.complete(t)


def _twice_the_first(made: File, ships: Any, t: float) -> None:
    sender = Sender(made, _voyage(ships), "0")
    sender.send(1, t)
    made.rejected["orphan_part"] += 1
    sender.send(1, t)
    sender.send(2, t)
    sender.complete(t)


def _own_ship(made: File, ships: Any, t: float) -> None:
    """Own ship's report and another's, with one sequence id."""
    own = Sender(made, _voyage(ships), "1", talker="AIVDO")
    other = Sender(made, _voyage(ships), "1")
    own.send(1, t)
    other.send(1, t)
    own.send(2, t)
    own.complete(t, flags=("own",))
    other.send(2, t)
    other.complete(t)


def _in_time(made: File, ships: Any, t: float) -> None:
    """Ten seconds between the parts."""
    sender = Sender(made, _voyage(ships), "2")
    sender.send(1, t)
    sender.send(2, t + 10)
    sender.complete(t)


def _too_late(made: File, ships: Any, t: float) -> None:
    """A thousandth more."""
    sender = Sender(made, _voyage(ships), "3")
    sender.send(1, t)
    sender.send(2, t + 10.001)
    made.rejected["orphan_part"] += 2


def _lines_between(made: File, ships: Any, t: float) -> None:
    """Sixty-three lines of their station between the parts, then sixty-four."""
    for between in (63, 64):
        sender = Sender(made, _voyage(ships), "4")
        sender.send(1, t)
        _filler(made, t, between)
        sender.send(2, t)
        if between == 63:
            sender.complete(t)
        else:
            made.rejected["orphan_part"] += 2
