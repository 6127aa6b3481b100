"""Memory of big arrays kept for the next ones.

glibc gives a big array's memory back to the system as soon as it is freed, and every page of the
next one costs a fault: up to a third of the time in which a stretch is read. What counts as big is
what it has not seen freed yet, up to 32 MB; twice as much may then lie free before any is given
back (mallopt(3), M_MMAP_THRESHOLD). Other allocators are not harmed.
"""

from __future__ import annotations

import numpy as np

# 32 MB, and room for numpy's and the allocator's own words.
_BIGGEST = (32 << 20) - 8192


def keep_big_arrays() -> None:
    """Let one big array be freed; its pages are never touched."""
    np.empty(_BIGGEST, np.uint8)
