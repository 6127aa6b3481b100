"""The page of each behaviour tells its settings and their defaults as they are in the code."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from detect.all import names as names_of_detectors
from detect.config import DetectConfig

PAGES = Path(__file__).resolve().parents[2] / "docs" / "behaviours"
OURS = (
    "drifting", "loitering", "sudden_stop", "speed_over", "wrong_way", "safety_zone",
    "status_mismatch", "on_land", "fishing", "anchor_drag", "cable_threat",
    "identity_change", "listed",
)  # fmt: skip


def told(name: str) -> dict[str, str]:
    """Defaults in the table of settings, by setting."""
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert f"## Settings, `[detect.{name}]`" in text
    text = text.partition("## Settings")[2].partition("\n## ")[0]
    found: dict[str, str] = {}
    for names, values in re.findall(r"^\| (`[^|]*`) \| ([^|]*) \|", text, re.M):
        settings = re.findall(r"`([a-z_]+)`", names)
        given = values.split(", ") if len(settings) > 1 else [values]
        found |= dict(zip(settings, given, strict=True))
    return found


@pytest.mark.parametrize("name", [*OURS, "motion"])
def test_settings_are_told_as_they_are(name: str) -> None:
    settings = getattr(DetectConfig(), name)
    meant = {}
    for field in fields(settings):
        value = getattr(settings, field.name)
        meant[field.name] = ", ".join(value) if isinstance(value, tuple) else f"{value:.10g}"
    assert told(name) == meant


def test_every_page_is_of_a_detector() -> None:
    assert set(OURS) <= set(names_of_detectors())


def test_the_page_of_two_tracks_tells_its_settings() -> None:
    text = (PAGES / "identity_twice.md").read_text(encoding="utf-8")
    for field in fields(DetectConfig().tracks):
        value = getattr(DetectConfig().tracks, field.name)
        assert f"| `{field.name}` | {value:g} |" in text
    assert "`impossible_movement`" in (PAGES / "impossible_movement.md").read_text("utf-8")
