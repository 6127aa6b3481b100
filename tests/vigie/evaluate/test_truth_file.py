"""The truth file: what is read of it, and one sentence where it cannot be used."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from labels import at

import replay_data
from ingest.errors import InputError
from simulate.truth import Label
from vigie.evaluate.truth import LONGEST_LINE, read_truth

GOOD: dict[str, Any] = {
    "id": "a", "kind": "loitering", "mmsi": [211000001], "start": "2026-09-14T04:00:00.500Z",
    "end": "2026-09-14T09:00:00Z", "lon": 45.0, "lat": 12.0,
    "parameters": {"zone": "z", "heard": True},
    "expect": {
        "event": "loitering", "within_s": 60, "also": ["port_stop"], "silent": ["gap_start"],
    },
}  # fmt: skip


def written(path: Path, *labels: Any) -> Path:
    path.write_text("\n".join(v if isinstance(v, str) else json.dumps(v) for v in labels) + "\n\n")
    return path


def test_all_that_a_label_says(tmp_path: Path) -> None:
    (truth,) = read_truth(written(tmp_path / "truth", GOOD))
    assert (truth.id, truth.kind, truth.expected, truth.asked) == ("a", *("loitering",) * 2, True)
    assert (truth.mmsi, truth.start, truth.end) == ({211000001}, at(0) + 500_000, at(300))
    assert (truth.within_us, truth.also, truth.silent) == (60e6, {"port_stop"}, {"gap_start"})
    assert (truth.zone, truth.station) == ("z", None)


def test_what_a_label_need_not_say(tmp_path: Path) -> None:
    bare = {k: GOOD[k] for k in ("id", "kind", "start", "end")} | {"mmsi": []}
    (truth,) = read_truth(written(tmp_path / "truth", bare))
    assert (truth.expected, truth.asked, truth.silent) == (None, False, frozenset())
    unheard = GOOD | {"parameters": {"heard": False}}
    (truth,) = read_truth(written(tmp_path / "truth", unheard))
    assert (truth.expected, truth.asked) == ("loitering", False)


def test_what_the_simulator_writes_is_read(tmp_path: Path) -> None:
    label = Label(
        "x", "calm", (211000001,), 0.0, 60.0, 45.0, 12.0, {"case": "pilot"},
        {"event": None, "silent": ["rendezvous"]},
    )  # fmt: skip
    (truth,) = read_truth(written(tmp_path / "truth", label.to_json(at(0) // 1_000_000)))
    assert (truth.start, truth.end, truth.silent) == (at(0), at(1), {"rendezvous"})
    packed = tmp_path / "truth.gz"
    packed.write_bytes(gzip.compress((tmp_path / "truth").read_bytes()))
    assert read_truth(packed) == [truth]


def test_the_bundled_truth_is_read() -> None:
    folder = replay_data.bundled_recording().parent
    truths = read_truth(folder / "gulf-of-aden.truth.jsonl.gz")
    assert {"distress", "distress_test", "gate_passage"} <= {t.expected for t in truths}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": ""}, "id is no text"), ({"kind": 3}, "kind is no text"),
        ({"mmsi": 211000001}, "mmsi is no list of numbers"), ({"mmsi": [-1]}, "mmsi is no list"),
        ({"mmsi": [True]}, "mmsi is no list"), ({"start": "yesterday"}, "start is no time"),
        ({"end": None}, "end is no time"), ({"end": "2026-09-14T03:00:00Z"}, "end lies before"),
        ({"start": "0001-01-01T00:00:00+23:00"}, ""), ({"lon": "east"}, "lon is no number"),
        ({"expect": ["loitering"]}, "expect is no object"),
        ({"expect": {"event": 1}}, "event is no text"),
        ({"expect": {"silent": "all"}}, "expect.silent is no list of kinds"),
        ({"expect": {"within_s": "soon"}}, "within_s is no number"),
        ({"parameters": 3}, "parameters is no object"),
    ],
)  # fmt: skip
def test_a_label_that_cannot_be_used(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    path = written(tmp_path / "truth", GOOD | {"id": "b"}, GOOD | change)
    if not said:
        assert len(read_truth(path)) == 2
        return
    with pytest.raises(InputError, match=rf"truth, line 2: .*{said}"):
        read_truth(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it holds no label"), ("\n\n", "it holds no label"),
        ("!AIVDM,1,1,,A,15?o<0PwArS=Rrv6mqsb@pCn0@pQ,0*26\n", "line 1: .* it is no JSON"),
        ("[" * 100_000, "line 1: .* it is no JSON"), ("[]", "line 1: .* it is no object"),
        ("7", "it is no object"), ("x" * (LONGEST_LINE + 1), "a line is longer than"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_truth(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "truth"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        read_truth(path)


def test_two_labels_of_one_id(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"line 2: there are two labels 'a'"):
        read_truth(written(tmp_path / "truth", GOOD, GOOD))


def test_no_file_and_too_many(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_truth(tmp_path / "none")
    with pytest.raises(InputError, match="directory"):
        read_truth(tmp_path)
    archive = tmp_path / "truths.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for name in "ab":
            made.writestr(name, json.dumps(GOOD))
    with pytest.raises(InputError, match="several members"):
        read_truth(archive)
    assert len(read_truth(Path(f"{archive}!a"))) == 1
