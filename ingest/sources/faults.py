"""Why a connection failed, in words."""

from __future__ import annotations

import os
import ssl

from ingest.sources.tls import tls_fault


def told(fault: OSError) -> str:
    """What went wrong, without the number and the place that Python and asyncio add to it."""
    if isinstance(fault, ssl.SSLError):
        return tls_fault(fault)
    if fault.errno is not None and fault.errno > 0:
        return os.strerror(fault.errno).lower()
    if isinstance(fault, TimeoutError):
        return str(fault) or "no answer in time"
    return (fault.strerror or str(fault) or "the connection was cut").lower()


def place(host: str, port: int) -> str:
    """Address and port as they are written, IPv6 in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
