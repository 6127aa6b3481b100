"""The one table of columns, from which everything else that names a column is made.

A record class (`Positions`, `Statics`, …) declares each column once with `column()`: its dtype in
memory, its unit, its meaning, the value that stands for "not sent", and how it is stored. The
numpy dtype, the Arrow schema, the DuckDB table, the API schema and the documentation are all read
from that declaration, so they cannot drift apart.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: how it looks in memory, what it means, how it is stored.

    Attributes:
        name: the field's name, the same in memory, in the database and in the API.
        dtype: numpy dtype in memory; "O" holds Python bytes.
        unit: unit of the value in memory, "" where it has none.
        meaning: one sentence for people.
        absent: value in memory that stands for "not sent".
        native: numpy dtype in the database's own form; equal to `dtype` where not scaled.
        scale: stored integer = round(value in memory * scale); 1 where stored as it is.
        native_absent: stored value that stands for "not sent".
        stored: False for columns that only the pipeline needs.

    """

    name: str
    dtype: str
    unit: str
    meaning: str
    absent: Any
    native: str
    scale: int
    native_absent: Any
    stored: bool

    def to_native(self, values: Array) -> Array:
        """Values as stored: scaled and rounded integers, the absent value in its stored form.

        Times are cut to the unit stored. Arithmetic stays in the column's own precision: 24 bits
        of float32 round rightly to any integer below 65,536.
        """
        if self.native == self.dtype:
            return values
        if self.dtype.startswith("datetime64"):
            return values.astype(self.native)
        scaled = np.rint(values * values.dtype.type(self.scale))
        missing = np.isnan(values)
        if missing.any():
            np.copyto(scaled, self.native_absent, where=missing)
        return scaled.astype(self.native)

    def from_native(self, values: Array) -> Array:
        """Stored values as they are in memory: the inverse of `to_native`."""
        if self.native == self.dtype:
            return values
        if self.dtype.startswith("datetime64"):
            return values.astype(self.dtype)
        result = (values / np.float64(self.scale)).astype(self.dtype)
        result[values == self.native_absent] = np.nan
        return result


def column(
    dtype: str,
    *,
    meaning: str,
    absent: Any,
    unit: str = "",
    native: str | None = None,
    scale: int = 1,
    native_absent: Any = None,
    stored: bool = True,
) -> Any:
    """Declare a column of a record class; the field's name becomes the column's."""
    made = Column(
        "", dtype, unit, meaning, absent, native or dtype, scale,
        absent if native is None else native_absent, stored,
    )  # fmt: skip
    return field(metadata={"column": made})


_TABLES: dict[type, tuple[Column, ...]] = {}


def columns_of(record: type[Record]) -> tuple[Column, ...]:
    """The columns of a record class, in the order declared."""
    if record not in _TABLES:
        _TABLES[record] = tuple(
            dataclasses.replace(f.metadata["column"], name=f.name)
            for f in dataclasses.fields(record)
        )
    return _TABLES[record]


@dataclass(frozen=True, slots=True)
class Record:
    """Base of the record classes: equally long numpy arrays, one a column."""

    def __len__(self) -> int:
        return len(getattr(self, columns_of(type(self))[0].name))

    @classmethod
    def empty(cls) -> Self:
        """A record of no rows."""
        return cls(**{c.name: np.empty(0, c.dtype) for c in columns_of(cls)})

    @classmethod
    def absent(cls, rows: int, **given: Array) -> Self:
        """`rows` rows in which everything but the `given` columns is "not sent"."""
        return cls(
            **{
                c.name: given[c.name].astype(c.dtype, copy=False)
                if c.name in given
                else np.full(rows, c.absent, c.dtype)
                for c in columns_of(cls)
            }
        )

    @classmethod
    def concat(cls, parts: list[Self]) -> Self:
        """The rows of all parts, one after the other."""
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return cls.empty()
        return cls(
            **{c.name: np.concatenate([getattr(p, c.name) for p in parts]) for c in columns_of(cls)}
        )

    def take(self, rows: Array | slice) -> Self:
        """The chosen rows: an index array, a mask or a slice."""
        return type(self)(**{c.name: getattr(self, c.name)[rows] for c in columns_of(type(self))})
