"""`vigie replay`: the account of every line, from wherever the lines come."""

from __future__ import annotations

import contextlib
import gzip
import random
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import zstandard
from program import SCRIPT, Done, Program

from store.database import Database

KEYS = [
    "lines", "used", "ignored", "rejected", "messages", "positions", "statics", "stored",
    "duplicates", "dropped", "events", "alerts", "seconds", "lines_per_second", "time_basis",
    "peak_rss_mb",
]  # fmt: skip
MEASURED = {"seconds", "lines_per_second", "peak_rss_mb"}

# Recordings without any clock, and a time near enough.
NO_CLOCK = {"tide-type8.txt.gz": "2012-02-05T13:00:00Z"}


def account(done: Done) -> dict[str, Any]:
    """The one object that ends `replay --json`, its keys and balances checked."""
    assert done.code == 0, done.err
    assert done.err == ""
    (told,) = done.json
    assert done.out.endswith(b"}\n")
    assert list(told) == KEYS
    assert told["lines"] == told["used"] + sum((told["ignored"] | told["rejected"]).values())
    assert told["messages"] == told["stored"] + told["duplicates"] + sum(told["dropped"].values())
    assert told["lines"] > 0
    assert told["peak_rss_mb"] > 10
    return told


def same(told: dict[str, Any]) -> dict[str, Any]:
    """What does not depend on how fast the machine is."""
    return {k: v for k, v in told.items() if k not in MEASURED}


@pytest.fixture(scope="module")
def whole(vigie: Program, beginning: Path) -> dict[str, Any]:
    return same(account(vigie("replay", beginning, "--json")))


def test_the_account_of_the_bundled_recording(whole: dict[str, Any]) -> None:
    assert whole["lines"] == 8_000
    assert whole["time_basis"] == "tag-block"
    assert whole["positions"] > 6_000
    assert whole["statics"] > 200
    assert whole["duplicates"] > 500
    assert whole["events"]["distress_test"] == 1
    assert whole["events"]["gate_passage"] == 1
    assert sum(whole["alerts"].values()) > 5
    assert set(whole["rejected"]) == {"checksum", "malformed", "not_nmea"}


def test_in_words_it_says_the_same(
    vigie: Program, beginning: Path, whole: dict[str, Any], tmp_path: Path
) -> None:
    done = vigie("replay", beginning, "--db", tmp_path / "a.db")
    words = done.out.decode()
    assert done.code == 0
    assert "8,000 lines" in words
    assert f"{whole['positions']:,} positions, {whole['statics']:,} static reports" in words
    assert f"checksum {whole['rejected']['checksum']}" in words
    assert f"vigie alerts --db {tmp_path / 'a.db'}" in words


@pytest.mark.parametrize("form", ["gz", "zst", "zip", "zip!member", "stdin", "stdin.gz"])
def test_it_reads_every_wrapping_alike(
    vigie: Program, beginning: Path, whole: dict[str, Any], tmp_path: Path, form: str
) -> None:
    data = beginning.read_bytes()
    path, stdin = tmp_path / "packed", None
    if form.startswith("zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("day.nmea", data)
            if form == "zip!member":
                archive.writestr("other.txt", "not a recording")
    elif form == "zst":
        path.write_bytes(zstandard.compress(data))
    else:
        path.write_bytes(gzip.compress(data) if "gz" in form else data)
    named = f"{path}!day.nmea" if form == "zip!member" else str(path)
    if "stdin" in form:
        named, stdin = "-", path
    assert same(account(vigie("replay", named, "--json", stdin=stdin))) == whole


def test_recordings_are_merged_by_time(
    vigie: Program, beginning: Path, whole: dict[str, Any], tmp_path: Path
) -> None:
    """What some stations heard in one file, the others' in another: together they are the whole."""
    files = [tmp_path / name for name in ("a.nmea", "b.nmea")]
    lines = beginning.read_bytes().splitlines(keepends=True)
    half = [line for line in lines if b"s:BERBERA" in line or b"s:SAT1" in line]
    files[0].write_bytes(b"".join(half))
    files[1].write_bytes(b"".join(line for line in lines if line not in set(half)))
    told = account(vigie("replay", *files, "--json"))
    for name in ("lines", "used", "ignored", "messages", "time_basis"):
        assert told[name] == whole[name], name
    # Which of two copies comes first may differ, and with it a few positions' order.
    assert abs(told["stored"] - whole["stored"]) < 0.01 * whole["stored"]
    assert told["events"].keys() == whole["events"].keys()
    again = account(vigie("replay", *files, "--json"))
    assert same(again) == same(told)


@pytest.mark.parametrize("speed", ["max", "100000"])
def test_any_speed_gives_the_same(
    vigie: Program, beginning: Path, whole: dict[str, Any], speed: str
) -> None:
    told = account(vigie("replay", beginning, "--speed", speed, "--json"))
    assert same(told) == whole


def test_damaged_lines_are_counted(vigie: Program, beginning: Path, tmp_path: Path) -> None:
    rng = random.Random(7)
    data = bytearray(beginning.read_bytes()[:300_000])
    for _ in range(500):
        data[rng.randrange(len(data))] = rng.randrange(256)
    noise = rng.randbytes(20_000) + b"x" * 3_000_000 + b"\n\0\0\n" + b"!AIVDM," * 200 + b"\n"
    path = tmp_path / "damaged.nmea"
    path.write_bytes(data[:150_000] + noise + data[150_000:])
    told = account(vigie("replay", path, "--json"))
    assert {"checksum", "malformed", "not_nmea", "too_long"} <= set(told["rejected"])
    assert told["positions"] > 1_500


def test_a_packed_file_that_was_cut_short_counts_as_far_as_it_goes(
    vigie: Program, beginning: Path, tmp_path: Path
) -> None:
    packed = gzip.compress(beginning.read_bytes())
    path = tmp_path / "cut.nmea.gz"
    path.write_bytes(packed[: len(packed) // 2])
    done = vigie("replay", path, "--db", tmp_path / "cut.db", "--json")
    assert done.code == 2
    assert done.err.startswith(f"vigie: {path}: the gzip data ends too early, at byte ")
    assert done.err.count("\n") == 1
    (told,) = done.json  # both balances hold, as of a recording that is whole
    assert told["lines"] == (
        told["used"] + sum(told["ignored"].values()) + sum(told["rejected"].values())
    )
    assert told["messages"] == told["stored"] + told["duplicates"] + sum(told["dropped"].values())
    with Database.open(tmp_path / "cut.db", read_only=True) as database:
        assert database.runs()[0]["committed_line"] == told["lines"] > 1_000
        assert database.counts()["positions"] > 500
    done = vigie("replay", path)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.out.decode().startswith(f"{told['lines']:,} lines in ")


DMA = """\
# Timestamp,Type of mobile,MMSI,Latitude,Longitude,Navigational status,ROT,SOG,COG,Heading,IMO,\
Callsign,Name,Ship type,Cargo type,Width,Length,Type of position fixing device,Draught,\
Destination,ETA,Data source type,A,B,C,D
15/09/2026 04:00:00,Class A,211234560,54.25,11.5,Under way using engine,0.0,12.3,45.6,46,Unknown,\
Unknown,Unknown,Undefined,,,,Undefined,,,,AIS,,,,
15/09/2026 04:00:10,Class A,211234560,54.2504,11.5006,Under way using engine,0.0,12.3,45.6,46,\
9074729,DABC,ERIKA,Cargo,,28,180,GPS,9.4,HAMBURG,,AIS,150,30,12,16
15/09/2026 04:00:10,Base Station,2111234,53.9,8.1,Unknown value,,,,,Unknown,,,,,,,,,,,AIS,,,,
"""
NOAA = """\
MMSI,BaseDateTime,LAT,LON,SOG,COG,Heading,VesselName,IMO,CallSign,VesselType,Status,Length,Width,\
Draft,Cargo,TransceiverClass
367000001,2026-09-15T04:00:00,40.5,-73.9,8.1,-101.2,511.0,EXAMPLE,IMO9074729,WDC1,31,0,30,9,4.5,52,A
367000001,2026-09-15T04:01:00,40.51,-73.91,8.1,120.0,119.0,,,,,0,,,,,A
"""


@pytest.mark.parametrize(
    ("text", "positions", "statics"), [(DMA, 3, 1), (NOAA, 2, 1)], ids=["dma", "noaa"]
)
def test_rows_of_csv(
    vigie: Program, tmp_path: Path, text: str, positions: int, statics: int
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(text)
    told = account(vigie("replay", path, "--json"))
    assert (told["positions"], told["statics"]) == (positions, statics)
    assert told["ignored"] == {"header": 1}
    assert told["time_basis"] == "csv"


def test_each_recording_by_itself(vigie: Program, recordings: Path) -> None:
    """Each real recording replays to its end, and both balances of its account hold."""
    found = sorted(p for p in recordings.glob("*.gz") if "world-port-index" not in p.name)
    assert found
    for path in found:
        if path.name in NO_CLOCK:
            refused = vigie("replay", path, "--json")
            assert refused.code == 2
            assert "--start 2026-09-14T04:00:00Z" in refused.err
            told = account(vigie("replay", path, "--json", "--start", NO_CLOCK[path.name]))
            assert told["time_basis"] == "start"
            continue
        told = account(vigie("replay", path, "--json"))
        assert told["positions"] > 0, path.name
        assert told["stored"] > 0.5 * told["messages"], path.name


def test_the_same_recording_is_refused_whatever_it_is_called(
    vigie: Program, beginning: Path, database: Path, tmp_path: Path
) -> None:
    packed = tmp_path / "another-name.nmea.gz"
    packed.write_bytes(gzip.compress(beginning.read_bytes()))
    before = database.read_bytes()
    for path in (beginning, packed):
        done = vigie("replay", path, "--db", database)
        assert done.code == 2
        assert f"{path} is already in this database" in done.err
        assert done.out == b""
    assert database.read_bytes() == before


def test_the_same_recording_named_twice_is_refused(
    vigie: Program, beginning: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.nmea").write_bytes(beginning.read_bytes())
    done = vigie("replay", "a.nmea", "a.nmea", "--db", "new.db", cwd=tmp_path)
    assert done.code == 2
    assert done.err == "vigie: a.nmea and a.nmea are the same recording. Give it once.\n"
    assert [p.name for p in tmp_path.iterdir()] == ["a.nmea"]


def test_a_zone_of_ones_own_raises_events(vigie: Program, beginning: Path, tmp_path: Path) -> None:
    """Through `zones import` into `replay --zones`; an area around the whole gulf."""
    path = tmp_path / "own.geojson"
    path.write_text(
        '{"type": "Feature", "properties": {"name": "The gulf"}, "geometry": {"type": "Polygon",'
        ' "coordinates": [[[43, 10], [52, 10], [52, 15], [43, 15], [43, 10]]]}}'
    )
    own = tmp_path / "zones.geojson"
    done = vigie("zones", "import", path, "--out", own, "--kind", "watch", "--json")
    assert done.json == [{"file": str(own), "zones": 1, "kinds": {"watch": 1}}]
    done = vigie("replay", beginning, "--zones", own, "--db", tmp_path / "own.db", "--json")
    assert account(done)["events"]["zone_inside"] > 0
    events = vigie("events", "--db", tmp_path / "own.db", "--json").json
    (zone,) = {e["zone"] for e in events} & {z["id"] for z in zones_of(vigie, own)}
    assert sum(e["zone"] == zone for e in events) > 50


def zones_of(vigie: Program, path: Path) -> list[Any]:
    return vigie("zones", "list", "--zones", path, "--kind", "watch", "--json").json


def test_ctrl_c_ends_it_in_order_and_it_goes_on(
    vigie: Program, beginning: Path, whole: dict[str, Any], tmp_path: Path
) -> None:
    """The installed script itself, its output piped: no progress bar, and 130 for the shell."""
    database = tmp_path / "watch.db"
    begun = [str(SCRIPT), "replay", str(beginning), "--db", str(database), "--json"]
    process = subprocess.Popen(
        [*begun, "--speed", "20"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    log, sizes = Path(f"{database}.wal"), {0}
    while process.poll() is None and len(sizes) < 10:  # the first commits are of its zones
        if log.exists():
            sizes.add(log.stat().st_size)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 130, err
    assert err == "interrupted; the same command goes on from here\n"
    cut = account(Done(0, out.encode(), ""))
    assert 0 < cut["lines"] < whole["lines"]
    with Database.open(database, read_only=True) as opened:
        assert opened.runs()[0]["complete"] is False
    assert same(account(vigie(*begun[1:]))) == whole
    with Database.open(database, read_only=True) as opened:
        (run,) = opened.runs()
        assert run["complete"] is True
        with opened.cursor() as cursor:
            rows = cursor.execute("SELECT count(*) FROM positions").fetchone()
    assert rows == (whole["positions"],)


WAITING = """
import threading
from types import SimpleNamespace
from vigie.commands.replay import _stopped_by_signals
from vigie.pace import Pace
pace = Pace(None)
with _stopped_by_signals(SimpleNamespace(pace=pace, stop=pace.stop)):
    print("waiting", flush=True)
    while not pace.stopped:
        pace._stopped.wait()
    print("stopped", flush=True)
    threading.Event().wait()
"""


def test_ctrl_c_twice_ends_it_though_its_input_does_not_come() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    for said in ("waiting\n", "stopped\n"):
        assert process.stdout.readline() == said
        process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == -signal.SIGINT
    assert err == ""
