"""A fence's index kept in a file: made once for a set of zones, read back in a tenth of the time.

The file holds numpy arrays and nothing else. Its name is a digest of all that decides what stands
in it: the zones in their order, the program's own sources about fences, numpy and GEOS. A file of
another name is never asked, one that is damaged or somebody else's is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import zipfile
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import shapely

from geofence.fence import Fence
from geofence.grid.arrays import from_arrays, to_arrays
from geofence.grid.build import Index
from geofence.zoneset import ZoneSet

# Indices kept: of the zones in use and of those before, in case somebody goes back to them. That of
# all zones that ship takes 110 MB.
_KEPT = 3

# Fewer zones than this are indexed sooner than a file is read.
_WORTH_ZONES = 500

_SUFFIX = ".fence.npz"


def kept_fence(zones: ZoneSet, folder: Path) -> Fence:
    """The fence of these zones: with the index kept in a folder, or made and then kept there.

    Args:
        zones: all zones, valid at any time.
        folder: made if it is not there. That it cannot be written to, or is full, is no fault.

    """
    if len(zones) < _WORTH_ZONES:
        return Fence(zones)
    path = folder / f"{_digest(zones)}{_SUFFIX}"
    index = _read(path)
    if index is not None:
        return Fence(zones, index=index)
    fence = Fence(zones)
    with contextlib.suppress(OSError):
        _write(path, fence.index)
    return fence


def _read(path: Path) -> Index | None:
    """The index in a file; None where there is none, or none to be trusted."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_uid != os.geteuid() or status.st_mode & 0o022:
                return None
            with np.load(file, allow_pickle=False) as arrays:  # checks each array's CRC
                index = from_arrays(arrays)
        os.utime(path)  # those used longest ago go first
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return index


def _write(path: Path, index: Index) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")  # for its owner's eyes only
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, allow_pickle=False, **to_arrays(index))
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    others = sorted(path.parent.glob(f"*{_SUFFIX}"), key=lambda file: file.stat().st_mtime)
    for other in others[:-_KEPT]:
        other.unlink()


def _digest(zones: ZoneSet) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in (zones.version, *(z.id for z in zones), np.__version__, *shapely.geos_version):
        digest.update(f"{part}\n".encode())
    digest.update(_sources())
    return digest.hexdigest()


@cache
def _sources() -> bytes:
    """A hash of the program's text that makes an index out of zones."""
    digest = hashlib.blake2b()
    for package in ("geofence", "geofence.grid"):
        for file in sorted(resources.files(package).iterdir(), key=lambda file: file.name):
            if file.name.endswith(".py"):
                digest.update(file.read_bytes())
    return digest.digest()
