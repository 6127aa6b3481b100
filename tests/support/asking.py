"""Questions over HTTP whose sockets are closed whatever the answer."""

from __future__ import annotations

import urllib.error
import urllib.request

PATIENCE_S = 60.0


def fetch(
    url: str, body: bytes | None = None, timeout: float = PATIENCE_S, token: str = ""
) -> bytes:
    """What an address answers, to GET or, with a body, to POST of plain text.

    Raises:
        urllib.error.HTTPError: closed already, so that nobody has to; only its code is of use.
    """
    headers = {"Content-Type": "text/plain"} if body else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            found: bytes = answer.read()
            return found
    except urllib.error.HTTPError as error:
        error.close()
        raise
