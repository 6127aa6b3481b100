"""What decides what comes out, as a hash that is the same in every process."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any


def digest(value: Any) -> str:
    """A hash of plain dataclasses, the same in every process."""
    return hashlib.blake2b(_canonical(value).encode(), digest_size=16).hexdigest()


def _canonical(value: Any) -> str:
    """Text that says a value; sets in an order of their own, not that of this process's hashes."""
    if dataclasses.is_dataclass(value):
        named = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
        return "{" + ",".join(f"{name}:{_canonical(v)}" for name, v in named) + "}"
    if isinstance(value, set | frozenset):
        return "{" + ",".join(sorted(map(_canonical, value))) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_canonical, value)) + "]"
    return repr(value)
