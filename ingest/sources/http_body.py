"""What is posted: whether it may be, and the body of it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hmac
import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

# A socket closed with something unread in it resets, and the other side may never see the answer.
# So what it still sends is read and thrown away first, for so long and no more.
_DISCARD_S, _DISCARD_BYTES = 2.0, 64 << 20
_GZIP = 16 + zlib.MAX_WBITS


class Incoming:
    """The body of a request as it comes; `whole` once its last piece is there, or none will be."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.whole = False

    async def __call__(self) -> Mapping[str, Any]:
        """The next piece."""
        message = await self._receive()
        self.whole = not message.get("more_body", False)
        return message


class Refused(Exception):  # noqa: N818 - an answer, not a fault of ours
    """A request that is answered with something else than 200.

    Attributes:
        status: of HTTP.
        reason: for counting.
        text: one sentence for whoever posts.
        headers: that the answer needs besides.
    """

    def __init__(self, status: int, reason: str, text: str, **headers: str) -> None:
        super().__init__(text)
        self.status, self.reason, self.text = status, reason, text
        self.headers = headers


class Keys:
    """Who may post: holders of a token, a user with a password, or anybody where neither is set."""

    def __init__(self, token: str | None, user: str | None, password: str | None) -> None:
        self._known: list[tuple[bytes, bytes]] = []
        if token is not None:
            self._known.append((b"bearer", token.encode()))
        if user is not None:
            both = f"{user}:{password}".encode()
            self._known.append((b"basic", base64.b64encode(both)))

    def check(self, given: bytes | None) -> None:
        """Let pass, or raise.

        Args:
            given: the header Authorization.

        Raises:
            Refused: 401.

        """
        if not self._known:
            return
        scheme, _, secret = (given or b"").strip().partition(b" ")
        for known, right in self._known:
            if scheme.lower() == known and hmac.compare_digest(secret.strip(), right):
                return
        ways = ", ".join(
            "Bearer" if s == b"bearer" else 'Basic realm="ais"' for s, _ in self._known
        )
        raise Refused(
            401, "unauthorized", "Give the token, or user and password, that this source asks for.",
            **{"www-authenticate": ways},
        )  # fmt: skip


def check_length(headers: Mapping[bytes, bytes], limit: int) -> None:
    """Refuse a body that says beforehand that it is too large (413)."""
    said = headers.get(b"content-length", b"0")
    if said.isdigit() and int(said) > limit:
        raise _too_large(limit)


async def read_body(
    receive: Incoming, headers: Mapping[bytes, bytes], limit: int, timeout: float
) -> bytes:
    """The body, unpacked.

    Args:
        receive: gives the pieces of it.
        headers: names in lower case.
        limit: bytes, before and after unpacking.
        timeout: seconds for all of it to come.

    Raises:
        Refused: 413, 415, 400, or 408.

    """
    form = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    packing = headers.get(b"content-encoding", b"identity").strip().lower()
    if form.startswith(b"multipart/"):
        raise Refused(
            415, "unsupported",
            "Post JSON or sentences as the body itself: for AIS-catcher, PROTOCOL AISCATCHER.",
        )  # fmt: skip
    if packing not in (b"identity", b"gzip", b"x-gzip", b""):
        raise Refused(415, "unsupported", "Post the body as it is, or packed by gzip.")
    body = bytearray()
    try:
        async with asyncio.timeout(timeout):
            while not receive.whole:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refused(400, "broken_off", "The body broke off.")
                body += message.get("body", b"")
                if len(body) > limit:
                    raise _too_large(limit)
    except TimeoutError:
        raise Refused(408, "too_slow", "The body took too long to come.") from None
    return bytes(body) if packing in (b"identity", b"") else _unpacked(bytes(body), limit)


async def discard(receive: Incoming, headers: Mapping[bytes, bytes]) -> None:
    """Throw away the rest of a body that is refused."""
    if b"expect" in headers:  # it has not been sent, and need not be
        return
    left = _DISCARD_BYTES
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DISCARD_S):
            while left > 0 and not receive.whole:
                left -= len((await receive()).get("body", b""))


def _unpacked(body: bytes, limit: int) -> bytes:
    """A gzip of one or several members."""
    made = bytearray()
    while body:
        packed = zlib.decompressobj(_GZIP)
        try:
            made += packed.decompress(body, limit + 1 - len(made))
        except zlib.error:
            raise Refused(400, "not_gzip", "The body is no gzip, or a damaged one.") from None
        if len(made) > limit:
            raise _too_large(limit)
        if not packed.eof:
            raise Refused(400, "not_gzip", "The gzip ends before its end.")
        body = packed.unused_data
    return bytes(made)


def _too_large(limit: int) -> Refused:
    return Refused(413, "too_large", f"The body is larger than {limit:,} bytes: post it in parts.")
