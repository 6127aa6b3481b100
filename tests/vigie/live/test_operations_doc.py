"""docs/operations.md: its examples are configurations, and what it explains is what is said."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.context import Context, Source, Status
from api.metrics import metrics_text
from api.stream import Stream
from ingest.sources.config import SourceBase
from ingest.sources.kinds import KINDS
from ingest.sources.status import State
from store.database import Database
from store.picture import Picture
from vigie.live.config import read_config
from vigie.live.sources import SourceBook

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```toml\n(.*?)^```", PAGE, re.M | re.S)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_configuration(example: str, tmp_path: Path) -> None:
    path = tmp_path / "vigie.toml"
    path.write_text(example)
    assert read_config(path).used


def test_there_is_an_example_of_every_kind(tmp_path: Path) -> None:
    path = tmp_path / "vigie.toml"
    path.write_text("\n".join(EXAMPLES[1:]))
    assert {source.kind for source in read_config(path).sources} == set(KINDS)


def section(title: str) -> str:
    return re.split(r"^#+ ", PAGE[PAGE.index(f"# {title}\n") + 2 :], maxsplit=1, flags=re.M)[0]


def test_every_state_of_a_source_is_explained() -> None:
    told = set(re.findall(r"^\| `(\w+)` \|", section("Watch over it"), re.M))
    assert told == set(get_args(State)) - {"starting"}


def test_what_it_says_of_faults_is_what_the_program_says() -> None:
    code = "\n".join(
        re.sub(r'"\s*f?"', "", path.read_text("utf-8"))
        for folder in ("vigie/live", "api")
        for path in (ROOT / folder).glob("*.py")
    )
    shown = re.findall(r"^\| ([A-Za-z].*?) \|", section("What a fault means"), re.M)[1:]
    assert len(shown) >= 9
    for words in shown:
        for part in re.sub(r"\(.*?\)", "…", words).split("…"):
            assert part.strip() in code, words


def test_what_it_alarms_on_is_measured() -> None:
    (row,) = SourceBook(
        [SourceBase(kind="udp", name="all")], put=lambda _: None, control=lambda _: None
    ).table()
    with Database.temporary() as database:
        status = Status(sources=[Source("all", feed=row)])
        gauges = {"delay_seconds": 0.0, "unjournaled_lines": 0.0}
        text = metrics_text(
            Context(
                database, Picture(), zones=lambda: None, status=lambda: status,  # type: ignore[arg-type, return-value]
                stream=Stream(), gauges=lambda: gauges,
            )
        )  # fmt: skip
    names = {s.name for f in text_string_to_metric_families(text.decode()) for s in f.samples}
    wanted = set(re.findall(r"`[^`]*?(vigie_[a-z_]+)[^`]*`", section("Watch over it")))
    assert len(wanted) >= 6
    assert wanted <= names
