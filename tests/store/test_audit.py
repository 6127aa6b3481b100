"""The audit log shows when it was changed: an entry edited, taken away, put in, the end cut."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.accounts_file import AccountsFile
from store.audit import BODY_BYTES, Audit

COLUMNS = ("at", "who", "role", "address", "what", "subject", "body", "head")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[AccountsFile]:
    with AccountsFile.open(tmp_path / "a.accounts") as opened:
        yield opened


@pytest.fixture
def log(file: AccountsFile) -> Audit:
    made = Audit(file)
    for i in range(8):
        made.add("anna", "officer", "127.0.0.1", "alert.acknowledge", f"alert {i}", {"for_s": i})
    return made


def change(file: AccountsFile, statement: str, *values: object) -> None:
    """What somebody does who can write the file."""
    with sqlite3.connect(str(file.path)) as link:
        link.execute(statement, values)
    link.close()


def test_a_log_that_nobody_touched_is_sound(log: Audit, file: AccountsFile) -> None:
    verdict = log.verify([log.head])
    assert (verdict.entries, verdict.faults) == (8, ())
    assert verdict.head == log.head
    assert log.head.startswith("8-")
    assert [entry.number for entry in log.entries(3)] == [8, 7, 6]
    assert [entry.subject for entry in log.entries(1, before=3)] == ["alert 1"]
    assert log.entries(9, who="bert") == []
    assert len(log.entries(9, what="alert.")) == 8


def test_an_empty_log_is_sound_and_has_a_head(file: AccountsFile) -> None:
    log = Audit(file)
    assert log.head == "0-" + "0" * 64
    assert log.verify([log.head]).faults == ()


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("number", [1, 5, 8])
def test_an_entry_that_was_edited_shows(
    log: Audit, file: AccountsFile, column: str, number: int
) -> None:
    value: object = 7 if column == "at" else "x"
    change(file, f"UPDATE audit SET {column} = ? WHERE number = ?", value, number)
    faults = log.verify().faults
    assert f"Entry {number}" in faults[0]


@pytest.mark.parametrize("number", [1, 4, 8])
def test_an_entry_that_was_taken_away_shows(log: Audit, file: AccountsFile, number: int) -> None:
    change(file, "DELETE FROM audit WHERE number = ?", number)
    assert log.verify().faults


def test_an_entry_that_was_put_in_shows(log: Audit, file: AccountsFile) -> None:
    change(file, "INSERT INTO audit VALUES (9, 1, 'e', '', '', 'x', '', '{}', ?)", "0" * 64)
    assert "Entry 9" in log.verify().faults[0]
    change(file, "UPDATE audit SET number = -3 WHERE number = 9")
    assert log.verify().faults


@pytest.mark.parametrize("left", [0, 3, 7])
def test_an_end_that_was_cut_shows(log: Audit, file: AccountsFile, left: int) -> None:
    change(file, "DELETE FROM audit WHERE number > ?", left)
    assert any("cut" in fault for fault in log.verify().faults)


def forge(file: AccountsFile, left: int) -> None:
    """Cut the end and make good all that the file says of it."""
    change(file, "DELETE FROM audit WHERE number > ?", left)
    with sqlite3.connect(str(file.path)) as link:
        rows = link.execute("SELECT number, head FROM audit ORDER BY number DESC").fetchall()
        kept = f"{rows[0][0]}-{rows[0][1]}" if rows else "0-" + "0" * 64
        link.execute("UPDATE meta SET value = ? WHERE key = 'audit'", (kept,))
    link.close()


def test_whoever_forges_the_whole_file_is_shown_up_by_a_head_that_was_printed(
    log: Audit, file: AccountsFile
) -> None:
    early = log.entries(9)[-2]
    printed = log.head
    forge(file, 5)
    assert log.verify().faults == ()  # the file alone cannot tell
    assert "cut" in log.verify([printed]).faults[0]
    assert log.verify([f"{early.number}-{early.head}"]).faults == ()
    for _ in range(5):  # and written on, with other deeds
        log.add("eve", "admin", "", "nothing")
    assert log.verify().faults == ()
    assert "another head" in log.verify([printed]).faults[0]


@pytest.mark.parametrize("head", ["", "x", "8", "8-", "8-xyz", "-1-" + "0" * 64, "8-" + "0" * 63])
def test_what_is_no_head_is_said_so(log: Audit, head: str) -> None:
    assert "no head" in log.verify([head]).faults[0]


def test_what_is_long_or_strange_is_kept_bounded(file: AccountsFile) -> None:
    log = Audit(file)
    entry = log.add(
        "a" * 5000, "x", "y" * 5000, "z" * 5000, "\x1b[2J\u202e" * 900, {"t": "q" * 9000}
    )
    assert len(entry.body) < 200 < BODY_BYTES
    assert "sha256" in entry.body
    assert max(len(entry.who), len(entry.what), len(entry.subject), len(entry.address)) <= 301
    assert "\x1b" not in entry.subject
    assert log.verify().faults == ()


@given(
    st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), min_size=1, max_size=5),
    st.data(),
)
def test_no_two_logs_have_the_same_head(
    entries: list[tuple[str, str]], data: st.DataObject
) -> None:
    """Where one field ends and the next begins is in the chain as well."""

    def head(told: list[tuple[str, str]]) -> str:
        found = "0"
        with AccountsFile.temporary() as file:
            log = Audit(file)
            for who, what in told:
                entry = log.add(who, "", "", what)
                found = type(entry)(entry.number, 0, who, "", "", what, "", "{}", "").follows(found)
        return found

    other = data.draw(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=5))
    assert (head(entries) == head(other)) == (entries == other)


def test_deeds_from_many_threads_make_one_chain(file: AccountsFile) -> None:
    import threading

    log, other = Audit(file), Audit(AccountsFile.open(file.path or Path()))

    def many(chosen: Audit) -> Callable[[], None]:
        return lambda: [chosen.add("a", "", "", "b") for _ in range(10)] and None

    threads = [threading.Thread(target=many(chosen)) for chosen in (log, other, log, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other._file.close()
    verdict = log.verify()
    assert (verdict.entries, verdict.faults) == (40, ())
