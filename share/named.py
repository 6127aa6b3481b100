"""MMSIs that messages name beside their sender: who is addressed, interrogated or acknowledged.

Bit places: ITU-R M.1371-5, annex 8. Who may not see a vessel may not learn from another's message
that it is there.
"""

from __future__ import annotations

from collections.abc import Sequence

# Where MMSIs of 30 bits begin, by message type.
_AT: dict[int, tuple[int, ...]] = {
    6: (40,), 7: (40, 72, 104, 136), 10: (40,), 12: (40,), 13: (40, 72, 104, 136),
    15: (40, 110), 16: (40, 92), 22: (69, 104), 25: (40,), 26: (40,),
}  # fmt: skip
# Where one bit says that the message is addressed at all.
_IF = {22: 139, 25: 38, 26: 38}

NAMING = tuple(_AT)
"""Message types that may name others."""


def named(msg_type: int, payload: bytes) -> Sequence[int]:
    """MMSIs in an armoured payload, without its sender's; such as are cut off are not there."""
    places = _AT.get(msg_type, ())
    flag = _IF.get(msg_type)
    if flag is not None and not _bits(payload, flag, 1):
        return ()
    found = (_bits(payload, at, 30) for at in places)
    return [mmsi for mmsi in found if mmsi]


def _bits(payload: bytes, start: int, width: int) -> int:
    """Bits of an armoured payload; 0 where it ends before them or holds what is no armour."""
    first, last = start // 6, (start + width - 1) // 6
    if last >= len(payload):
        return 0
    value = 0
    for char in payload[first : last + 1]:
        six = char - 48
        if six > 40:
            six -= 8
        value = value << 6 | (six & 63)
    return value >> ((last + 1) * 6 - start - width) & ((1 << width) - 1)
