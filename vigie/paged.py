"""All that a list of the store holds, oldest first; the store gives it newest first, by pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from store.filters import Filters

PAGE = 10_000

Read = Callable[[Filters, int], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class _Last:
    """Where a page ended."""

    time: np.datetime64
    id: str


def oldest_first(read: Read) -> Iterator[dict[str, Any]]:
    """Every item of a list.

    Args:
        read: `Database.events` or `Database.alerts`.

    """
    pages: list[list[dict[str, Any]]] = []
    wanted = Filters()
    while page := read(wanted, PAGE):
        pages.append(page)
        if len(page) < PAGE:
            break
        last = page[-1]
        wanted = Filters(after=_Last(np.datetime64(last["time"].rstrip("Z"), "us"), last["id"]))
    for page in reversed(pages):
        yield from reversed(page)
