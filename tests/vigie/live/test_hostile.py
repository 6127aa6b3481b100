"""What stations, brokers and strangers may do to a live watch, all of it to one and the same watch.

Each kind of trouble has a source of its own; what the others bring must not suffer. The last test
ends the watch under load and holds its database against a replay of its journal.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from broker import Broker, Publisher
from feeding import (
    INSIDE,
    LISTED,
    OUTSIDE,
    Desk,
    Post,
    Station,
    dated,
    differences,
    fleet,
    missing,
    plan_files,
    replayed,
    resident_mb,
    sentences,
)
from program import Program
from watching import Watching

STATIONS = ("slow", "long", "noise", "crowd", "ahead", "behind", "late", "partner", "load")


class Sea:
    """The watch, whoever feeds it, and a desk that follows its alerts."""

    def __init__(self, folder: Path) -> None:
        self.stations = {name: Station(name) for name in STATIONS}
        self.post = Post("north")
        self.broker = Broker(folder)
        self._marks = 0
        mqtt = (
            '[[source]]\nkind = "mqtt"\nname = "broker"\nhost = "127.0.0.1"\n'
            f'port = {self.broker.port}\nclient_id = "vigie"\ntopics = [{{pattern = "ais/#"}}]\n'
            "reconnect_first = 0.05\nreconnect_max = 0.2\n"
        )
        own = [station.toml for station in self.stations.values()]
        self.watch = Watching(folder, "\n".join([plan_files(folder), self.post.toml, mqtt, *own]))

    def __getitem__(self, name: str) -> Station:
        return self.stations[name]

    def until(self, name: str, lines: int) -> dict[str, Any]:
        """How a source stands once it has brought so many lines and they are stamped."""

        def enough() -> Any:
            source = self.watch.source(name)
            counted = source["accepted"] + source["echoes"]
            counted += sum(source["ignored"].values()) + sum(source["unsound"].values())
            return source if counted >= lines else None

        found: dict[str, Any] = self.watch.until(enough)
        return found

    def settled(self) -> dict[str, Any]:
        """The ledger once all that was stamped before is in it; one more report is."""
        self._marks += 1
        mmsi = 252_000_000 + self._marks
        self.post(sentences(mmsi))
        self.seen(mmsi)
        found: dict[str, Any] = self.watch.ask("ledger")
        return {**found, "stored": found["stored"] - self._marks}

    def vessel(self, mmsi: int) -> dict[str, Any] | None:
        """The newest fix of a vessel, None where nobody knows it."""
        found = self.watch.ask(f"vessels?mmsi={mmsi}")["vessels"]
        return found[0]["fix"] if found else None

    def seen(self, mmsi: int) -> dict[str, Any]:
        """The newest fix of a vessel, waited for."""
        found: dict[str, Any] = self.watch.until(lambda: self.vessel(mmsi))
        return found


@pytest.fixture(scope="module")
def sea(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sea]:
    made = Sea(tmp_path_factory.mktemp("sea"))
    with made.watch:
        yield made
    made.broker.stop()
    for station in made.stations.values():
        station.close()


def test_a_peer_that_sends_a_byte_at_a_time_holds_up_nobody(sea: Sea) -> None:
    (line,) = sentences(244_100_001)
    for at in range(30):
        sea["slow"].send(line[at : at + 1])
    sea.post(sentences(244_100_002))
    assert sea.seen(244_100_002)
    source = sea.watch.source("slow")
    assert (source["state"], source["lines"]) == ("connected", 0)
    for at in range(30, len(line)):
        sea["slow"].send(line[at : at + 1])
    assert sea.until("slow", 1)["accepted"] == 1
    assert sea.seen(244_100_001)


@pytest.mark.soak
def test_a_byte_a_second(sea: Sea) -> None:
    (line,) = sentences(244_100_003)
    pause = threading.Event()
    before = sea.watch.source("slow")["lines"]
    for at in range(len(line)):
        sea["slow"].send(line[at : at + 1])
        pause.wait(1)
    assert sea.until("slow", before + 1)["lines"] == before + 1
    assert sea.seen(244_100_003)


def test_a_line_of_100_mb_costs_no_memory(sea: Sea) -> None:
    sea["long"].send(sentences(244_100_010))
    sea.until("long", 1)
    before = resident_mb(sea.watch.pid)
    piece = b"!AIVDM,1,1,,A," + b"w" * 999_986
    for _ in range(100):
        sea["long"].send(piece)
    sea["long"].send(b"\r\n" + sentences(244_100_011)[0])
    source = sea.until("long", 3)
    assert (source["bytes"], source["lines"]) == (100_000_002 + 2 * 49, 3)
    assert source["unsound"] == {"too_long": 1}
    assert resident_mb(sea.watch.pid) - before < 40
    assert sea.seen(244_100_011)
    assert sea.settled()["rejected"]["too_long"] == 1


def malformed(count: int, rng: random.Random) -> list[bytes]:
    """Lines that are no sound sentence, of every kind that we could think of."""
    sound = fleet(500)
    made = []
    while len(made) < count:
        line = rng.choice(sound)
        at = rng.randrange(14, 40)
        made += [
            line[:at] + b"~" + line[at + 1 :],  # not in the alphabet
            line[:-4] + (b"00" if line[-4:-2] != b"00" else b"01") + b"\r\n",  # wrong checksum
            line[:at] + b"\r\n",  # cut short
            line.replace(b",1,1,,", b",9,0,,", 1),
            line.replace(b",1,1,,", b",-1,1e9,,", 1),
            b"!AIVDM,,,,,,*26\r\n",
            b"!" * rng.randrange(1, 1200) + b"\r\n",
            rng.randbytes(60).replace(b"\n", b"\0") + b"\r\n",
            b"\\s:north,c:99999999999999999999*00\\" + line[:at] + b"\r\n",
            b"\\" * at + line[:20] + b"\n",
            b"$PVIG,C,plan,{}*00\r\n",
            b"\xff\xfe!AIVDM,1,1,,A\0\0\0,0*00\r\n",
        ]
    return made[:count]


def mixed(good: list[bytes], bad: list[bytes], rng: random.Random) -> bytes:
    lines = good + bad
    rng.shuffle(lines)
    return b"".join(lines)


def test_malformed_sentences_keep_no_good_one_out(sea: Sea) -> None:
    rng = random.Random(7)
    good = fleet(2_000, first=245_000_000)
    bad = malformed(100_000, rng)
    sea["noise"].send(mixed(good, bad, rng))
    source = sea.until("noise", 102_000)
    assert source["accepted"] == 2_000
    assert sum(source["unsound"].values()) + sum(source["ignored"].values()) == 100_000
    ledger = sea.settled()
    assert ledger["balanced"]
    assert (ledger["waiting"], sea.watch.ask("health")["faults"]) == (0, [])
    for mmsi in range(245_000_000, 245_002_000, 97):
        assert sea.seen(mmsi)


def processor_s(pid: int) -> float:
    """Processor time that a process has taken."""
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.soak
def test_a_million_malformed_sentences_halve_the_rate_at_most(sea: Sea) -> None:
    """Lines for each second of processor time, of as many lines once without and once with them."""
    pid, costs = sea.watch.pid, []
    rng = random.Random(8)
    for bad in ([], malformed(100_000, rng)):
        brought = sea.watch.source("noise")
        begun, accepted, lines = processor_s(pid), 0, 0
        for turn in range(10):
            good = fleet(100_000, first=260_000_000, turn=turn + 20 * bool(bad))
            sea["noise"].send(mixed(good, bad, rng) if bad else b"".join(good))
            accepted, lines = accepted + len(good), lines + len(good) + len(bad)
        done = sea.until("noise", brought["lines"] + lines)
        sea.settled()
        costs.append((processor_s(pid) - begun) / lines)
        assert done["accepted"] - brought["accepted"] == accepted
    assert costs[1] < 2 * costs[0], costs


def flood(sea: Sea, count: int) -> None:
    """Invented vessels, each heard once, in what is left of the numbers that could be real."""
    for first in range(0, count, 50_000):
        sea["crowd"].send(fleet(min(50_000, count - first), first=300_000_000 + first))
    sea.until("crowd", count)
    sea.settled()


def test_invented_vessels_displace_no_listed_one(sea: Sea) -> None:
    desk = Desk(sea.watch.url, sea.watch.token)
    now = time.time()
    sea.post(dated(sentences(LISTED, *OUTSIDE), now - 400))
    sea.post(dated(sentences(LISTED, *INSIDE), now - 200))
    sea.watch.until(lambda: desk.of(LISTED) == ["active-unacknowledged"])
    before = resident_mb(sea.watch.pid)
    flood(sea, 300_000)
    assert sea.watch.ask("health")["vessels"] <= 262_144
    assert resident_mb(sea.watch.pid) - before < 500
    sea.post(dated(sentences(LISTED, *OUTSIDE), now))
    sea.watch.until(
        lambda: desk.of(LISTED) == ["active-unacknowledged", "rectified-unacknowledged"]
    )
    assert len({alert["id"] for alert in desk.alerts if alert["mmsi"] == LISTED}) == 1


@pytest.mark.soak
def test_three_million_invented_vessels(sea: Sea) -> None:
    flood(sea, 600_000)
    before = resident_mb(sea.watch.pid)
    flood(sea, 3_000_000)
    assert resident_mb(sea.watch.pid) - before < 150
    assert sea.watch.ask("health")["vessels"] <= 262_144


def test_a_station_whose_clock_is_an_hour_ahead_is_quarantined(sea: Sea) -> None:
    before = sea.settled()["dropped"].get("time_ahead", 0)
    sea["ahead"].send(dated(fleet(50, first=246_000_000), time.time() + 3600))
    source = sea.until("ahead", 50)
    assert -3610 < source["lag_s"] < -3590
    ledger = sea.settled()
    assert ledger["dropped"]["time_ahead"] - before == 50
    assert sea.vessel(246_000_000) is None
    # Others, and the same vessels over others, are no later for it.
    sea.post(fleet(50, first=246_000_000))
    assert sea.seen(246_000_049)


def test_a_station_whose_clock_is_an_hour_behind_turns_no_vessel_back(sea: Sea) -> None:
    now = time.time()
    sea["late"].send(dated(sentences(247_000_001, *OUTSIDE), now))
    assert sea.seen(247_000_001)
    before = sea.settled()["stored"]
    sea["behind"].send(dated(sentences(247_000_001, *INSIDE), now - 3600))
    source = sea.until("behind", 1)
    assert 3590 < source["lag_s"] < 3610
    assert sea.settled()["stored"] == before + 1
    sea.post(sentences(247_000_002))
    assert sea.seen(247_000_002)
    vessel = sea.seen(247_000_001)
    assert (vessel["lon"], vessel["lat"]) == OUTSIDE


def test_what_comes_out_of_order_is_stored_and_turns_no_vessel_back(sea: Sea) -> None:
    now = time.time() - 700
    lines = [
        dated(sentences(247_100_000, -26.0 + 0.001 * n, -41.0, second=n), now + 10 * n)[0]
        for n in range(60)
    ]
    before = sea.until("late", 0)["lines"]
    stored = sea.settled()["stored"]
    random.Random(3).shuffle(lines)
    sea["late"].send(lines)
    sea.until("late", before + 60)
    assert sea.settled()["stored"] == stored + 60
    assert sea.watch.until(lambda: sea.seen(247_100_000)["lon"] == pytest.approx(-25.941))


def test_our_own_lines_that_come_back_are_no_news(sea: Sea) -> None:
    lines = fleet(40, first=248_000_000)
    sea.post(lines)
    sea.seen(248_000_039)
    before = sea.settled()
    sea["partner"].send(dated(lines, time.time(), "north"))
    source = sea.until("partner", 40)
    assert (source["echoes"], source["accepted"]) == (40, 0)
    after = sea.settled()
    assert after["ignored"]["echo"] - before["ignored"].get("echo", 0) == 40
    told = [(ledger["stored"], ledger["duplicates"]) for ledger in (before, after)]
    assert told[0] == told[1]


def test_a_broker_that_is_killed_and_comes_back(sea: Sea) -> None:
    sea.watch.until(lambda: sea.watch.source("broker")["state"] == "connected")
    lines = fleet(300, first=249_000_000)
    for turn in range(3):
        if turn:
            sea.broker.stop()
            sea.watch.until(lambda: sea.watch.source("broker")["state"] != "connected")
            sea.broker.start()
            sea.watch.until(lambda: sea.watch.source("broker")["state"] == "connected")
        publisher = Publisher(sea.broker.port)
        publisher.publish("ais/west", *(line.strip() for line in lines[turn * 100 :][:100]))
        publisher.close()
        sea.until("broker", 100 * (turn + 1))
    source = sea.watch.source("broker")
    assert source["connects"] == 3
    assert source["accepted"] >= 300
    assert missing(lines, sea.watch.journal) == 0


def test_it_ends_within_five_seconds_of_being_told_and_all_of_it_can_be_repeated(
    sea: Sea, vigie: Program, tmp_path: Path
) -> None:
    posted: list[bytes] = []

    def push() -> None:
        for turn in range(1000):
            try:
                sea["load"].send(fleet(5_000, first=250_000_000, turn=turn))
            except OSError:
                return

    def post() -> None:
        for turn in range(10_000):
            lines = fleet(20, first=251_000_000, turn=turn)
            try:
                sea.post(lines)
            except OSError:
                return
            posted.extend(lines)

    feeders = [threading.Thread(target=f) for f in (push, post)]
    for feeder in feeders:
        feeder.start()
    sea.until("load", 20_000)
    code, seconds = sea.watch.stop()
    for feeder in feeders:
        feeder.join()
    assert (code, seconds < 5) == (0, True), seconds
    assert posted
    assert missing(posted, sea.watch.journal) == 0
    again = replayed(vigie, sea.watch.journal, tmp_path / "again.duckdb")
    assert differences(again, sea.watch.database) == {}
