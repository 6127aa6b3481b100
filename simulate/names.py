"""Invented names, call signs and IMO numbers.

All identities are invented; any likeness to a ship that exists is chance. IMO numbers carry a
valid check digit and begin with 3: to our knowledge that block was never given to ships (Lloyd's
Register's ship numbers begin with 1 and with 5 to 9), so no ship's real number is borrowed.
"""

from __future__ import annotations

import numpy as np

from ingest.columns import Array

_FIRST: dict[str, tuple[str, ...]] = {
    "liner": ("VEGA", "ORION", "ATLAS", "CORAL", "PACIFIC", "EVER", "MERIDIAN", "NORTHERN",
              "SILK", "AURORA", "CASPIAN", "JADE", "LEVANT", "EASTERN", "TITAN", "CRYSTAL"),
    "trader": ("GOLDEN", "OCEAN", "STAR", "IONIAN", "AEGEAN", "LUCKY", "GREAT", "HARVEST",
               "UNITED", "BLUE", "SAFFRON", "NORDIC", "AMBER", "YANGTZE", "THERMAIC", "BOREAL"),
    "tanker": ("FRONT", "DESERT", "NILE", "MINERVA", "POLAR", "SEA", "ALPINE", "DELTA",
               "HELLAS", "CEDAR", "STORM", "RED", "ARABIAN", "PEARL", "SUMMIT", "CAPE"),
    "dhow": ("AL", "NOOR", "BARAKA", "FATAH", "SAFINA", "BAHR", "AL", "JABAL", "AL", "YA",
             "SHEIKH", "AL", "BIN", "SAHIL", "RAHMA", "MASHALLAH"),
    "harbour": ("DORALEH", "TADJOURA", "OBOCK", "ARTA", "GHOUBET", "MUSHA", "SIRA", "MAALLA"),
    "naval": ("WARSHIP", "COALITION WARSHIP", "NAVY VESSEL", "PATROL VESSEL"),
    "yacht": ("WIND", "BLUE", "FREE", "HAPPY", "LITTLE", "LAZY", "SLOW", "FAR"),
}  # fmt: skip
_SECOND: dict[str, tuple[str, ...]] = {
    "liner": ("EXPRESS", "BRIDGE", "HIGHWAY", "CARRIER", "PIONEER", "COURAGE", "HARMONY",
              "ENDEAVOUR", "LEADER", "VOYAGER", "HORIZON", "TRIUMPH", "SPIRIT", "GLORY"),
    "trader": ("TRADER", "HERON", "DOLPHIN", "FORTUNE", "PROSPERITY", "LILY", "DIAMOND", "EAGLE",
               "SPRING", "VENTURE", "JASMINE", "FALCON", "UNITY", "WISDOM", "ORCHID", "ISLAND"),
    "tanker": ("SPIRIT", "CROWN", "LOYALTY", "SIRIUS", "PRIDE", "RIVER", "MAGIC", "BREEZE",
               "LEGEND", "TRUST", "OASIS", "QUEST", "MIST", "JEWEL", "VALOUR", "MOON"),
    "dhow": ("HAMDI", "RAHMAN", "MADINA", "KHAIR", "NASR", "SALAMA", "AMIN", "HUDA", "TAQWA",
             "BARI", "MUKALLA", "ZAHRA", "YUSUF", "KARIM", "SULTAN", "FIRDAUS"),
    "harbour": ("1", "2", "3", "4", "5", "6", "7", "8"),
    "naval": ("A", "B", "C", "D", "E", "F", "G", "H"),
    "yacht": ("SPRAY", "PETREL", "OTTER", "WANDERER", "SALT", "TERN", "DRIFTER", "GANNET"),
}  # fmt: skip


def names(style: str, count: int, rng: np.random.Generator) -> list[bytes]:
    """`count` names in one style, at most 20 characters; numbers make repeats differ."""
    first, second = _FIRST[style], _SECOND[style]
    seen: dict[str, int] = {}
    made = []
    for a, b in zip(
        rng.integers(0, len(first), count), rng.integers(0, len(second), count), strict=True
    ):
        name = f"{first[a]} {second[b]}"
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            name = f"{name[: 19 - len(str(seen[name]))]} {seen[name]}"
        made.append(name.encode())
    return made


def callsigns(count: int, rng: np.random.Generator) -> list[bytes]:
    """`count` call signs: three letters and two to four figures."""
    letters = rng.integers(65, 91, (count, 3), dtype=np.uint8)
    figures = rng.integers(48, 58, (count, 4), dtype=np.uint8)
    length = rng.integers(2, 5, count)
    return [a.tobytes() + b[:n].tobytes() for a, b, n in zip(letters, figures, length, strict=True)]


def imo_numbers(count: int, rng: np.random.Generator) -> Array:
    """`count` distinct numbers (uint32) from 3000000 on, with the IMO's check digit."""
    return with_check_digit(300_000 + rng.choice(100_000, count, replace=count > 100_000))


def with_check_digit(head: Array) -> Array:
    """IMO numbers (uint32) of six figures and the last one that goes with them."""
    weights = np.array([7, 6, 5, 4, 3, 2])
    figures = (head[:, None] // 10 ** np.arange(5, -1, -1)) % 10
    check = (figures * weights).sum(axis=1) % 10
    return np.asarray(head * 10 + check, np.uint32)
