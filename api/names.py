"""Names of all vessels as one answer, made seldom and kept for whoever asks next.

Every console asks for them now and then, and there are 180,000. What a rebuild costs is what has
changed since the last one, and it is not done again before twenty times what it took has passed.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import orjson

from ingest import clock
from ingest.words import safe_text
from store.picture import Picture

_REST = 20.0


@dataclass(frozen=True, slots=True)
class NamesText:
    """The answer.

    Attributes:
        plain: JSON.
        packed: the same, gzipped.
        tag: changes when it does.

    """

    plain: bytes
    packed: bytes
    tag: str


class NamesKept:
    """The names of a picture. For any thread.

    Args:
        picture: whose.
        monotonic: seconds on a clock that never steps; a test may hand in its own.

    """

    def __init__(self, picture: Picture, monotonic: Callable[[], float] = clock.monotonic) -> None:
        self._picture, self._monotonic = picture, monotonic
        self._lock = threading.Lock()
        self._mmsi, self._raw = np.empty(0, np.uint32), np.empty(0, "S34")
        self._shown: dict[str, str] = {}
        self._version = -1
        self._again_at = -np.inf
        self._kept = NamesText(b"", b"", "")

    def get(self) -> NamesText:
        """The names, at most a few seconds old."""
        with self._lock:
            now = self._monotonic()
            if self._picture.version != self._version and now >= self._again_at:
                self._make()
                done = self._monotonic()
                self._again_at = done + _REST * (done - now)
            return self._kept

    def _make(self) -> None:
        self._version = self._picture.version
        mmsi, raw = self._picture.names()
        at = np.minimum(np.searchsorted(self._mmsi, mmsi), max(len(self._mmsi) - 1, 0))
        if len(self._mmsi):
            changed = (self._mmsi[at] != mmsi) | (self._raw[at] != raw)
        else:
            changed = np.ones(len(mmsi), bool)
        gone = self._mmsi[np.isin(self._mmsi, mmsi, assume_unique=True, invert=True)]
        for number in gone.tolist():
            del self._shown[str(number)]
        rows = np.flatnonzero(changed)
        for number, name in zip(mmsi[rows].tolist(), raw[rows].tolist(), strict=True):
            self._shown[str(number)] = safe_text(name)
        self._mmsi, self._raw = mmsi, raw
        if len(rows) or len(gone) or not self._kept.tag:
            plain = orjson.dumps({"names": self._shown})
            tag = hashlib.blake2b(plain, digest_size=8).hexdigest()
            self._kept = NamesText(plain, gzip.compress(plain, 1, mtime=0), tag)
