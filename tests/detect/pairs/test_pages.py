"""The pages of the behaviours of pairs tell their settings and defaults as they are in the code."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from detect.config import DetectConfig
from detect.pairs.join import CROWD, THIN
from detect.pairs.rendezvous import RendezvousConfig

PAGES = Path(__file__).resolve().parents[3] / "docs" / "behaviours"


def shown(value):
    return str(value) if isinstance(value, bool) else f"{value:.10g}"


@pytest.mark.parametrize(
    "name", ["rendezvous", "dark_rendezvous", "proximity", "collision_risk", "approach"]
)
def test_settings_are_told_as_they_are(name):
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert f"## Settings, `[detect.{name}]`" in text
    settings = getattr(DetectConfig(), name)
    meant = {field.name: shown(getattr(settings, field.name)) for field in fields(settings)}
    assert dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", text, re.M)) == meant


def test_the_page_on_floods_has_the_figures_of_the_code():
    text = (PAGES / "pairs.md").read_text(encoding="utf-8")
    assert f"more than {CROWD} vessels" in text
    assert THIN == 4
    assert f"{RendezvousConfig().pairs:,} pairs" in text
