"""What systemd is told, over a socket as systemd opens it; and nothing where it does not ask."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from vigie.live.notify import notify


@pytest.fixture(params=["path", "abstract"])
def systemd(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    name = str(tmp_path / "notify") if request.param == "path" else f"\0vigie-test-{os.getpid()}"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listening:
        listening.bind(name)
        listening.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", name.replace("\0", "@"))
        yield listening


def test_a_state_arrives_as_one_datagram(systemd: socket.socket) -> None:
    notify("READY=1")
    notify("WATCHDOG=1")
    assert [systemd.recv(100) for _ in range(2)] == [b"READY=1", b"WATCHDOG=1"]


def test_without_systemd_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", "")
    notify("READY=1")


def test_a_socket_that_is_gone_does_not_end_the_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    notify("WATCHDOG=1")
    monkeypatch.setenv("NOTIFY_SOCKET", "/" + "x" * 200)
    notify("WATCHDOG=1")


def test_a_systemd_that_does_not_read_does_not_hold_the_watch_up(systemd: socket.socket) -> None:
    for _ in range(2_000):  # more than any queue of a socket holds
        notify("WATCHDOG=1")
    assert systemd.recv(100) == b"WATCHDOG=1"
