"""The same recordings again: resumed or refused, never stored twice."""

from __future__ import annotations

import pytest

from ingest.errors import DatabaseError
from store.runs import Run, SourceId, begin_run, find_run, finish_run, other_settings
from store.writer import Writer

A, B, C = (SourceId(f"{n}.nmea", 65536, n * 4) for n in "abc")
SETTINGS = {"zones": "5f3a", "rules": "77aa", "start": None}


def test_a_new_run_begins_at_line_0(database):
    assert begin_run(database, [A, B], SETTINGS) == Run(1)
    assert begin_run(database, [C], SETTINGS) == Run(2)


def test_a_run_cut_off_goes_on_where_it_was(database, make):
    number = begin_run(database, [A, B], SETTINGS).number
    Writer(database).commit(make.commit(number, positions=make.traffic(70)))
    renamed = SourceId("moved/a.nmea.gz", A.head_bytes, A.head_hash)
    resumed = begin_run(database, [B, renamed], SETTINGS)
    assert resumed == Run(number, committed_line=70, commits=1)
    assert resumed.resumed


def test_a_complete_run_is_refused(database):
    finish_run(database, begin_run(database, [A], SETTINGS).number)
    with pytest.raises(DatabaseError, match=r"a\.nmea is already in this database"):
        begin_run(database, [A], SETTINGS)
    [run] = database.runs()
    assert (run["complete"], run["sources"]) == (True, ["a.nmea"])


@pytest.mark.parametrize("again", [[A], [A, B, C], [C, B]])
def test_a_set_that_shares_a_recording_is_refused(database, again):
    begin_run(database, [A, B], SETTINGS)
    with pytest.raises(DatabaseError, match=r"read together with .*a\.nmea, b\.nmea"):
        begin_run(database, again, SETTINGS)


def test_recordings_of_two_runs_are_refused_together(database):
    begin_run(database, [A], SETTINGS)
    begin_run(database, [B], SETTINGS)
    with pytest.raises(DatabaseError, match="already in this database"):
        begin_run(database, [A, B], SETTINGS)


@pytest.mark.parametrize(
    ("change", "named"),
    [({"zones": "0000"}, "zones"), ({"rules": "1", "start": "2020-01-01"}, "rules, start")],
)
def test_other_settings_cannot_go_on(database, change, named):
    begin_run(database, [A], SETTINGS)
    with pytest.raises(DatabaseError, match=f"begun with other {named}") as refused:
        begin_run(database, [A], SETTINGS | change)
    assert "Give the same" in refused.value.mend


def test_a_live_run_is_always_new(database):
    assert [begin_run(database, [], {}).number for _ in range(3)] == [1, 2, 3]


def test_one_recording_twice_is_refused(database):
    with pytest.raises(DatabaseError, match="are the same recording"):
        begin_run(database, [A, SourceId("copy.nmea", A.head_bytes, A.head_hash)], SETTINGS)
    assert database.runs() == []


def test_a_run_that_is_not_there(database, make):
    with pytest.raises(DatabaseError, match="no run 9"):
        Writer(database).commit(make.commit(9))


def test_a_run_is_found_by_just_its_recordings(database):
    run = begin_run(database, [A, B], SETTINGS).number
    assert find_run(database, [B, A]) == Run(run)
    assert find_run(database, [SourceId("elsewhere", A.head_bytes, A.head_hash), B]) == Run(run)
    for others in ([A], [A, B, C], [C], []):
        assert find_run(database, others) is None
    finish_run(database, run)
    assert find_run(database, [A, B]) == Run(run, complete=True)


def test_what_a_run_was_begun_with_otherwise(database):
    run = begin_run(database, [A], SETTINGS).number
    assert other_settings(database, run, SETTINGS) == []
    assert other_settings(database, run, {"zones": "0", "rules": "77aa"}) == ["zones"]
    assert other_settings(database, run, {"start": "x"} | {"rules": "1"}) == [
        "rules", "start", "zones",
    ]  # fmt: skip
