"""Settings of the detectors from a table of a configuration, checked against what there is."""

from __future__ import annotations

import difflib
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from detect.config import DetectConfig
from ingest.errors import ConfigError
from ingest.words import safe_text

T = TypeVar("T")

_FORMS: dict[type, str] = {
    bool: "true or false", int: "a whole number", float: "a number", str: "a text, in quotes",
    tuple: "a list, in brackets",
}  # fmt: skip


def detect_config(table: Any, where: str) -> DetectConfig:
    """The settings that a table `[detect]` gives; what it does not name keeps its default.

    Args:
        table: as it was read from TOML, with a table for each detector in it.
        where: what an error calls the file.

    Raises:
        ConfigError: a setting is not there, of another form, or cannot be used; says which and
            how to mend it.

    """
    return _made(DetectConfig(), table, where, "detect")


def overrides(config: Any) -> dict[str, Any]:
    """The settings that are not the defaults, as a table that `detect_config` takes."""
    defaults = type(config)()
    told: dict[str, Any] = {}
    for setting in fields(config):
        value, default = getattr(config, setting.name), getattr(defaults, setting.name)
        if is_dataclass(value):
            inner = overrides(value)
            if inner:
                told[setting.name] = inner
        elif value != default:
            told[setting.name] = list(value) if isinstance(value, tuple) else value
    return told


def _made(defaults: T, table: Any, where: str, path: str) -> T:
    """Settings like these defaults, with what a table gives instead."""
    if not isinstance(table, dict):
        raise ConfigError("this will not do", where=f"{where}, {path}", mend="give a table")
    known = {f.name: getattr(defaults, f.name) for f in fields(defaults)}  # type: ignore[arg-type]
    given = dict(known)
    for key, value in table.items():
        place = f"{where}, {path}.{safe_text(str(key), 60)}"
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            raise ConfigError(
                "there is no such setting", where=place,
                mend=f"perhaps {near[0]} is meant" if near else f"there are {', '.join(known)}",
            )  # fmt: skip
        default = known[key]
        if is_dataclass(default) and not isinstance(default, type):
            given[key] = _made(default, value, where, f"{path}.{key}")
        else:
            given[key] = _value(default, value, place)
    try:
        return type(defaults)(**given)
    except ConfigError as error:
        raise ConfigError(error.what, where=f"{where}, {path}", mend=error.mend) from None


def _value(default: Any, value: Any, place: str) -> Any:
    """A value of the same form as the default."""
    form = type(default)
    if form is float and type(value) is int:
        return float(value)
    if form is tuple and isinstance(value, list):
        member = type(default[0]) if default else None
        if member is None or all(type(item) is member for item in value):
            return tuple(value)
    if type(value) is not form or form is tuple:
        raise ConfigError("this will not do", where=place, mend=f"give {_FORMS[form]}")
    return value
