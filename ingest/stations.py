"""Names of stations, interned to the small numbers that columns carry."""

from __future__ import annotations

UNKNOWN = 0
OTHERS = 65535
MAX_NAME = 64


class Stations:
    """Station names ↔ uint16 numbers, given out in order of first appearance.

    0 is "no station named". Names come from the air or the network, so there is an end to them:
    from the 65,534th on, all further names share the number `OTHERS`, and names are cut at
    64 bytes.
    """

    def __init__(self) -> None:
        self.names: list[bytes] = [b""]
        self._numbers: dict[bytes, int] = {b"": UNKNOWN}

    def number(self, name: bytes) -> int:
        """The number of a name; a new one where the name is new."""
        name = name[:MAX_NAME]
        known = self._numbers.get(name)
        if known is not None:
            return known
        if len(self.names) >= OTHERS:
            return OTHERS
        self._numbers[name] = len(self.names)
        self.names.append(name)
        return self._numbers[name]

    def name(self, number: int) -> str:
        """The name of a number, as text that is safe to print."""
        if number == OTHERS:
            return "(others)"
        return self.names[number].decode("ascii", "backslashreplace")
