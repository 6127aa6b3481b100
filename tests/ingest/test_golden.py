"""The golden corpus: what is decoded equals what is expected, to the last digit (tests/golden)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from ingest.files import recordings
from ingest.ledger import Ledger
from ingest.reading import Reading
from ingest.stations import Stations
from vigie.decode import Decoder

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
NAMES = sorted(p.stem for p in GOLDEN.glob("*.nmea"))


def account(name: str) -> dict[str, Any]:
    return json.loads((GOLDEN / f"{name}.account.json").read_text())


def start_of(name: str) -> np.datetime64 | None:
    start = account(name)["start"]
    return None if start is None else np.datetime64(start)


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_as_expected(name: str) -> None:
    (recording,) = recordings(GOLDEN / f"{name}.nmea")
    decoded = Decoder(recording, start_of(name)).messages()
    got = rows("".join(orjson.dumps(m).decode() + "\n" for m in decoded))
    expected = rows((GOLDEN / f"{name}.ndjson").read_text())
    assert [r["line"] for r in got] == [r["line"] for r in expected]
    for mine, theirs in zip(got, expected, strict=True):
        assert mine == theirs


@pytest.mark.parametrize("chunk", [262_144, 97])
@pytest.mark.parametrize("name", NAMES)
def test_every_line_is_accounted_for_as_expected(name: str, chunk: int) -> None:
    (recording,) = recordings(GOLDEN / f"{name}.nmea")
    reading = Reading(recording, Stations(), start=start_of(name), merging=True, chunk=chunk)
    ledger = Ledger()
    for batch in reading.batches():
        ledger.add(batch.ledger)
    assert ledger.balanced
    told = ledger.as_dict()
    told = {k: v for k, v in told.items() if k != "duplicates"}
    assert told | {"start": account(name)["start"], "time_basis": reading.time_basis} == account(
        name
    )


def test_all_message_types_are_in_it() -> None:
    kinds = {
        row["msg_type"] for name in NAMES for row in rows((GOLDEN / f"{name}.ndjson").read_text())
    }
    assert kinds == set(range(1, 28))


def test_made_anew_it_is_the_same(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "scripts" / "golden", tmp_path], check=True)
    made = sorted(p.name for p in tmp_path.iterdir())
    assert made == sorted(p.name for p in GOLDEN.glob("[!.]*"))
    for name in made:
        assert (tmp_path / name).read_bytes() == (GOLDEN / name).read_bytes(), name
