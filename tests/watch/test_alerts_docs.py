"""docs/alerts.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from watch.actions import ACTIONS, DISPOSITIONS, FOR_S, MAX_IDS, MAX_TEXT, SILENCE_S
from watch.alert import STATES
from watch.handled import MAX_ESCALATED
from watch.handling import CAPACITY, ESCALATE_S
from watch.log import TOLD

PAGE = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text("utf-8")
PLAIN = " ".join(PAGE.split())


def rows(heading: str) -> list[str]:
    """First cells of a table."""
    table = PAGE[PAGE.index(f"| {heading} |") :].partition("\n\n")[0]
    return re.findall(r"^\| `([\w-]+)`", table, re.M)


def test_every_state_and_action_is_explained() -> None:
    assert tuple(rows("state")) == STATES
    assert tuple(dict.fromkeys(rows("action"))) == ACTIONS
    assert all(f"`{word}`" in PAGE for word in (*DISPOSITIONS, *TOLD))


def test_its_figures_are_those_of_the_code() -> None:
    assert f"silent for {SILENCE_S} s" in PLAIN
    assert f"up to {MAX_TEXT:,} characters" in PLAIN
    assert f"up to {MAX_IDS} at once" in PLAIN
    assert f"{CAPACITY:,} alerts are remembered" in PLAIN
    assert MAX_ESCALATED == 3
    assert "up to three times" in PLAIN
    told = {p: re.search(rf"an? {p} (?:every (\d+) s|never)", PLAIN) for p in ESCALATE_S}
    assert {p: found and found[1] and int(found[1]) for p, found in told.items()} == ESCALATE_S
    assert FOR_S[0] > SILENCE_S
