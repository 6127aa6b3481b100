"""A settings table that cannot be used, told in one sentence."""

from __future__ import annotations

import difflib
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ingest.errors import ConfigError
from ingest.words import safe_text

M = TypeVar("M", bound=BaseModel)

# What pydantic calls by words of Python, in those of TOML.
_FORMS = {
    "model_type": "a table", "model_attributes_type": "a table", "dict_type": "a table",
    "tuple_type": "a list, in brackets", "path_type": "a path, in quotes",
}  # fmt: skip


def settings_of(model: type[M], table: Any, *, where: str) -> M:
    """The settings in one table of a configuration file.

    Args:
        model: what the table should be.
        table: as it was read.
        where: what an error calls the place.

    Raises:
        ConfigError: naming the first key that cannot be used, and the mend; never its value,
            which may be a secret.

    """
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise refusal(error, model, where=where) from None


def refusal(error: ValidationError, model: type[BaseModel], *, where: str) -> ConfigError:
    """The first fault of a table as one sentence: where, what, and the mend."""
    fault = error.errors(include_url=False, include_input=False)[0]
    path = [safe_text(str(part), 60) for part in fault["loc"]]
    kind, key = fault["type"], path[-1] if path else ""
    place = f"{where}, {'.'.join(path)}" if path else where
    if kind == "extra_forbidden":
        known = sorted(_model_at(model, fault["loc"][:-1]).model_fields)
        near = difflib.get_close_matches(key, known, 1)
        return ConfigError(
            "there is no such setting", where=place,
            mend=f"perhaps {near[0]} is meant" if near else f"there are {', '.join(known)}",
        )  # fmt: skip
    if kind in _FORMS:
        return ConfigError("this will not do", where=place, mend=f"give {_FORMS[kind]}")
    if kind == "missing":
        return ConfigError("it is missing", where=place, mend=f"give {key}")
    if kind == "value_error":  # of our own validators, which say it in our own words
        what, _, mend = str(fault["ctx"]["error"]).partition(": ")
        return ConfigError(what, where=place, mend=mend)
    if kind == "string_pattern_mismatch":
        field = _model_at(model, fault["loc"][:-1]).model_fields.get(key)
        return ConfigError(
            "this will not do", where=place,
            mend=f"give the {field.description}" if field and field.description else "",
        )  # fmt: skip
    said = fault["msg"]
    for begin in ("Input should be ", "Value should have ", "value is not "):
        said = said.removeprefix(begin)
    return ConfigError("this will not do", where=place, mend=f"give {said}")


def _model_at(model: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel]:
    """The model of a table within a table."""
    for name in path:
        field = model.model_fields.get(str(name))
        inner = [
            kind
            for kind in (field.annotation, *getattr(field.annotation, "__args__", ()))
            if isinstance(kind, type) and issubclass(kind, BaseModel)
        ] if field else []  # fmt: skip
        if not inner:
            break
        model = inner[0]
    return model
