"""From a TOML table to a frozen dataclass, with errors a person can mend.

The dataclass is the only description of the table: its fields are the keys (but those marked
`toml=False`), their types are checked, and what it finds wrong with a value it raises as `Fault`,
to which the file and the place in it are added here.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import tomllib
import types
import typing
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from ingest.errors import ConfigError

T = TypeVar("T")

MAX_BYTES = 4_000_000  # a scenario is written by a person; anything larger is not one


class Fault(ValueError):  # noqa: N818 -- never leaves this room: it becomes a ConfigError
    """A value that cannot be used: the key, what is wrong with it, and the mend."""

    def __init__(self, key: str, what: str, mend: str) -> None:
        self.key, self.what, self.mend = key, what, mend
        super().__init__(what)


def load(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        ConfigError: the file is missing, unreadable, too large or not TOML.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(
                "file is too large for a scenario", where=str(path),
                mend=f"keep it under {MAX_BYTES // 1_000_000} MB",
            )  # fmt: skip
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"cannot be read ({error.strerror or error})", where=str(path),
            mend="give the path of a TOML file that exists",
        ) from None  # fmt: skip
    except UnicodeDecodeError:
        raise ConfigError("is not UTF-8 text", where=str(path), mend="save it as UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"is not TOML: {error}", where=str(path), mend="mend that line") from None


def build(cls: type[T], table: Any, where: str) -> T:
    """Make `cls` from a table. `where` names the file and the place in it.

    Raises:
        ConfigError: an unknown or missing key, a value of the wrong type or out of range.
    """
    if not isinstance(table, dict):
        raise ConfigError("should be a table", where=where, mend="write it as [table] with keys")
    fields = {f.name: f for f in dataclasses.fields(cls) if f.metadata.get("toml", True)}  # type: ignore[arg-type]
    for key in table:
        if key not in fields:
            close = difflib.get_close_matches(key, fields, 1)
            mend = f"did you mean {close[0]!r}" if close else f"keys are {', '.join(fields)}"
            raise ConfigError(f"unknown key {key!r}", where=where, mend=mend)
    hints = typing.get_type_hints(cls)
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in table:
            values[name] = _value(table[name], hints[name], f"{where}, {name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise ConfigError(f"key {name!r} is missing", where=where, mend=f"add {name} = …")
    try:
        return cls(**values)
    except Fault as fault:
        place = f"{where}, {fault.key}" if fault.key else where
        raise ConfigError(fault.what, where=place, mend=fault.mend) from None


def _value(value: Any, wanted: Any, where: str) -> Any:
    origin, args = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is types.UnionType:
        wanted = next(a for a in args if a is not type(None))
        return _value(value, wanted, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise _wrong("a list", value, where)
        if args[-1] is ...:
            return tuple(
                _value(v, args[0], f"{where}[{i}]" if not dataclasses.is_dataclass(args[0])
                       else f"{where} {_label(v, i)}")
                for i, v in enumerate(value)
            )  # fmt: skip
        if len(value) != len(args):
            raise ConfigError(
                f"should have {len(args)} values, has {len(value)}", where=where,
                mend=f"write {len(args)} numbers" if float in args else "mend the list",
            )  # fmt: skip
        return tuple(_value(v, a, where) for v, a in zip(value, args, strict=True))
    if origin is dict:
        if not isinstance(value, dict):
            raise _wrong("a table", value, where)
        return {k: _value(v, args[1], f"{where}.{k}") for k, v in value.items()}
    if dataclasses.is_dataclass(wanted):
        return build(typing.cast(type, wanted), value, where)
    if wanted is float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _wrong("a number", value, where)
        if not math.isfinite(value):
            raise _wrong("a finite number", value, where)
        return float(value)
    if wanted is int and (isinstance(value, bool) or not isinstance(value, int)):
        raise _wrong("a whole number", value, where)
    if wanted is str and not isinstance(value, str):
        raise _wrong("text", value, where)
    if wanted is bool and not isinstance(value, bool):
        raise _wrong("true or false", value, where)
    if wanted is datetime and not (isinstance(value, datetime) and value.tzinfo is not None):
        raise _wrong("a time with its offset, such as 2026-09-14T04:00:00Z", value, where)
    return value


def _label(table: Any, index: int) -> str:
    if isinstance(table, dict) and isinstance(table.get("id"), str):
        return repr(table["id"])
    return f"number {index + 1}"


def _wrong(wanted: str, value: Any, where: str) -> ConfigError:
    return ConfigError(f"should be {wanted}, is {value!r:.60}", where=where, mend="mend the value")
