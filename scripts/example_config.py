"""Write deploy/vigie.toml: every setting of a live watch with its meaning and its default.

    .venv/bin/python scripts/example_config.py

It is made from the models that read a configuration, so it says what they say.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from detect.config import DetectConfig
from ingest.sources.config import Settings
from ingest.sources.kinds import KINDS
from vigie.live.config import Tables

PAGE = Path(__file__).parent.parent / "deploy" / "vigie.toml"
WIDTH = 96

HEAD = """\
# The settings of a live watch: vigie run --config vigie.toml

# Every setting stands here with its meaning and its default. A line "#name = value" is a setting
# that is left at its default: take the # away to change it. "must be given" and "an example" mark
# those that have none. What a file does not name keeps its default, so most files are short.

# Paths are taken from the folder of the file they stand in. Rules, zones and watch lists are read
# anew on SIGHUP; everything else needs a restart. docs/operations.md says more. What partners may
# see stands in tables of their own, [[partner]] and [[label]]: docs/sharing.md.
"""

SOURCES = """\
# Sources: as many tables [[source]] as there are feeds, each of one of the kinds below and with a
# name of its own. Copy those you need, and take the # away from [[source]], kind, name and what you
# change.
"""

DETECT = """\
## What counts as what: thresholds of the detectors.

# docs/behaviours/ says what each means and where it comes from: a page for each kind of event. To
# turn a detector off, name it: off = ["loitering"].
"""

# What a setting without a default may look like, where its model gives no example.
EXAMPLES: dict[str, Any] = {
    "rules": "rules.toml", "keep_gb": 500.0, "keep_days": 400.0,
    "station": "mole", "lon": 5.52, "lat": 58.91,
    "ca": "ca.pem", "server_name": "receiver.example", "certificate": "client.pem",
    "key": "key.pem", "client_ca": "clients-ca.pem",
    "hello_file": "hello.txt", "interface": "eth0",
    "port": 1883, "client_id": "vigie-centre-north", "user": "vigie", "password": "secret",
    "password_file": "password.txt", "station_level": 2,
    "token": "a-long-secret", "token_file": "token.txt",
}  # fmt: skip


def page() -> str:
    """The whole file."""
    parts = [HEAD]
    for name, field in Tables.model_fields.items():
        model = _model(field)
        assert model is not None
        parts += [_heading(model), f"[{name}]\n", *_settings(model, name)]
    parts += [DETECT, *_detectors(DetectConfig(), "detect")]
    parts.append(SOURCES)
    for kind in KINDS:
        model = KINDS[kind][0]
        parts += [_heading(model, kind), "#[[source]]\n", *_settings(model, "source")]
    return "\n".join(parts)


def _detectors(settings: Any, table: str) -> Iterator[str]:
    """Settings of the detectors, and then the table of each."""
    values = {f.name: getattr(settings, f.name) for f in dataclasses.fields(settings)}
    inner = {name: value for name, value in values.items() if dataclasses.is_dataclass(value)}
    lines = [f"#{name} = {toml(value)}" for name, value in values.items() if name not in inner]
    yield "\n".join([f"[{table}]" if table == "detect" else f"#[{table}]", "", *lines, ""])
    for name, value in inner.items():
        yield from _detectors(value, f"{table}.{name}")


def _heading(model: type[BaseModel], kind: str = "") -> str:
    words = (model.__doc__ or "").split("\n\n")[0].replace("\n", " ").strip()
    words = f"kind {kind}: {words[0].lower()}{words[1:]}" if kind else words
    return f"{_prose(words, '## ')}\n"


def _settings(model: type[BaseModel], table: str = "") -> Iterator[str]:
    """Settings of a table, then the tables within it; what every source has comes last."""
    inner = []
    for name, field in sorted(model.model_fields.items(), key=lambda f: _rank(model, *f)):
        if (within := _model(field)) is not None:
            inner.append((name, field, within))
            continue
        value, mark = _value(name, field)
        yield f"{_prose(field.description or '')}\n#{name} = {value}{mark}\n"
    for name, field, within in inner:
        brackets, need = f"[{table}.{name}]", "none without this table"
        if field.is_required():  # of these there is a list
            brackets, need = f"[{brackets}]", "one or more tables must be given"
        yield f"{_prose(f'{field.description}; {need}')}\n#{brackets}\n"
        yield from _settings(within, f"{table}.{name}")


def _rank(model: type[BaseModel], name: str, field: FieldInfo) -> tuple[bool, ...]:
    """Kind and name first, then what must be given, then a kind's own, then what others have."""
    own = name in model.__annotations__
    return name != "kind", name != "name", not field.is_required(), not own


def _value(name: str, field: FieldInfo) -> tuple[str, str]:
    """A setting's value in TOML, and what it is where it is no default."""
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    if default is None:
        value = field.examples[0] if field.examples else EXAMPLES[name]
        return toml(value), "  # must be given" if field.is_required() else "  # an example"
    if default in ((), {}) and field.examples:
        return toml(default), f"  # for example {toml(field.examples[0])}"
    return toml(default), ""


def toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml(item) for item in value)}]"
    if isinstance(value, dict):
        pairs = ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    return json.dumps(str(value), ensure_ascii=False)


def _model(field: FieldInfo) -> type[Settings] | None:
    """The model of a setting that is a table of its own."""
    kinds = (field.annotation, *getattr(field.annotation, "__args__", ()))
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, Settings)), None)


def _prose(text: str, mark: str = "# ") -> str:
    return textwrap.fill(text, WIDTH, initial_indent=mark, subsequent_indent=mark)


def main() -> None:
    """Write it."""
    PAGE.write_text(page(), encoding="utf-8")
    sys.stderr.write(f"{PAGE.name}: written\n")


if __name__ == "__main__":
    main()
