"""Dice: one seed, and an independent stream for every purpose and stretch of time.

The bit generator is named, so that a change of numpy's default changes nothing here. A stream
depends on nothing but the seed and its own label: to draw more in one place moves no dice in
another.
"""

from __future__ import annotations

import zlib

import numpy as np


def dice(seed: int, purpose: str, part: int = 0) -> np.random.Generator:
    """The stream of random numbers of one purpose and part."""
    words = [seed, zlib.crc32(purpose.encode()), part]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))
