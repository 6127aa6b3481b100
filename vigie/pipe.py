"""Objects with large arrays through a pipe, from one process of this program to another.

Arrays do not become part of the pickle: each goes into the pipe from where it lies, and is read
straight into memory of its own. So one of them can be let go without the others.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pickle
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

# As much as Linux lets anybody have (fs.pipe-max-size): the two processes then seldom wait for each
# other in the midst of a batch, which the usual 64 KB would make them do thirty times.
_PIPE_BYTES = 1 << 20
_SET_SIZE = 1031  # F_SETPIPE_SZ, fcntl(2); the fcntl module names it on Linux only

_MOST_PIECES = 1000  # writev and readv take 1024 at most (IOV_MAX)

_HEAD = struct.Struct("<QQ")  # bytes of the pickle, number of arrays


def widen(end: int) -> None:
    """Let a pipe hold more; as it is where the system does not let us."""
    with contextlib.suppress(OSError):
        fcntl.fcntl(end, _SET_SIZE, _PIPE_BYTES)


def send(end: int, thing: object) -> None:
    """Write an object into a pipe.

    Raises:
        BrokenPipeError: nobody reads it any more.
    """
    arrays: list[pickle.PickleBuffer] = []
    text = pickle.dumps(thing, protocol=5, buffer_callback=arrays.append)
    parts = [array.raw() for array in arrays]
    sizes = struct.pack(f"<{len(parts)}Q", *map(len, parts))
    head = _HEAD.pack(len(text), len(parts)) + sizes + text
    _all(os.writev, end, [memoryview(head), *parts])


def receive(end: int) -> Any:
    """Read the next object, sent by a process that is trusted: it is unpickled.

    Raises:
        EOFError: the other process has ended.
    """
    length, count = _HEAD.unpack(_read(end, [_HEAD.size])[0])
    sizes = struct.unpack(f"<{count}Q", _read(end, [8 * count])[0])
    text, *arrays = _read(end, [length, *sizes])
    return pickle.loads(text, buffers=arrays)


def _read(end: int, sizes: Sequence[int]) -> list[memoryview]:
    """So many bytes of the pipe, in pieces of these sizes that can be written to."""
    pieces = [np.empty(size, np.uint8).data for size in sizes]
    _all(os.readv, end, pieces)
    return pieces


def _all(move: Any, end: int, pieces: Sequence[memoryview]) -> None:
    """Call writev or readv until all pieces are through."""
    left = [piece for piece in pieces if len(piece)]
    while left:
        moved = move(end, left[:_MOST_PIECES])
        if not moved:
            raise EOFError
        done = 0
        while done < len(left) and len(left[done]) <= moved:
            moved -= len(left[done])
            done += 1
        left = left[done:]
        if moved:
            left[0] = left[0][moved:]
