"""The watch book: versions and shifts outlive the program, and nothing is taken back."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import DatabaseError
from store.book import Book, Note

KEYS = st.tuples(st.sampled_from(("rule", "zone", "list")), st.sampled_from("abc"))
BODIES = st.none() | st.dictionaries(st.text(max_size=5), st.integers(0, 9), max_size=2)


@given(st.lists(st.tuples(KEYS, BODIES), max_size=12))
def test_the_newest_of_each_in_the_order_first_made(edits) -> None:  # type: ignore[no-untyped-def]
    want: dict[tuple[str, str], tuple[int, object]] = {}
    with Book() as book:
        for at, (key, body) in enumerate(edits):
            [made] = book.add([(*key, body)], at, "A")
            assert made.version == want.get(key, (0, None))[0] + 1
            want[key] = made.version, body
        assert [((v.kind, v.id), (v.version, v.body)) for v in book.newest()] == list(want.items())
        for kind, name in want:
            numbers = [v.version for v in book.versions(kind, name, 99, 100)]
            assert numbers == list(range(len(numbers), 0, -1))


def test_all_of_one_change_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with Book(path) as book, pytest.raises(TypeError):
        book.add([("rule", "a", {}), ("rule", "b", {"x": object()})], 1, "A")
    with Book(path) as book:
        assert book.newest() == []
        book.add([("rule", "a", {"id": "a"}), ("zone", "z", None)], 5, "A", "why")
    with Book(path) as book:
        assert [(v.id, v.at, v.actor, v.note) for v in book.newest()] == [
            ("a", 5, "A", "why"), ("z", 5, "A", "why"),
        ]  # fmt: skip
        book.add([("list", "l", {"vessels": [1, 2]})], 7, "B")
        assert [(v.id, v.body) for v in book.changes(5, 8, 10)] == [
            ("a", {"id": "a"}), ("z", None), ("l", {}),
        ]  # fmt: skip
        assert [v.id for v in book.changes(6, 7, 10)] == []


def test_one_shift_at_a_time_and_ended_once(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with Book(path) as book:
        shift = book.begin(10, None, "A", ["A", "B"], "quiet so far")
        assert shift is not None
        assert book.begin(11, None, "B", ["B"]) is None
        assert book.note(shift.id, Note(12, "B", "fog"))
    with Book(path) as book:
        [listed] = book.shifts(99, 10)
        assert (listed.id, listed.officers, listed.ended) == (shift.id, ("A", "B"), None)
        assert book.end(shift.id, 20, "A", {"open": []})
        assert not book.end(shift.id, 21, "B", {})
        assert not book.note(shift.id, Note(22, "B", "late"))
        ended = book.shift(shift.id)
        assert ended is not None
        assert (ended.ended, ended.ended_by, ended.report) == (20, "A", {"open": []})
        assert [note.text for note in ended.notes] == ["quiet so far", "fog"]
        second = book.begin(30, 7, "B", ["B"])
        assert second is not None
        assert [s.id for s in book.shifts(99, 10)] == [second.id, shift.id]
        assert [s.id for s in book.shifts(second.id, 10)] == [shift.id]
        assert book.shift(99) is None


def test_what_is_no_watch_book_is_refused_in_words(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("not a database, but long enough to be taken for one" * 40)
    with pytest.raises(DatabaseError, match="Check the file"):
        Book(other)
    with pytest.raises(DatabaseError, match="cannot be used"):
        Book(tmp_path / "nowhere" / "a.sqlite")
    newer = tmp_path / "newer"
    link = sqlite3.connect(newer)
    link.execute("PRAGMA user_version = 99")
    link.close()
    with pytest.raises(DatabaseError, match="form 99"):
        Book(newer)
