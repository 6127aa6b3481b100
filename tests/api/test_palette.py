"""Every text colour of every palette is readable: WCAG 2.2 AA."""

import re

import pytest

from api.app import CONSOLE

TEXTS = ("text", "quiet", "emergency", "alarm", "warning", "caution", "good", "select")
MARKS = ("target", "target-b", "lost", "fixed", "track", "zone-alarm", "zone-warning", "zone-plain")


def palettes() -> dict[str, dict[str, str]]:
    css = (CONSOLE / "palette.css").read_text()
    blocks = re.findall(r'data-palette="(\w+)"\] \{(.*?)\}', css, re.S)
    return {name: dict(re.findall(r"--([\w-]+): (#\w{6});", body)) for name, body in blocks}


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", palettes())
def test_text_is_readable(name: str) -> None:
    palette = palettes()[name]
    for text in TEXTS:
        for behind in ("ground", "panel", "raised"):
            assert contrast(palette[text], palette[behind]) >= 4.5, (text, behind)


@pytest.mark.parametrize("name", palettes())
def test_marks_stand_out_at_sea_and_on_land(name: str) -> None:
    palette = palettes()[name]
    for mark in MARKS:
        for behind in ("ground", "land"):
            assert contrast(palette[mark], palette[behind]) >= 3, (mark, behind)
