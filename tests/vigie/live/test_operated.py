"""A live watch as its operator sees it: told to systemd, shown by `vigie sources` and /metrics."""

from __future__ import annotations

import http.server
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest
from asking import fetch
from program import Program
from prometheus_client.parser import text_string_to_metric_families
from watching import Watching

from api import metrics
from ingest.sources.config import SourceBase
from vigie.live.sources import SourceBook

LINES = (
    b"!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23\r\n"
    b"!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*00\r\n# a comment\r\n"
)


class Systemd:
    """The socket at which services tell how they fare."""

    def __init__(self, path: Path) -> None:
        self.link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.link.bind(str(path))
        self.link.settimeout(60)

    def until(self, state: str) -> None:
        while self.link.recv(100).decode() != state:
            pass


@pytest.fixture(scope="module")
def systemd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Systemd]:
    path = tmp_path_factory.mktemp("systemd") / "notify"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NOTIFY_SOCKET", str(path))
        made = Systemd(path)
        with closing(made.link):
            yield made


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory, systemd: Systemd) -> Iterator[Watching]:
    """One source that was posted to, one that nobody can be reached at, one that fails."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    folder = tmp_path_factory.mktemp("watch")
    toml = f"""
        [[source]]
        kind = "http"
        name = "post"
        port = {port}
        lon = 5.5
        lat = 58.9
        priority = 3
        silent_after = 86400
        [[source]]
        kind = "file"
        name = "logger"
        path = "not/there.nmea"
        silent_after = 0.1
        [[source]]
        kind = "http"
        name = "sealed"
        port = 1
        tls = {{ certificate = "no-such.pem" }}
        """
    with Watching(folder, toml) as running:
        systemd.until("READY=1")
        fetch(f"http://127.0.0.1:{port}/ais", LINES)
        running.until(lambda: running.source("post")["accepted"] == 1)
        running.until(lambda: running.source("logger")["state"] == "silent")
        yield running


def test_systemd_hears_of_the_watch_from_beginning_to_end(
    watch: Watching, systemd: Systemd
) -> None:
    systemd.until("WATCHDOG=1")  # and READY=1 was awaited before


def at(watch: Watching) -> tuple[object, ...]:
    """Which watch, on its own machine."""
    return "--url", watch.url, "--config", watch.config


def test_sources_asks_who_wants_to_know(vigie: Program, watch: Watching, tmp_path: Path) -> None:
    done = vigie("sources", "--url", watch.url)
    assert done.code == 2
    assert "--token-file" in done.err
    (tmp_path / "token").write_text(watch.token + "\n")
    assert vigie("sources", "--url", watch.url, "--token-file", tmp_path / "token").code == 0
    (tmp_path / "token").write_text("\n")
    done = vigie("sources", "--url", watch.url, "--token-file", tmp_path / "token")
    assert done.code == 2
    assert "there is no token in it" in done.err


def test_sources_shows_a_line_for_each(vigie: Program, watch: Watching) -> None:
    done = vigie("sources", *at(watch))
    assert done.code == 0, done.err
    head, *rows = done.out.decode().splitlines()
    assert re.split(r"\s{2,}", head.strip())[:4] == ["source", "kind", "state", "lines"]
    found = {row.split()[0]: row for row in rows if row.strip(" -─")}
    assert found["post"].split()[1:4] == ["http", "connected", "3"]
    assert "silent" in found["logger"]
    assert "no such file" in found["logger"]
    assert "failed" in found["sealed"]
    assert "no-such.pem" in found["sealed"]


def test_sources_as_json(vigie: Program, watch: Watching) -> None:
    found = {row["name"]: row for row in vigie("sources", *at(watch), "--json").json}
    post = found["post"]["feed"]
    assert (post["accepted"], post["unsound"], post["ignored"]) == (
        1, {"checksum": 1}, {"comment": 1}
    )  # fmt: skip
    assert (post["lon"], post["lat"], post["priority"]) == (5.5, 58.9, 3)
    assert found["logger"]["feed"]["last_heard"] is None


def test_one_source_with_everything(vigie: Program, watch: Watching) -> None:
    done = vigie("sources", "post", *at(watch))
    assert done.code == 0, done.err
    said = dict(re.split(r"\s{2,}", row, maxsplit=1) for row in done.out.decode().splitlines())
    assert said["source"] == said["station"] == "post"
    assert (said["lon"], said["lat"], said["priority"]) == ("5.5", "58.9", "3")
    assert (said["unsound: checksum"], said["ignored: comment"], said["lines"]) == ("1", "1", "3")
    assert int(said["bytes"]) == len(LINES)
    missing = vigie("sources", "past", *at(watch))
    assert missing.code == 2
    assert "The sources are post, logger, sealed." in missing.err


def test_health_names_what_is_wrong(watch: Watching) -> None:
    health = watch.ask("health")
    assert health["status"] == "degraded"
    said = " ".join(health["faults"])
    assert "Source logger is silent" in said
    assert "Source sealed has given up" in said
    assert "post" not in said


def test_metrics_agree_with_what_sources_shows(watch: Watching) -> None:
    text = fetch(f"{watch.url}/metrics", token=watch.token).decode()
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["vigie_source_sentences_total", "post"] == 1
    assert found["vigie_source_rejected_total", "checksum", "post"] == 1
    assert found["vigie_source_state", "failed", "sealed"] == 1
    assert found["vigie_journal_next_line",] >= 3
    assert found["vigie_unjournaled_lines",] == 0


def test_every_figure_of_a_source_is_one_that_it_has() -> None:
    book = SourceBook(
        [SourceBase(kind="udp", name="all")],
        put=lambda _: None,
        control=lambda _: None,
    )
    (row,) = book.table()
    named = (*metrics._COUNTED, *metrics._MEASURED, *metrics._REASONED)
    assert {key for key, _, _ in named} | {"last_heard", "state"} <= set(row)


# What stands where a watch should be


def test_no_watch_at_all(vigie: Program) -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        done = vigie("sources", "--url", url)
    assert done.code == 2
    assert "no watch answers" in done.err
    assert "vigie run" in done.err


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "file:///etc/passwd", "127.0.0.1:8000", ""])
def test_what_is_no_address_of_a_watch(vigie: Program, url: str) -> None:
    done = vigie("sources", "--url", url)
    assert done.code == 2
    assert "this is no address of a watch" in done.err


@pytest.fixture
def stranger() -> Iterator[http.server.ThreadingHTTPServer]:
    """Some other server at the address, which answers whatever `answer` holds."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(self.server.code)  # type: ignore[attr-defined]
            self.end_headers()
            self.wfile.write(self.server.answer)  # type: ignore[attr-defined]

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (404, b"{}"), (200, b"<html>"), (200, b"[]"), (200, b"7"), (200, b'{"sources": 7}'),
        (200, b'{"sources": [7]}'),
        (200, b'{"sources": [{"name": "a", "feed": 7}]}'), (200, b'{"sources": [{"name": 7}]}'),
        (200, b'{"sources": [{"name": "a", "state": "b", "lines": "c"}]}'), (200, b""),
    ],
)  # fmt: skip
def test_an_answer_of_something_else(
    vigie: Program, stranger: http.server.ThreadingHTTPServer, code: int, answer: bytes
) -> None:
    stranger.code, stranger.answer = code, answer  # type: ignore[attr-defined]
    done = vigie("sources", "--url", f"http://127.0.0.1:{stranger.server_port}")
    assert done.code == 2, done
    assert "no watch" in done.err
    assert done.err.count("\n") == 1


def test_text_of_a_stranger_is_shown_harmless(
    vigie: Program, stranger: http.server.ThreadingHTTPServer
) -> None:
    row = {
        "name": "a\x1b[2J", "state": "b\x1b[2J", "lines": 1, "last": None, "share": None,
        "feed": {"kind": "c\x1b[2J", "last_error": "d\x1b[2J", "last_heard": "e\x1b[2J"},
    }  # fmt: skip
    stranger.code, stranger.answer = 200, orjson.dumps({"sources": [row]})  # type: ignore[attr-defined]
    done = vigie("sources", "--url", f"http://127.0.0.1:{stranger.server_port}/")
    assert done.code == 0, done.err
    assert b"\x1b[2J" not in done.out
