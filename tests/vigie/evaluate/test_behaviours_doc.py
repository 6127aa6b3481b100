"""docs/behaviours.md names what there is."""

from __future__ import annotations

import re
from pathlib import Path

from detect.events import KINDS
from vigie.evaluate.matching import AGAIN_SLACK_S, SLACK_S

PAGE = (Path(__file__).parents[3] / "docs" / "behaviours.md").read_text(encoding="utf-8")


def test_every_challenge_names_kinds_of_event() -> None:
    rows = re.findall(
        r"^\| ([^|`]+) \| ([^|]+) \| [^|]+ \|$", PAGE.split("twelve challenges")[-1], re.M
    )
    rows = [row for row in rows if "`" in row[1]]
    assert len(rows) == 12
    for challenge, shown in rows:
        kinds = re.findall(r"`(\w+)`", shown)
        assert kinds, challenge
        assert set(kinds) <= set(KINDS), challenge


def test_the_slack_is_as_told() -> None:
    assert (SLACK_S, AGAIN_SLACK_S) == (600, 60)
    assert "ten minutes are added on either side" in PAGE
    assert "within a minute of its own time" in PAGE
