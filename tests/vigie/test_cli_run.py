"""`vigie run`: a replay with its pages, until Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import httpx
from program import Program

from store.accounts import Accounts
from store.accounts_file import AccountsFile


def test_it_serves_what_it_replays_until_ctrl_c(
    vigie: Program, beginning: Path, tmp_path: Path
) -> None:
    pipe = tmp_path / "said"
    os.mkfifo(pipe)
    process = vigie.start(
        "run", beginning, "--speed", "max", "--port", "0", "--db", tmp_path / "watch.db",
        stdout=pipe,
    )  # fmt: skip
    with pipe.open() as said:
        lines = iter(said.readline, "")
        (address,) = next(filter(None, (re.findall(r"http://127\.0\.0\.1:\d+/", x) for x in lines)))
        (link,) = re.findall(rf"{address}welcome#(\S+)", next(lines))
        _look(address, link)
        os.kill(process, signal.SIGINT)
        said.read()
    done = vigie.wait()
    assert done.code == 130
    assert done.err == ""

    with AccountsFile.open(tmp_path / "watch.db.accounts", must_exist=True) as file:
        assert [account.name for account in Accounts(file).all()] == ["maria"]


def _look(address: str, link: str) -> None:
    with httpx.Client(base_url=address, timeout=60) as client:
        assert "<html" in client.get("/").text
        assert client.get("/docs").status_code == 200
        assert client.get("/api/v1/health").status_code == 401
        asked = {"token": link, "name": "maria", "password": "seven grey gulls over Skye"}
        assert client.post("/api/v1/welcome", json=asked).status_code == 200
        assert client.get("/api/v1/health").status_code == 200
        assert client.post("/api/v1/welcome", json=asked).status_code == 403


def test_a_port_that_is_taken(vigie: Program, beginning: Path, tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = vigie("run", beginning, "--port", port, "--db", tmp_path / "new.db")
    assert done.code == 2
    assert done.err == (
        f"vigie: --port: port {port} cannot be used: Address already in use. End what listens"
        " there, or choose another with --port.\n"
    )
    assert list(tmp_path.iterdir()) == []
