"""A live watch that is killed again and again under load, at moments that nobody chose.

What a broker holds for us comes over MQTT with QoS 1 and must be in the journal, all of it. What a
TCP peer pushes may be lost on its way, never afterwards. Rows, events, alerts and ids must be those
of one undisturbed run over the journal that survived.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from pathlib import Path

import duckdb
import orjson
import pytest
from broker import Broker, Publisher
from feeding import (
    INSIDE,
    LISTED,
    OUTSIDE,
    Station,
    dated,
    differences,
    fleet,
    missing,
    plan_files,
    replayed,
    sentences,
)
from program import Program
from watching import Watching

# Between two crossings of the listed vessel, s of event time, and between two batches.
CROSSING_S, STEP_S = 200, 10


class Load:
    """A broker that is published to and a station that pushes, until told to stop."""

    def __init__(self, broker: Broker, station: Station) -> None:
        self.published: list[bytes] = []
        self.crossings = 0
        self._publisher = Publisher(broker.port)
        self._station = station
        self._end = threading.Event()
        self._begin = time.time() - 80_000
        self._threads = [threading.Thread(target=t) for t in (self._publish, self._push)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()
        self._publisher.close()

    def _publish(self) -> None:
        """The listed vessel to and fro over the edge of the yard, among forty others."""
        turn = 0
        while not self._end.wait(0.02):
            at = self._begin + turn * STEP_S
            there = turn * STEP_S // CROSSING_S % 2
            lines = sentences(LISTED, *(INSIDE if there else OUTSIDE), second=turn)
            lines += fleet(40, first=253_000_000, turn=turn)
            lines = [line.strip() for line in dated(lines, at)]
            self._publisher.publish("ais/kept", *lines)
            self.published += lines
            self.crossings += turn > 0 and turn * STEP_S % CROSSING_S == 0
            turn += 1

    def _push(self) -> None:
        turn = 0
        while not self._end.wait(0.01):
            turn += 1
            try:
                self._station.send(dated(fleet(200, first=254_000_000, turn=turn), time.time()))
            except OSError:
                self._station.close()


def survive(folder: Path, vigie: Program, kills: int, seed: int) -> int:
    """Kill a watch so often, then hold all that is left together; lines published."""
    rng = random.Random(seed)
    broker, station = Broker(folder), Station("pushing")
    watch = Watching(folder, "\n".join([
        "[journal]\nsnapshot_s = 1", plan_files(folder), station.toml,
        f'[[source]]\nkind = "mqtt"\nname = "broker"\nhost = "127.0.0.1"\nport = {broker.port}\n'
        'client_id = "vigie"\ntopics = [{pattern = "ais/#"}]\nreconnect_first = 0.1\n',
    ]))  # fmt: skip
    load = None
    try:
        with watch:
            watch.until(lambda: watch.source("broker")["state"] == "connected")
            load = Load(broker, station)
            for kill in range(kills):
                if kill:  # some die while they are still catching up
                    killer = threading.Timer(rng.uniform(0.5, 6), watch.kill)
                    killer.start()
                    with contextlib.suppress(AssertionError):
                        watch.start()
                    killer.join()
                else:
                    watch.until(lambda: watch.ask("ledger")["stored"] > 2_000)
                    threading.Event().wait(rng.uniform(0, 1))
                    watch.kill()
            watch.start()
            load.stop()
            watch.until(lambda: missing(load.published, watch.journal) == 0, 600)
            assert watch.stop()[0] == 0
    finally:
        if load is not None:
            load.stop()
        station.close()
        broker.stop()
    again = replayed(vigie, watch.journal, folder / "again.duckdb")
    assert differences(again, watch.database) == {}
    with duckdb.connect(str(watch.database), read_only=True) as link:
        (ledger,) = link.execute("SELECT ledger FROM runs").fetchone() or ()
        events = link.execute("SELECT count(*), count(DISTINCT id) FROM events").fetchone()
        alerts = link.execute("SELECT count(*), count(DISTINCT id) FROM alerts").fetchone()
    told = orjson.loads(ledger)
    ends = told["used"] + sum(told["ignored"].values()) + sum(told["rejected"].values())
    assert told["lines"] == ends
    assert told["messages"] == told["stored"] + told["duplicates"]
    assert events == (load.crossings, load.crossings)
    assert alerts == (1, 1)
    return len(load.published)


def test_killed_under_load_it_loses_nothing_and_tells_nothing_twice(
    tmp_path: Path, vigie: Program
) -> None:
    assert survive(tmp_path, vigie, kills=2, seed=11) > 2_000


@pytest.mark.soak
def test_fifty_kills(tmp_path: Path, vigie: Program) -> None:
    assert survive(tmp_path, vigie, kills=50, seed=12) > 50_000
