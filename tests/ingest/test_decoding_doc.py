"""docs/decoding.md says what is so: tests, keys, flags and time bases are those of the code."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ingest.records import Flag
from ingest.survey import BASIS_NAMES

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "decoding.md").read_text(encoding="utf-8")


def part(title: str) -> str:
    return TEXT.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_each_disagreement_names_its_tests_and_each_test_is_named() -> None:
    code = (ROOT / "tests" / "ingest" / "test_disagreements.py").read_text(encoding="utf-8")
    rows = re.findall(r"^\| .*\|$", part("Where decoders disagree"), re.M)[1:]
    named = [re.findall(r"`(test_\w+)`", row) for row in rows]
    assert all(named)
    assert sorted(name for names in named for name in names) == sorted(
        re.findall(r"^def (test_\w+)", code, re.M)
    )


def test_the_keys_are_those_that_are_printed() -> None:
    table = re.findall(r"^\| (`.*?) \|", part("What `vigie decode` prints"), re.M)
    told = [set(re.findall(r"`(\w+)`", row)) for row in table]
    golden = (ROOT / "tests" / "golden" / "kinds.ndjson").read_text(encoding="utf-8")
    always, positions, statics, others = told
    for row in map(json.loads, golden.splitlines()):
        kind = row["msg_type"]
        wanted = set(always)
        wanted |= positions if kind in (1, 2, 3, 4, 9, 11, 18, 19, 21, 27) else set()
        wanted |= statics if kind in (5, 19, 21, 24) else set()
        assert set(row) == (wanted if wanted > always else always | others), kind


def test_its_flags_and_time_bases_exist() -> None:
    flags = {str(f.name).lower() for f in Flag}
    assert set(re.findall(r"flag `(\w+)`", TEXT)) <= flags
    told = re.search(r"`time_basis`: (.*)\.", part("Its time"))
    assert told
    assert set(re.findall(r"`([\w-]+)`", told[1])) == {*BASIS_NAMES.values(), "csv"}
