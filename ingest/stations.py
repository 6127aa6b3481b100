"""Names of stations, interned to the small numbers that columns carry."""

from __future__ import annotations

from pathlib import PurePath

import numpy as np

from ingest.columns import Array
from ingest.gather import text_hashes
from ingest.words import safe_text

UNKNOWN = 0
OTHERS = 65535
MAX_NAME = 32


class Stations:
    """Station names ↔ uint16 numbers, given out in order of first appearance.

    0 is "no station named". Names come from the air or the network, so there is an end to them:
    from the 65,534th on, all further names share the number `OTHERS`, and names are cut at
    32 bytes.
    """

    def __init__(self) -> None:
        self.names: list[bytes] = [b""]
        self._numbers: dict[bytes, int] = {b"": UNKNOWN}

    def __contains__(self, name: bytes) -> bool:
        """Whether a name has a number."""
        return name[:MAX_NAME] in self._numbers

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

    def number_of_recording(self, source: str) -> int:
        """The number of a recording: the last part of its path stands for stations not named."""
        return self.number(PurePath(source).name.encode("utf-8", "backslashreplace"))

    def name(self, number: int) -> str:
        """The name of a number, as text that is safe to show and log."""
        return "(others)" if number == OTHERS else safe_text(self.names[number])


class NameReader:
    """Station names standing in a buffer, to their numbers, many at a time.

    A name's hash finds its number in a table of 65,536 places; only names not in their place are
    read as bytes. `salt` (4 odd uint64) keeps outsiders from choosing names that share a place.
    """

    def __init__(self, stations: Stations, salt: Array) -> None:
        self.stations = stations
        self._salt = salt
        self._hashes = np.zeros(65536, np.uint64)
        self._numbers = np.zeros(65536, np.uint16)

    def numbers(self, buffer: Array, start: Array, length: Array) -> Array:
        """Station numbers, uint16 (n,), of the names at `start`; 0 where `length` is 0."""
        length = np.minimum(length, MAX_NAME)
        hashes = text_hashes(buffer, start, length, self._salt)
        hashes[length == 0] = 0
        place = hashes >> np.uint64(48)
        result = self._numbers[place]
        missed = np.flatnonzero(self._hashes[place] != hashes)
        if not len(missed):
            return result
        # Which missed name is the first in the place of each; two names in one place are rare.
        heads = np.zeros(65536, np.int64)
        number = np.arange(len(missed))
        heads[place[missed[::-1]]] = number[::-1]
        which = heads[place[missed]]
        first = np.flatnonzero(which == number)
        if (hashes[missed[which]] != hashes[missed]).any():
            _, first, which = np.unique(hashes[missed], return_index=True, return_inverse=True)
            which = first[which]
        found = np.zeros(len(missed), np.uint16)
        for i in np.sort(first).tolist():  # numbers are given out in order of appearance
            row = missed[i]
            found[i] = self.stations.number(buffer[start[row] : start[row] + length[row]].tobytes())
            self._hashes[place[row]], self._numbers[place[row]] = hashes[row], found[i]
        result[missed] = found[which]
        return result
