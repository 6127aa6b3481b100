"""Where the indices of fences are kept: in the user's cache folder, as every desktop has one."""

from __future__ import annotations

import os
from pathlib import Path

from geofence.fence import Fence
from geofence.kept import kept_fence
from geofence.zoneset import ZoneSet


def fence_of(zones: ZoneSet) -> Fence:
    """The fence of these zones; the first time takes seconds, later ones a fraction of one."""
    folder = cache_folder()
    return Fence(zones) if folder is None else kept_fence(zones, folder)


def cache_folder() -> Path | None:
    """`$XDG_CACHE_HOME/vigie`, `~/.cache/vigie` without it (XDG Base Directory Specification).

    None where neither names a folder: a service's user may have no home.
    """
    named = os.environ.get("XDG_CACHE_HOME", "")
    try:
        folder = Path(named) if os.path.isabs(named) else Path.home() / ".cache"
    except RuntimeError:
        return None
    return folder / "vigie"
