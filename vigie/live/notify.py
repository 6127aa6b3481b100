"""Telling systemd how the service fares (sd_notify(3)); nothing where it does not ask."""

from __future__ import annotations

import os
import socket

# What is said once is worth a wait; the next sign of life comes in a second.
_PATIENCE_S = 1.0


def notify(state: str) -> None:
    """Send a state such as `READY=1`, `WATCHDOG=1` or `STOPPING=1`."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as link:
        link.settimeout(0 if state == "WATCHDOG=1" else _PATIENCE_S)
        try:
            link.sendto(state.encode(), address)
        except OSError:
            return
