import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pyais
import pytest
import zstandard

import replay_data
from ingest.errors import ConfigError, InputError
from simulate.run import simulate


def checksum(body: bytes) -> int:
    return int(np.bitwise_xor.reduce(np.frombuffer(body, np.uint8)))


@pytest.fixture
def recording(small, tmp_path):
    text = small.read_text() + "\n[defects]\nbroken = 0\nnoise = 0\nforeign = 0\nno_position = 0\n"
    small.write_text(text)
    out, truth = tmp_path / "out.nmea", tmp_path / "truth.jsonl"
    summary = simulate(small, None, out, truth)
    return summary, out.read_bytes().split(b"\r\n")[1:-1], truth


def test_every_line_is_sound(recording):
    """TAG block and sentence checksums, line length, group and part numbers."""
    summary, lines, _ = recording
    assert len(lines) == summary.lines - 1 == summary.sentences
    for line in lines:
        tag, sentence = line[1:].split(b"\\")
        for part in (tag, sentence[1:]):
            body, given = part.split(b"*")
            assert checksum(body) == int(given, 16)
        assert len(sentence) <= 80
        fields = dict(f.split(b":") for f in tag.split(b"*")[0].split(b","))
        assert fields[b"s"] in (b"NORTH", b"S2", b"SAT")
        assert 1772366400 <= int(fields[b"c"]) <= 1772366400 + 1801
        count, number = sentence.split(b",")[1:3]
        assert fields.get(b"g", b"1-1-").startswith(number + b"-" + count + b"-")


def test_all_decode_and_all_types_are_there(recording):
    _, lines, _ = recording
    seen: Counter[int] = Counter()
    pending: dict[tuple[bytes, bytes], list[bytes]] = defaultdict(list)
    parts_of = defaultdict(set)
    for line in lines:
        tag, sentence = line[1:].split(b"\\")
        _, count, _, sequence = sentence.split(b",")[:4]
        key = (tag.split(b"s:")[1].split(b",")[0], sequence)
        pending[key].append(b"!" + sentence[1:])
        if len(pending[key]) == int(count):
            message = pyais.decode(*pending.pop(key))
            seen[message.msg_type] += 1
            parts_of[message.msg_type].add(int(count))
            if message.msg_type == 14:
                assert message.text in ("SART TEST", "SART ACTIVE")
            if message.msg_type == 21 and message.mmsi == 992111002:
                assert message.full_name == "LONG NAME OF A VIRTUAL MARK"
    assert not pending
    assert set(seen) >= {1, 3, 4, 5, 9, 14, 18, 19, 21, 24, 27}
    assert parts_of[5] == {2}
    assert parts_of[19] == {1, 2}


def test_copies_are_heard_by_several_stations_close_together(recording):
    _, lines, _ = recording
    when: dict[bytes, list[tuple[int, bytes]]] = defaultdict(list)
    for number, line in enumerate(lines):
        if b",1,1,,A,1" in line or b",1,1,,B,1" in line:  # type 1: no two are the same
            when[line.split(b"!")[1].split(b",")[5]].append((number, line.split(b",c:")[0]))
    copies = [v for v in when.values() if len(v) > 1]
    assert len(copies) > 0.4 * len(when)
    apart = [v[-1][0] - v[0][0] for v in copies]
    assert max(apart) > 1, "other lines come between"
    assert np.median(apart) < 30
    assert all(len({s for _, s in v}) == len(v) for v in copies), "a station hears once"


def test_the_same_seed_makes_the_same_bytes_and_another_does_not(small, tmp_path):
    outs = [tmp_path / n for n in ("a.nmea", "b.nmea.gz", "c.nmea.zst", "d.nmea")]
    for out, seed in zip(outs, (None, 7, None, 8), strict=True):
        simulate(small, seed, out, tmp_path / f"{out.name}.truth")
    plain = outs[0].read_bytes()
    assert gzip.decompress(outs[1].read_bytes()) == plain
    with zstandard.open(outs[2], "rb") as file:
        assert file.read() == plain
    assert outs[3].read_bytes() != plain
    truths = [(tmp_path / f"{o.name}.truth").read_bytes() for o in outs[:3]]
    assert truths[0] == truths[1] == truths[2]


def test_the_bundled_recording_is_what_its_scenario_makes(tmp_path):
    out, truth = tmp_path / "again.nmea", tmp_path / "again.jsonl"
    simulate(replay_data.scenarios()[replay_data.BUNDLED], None, out, truth)
    for made, ships in (
        (out, replay_data.bundled_recording()),
        (truth, replay_data.bundled_truth()),
    ):
        one, two = (hashlib.blake2b(d).hexdigest() for d in
                    (made.read_bytes(), gzip.decompress(ships.read_bytes())))  # fmt: skip
        assert one == two, f"{ships.name}: make it again with `vigie simulate`, and say why"
    assert replay_data.bundled_recording().stat().st_size < 6_000_000


def test_defects_are_made_and_counted(small, tmp_path):
    small.write_text(
        small.read_text() + "\n[defects]\nbroken = 0.05\nnoise = 0.02\nforeign = 0.02\n"
    )
    out = tmp_path / "out.nmea"
    summary = simulate(small, None, out)
    lines = out.read_bytes().split(b"\r\n")
    bad = 0
    for line in lines:
        start = line.rfind(b"!")
        body, _, given = line[start + 1 :].partition(b"*")
        bad += start < 0 or not body or given != b"%02X" % checksum(body)
    assert 0.03 * summary.sentences < summary.broken < 0.07 * summary.sentences
    assert bad > summary.broken / 2
    assert summary.lines > summary.sentences * 1.02
    assert b"GPZDA" in out.read_bytes()


def test_labels_say_what_should_be_seen(recording):
    summary, _, truth = recording
    labels = {d["id"]: d for d in map(json.loads, truth.read_text().splitlines())}
    assert len(labels) == summary.labels
    raft = labels["raft"]
    assert raft["kind"] == raft["expect"]["event"] == "distress"
    assert raft["mmsi"] == [970211002]
    assert raft["start"] == "2026-03-01T12:08:00.000Z"
    assert raft["end"] == "2026-03-01T12:23:00.000Z"
    assert labels["test"]["kind"] == "distress_test"


def test_progress_rises_to_one(small, tmp_path):
    seen: list[tuple[float, int]] = []
    summary = simulate(small, None, tmp_path / "o", progress=lambda d, n: seen.append((d, n)))
    assert seen == sorted(seen)
    assert seen[-1] == (1.0, summary.sentences)


def test_nothing_half_done_where_it_cannot_be_written(small, tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        simulate(small, None, tmp_path / "no" / "folder" / "out.nmea")
    small.write_text('watch = ["nowhere"]\n' + small.read_text())
    with pytest.raises(ConfigError, match="unknown zone 'nowhere'"):
        simulate(small, None, tmp_path / "out.nmea", tmp_path / "truth")
    assert not list(tmp_path.glob("out*"))


def test_another_kind_of_processor_makes_the_same_bytes(small, tmp_path):
    """Without its widest vectors numpy's sines differ in the last bit; the sentences must not."""
    simulate(small, None, tmp_path / "here.nmea")
    code = "import sys; from pathlib import Path; from simulate.run import simulate; " \
           "simulate(Path(sys.argv[1]), None, Path(sys.argv[2]))"  # fmt: skip
    plain = {"NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX2 FMA3"}
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(small), str(tmp_path / "there.nmea")],
        env=os.environ | plain, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert (tmp_path / "here.nmea").read_bytes() == (tmp_path / "there.nmea").read_bytes()
