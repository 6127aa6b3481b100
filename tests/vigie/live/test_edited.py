"""Zones, rules and lists edited while a watch runs: at once, after a crash, and in a replay."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from feeding import INSIDE, OUTSIDE, YARD, Post, dated, differences, replayed, sentences
from program import Program
from watching import Watching

WANTED, FREE = 235_009_803, 235_009_804

RULE = {
    "id": "yard-entry", "title": "In the yard", "event": ["zone_enter", "zone_inside"],
    "zone": ["yard"], "list": ["wanted"], "priority": "alarm", "instruction": "Call it.",
    "review": "2099-01-01",
}  # fmt: skip


def yard() -> dict[str, Any]:
    west, south, east, north = YARD
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature", "id": "yard", "properties": {"name": "The yard", "kind": "closed-area"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }  # fmt: skip


def send(watch: Watching, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """What the API answers, with its code."""
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    kind = "text/csv" if isinstance(body, str) else "application/json"
    headers = {"Content-Type": kind, "Authorization": f"Bearer {watch.token}"}
    request = urllib.request.Request(f"{watch.url}/api/v1/{path}", data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def test_what_is_edited_counts_at_once_after_a_crash_and_in_a_replay(
    tmp_path: Path, vigie: Program
) -> None:
    post = Post("post")
    watch = Watching(tmp_path, '[detect]\noff = ["listed"]\n' + post.toml)
    begun, second = time.time() - 900, 0

    def report(mmsi: int, place: tuple[float, float]) -> None:
        """The next report of a vessel, three minutes after the one before."""
        nonlocal second
        second += 1
        stored = watch.ask("ledger")["stored"]
        post(dated(sentences(mmsi, *place, second=second), begun + second * 60))
        watch.until(lambda: watch.ask("ledger")["stored"] == stored + 1)

    def states(mmsi: int) -> list[tuple[str, str]]:
        found = watch.ask(f"alerts?mmsi={mmsi}&rule=yard-entry")["alerts"]
        return [(alert["rule"], alert["state"]) for alert in found]

    with watch:
        for mmsi in (WANTED, FREE):
            report(mmsi, OUTSIDE)
        code, told = send(watch, "POST", "rules", RULE)
        assert (code, "unknown 'yard'" in told["detail"]) == (422, True)
        code, told = send(
            watch, "POST", "lists/wanted/import", f"mmsi,note\n{WANTED},asked for\nabc,x\n"
        )
        assert (code, told["taken"], told["bad"][0]["row"]) == (200, 1, "line 3")
        assert send(watch, "POST", "zones", yard())[0] == 201
        assert send(watch, "POST", "rules", RULE)[0] == 201
        for mmsi in (WANTED, FREE):
            report(mmsi, INSIDE)
        watch.until(lambda: states(WANTED) == [("yard-entry", "active-unacknowledged")])
        assert states(FREE) == []
        code, told = send(watch, "DELETE", "zones/yard")
        assert (code, "'yard-entry'" in told["detail"]) == (409, True)
        code, told = send(watch, "DELETE", "lists/wanted")
        assert (code, "'yard-entry'" in told["detail"]) == (409, True)
        watch.kill()
    with watch:  # what was answered was kept
        assert watch.ask("rules/yard-entry")["rule"]["list"] == ["wanted"]
        assert watch.ask("zones/yard")["properties"]["name"] == "The yard"
        assert send(watch, "PUT", "rules/yard-entry", {**RULE, "enabled": False})[0] == 200
        assert send(watch, "DELETE", "zones/yard")[0] == 200
        # With the zone the stay in it is over.
        report(WANTED, INSIDE)
        watch.until(lambda: states(WANTED) == [("yard-entry", "rectified-unacknowledged")])
        assert [v["action"] for v in watch.ask("zones/yard/versions")["versions"]] == [
            "deleted", "made",
        ]  # fmt: skip
        assert watch.ask("rules?enabled=false&edited=true")["rules"][0]["version"] == 2
        assert watch.ask("health")["faults"] == []
        assert watch.stop()[0] == 0
    again = replayed(vigie, watch.journal, tmp_path / "again.duckdb")
    assert differences(again, watch.database) == {}
