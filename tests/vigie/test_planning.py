"""Changing what the watch works by: the same after a restart, and for who reads the journal."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.planning import NotNowError
from detect.config import DetectConfig
from geofence.zoneset import ZoneSet
from ingest.errors import ConfigError, VigieError
from store.book import Book
from vigie.live.plan import Known, PlanFiles, Plans, standing_of, summary
from vigie.planning import Looking, Planner
from watch.edits import Edit, list_edit, rule_edit, zone_edit
from watch.lists import Entry, WatchList
from watch.rules import Rule
from watch.standing import Standing


def rule(name: str, **keys: Any) -> Rule:
    given = {
        "id": name, "title": "T", "event": ["zone_enter"], "priority": "alarm",
        "instruction": "I", "review": "2099-01-01", **keys,
    }  # fmt: skip
    thing = rule_edit(given).thing
    assert isinstance(thing, Rule)
    return thing


def zone(name: str, east: float = 1.0, **properties: Any) -> Edit:
    ring = [[0, 0], [east, 0], [east, 1], [0, 1], [0, 0]]
    feature = {
        "type": "Feature", "id": name, "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"name": name, "kind": "watch", **properties},
    }  # fmt: skip
    return zone_edit(orjson.dumps(feature))[0]


def base() -> Standing:
    zones = ZoneSet((zone("z1").thing, zone("z2").thing))  # type: ignore[arg-type]
    lists = WatchList((Entry(mmsi=1, on="l1"), Entry(mmsi=2, on="l2")))
    return Standing((rule("r1"), rule("r2", enabled=False), rule("r3", zone="z1")), zones, lists)


def planner(book: Book, standing: Standing | None = None) -> Planner:
    made = Planner(standing or base(), DetectConfig(), book)

    async def put(body: dict[str, Any]) -> None:
        made.told.append(body)  # type: ignore[attr-defined]

    made.told, made.put = [], put  # type: ignore[attr-defined]
    return made


names = st.sampled_from("123")
edits = st.one_of(
    st.builds(lambda n, on: Edit(("rule", f"r{n}"), rule(f"r{n}", enabled=on)), names,
              st.booleans()),
    st.builds(lambda n, z: Edit(("rule", f"r{n}"), rule(f"r{n}", zone=f"z{z}")), names, names),
    st.builds(lambda n, z: Edit(("rule", f"r{n}"), rule(f"r{n}", list=f"l{z}")), names, names),
    st.builds(lambda n, e, r: zone(f"z{n}", e, dwell_s=r), names, st.floats(0.1, 3.3),
              st.none() | st.just(60)),
    st.builds(lambda n, rows: list_edit(f"l{n}", rows), names,
              st.lists(st.builds(lambda m: {"mmsi": m}, st.integers(1, 9)), max_size=3)),
    st.builds(lambda k, n: Edit((k, f"{k[0]}{n}"), None), st.sampled_from(("rule", "zone", "list")),
              names),
)  # fmt: skip


@settings(max_examples=15)
@given(wanted=st.lists(edits, max_size=8))
def test_whatever_is_edited_is_the_same_after_a_restart_and_out_of_the_journal(
    wanted: list[Edit], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    with Book() as book:
        now = planner(book)
        # A journal names the files as blobs; here there are none, so its base is given to it.
        now.in_journal(folder, PlanFiles(), Known(now.now))
        done = 0
        for edit in wanted:
            before = summary(now.now)
            try:
                asyncio.run(now.change([edit], "A"))
            except ConfigError:
                assert summary(now.now) == before
                continue
            done += 1
            assert now.standing.find(edit.key) == edit.thing
            assert all(
                known in now.standing.zones for r in now.standing.enabled for known in r.zone
            )
            assert summary(now.now).items() <= now.told[-1].items()  # type: ignore[attr-defined]
        assert len(now.told) == done  # type: ignore[attr-defined]
        again = planner(book)
        assert again.faults == []
        assert again.standing == now.standing
        assert summary(again.now) == summary(now.now)


def test_a_journal_finds_each_of_several_plans(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the files and blobs of a journal, with the rules that ship and few zones."""
    monkeypatch.setattr("geofence.library.load", lambda: base().zones)
    small = standing_of(PlanFiles())
    with Book() as book:
        made = planner(book, small)
        made.in_journal(tmp_path, PlanFiles(), Known(made.now))
        asyncio.run(made.change([list_edit("wanted", [{"mmsi": 5, "note": "x"}])], "A"))
        asyncio.run(made.change([Edit(("rule", "mine"), rule("mine", list="wanted"))], "A"))
        asyncio.run(made.change([Edit(("rule", "distress"), None)], "A"))
        told = made.told  # type: ignore[attr-defined]
        first = made.now
        plans = Plans(tmp_path, first)
        found = [plans.resolve(body) for body in told]
        assert found[2] is first
        for body, one in zip(told, found, strict=True):
            assert one is not None
            assert summary(one).items() <= body.items()
            assert one.fence is first.fence  # nothing of the zones was changed
        assert [len(one.rules) for one in found if one] == [
            len(small.enabled), len(small.enabled) + 1, len(small.enabled),
        ]  # fmt: skip
        assert plans.resolve({**told[0], "files": "0" * 32, "rules": "other"}) is None


def test_one_change_at_a_time_and_all_of_it_or_nothing() -> None:
    with Book() as book:
        made = planner(book)
        both = [zone("z9"), Edit(("rule", "r9"), rule("r9", zone="z9"))]
        asyncio.run(made.change(both, "A", "together"))
        assert [v.version for v in book.newest()] == [1, 1]
        with pytest.raises(ConfigError, match="unknown 'z9'"):
            asyncio.run(made.change([zone("z8"), Edit(("zone", "z9"), None)], "A"))
        assert "z8" not in made.standing.zones
        assert len(book.newest()) == 2
        with pytest.raises(NotNowError, match="A has changed the zone 'z9' meanwhile"):
            asyncio.run(made.change([zone("z9", 2.0)], "B", expected={("zone", "z9"): 0}))
        with pytest.raises(NotNowError, match="already"):
            asyncio.run(made.change([zone("z9", 2.0)], "B", new=True))
        made.put = None
        with pytest.raises(NotNowError, match="nothing is watched"):
            asyncio.run(made.change([zone("z9", 2.0)], "B"))


def test_many_at_once_are_taken_in_turn() -> None:
    async def all_at_once(made: Planner) -> None:
        await asyncio.gather(
            *(made.change([Edit(("rule", f"x{n}"), rule(f"x{n}"))], "A") for n in range(20))
        )

    with Book() as book:
        made = planner(book)
        asyncio.run(all_at_once(made))
        assert len(made.told) == 20  # type: ignore[attr-defined]
        assert len({body["rules"] for body in made.told}) == 20  # type: ignore[attr-defined]
        assert {f"x{n}" for n in range(20)} <= {r.id for r in made.standing.rules}


def test_an_edit_that_no_longer_fits_keeps_nobody_from_watching() -> None:
    with Book() as book:
        made = planner(book)
        asyncio.run(made.change([Edit(("rule", "mine"), rule("mine", zone="z2"))], "A. Officer"))
        asyncio.run(made.change([zone("z7")], "A. Officer"))
        asyncio.run(made.change([Edit(("rule", "good"), rule("good", zone="z7"))], "A. Officer"))
        less = Standing(base().rules, ZoneSet((zone("z1").thing,)), base().lists)  # type: ignore[arg-type]
        again = planner(book, less)
        [fault] = again.faults
        assert "The rule 'mine', as A. Officer edited it, is not in force" in fault
        assert "z2" in fault
        assert {r.id for r in again.standing.rules} == {"r1", "r2", "r3", "good"}
        with pytest.raises(VigieError):
            less.edited({("rule", "mine"): rule("mine", zone="z2")})


def test_what_has_passed_is_looked_at_and_not_changed() -> None:
    with Book() as book:
        now = planner(book).now
        shown = Looking(lambda: now)
        assert [r.id for r in shown.standing.rules] == ["r1", "r3"]
        with pytest.raises(NotNowError, match="passed"):
            asyncio.run(shown.change([zone("z9")], "A"))
        shown.book.close()


def test_files_are_read_anew_under_what_was_edited(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"now": base()}
    monkeypatch.setattr("vigie.planning.standing_of", lambda _: files["now"])
    with Book() as book:
        made = planner(book)
        asyncio.run(made.change([Edit(("rule", "mine"), rule("mine", zone="z2"))], "A"))
        assert asyncio.run(made.reload(PlanFiles())) is False
        files["now"] = Standing((rule("r7"),), base().zones, base().lists)
        assert asyncio.run(made.reload(PlanFiles())) is True
        assert [r.id for r in made.standing.rules] == ["r7", "mine"]
        assert len(made.told) == 2  # type: ignore[attr-defined]
        before = summary(made.now)
        files["now"] = Standing((), ZoneSet(), base().lists)  # the zone that is asked for has gone
        with pytest.raises(ConfigError, match="unknown 'z2'"):
            asyncio.run(made.reload(PlanFiles()))
        assert summary(made.now) == before
        assert len(made.told) == 2  # type: ignore[attr-defined]
