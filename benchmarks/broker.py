"""A real Mosquitto for the benches, on a port of loopback and a folder of its own."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.sending import free_port

# Debian keeps it where only root's path leads.
MOSQUITTO = shutil.which(
    "mosquitto", path="/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin"
)
_PATIENCE_S = 10.0


@contextlib.contextmanager
def mosquitto(folder: Path) -> Iterator[int]:
    """A broker that keeps every message until it is taken; its port.

    Raises:
        RuntimeError: it does not start.
    """
    assert MOSQUITTO is not None
    port = free_port()
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
        "max_queued_messages 0\n"
    )
    quiet = subprocess.DEVNULL
    with subprocess.Popen([MOSQUITTO, "-c", str(config)], stdout=quiet, stderr=quiet) as process:
        try:
            _wait_for(process, port)
            yield port
        finally:
            process.terminate()


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + _PATIENCE_S
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.01)
    raise RuntimeError("mosquitto does not start")
