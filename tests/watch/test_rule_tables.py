"""A rule goes through its table unchanged."""

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.events import KINDS as EVENTS
from ingest.errors import ConfigError
from watch.lists import Entry, WatchList
from watch.rules import Rule, read_rules
from watch.rules.load import read_rule
from watch.rules.table import to_table
from watch.vessel import Vessel

PLAIN = {
    "id": "r", "title": "T", "event": "listed_seen", "priority": "warning", "instruction": "I",
    "review": "2027-05-01",
}  # fmt: skip


def made(**keys: object) -> Rule:
    return read_rule({**PLAIN, **keys}, "here", "here, the rule")


@pytest.mark.parametrize("rule", read_rules(), ids=lambda rule: rule.id)
def test_the_rules_that_ship(rule: Rule) -> None:
    table = to_table(rule)
    again = read_rule(orjson.loads(orjson.dumps(table)), "again", "again")
    assert replace(again, source=rule.source) == rule
    assert "situation" not in table or table["situation"] != rule.id


@given(
    event=st.sampled_from(EVENTS),
    types=st.frozensets(st.integers(1, 255), min_size=1),
    when=st.floats(-1e9, 1e9),
    length=st.floats(0, 1022),
    mmsi=st.lists(st.integers(0, 10**9 - 1), min_size=1, max_size=5),
    more=st.fixed_dictionaries(
        {},
        optional={
            "listed": st.booleans(), "list": st.just(["a", "b"]), "class": st.sampled_from("AB"),
            "enabled": st.booleans(), "author": st.text("aé 中-", max_size=20),
            "flags": st.just(["PA"]),
            "forms": st.just(["vessel", "sart"]), "situation": st.just("other"),
        },
    ),
)  # fmt: skip
def test_any_rule(event, types, when, length, mmsi, more) -> None:  # type: ignore[no-untyped-def]
    sign = ">="
    limit = f"{when:.3f}"
    rule = made(
        event=event, types=[str(n) for n in types], when=f"held_s {sign} {limit}",
        min_length_m=length, mmsi=mmsi, **more,
    )  # fmt: skip
    again = read_rule(orjson.loads(orjson.dumps(to_table(rule))), "here", "here, the rule")
    assert again == rule


def test_types_are_written_as_people_say_them() -> None:
    rule = made(types=["tanker", "cargo", 90, "33"])
    assert to_table(rule)["types"] == ["dredging", "cargo", "tanker", "90"]


def test_a_rule_may_ask_for_lists_by_name() -> None:
    lists = WatchList((
        Entry(mmsi=235009802, on="sanctions"), Entry(mmsi=636012345, on="friends"),
    ))  # fmt: skip
    rule = made(list="sanctions")
    assert rule.vessels.admits(Vessel(235009802), lists) is True
    assert rule.vessels.admits(Vessel(636012345), lists) is False
    assert made(listed=True).vessels.admits(Vessel(636012345), lists) is True
    rule.check_lists(lists.names)


def test_a_list_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"rule 'r', list: unknown 'sanction'. Perhaps 'sanctio"):
        made(list="sanction").check_lists(["sanctions"])
    with pytest.raises(ConfigError, match="There is no list at all: make it first"):
        made(list="sanctions").check_lists([])


@pytest.mark.parametrize("text", ["a\u202eb", "a\x1b[2Jb", "a\u200bb", "a\rb"])
def test_a_text_that_shows_otherwise_than_it_reads_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="cannot be seen"):
        made(title=text)
    assert made(instruction="first\r\nsecond").instruction == "first\nsecond"


def test_a_number_of_thousands_of_digits_is_refused_in_words() -> None:
    with pytest.raises(ConfigError, match="1 to 255"):
        made(types="9" * 5000)
