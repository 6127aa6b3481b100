"""Zones changed while the watch runs: they hold from a line on, there and in every replay."""

from __future__ import annotations

import time
from pathlib import Path

from feeding import (
    INSIDE,
    LISTED,
    Desk,
    Post,
    dated,
    differences,
    plan_files,
    replayed,
    sentences,
    write_yard,
)
from program import Program
from watching import Watching


def test_zones_are_read_anew_and_a_broken_file_changes_nothing(
    tmp_path: Path, vigie: Program
) -> None:
    post = Post("post")
    watch = Watching(tmp_path, plan_files(tmp_path) + post.toml)
    write_yard(tmp_path, (-25.2, -40.5, -25.0, -40.0))  # the vessel lies outside of it
    now = time.time() - 600

    def report(second: int) -> None:
        stored = watch.ask("ledger")["stored"]
        post(dated(sentences(LISTED, *INSIDE, second=second), now + second))
        watch.until(lambda: watch.ask("ledger")["stored"] == stored + 1)

    def told(what: str) -> bool:
        return any(what in line for line in watch.said)

    with watch:
        desk = Desk(watch.url, watch.token)
        report(0)
        (tmp_path / "yard.geojson").write_text('{"type": "FeatureCollection", "features": [1]}')
        watch.hang_up()
        watch.until(lambda: told("nothing was changed"))
        report(10)
        assert desk.of(LISTED) == []
        write_yard(tmp_path, (-25.5, -40.5, -25.0, -40.0))
        watch.hang_up()
        watch.until(lambda: told("read anew"))
        report(20)
        watch.until(lambda: desk.of(LISTED) == ["active-unacknowledged"])
        assert watch.stop()[0] == 0
    with watch:  # what was changed holds after a restart too, and raises nothing again
        desk = Desk(watch.url, watch.token)
        report(30)
        assert desk.of(LISTED) == []
        assert len(watch.ask(f"alerts?mmsi={LISTED}")["alerts"]) == 1
        assert watch.stop()[0] == 0
    again = replayed(vigie, watch.journal, tmp_path / "again.duckdb")
    assert differences(again, watch.database) == {}
