"""Names of ship types, as people and rules use them, for the numbers that AIS sends.

Source: ITU-R M.1371-5, table 53. The second digit of most types says what is carried; reserved
numbers belong to the group of their first digit, because that is how they are used.
"""

from __future__ import annotations

GROUPS: dict[str, tuple[range, ...]] = {
    "wig": (range(20, 30),),
    "fishing": (range(30, 31),),
    "towing": (range(31, 33),),
    "dredging": (range(33, 34),),
    "diving": (range(34, 35),),
    "military": (range(35, 36),),
    "sailing": (range(36, 37),),
    "pleasure": (range(37, 38),),
    "high-speed": (range(40, 50),),
    "pilot": (range(50, 51),),
    "sar": (range(51, 52),),
    "tug": (range(52, 53),),
    "port-tender": (range(53, 54),),
    "anti-pollution": (range(54, 55),),
    "law-enforcement": (range(55, 56),),
    "local": (range(56, 58),),
    "medical": (range(58, 59),),
    "noncombatant": (range(59, 60),),
    "passenger": (range(60, 70),),
    "cargo": (range(70, 80),),
    "tanker": (range(80, 90),),
    "other": (range(90, 100),),
}
"""Numbers of each named group."""

_NAMES = {number: name for name, spans in GROUPS.items() for span in spans for number in span}


def type_name(number: int) -> str:
    """The group of a ship type; "" for 0 (not sent) and for numbers outside every group."""
    return _NAMES.get(number, "")
