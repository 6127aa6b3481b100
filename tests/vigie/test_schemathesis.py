"""Schemathesis over the OpenAPI document: whatever it makes up, nothing is a fault of the server.

It asks a replay that is over, by which everything can be read and changed, as an admin.
"""

from __future__ import annotations

import asyncio
import gzip
import itertools
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from letting_in import an_access, begin_anew, client_of
from replaying import plan
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import replay_data
from api.access import ROLES
from api.accounts.held import csrf_of
from api.app import create_app
from ingest.files import recordings
from store.database import Database
from store.filters import Filters
from vigie.replay import Replay
from vigie.serve import Watchfloor, _replay

SOAK = bool(os.environ.get("VIGIE_SOAK"))
# Of each path, as the document says and otherwise.
EXAMPLES = 300 if SOAK else 2
LINES = 6_000
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance,
    response_schema_conformance,
]  # fmt: skip
# It has no end of its own.
ENDLESS = "/api/v1/alerts/stream"

Ask = Callable[[Any], httpx.Response]


class Watched:
    """A replay that is over, with the document of its pages."""

    def __init__(self, folder: Path) -> None:
        lines = gzip.decompress(replay_data.bundled_recording().read_bytes()).splitlines(True)
        path = folder / "beginning.nmea"
        path.write_bytes(b"".join(lines[:LINES]))
        self.database = Database.open(folder / "watch.db")
        self.floor = Watchfloor(self.database, plan())
        replay = Replay(recordings(path), self.database, plan(), listeners=[self.floor.take])
        self.floor.follow(replay)
        _replay(replay, self.floor)
        self.floor.acting.start()
        self.access = an_access()
        self.app = create_app(self.floor.context(replay), access=self.access)
        self.schema = schemathesis.openapi.from_dict(self.app.openapi())
        self.operations = [
            found.ok() for found in self.schema.get_all_operations() if found.ok().path != ENDLESS
        ]

    def headers(self) -> dict[str, str]:
        """A session of its own for each request: some end it, or change the account."""
        begin_anew(self.access)
        secret = self.access.sessions.begin("admin", "127.0.0.1")
        return {"Cookie": f"vigie_session={secret}", "X-CSRF-Token": csrf_of(secret)}

    def close(self) -> None:
        self.floor.acting.stop()
        self.access.file.close()
        self.database.close()


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    made = Watched(tmp_path_factory.mktemp("watched"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def ask(watched: Watched) -> Iterator[Ask]:
    client = client_of(watched.app)

    def asked(case: Any) -> httpx.Response:
        told = case.as_transport_kwargs(base_url=str(client.base_url))
        request = httpx.Request(
            told["method"], told["url"], params=told.get("params") or None,
            json=told.get("json"), content=told.get("data"),
            headers={**told["headers"], **watched.headers()},
        )  # fmt: skip
        return runner.run(client.send(request))

    with asyncio.Runner() as runner:
        yield asked
        runner.run(client.aclose())


def known(watched: Watched) -> dict[str, list[str]]:
    """Values of path parameters that are found."""
    zones, alerts = watched.floor.planner.standing.zones, watched.database.alerts(Filters(), 20)
    return {
        "mmsi": [str(mmsi) for mmsi in watched.floor.picture.fleet().statics.mmsi[:20]],
        "zone_id": [zone.id for zone in zones][:20],
        "alert_id": [alert["id"] for alert in alerts],
        "event_id": [event["id"] for event in watched.database.events(Filters(), 20)],
        "name": [*ROLES, "0"],
        "rule_id": [rule.id for rule in watched.floor.planner.standing.rules],
        "token_id": [token.id for token in watched.access.tokens.all()[:3]],
        "shift_id": ["1", "2"],
    }  # fmt: skip


def test_nothing_that_schemathesis_makes_up_is_a_fault_of_the_server(
    watched: Watched, ask: Ask
) -> None:
    found = known(watched)
    answered: Counter[str] = Counter()

    def holds(case: Any, data: st.DataObject) -> None:
        for name in case.path_parameters or {}:
            if data.draw(st.booleans()):
                case.path_parameters[name] = data.draw(st.sampled_from(found.get(name) or ["0"]))
        answer = ask(case)
        answered[f"{answer.status_code // 100}xx"] += 1
        case.validate_response(answer, checks=CHECKS)

    for operation, mode in itertools.product(watched.operations, GenerationMode):
        cases = operation.as_strategy(generation_mode=mode)
        check = given(case=cases, data=st.data())(holds)
        settings(max_examples=EXAMPLES, phases=[Phase.generate])(check)()
    assert answered["2xx"] > len(watched.operations) // 2
    assert answered["4xx"] > len(watched.operations) // 2
    assert answered["5xx"] == 0
