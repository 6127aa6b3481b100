"""Words for the numbers in AIS messages (ITU-R M.1371-5, tables 45 and 74)."""

from __future__ import annotations

STATUSES = (
    "under way using engine", "at anchor", "not under command", "restricted manoeuvrability",
    "constrained by her draught", "moored", "aground", "engaged in fishing", "under way sailing",
    "reserved 9", "reserved 10", "towing astern", "pushing ahead or towing alongside",
    "reserved 13", "AIS-SART, MOB or EPIRB active", "undefined",
)  # fmt: skip

_AIDS = (
    "unspecified", "reference point", "RACON", "structure off shore", "emergency wreck mark",
    "light, without sectors", "light, with sectors", "leading light front", "leading light rear",
    "beacon, cardinal N", "beacon, cardinal E", "beacon, cardinal S", "beacon, cardinal W",
    "beacon, port hand", "beacon, starboard hand", "beacon, preferred channel port hand",
    "beacon, preferred channel starboard hand", "beacon, isolated danger", "beacon, safe water",
    "beacon, special mark", "cardinal mark N", "cardinal mark E", "cardinal mark S",
    "cardinal mark W", "port hand mark", "starboard hand mark", "preferred channel port hand",
    "preferred channel starboard hand", "isolated danger", "safe water", "special mark",
    "light vessel, LANBY or rig",
)  # fmt: skip


def status_name(status: int) -> str | None:
    """A navigational status in words; None for 15, which is "undefined"."""
    return STATUSES[status] if status < 15 else None


def aid_type_name(aid_type: int) -> str | None:
    """A type of aid to navigation in words; None for 0, which is "unspecified"."""
    return _AIDS[aid_type] if 0 < aid_type < len(_AIDS) else None
