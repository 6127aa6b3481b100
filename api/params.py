"""Query parameters: every one known, each given once, each with words for what is wrong.

A filter that is misspelt and silently ignored shows an officer the wrong list, so an unknown name
is an error that says which names there are.
"""

from __future__ import annotations

import difflib
from collections import Counter
from typing import Annotated, Any

from fastapi import Path, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.problems import BadParametersError, Fault

# Parameters that take several values: repeated, or with commas between.
LISTS = frozenset({"kind", "mmsi", "priority", "risk", "rule", "state", "type", "zone"})


class Query(BaseModel):
    """Base of all query models: unknown names are refused with the names there are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: Any) -> Any:
        unknown = [name for name in given if name not in cls.model_fields]
        if not unknown:
            return given
        names = sorted(cls.model_fields)
        near = difflib.get_close_matches(unknown[0], names, 1)
        mend = f"did you mean {near[0]}; " if near else ""
        mend += f"this path takes {', '.join(names)}" if names else "this path takes none"
        fault = ("there is no such parameter", mend)
        notes = {"fault": fault, "name": unknown[0][:60]}
        raise PydanticCustomError("unknown", "unknown parameter", notes)


class Nothing(Query):
    """The query of a path that takes no parameters."""


def each_once(request: Request) -> None:
    """Refuse a parameter given twice that takes one value, rather than guess which was meant."""
    counts = Counter(name for name, _ in request.query_params.multi_items())
    for name, count in counts.items():
        if count > 1 and name not in LISTS:
            what = f"given {count} times"
            raise BadParametersError.of(
                Fault(where=f"query: {name[:60]}", what=what, mend="give it once")
            )


def _split(value: Any) -> Any:
    """One list of words from repeated parameters that may have commas in them."""
    if not isinstance(value, list | tuple):
        return value
    return [word.strip() for part in value for word in str(part).split(",")]


Comma = BeforeValidator(_split)
"""For list parameters: values may be repeated parameters, or one with commas between."""

MMSI = Annotated[int, Field(ge=0, le=999_999_999, examples=[403000001])]

MMSIPath = Annotated[
    int, Path(ge=0, le=999_999_999, description="MMSI of the station", examples=[403000001])
]


def limit(default: int, most: int) -> Any:
    """The field of a page-size parameter."""
    return Field(default, ge=1, le=most, description=f"most items in one answer, up to {most}")


def after() -> Any:
    """The field of a paging parameter."""
    return Field(None, max_length=200, description="`next` of the page before this one")
