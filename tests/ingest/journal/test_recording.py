"""A journal's folder is one recording: what was received live, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from journals import HOUR, T0, append, stamped
from sentences import read_bytes

from ingest.errors import InputError, JournalError
from ingest.files import recordings
from ingest.journal.journal import Journal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Journal.open(tmp_path / "journal") as journal:
        for n in range(3):
            at = T0 + n * HOUR
            append(journal, stamped(500, at, first=500 * n), at)
        assert journal.settle(60)
    return tmp_path / "journal"


def everything() -> bytes:
    return b"".join(stamped(500, T0 + n * HOUR, first=500 * n) for n in range(3))


def test_it_holds_the_lines_without_the_headers(folder: Path) -> None:
    (recording,) = recordings(folder)
    with recording:
        assert recording.name == str(folder)
        assert recording.kind() == "nmea"
        assert recording.size
        assert b"".join(recording.chunks(10_000)) == everything()
        assert recording.position == recording.size
    (again,) = recordings(folder)
    with again:
        size, digest = again.fingerprint()
        assert size == min(65_536, len(everything()))
    (plain,) = recordings(write(folder.parent / "plain", everything()))
    with plain:
        assert plain.fingerprint() == (size, digest)


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_one_segment_is_a_recording_whose_header_is_another_sentence(folder: Path) -> None:
    for name in ("2026-09-14/00.nmea.zst", "2026-09-14/02.nmea"):
        (recording,) = recordings(folder / name)
        with recording:
            ledger = read_bytes(b"".join(recording.chunks())).ledger
        assert ledger.lines == 501
        assert ledger.ignored == {"other_sentence": 1}
        assert ledger.used == 500


def test_what_retention_removed_is_not_missed(folder: Path) -> None:
    for name in ("00.nmea.zst", "00.json"):
        (folder / "2026-09-14" / name).unlink()
    (recording,) = recordings(folder)
    with recording:
        lines = everything().splitlines(keepends=True)
        assert b"".join(recording.chunks()) == b"".join(lines[500:])


def test_damage_is_told_after_everything_else(folder: Path) -> None:
    path = folder / "2026-09-14/01.nmea.zst"
    path.write_bytes(path.read_bytes()[:-10])
    (recording,) = recordings(folder)
    held = []
    with recording, pytest.raises(InputError) as caught:
        held.extend(recording.chunks())
    lines = everything().splitlines(keepends=True)
    assert b"".join(held) == b"".join(lines[:500] + lines[1000:])
    assert str(caught.value) == (
        f"{folder}: 2026-09-14/01: a frame at byte 0 is damaged; lines 500 to 999 are lost."
        f" All else was read; vigie journal verify {folder} tells of all faults."
    )
    assert path.exists()


def test_a_journal_of_a_newer_version_is_refused(folder: Path) -> None:
    (folder / "journal.json").write_text('{"format":2,"journal":"a","made":"b"}')
    with pytest.raises(JournalError, match="format 2"):
        recordings(folder)


def test_an_empty_journal_is_an_empty_recording(tmp_path: Path) -> None:
    Journal.open(tmp_path).close()
    (recording,) = recordings(tmp_path)
    with recording, pytest.raises(InputError, match="it is empty"):
        recording.kind()
