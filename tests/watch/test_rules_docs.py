"""docs/rules.md and the code say the same."""

import re
from pathlib import Path

import pytest

from detect.events import KINDS as EVENTS
from detect.identity import FORMS
from geofence.zone import KINDS as ZONES
from ingest.shiptypes import GROUPS
from watch import desk, gathering
from watch.alert import PRIORITIES
from watch.lists import KEYS as LIST_KEYS
from watch.rules import load_rules, parse_rules, read_rules
from watch.rules.load import KEYS, REQUIRED
from watch.rules.vessels import NOT_CRAFT

TEXT = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")


def section(title):
    return re.split(r"^## ", TEXT.split(f"\n## {title}\n")[1], flags=re.MULTILINE)[0]


def table(title):
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section(title).splitlines()
        if line.startswith("| `")
    ]


def paragraph(start):
    return TEXT.split(f"**{start}**")[1].split("\n\n")[0]


def test_every_key_is_explained_and_no_other():
    rows = table("Keys")
    assert {row[0].strip("`") for row in rows} == set(KEYS)
    assert {row[0].strip("`") for row in rows if row[1] == "yes"} == set(REQUIRED)


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("Kinds of event.", EVENTS),
        ("Kinds of zone.", ZONES),
        ("Names of ship types.", tuple(GROUPS)),
        ("Forms of MMSI.", FORMS),
    ],
)
def test_every_word_a_rule_can_use_is_named(start, words):
    assert set(re.findall(r"`([a-z_-]+)`", paragraph(start))) == set(words)


def test_forms_left_out_of_zone_rules():
    after = paragraph("Forms of MMSI.").split("left out")[1]
    assert set(re.findall(r"`(\w+)`", after)) == set(NOT_CRAFT)


def test_the_shipped_rules_as_described():
    described = {row[0].strip("`"): row for row in table("The rules that come with Vigie")}
    shipped = {rule.id: rule for rule in read_rules()}
    assert list(described) == list(shipped)
    for name, rule in shipped.items():
        assert described[name][1] == rule.priority
        assert ("not enabled" in described[name][2]) is not rule.enabled
        gathers = f"gathered above {rule.gather_above}" in described[name][2]
        assert gathers is (rule.gather_above > 0)
    assert {r.id for r in load_rules()} == {r.id for r in shipped.values() if r.enabled}


def test_priorities_and_list_columns():
    assert re.findall(r"`(\w+)`", next(r[2] for r in table("Keys") if r[0] == "`priority`")) == [
        *PRIORITIES
    ]
    assert re.findall(r"`(\w+)`", section("Watch lists").split("Columns and keys:")[1])[:5] == [
        *LIST_KEYS
    ]


def test_the_figures():
    said = " ".join(section("What becomes of an alert").split())
    assert f"within {desk.REENTRY_S // 60} minutes" in said
    assert f"for {desk.WAIT_S // 60} minutes" in said
    assert f"more than {gathering.DISTRESS_LIMIT} new beacons" in said
    assert f"within {gathering.DISTRESS_WINDOW_S} seconds" in said
    assert f"so many within {gathering.ZONE_WINDOW_S // 60} minutes" in said
    assert f"({gathering.MAX_NAMED:,} of them)" in said
    assert f"within {gathering.OVER_S // 3600} hour of" in said
    assert f"for {desk.KEEP_S // 3600} hours" in said
    assert f"{desk.CAPACITY:,} vessels" in said


def test_the_example_is_a_rule():
    (rule,) = parse_rules(TEXT.split("```toml\n")[1].split("```")[0], "docs/rules.md")
    assert rule.vessels.types == frozenset(range(80, 90))
