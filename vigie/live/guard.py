"""The guard of free space: what is nearly full is said loudly, and rests where it can."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path


def nearly_full(folders: Sequence[tuple[str, Path]], floor_mb: int) -> list[str]:
    """What lies on disks with less free space than the floor, in words.

    Args:
        folders: what it is, and a folder or file of it.
        floor_mb: free space, MB of 1,000,000 bytes.
    """
    told = []
    for what, path in folders:
        there = next(p for p in (path, *path.parents) if p.exists())
        free = shutil.disk_usage(there).free / 1e6
        if free < floor_mb:
            told.append(
                f"The disk of the {what} is nearly full: {free:,.0f} MB are free, {floor_mb:,} MB"
                " are the floor. Days are not sorted until there is room"
            )
    return told
