"""Schema versions: older ones come forward, newer ones are refused."""

from __future__ import annotations

import hashlib

import duckdb
import pytest

from ingest.errors import DatabaseError
from store import migrate, schema
from store.database import Database

# The form of each version that was ever released. Where this test fails, tables have changed:
# raise `schema.VERSION`, add the statements to `migrate.STEPS`, and put the new form here.
FORMS = {1: "2ffee963eb03290c", 2: "2d651533c959247e"}


def test_the_form_changes_only_with_the_version():
    text = "\n".join(schema.statements())
    form = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    assert FORMS[schema.VERSION] == form


def test_there_is_a_step_from_every_version():
    assert set(migrate.STEPS) == set(range(1, schema.VERSION))


@pytest.fixture
def older():
    with duckdb.connect() as cursor:
        cursor.execute("CREATE TABLE meta (key VARCHAR, value VARCHAR)")
        cursor.execute("INSERT INTO meta VALUES ('schema_version', '3')")
        cursor.execute("CREATE TABLE fixes AS SELECT 7 AS mmsi")
        yield cursor


STEPS = {
    3: ["ALTER TABLE fixes ADD COLUMN sog INTEGER DEFAULT 12"],
    4: ["ALTER TABLE fixes RENAME TO positions", "UPDATE positions SET sog = sog * 10"],
}


def test_an_older_database_is_brought_forward_step_by_step(older):
    migrate.prepare(older, "old.db", version=5, steps=STEPS)
    assert older.execute("SELECT * FROM positions").fetchall() == [(7, 120)]
    assert older.execute("SELECT value FROM meta").fetchall() == [("5",)]
    migrate.prepare(older, "old.db", version=5, steps=STEPS)
    assert older.execute("SELECT * FROM positions").fetchall() == [(7, 120)]


def test_a_step_that_fails_leaves_the_version_before(older):
    steps = STEPS | {4: [*STEPS[4], "ALTER TABLE nothing ADD COLUMN x INTEGER"]}
    with pytest.raises(duckdb.Error):
        migrate.prepare(older, "old.db", version=5, steps=steps)
    assert older.execute("SELECT * FROM fixes").fetchall() == [(7, 12)]
    assert older.execute("SELECT value FROM meta").fetchall() == [("4",)]


def test_a_newer_database_is_refused(tmp_path):
    path = tmp_path / "new.db"
    Database.open(path).close()
    with duckdb.connect(str(path)) as newer:
        newer.execute("UPDATE meta SET value = '99'")
    with pytest.raises(DatabaseError, match=r"newer Vigie \(schema 99") as refused:
        Database.open(path)
    assert "Update Vigie" in refused.value.mend


def test_an_older_database_is_not_changed_by_reading(older):
    with pytest.raises(DatabaseError, match="older form"):
        migrate.prepare(older, "old.db", version=5, steps=STEPS, read_only=True)


def described(cursor):
    tables = sorted(
        t for (t,) in cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    )
    return {t: cursor.execute(f"DESCRIBE {t}").fetchall() for t in tables}


def test_a_database_of_the_first_version_comes_forward_with_its_alerts():
    with duckdb.connect() as cursor:
        for statement in schema.statements():
            cursor.execute(statement)
        whole = {t: [c[:2] for c in columns] for t, columns in described(cursor).items()}
        for table in ("alert_actions", "controls"):
            cursor.execute(f"DROP TABLE {table}")
        for table in ("alerts", "alert_log"):
            for column in schema.HANDLED:
                cursor.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
            cursor.execute(f"INSERT INTO {table} (id, state, revision) VALUES ('a', 'normal', 3)")
        cursor.execute("UPDATE meta SET value = '1' WHERE key = 'schema_version'")
        migrate.prepare(cursor, "old.db", version=2)
        assert {t: [c[:2] for c in columns] for t, columns in described(cursor).items()} == whole
        kept = cursor.execute(
            "SELECT id, revision, owner, escalated, comments, changed FROM alerts"
        ).fetchall()
        assert kept == [("a", 3, "", 0, 0, None)]
