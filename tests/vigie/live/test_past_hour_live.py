"""The last minutes of a watch that goes on, replayed under pages of their own."""

from __future__ import annotations

import datetime
import gzip
import json
import urllib.request
from pathlib import Path
from typing import Any

from asking import fetch
from feeding import Post
from watching import Watching

import replay_data

LINES = 3_000


def asked(watch: Watching, method: str, path: str, body: dict[str, Any]) -> Any:
    """What the API answers to something that is written."""
    request = urllib.request.Request(
        f"{watch.url}/api/v1/{path}", json.dumps(body).encode(), method=method,
        headers={"Authorization": f"Bearer {watch.token}", "Content-Type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


def below(watch: Watching, root: str, path: str) -> Any:
    """What the API below some path answers."""
    return json.loads(fetch(f"{watch.url}{root}api/v1/{path}", token=watch.token))


def told(watch: Watching, root: str) -> set[tuple[str, str, str]]:
    found = below(watch, root, "alerts?limit=1000")["alerts"]
    return {(alert["id"], alert["rule"], alert["time"]) for alert in found}


def test_what_the_watch_has_told_is_told_again(tmp_path: Path) -> None:
    with gzip.open(replay_data.bundled_recording()) as file:
        lines = [file.readline() for _ in range(LINES)]
    post = Post("post")
    began = datetime.datetime.now(datetime.UTC)
    with Watching(tmp_path, post.toml) as watch:
        post(lines)
        watch.until_lines(LINES)
        then = watch.until(lambda: told(watch, "/"))
        made = asked(
            watch, "POST", "replays",
            {
                "since": (began - datetime.timedelta(minutes=1)).isoformat(),
                "until": (began + datetime.timedelta(hours=1)).isoformat(), "speed": 100,
            },
        )  # fmt: skip
        watch.until(lambda: watch.ask(f"replays/{made['id']}")["phase"] == "finished")
        assert told(watch, made["path"]) == then
        health = below(watch, made["path"], "health")
        assert (health["mode"], health["faults"]) == ("replay", [])
        assert watch.ask("health")["mode"] == "live"
        assert watch.ask("ledger")["lines"] >= LINES
        asked(watch, "DELETE", f"replays/{made['id']}", {})
        assert watch.ask("replays")["replays"] == []
        assert watch.stop()[0] == 0
