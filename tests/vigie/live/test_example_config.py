"""deploy/vigie.toml: it is what the models say, whole, and every line of it can be used."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from detect.config import DetectConfig
from detect.toml import detect_config
from ingest.sources.config import Settings
from ingest.sources.kinds import KINDS, read_source
from vigie.live.config import LiveConfig, Tables, read_config

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "deploy" / "vigie.toml"
# Settings that mean something only beside others.
BESIDE = {
    "lon": {"lat": 1}, "lat": {"lon": 1}, "interface": {"group": "239.192.0.4"},
    "password": {"user": "u"}, "password_file": {"user": "u"}, "user": {"password": "p"},
}  # fmt: skip


def script() -> Any:
    spec = importlib.util.spec_from_file_location(
        "example_config", ROOT / "scripts" / "example_config.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """The file with all its settings in use."""
    return tomllib.loads(re.sub(r"^#(?=[a-z_\[])", "", PAGE.read_text("utf-8"), flags=re.M))


@pytest.fixture(scope="module")
def sources(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {table["kind"]: table for table in told["source"]}


MODELS: list[tuple[str, Any]] = [
    *((name, field.annotation) for name, field in Tables.model_fields.items()),
    *((kind, model) for kind, (model, _) in KINDS.items()),
]


def inner(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    """The model of a table within a table."""
    annotation = model.model_fields[name].annotation
    for kind in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(kind, type) and issubclass(kind, Settings):
            return kind
    return None


def test_the_file_is_what_the_script_makes() -> None:
    assert PAGE.read_text("utf-8") == script().page(), "run scripts/example_config.py"


def test_as_it_stands_it_is_a_watch_by_defaults(tmp_path: Path) -> None:
    empty = tmp_path / "vigie.toml"
    empty.write_text("")
    copy = tmp_path / "example.toml"
    copy.write_bytes(PAGE.read_bytes())
    assert read_config(copy) == read_config(empty)


@pytest.mark.parametrize(("table", "model"), MODELS)
def test_every_setting_stands_in_it(
    told: dict[str, Any], sources: dict[str, Any], table: str, model: type[BaseModel]
) -> None:
    found = sources[table] if table in KINDS else told[table]
    assert set(found) == set(model.model_fields)
    for name in found:
        within = inner(model, name)
        if within is not None:
            (one,) = found[name] if isinstance(found[name], list) else (found[name],)
            assert set(one) == set(within.model_fields), name


def test_every_setting_of_the_detectors_stands_in_it_with_its_default(told: dict[str, Any]) -> None:
    assert detect_config(told["detect"], "the example") == DetectConfig()

    def names(settings: Any) -> dict[str, Any]:
        found = {f.name: getattr(settings, f.name) for f in dataclasses.fields(settings)}
        return {n: names(v) if dataclasses.is_dataclass(v) else None for n, v in found.items()}

    def keys(table: dict[str, Any]) -> dict[str, Any]:
        return {n: keys(v) if isinstance(v, dict) else None for n, v in table.items()}

    assert keys(told["detect"]) == names(DetectConfig())


def test_it_names_every_table_and_kind_once(told: dict[str, Any]) -> None:
    assert set(told) == {*Tables.model_fields, "source", "detect"}
    assert [table["kind"] for table in told["source"]] == list(KINDS)
    assert set(LiveConfig.model_fields) == {*Tables.model_fields, "sources", "detect", "share"}


@pytest.mark.parametrize(("table", "model"), MODELS)
def test_what_it_calls_a_default_is_one(
    sources: dict[str, Any], told: dict[str, Any], table: str, model: type[BaseModel]
) -> None:
    marked = set(
        re.findall(r"^#(\w+) = .*  # (?:must be given|an example)$", PAGE.read_text(), re.M)
    )
    found = sources[table] if table in KINDS else told[table]
    compared = 0
    for name, field in model.model_fields.items():
        default = None if field.is_required() else field.get_default(call_default_factory=True)
        if default is None:
            assert name in marked or inner(model, name) is not None, name
        else:
            shown = list(default) if isinstance(default, tuple) else default
            assert found[name] in (shown, str(shown)), name
            compared += 1
    assert compared


@pytest.mark.parametrize(("table", "model"), MODELS)
def test_every_value_in_it_can_be_used(
    sources: dict[str, Any], told: dict[str, Any], table: str, model: type[BaseModel]
) -> None:
    if table not in KINDS:
        model.model_validate(told[table])
        return
    found = sources[table]
    need = {"kind", *(n for n, field in model.model_fields.items() if field.is_required())}
    least = {name: found[name] for name in need}
    for name, value in found.items():
        used = read_source({**least, **BESIDE.get(name, {}), name: value}, where="example")
        given = getattr(used, name)
        if isinstance(given, SecretStr):
            assert given.get_secret_value() == value


def test_no_line_is_too_long_to_read() -> None:
    assert (
        max(len(line) for line in PAGE.read_text("utf-8").splitlines() if " = [" not in line) <= 100
    )
