"""A real Mosquitto on a free port of loopback, with a folder of its own; and a plain publisher."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import struct
import subprocess
from pathlib import Path

import pytest

# Debian keeps it where only root's path leads.
MOSQUITTO = shutil.which(
    "mosquitto", path="/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Broker:
    """Mosquitto with a configuration of its own; it keeps sessions in its folder."""

    def __init__(self, folder: Path, *settings: str, listener: tuple[str, ...] = ()) -> None:
        """Start it in a folder below `folder`; `listener` are settings of its port.

        `websockets` is the port of a listener for these: one alone Mosquitto 2.0.11 does not start.
        """
        if MOSQUITTO is None:
            pytest.skip("mosquitto is not installed (Debian package mosquitto)")
        self.port, self.websockets = free_port(), free_port()
        self.folder = folder / f"broker-{self.port}"
        self.folder.mkdir()
        allow = "true" if not any("password_file" in s for s in settings) else "false"
        self.config = self.folder / "mosquitto.conf"
        self.config.write_text("\n".join([
            "persistence true", f"persistence_location {self.folder}/", "autosave_interval 0",
            "user root", "max_queued_messages 0", f"log_dest file {self.folder}/log",
            f"allow_anonymous {allow}", *settings,
            f"listener {self.websockets} 127.0.0.1", "protocol websockets",
            f"listener {self.port} 127.0.0.1", *listener,
        ]) + "\n")  # fmt: skip
        self._running: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, and return when it answers."""
        assert MOSQUITTO is not None
        self._running = subprocess.Popen(
            [MOSQUITTO, "-c", str(self.config)], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._running.wait(0.005)
            assert self._running.poll() is None, (self.folder / "log").read_text()
            with socket.socket() as probe:
                answers = probe.connect_ex(("127.0.0.1", self.port)) == 0
                # A port that nobody listens on may by chance be connected to itself.
                if answers and probe.getsockname() != probe.getpeername():
                    return

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Kill it, or ask it to save its sessions and end (SIGTERM)."""
        if self._running is not None:
            self._running.send_signal(how)
            self._running.wait(10)
            self._running = None

    def pause(self) -> None:
        """Let it hang, its sockets open."""
        assert self._running is not None
        self._running.send_signal(signal.SIGSTOP)


def _size(value: int) -> bytes:
    made = bytearray()
    while True:
        value, byte = value >> 7, value & 127
        made.append(byte | (128 if value else 0))
        if not value:
            return bytes(made)


def _packet(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + _size(len(body)) + body


class Publisher:
    """Speaks just enough MQTT 3.1.1 to publish, each message acknowledged before `publish` ends."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 10)
        self._socket.settimeout(10)
        self._socket.sendall(_packet(0x10, b"\0\4MQTT\4\2\0\0" + b"\0\4send"))
        assert self._socket.recv(4, socket.MSG_WAITALL)[3] == 0

    def publish(self, topic: str | bytes, *payloads: bytes, retain: bool = False) -> None:
        name = topic.encode() if isinstance(topic, str) else topic
        head = struct.pack("!H", len(name)) + name
        self._socket.sendall(b"".join(
            _packet(0x32 | retain, head + struct.pack("!H", i + 1) + payload)
            for i, payload in enumerate(payloads)
        ))  # fmt: skip
        left = 4 * len(payloads)
        while left:
            left -= len(self._socket.recv(left))

    def close(self) -> None:
        self._socket.close()
