"""Officers act in a live watch: seen at every desk, kept, and the same when it is replayed."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import duckdb
from asking import PATIENCE_S
from feeding import (
    INSIDE,
    LISTED,
    OUTSIDE,
    Desk,
    Post,
    dated,
    differences,
    plan_files,
    replayed,
    sentences,
)
from program import Program
from watching import Watching

AFTER_S = 2


def act(watch: Watching, alert: str, **body: Any) -> tuple[int, dict[str, Any]]:
    """What an action is answered."""
    request = urllib.request.Request(
        f"{watch.url}/api/v1/alerts/{alert}/actions", json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {watch.token}"},
    )  # fmt: skip
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def log_of(path: Path) -> list[Any]:
    with duckdb.connect(str(path), read_only=True) as link:
        return link.execute(
            "SELECT * EXCLUDE (run, line) FROM alert_actions ORDER BY alert, revision"
        ).fetchall()


def test_what_officers_do_is_seen_kept_and_replayed(tmp_path: Path, vigie: Program) -> None:
    post = Post("post")
    escalate = f"[escalate]\nalarm_s = {AFTER_S}\nwarning_s = {AFTER_S}\n"
    watch = Watching(tmp_path, plan_files(tmp_path) + escalate + post.toml)
    now = time.time() - 600

    def report(second: int, place: tuple[float, float]) -> None:
        stored = watch.ask("ledger")["stored"]
        post(dated(sentences(LISTED, *place, second=second), now + second))
        watch.until(lambda: watch.ask("ledger")["stored"] == stored + 1)

    with watch:
        desk, other = Desk(watch.url, watch.token), Desk(watch.url, watch.token)
        report(0, OUTSIDE)
        report(180, INSIDE)
        watch.until(lambda: desk.of(LISTED))
        alert = desk.alerts[0]["id"]
        # It was called out; whether the database has it or not, it can be asked for.
        assert watch.ask(f"alerts/{alert}")["id"] == alert
        watch.until(lambda: desk.alerts[-1]["escalated"])  # nobody has acknowledged it
        code, done = act(watch, alert, action="acknowledge", for_s=3600, text="seen, ça va")
        assert (code, done["state"]) == (200, "active-acknowledged"), done
        watch.until(lambda: other.of(LISTED)[-1] == "active-acknowledged")
        assert [e["action"] for e in watch.ask(f"alerts/{alert}/log")["entries"]] == [
            "raised", *["escalated"] * done["escalated"], "acknowledge",
        ]  # fmt: skip
        # A long text in a script of many bytes takes several lines of the journal.
        code, done = act(watch, alert, action="comment", text="Судно не отвечает. " * 50)
        assert (code, done["comments"]) == (200, 2)
        code, problem = act(watch, alert, action="silence")
        assert (code, "makes no sound" in problem["detail"]) == (409, True)
        watch.kill()
    with watch:  # what was done holds after a restart
        desk = Desk(watch.url, watch.token)
        found = watch.ask(f"alerts/{alert}")
        assert (found["state"], found["comments"]) == ("active-acknowledged", 2)
        report(360, OUTSIDE)
        watch.until(lambda: desk.of(LISTED)[-1:] == ["normal"])
        report(420, INSIDE)  # in and out within the hour that was asked for
        watch.until(lambda: desk.of(LISTED)[-1] == "active-acknowledged")
        code, done = act(watch, alert, action="close", disposition="benign")
        assert (code, done["state"], done["disposition"]) == (200, "normal", "benign")
        assert watch.stop()[0] == 0
    log = log_of(watch.database)
    assert len({row[:2] for row in log}) == len(log) >= 6
    again = replayed(vigie, watch.journal, tmp_path / "again.duckdb")
    assert differences(again, watch.database) == {}
    assert log_of(again) == log
