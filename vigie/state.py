r"""The state of the core as bytes, and back.

    vigie-state <format> <version of the program> <blake2b of the rest, 32 hex digits>\n
    a pickle of `vigie.core.Core`, protocol 5

A state may come from somebody else, in a journal that is to be replayed. Unpickling can run
anything, so only plain values, numpy's arrays and the classes of the rooms below are let through,
and functions of nobody.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from importlib.metadata import version
from typing import Any, TypeVar

from ingest.errors import StateError

T = TypeVar("T")

# Raised by whoever changes what is remembered between two steps, or what it means: a state of
# another format is refused.
FORMAT = 3

_NAME = b"vigie-state"
_HEAD_BYTES = 200  # more than any first line has

_ROOMS = ("ingest", "detect", "watch")
_OTHERS = {
    ("vigie.core", "Core"), ("vigie.live.judge", "State"),
    ("collections", "Counter"), ("collections", "OrderedDict"),
    ("collections", "deque"), ("datetime", "date"), ("numpy", "dtype"), ("numpy", "ndarray"),
    ("numpy._core.multiarray", "scalar"), ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.numeric", "_frombuffer"),
}  # fmt: skip

_MEND = "Begin without it: go through the journal from its beginning, or from an older state"


def pack(core: object) -> bytes:
    """The bytes of a core."""
    return seal(freeze(core))


def freeze(core: object) -> bytes:
    """What `seal` makes a state of; this alone needs the core, and is the quicker half."""
    return pickle.dumps(core, protocol=5)


def seal(body: bytes) -> bytes:
    """The state of what `freeze` gave."""
    return b"%b %d %b %b\n" % (_NAME, FORMAT, version("vigie").encode(), _digest(body)) + body


def unpack(saved: bytes, kind: type[T]) -> T:
    """The core of these bytes, which has no zones, rules and lists yet.

    Raises:
        StateError: the bytes are damaged, no state, or of a program that keeps other things.

    """
    head, _, body = saved.partition(b"\n") if b"\n" in saved[:_HEAD_BYTES] else (b"", b"", b"")
    said = head.split(b" ")
    if len(said) != 4 or said[0] != _NAME:
        raise StateError("this is no saved state", mend=_MEND)
    if said[1] != b"%d" % FORMAT:
        by = said[2].decode("ascii", "replace")
        raise StateError(
            f"the saved state is of format {said[1].decode('ascii', 'replace')!r:.20}, written by "
            f"Vigie {by!r:.40}; this is Vigie {version('vigie')}, which reads format {FORMAT}",
            mend=_MEND,
        )
    if said[3] != _digest(body):
        raise StateError("the saved state is damaged: its checksum does not fit", mend=_MEND)
    try:
        found = _Unpickler(io.BytesIO(body)).load()
    except StateError:
        raise
    except Exception as fault:  # whatever a state made up by somebody does to pickle
        raise StateError(f"the saved state cannot be read ({fault!r:.100})", mend=_MEND) from fault
    if not isinstance(found, kind):
        raise StateError("the saved state holds something else", mend=_MEND)
    return found


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).hexdigest().encode()


class _Unpickler(pickle.Unpickler):
    """Finds nothing but what a state is made of."""

    def find_class(self, module: str, name: str) -> Any:
        """The class or numpy function of a name.

        Raises:
            StateError: it is none that a state has.

        """
        if (module, name) in _OTHERS:
            return super().find_class(module, name)
        if module.partition(".")[0] in _ROOMS and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise StateError(f"the saved state asks for {module}.{name!s:.60}", mend=_MEND)
