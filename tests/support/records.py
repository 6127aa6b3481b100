"""Records compared: all columns of all rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from ingest.columns import columns_of


def assert_same(one: Any, other: Any) -> None:
    """Whether two records hold the same rows; the first column that differs is named."""
    assert type(one) is type(other)
    for column in columns_of(type(one)):
        a, b = getattr(one, column.name), getattr(other, column.name)
        equal = np.array_equal(a, b, equal_nan=a.dtype.kind in "fM")
        assert equal, f"{type(one).__name__}.{column.name}"
