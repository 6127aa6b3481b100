"""A recording: plain bytes in chunks, wherever they come from, and its first ones beforehand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from ingest.errors import InputError
from ingest.sniff import sniff
from ingest.unpack import DamagedError

CHUNK = 1_048_576  # what the decoder likes: smaller ones cost calls, larger ones leave the cache
HEAD = 65_536


class Recording:
    """One recording, read once from beginning to end.

    Args:
        pieces: all its bytes, unpacked; may raise `DamagedError` or OSError where they break off.

    Attributes:
        name: for people: the path, `archive.zip!member`, or "standard input".
        size: bytes to be read where it lies, packed as it is; None where that is unknown (a pipe).
        position: how many of them have been read: progress is `position / size`.
    """

    def __init__(self, name: str, size: int | None, pieces: Iterator[bytes]) -> None:
        self.name, self.size, self.position = name, size, 0
        self._pieces = pieces
        self._ready: list[bytes] = []
        self._damage: str | None = None

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what it is read from."""

    def head(self, size: int = HEAD) -> bytes:
        """The first bytes, unpacked, as many as there are up to `size`; `chunks` still has them."""
        while sum(map(len, self._ready)) < size:
            piece = self._next()
            if piece is None:
                break
            self._ready.append(piece)
        self._ready = [b"".join(self._ready)] if self._ready else []
        return self._ready[0][:size] if self._ready else b""

    def fingerprint(self) -> tuple[int, str]:
        """How many bytes `head` gives, and their BLAKE2b hash: the same whatever they came in."""
        head = self.head()
        return len(head), hashlib.blake2b(head, digest_size=16).hexdigest()

    def kind(self) -> str:
        """What `ingest.sniff.sniff` makes of it.

        Raises:
            InputError: it is of no form that can be read.

        """
        head = self.head()
        if not head and self._damage:
            raise self._damaged()
        return sniff(head, self.name)

    def chunks(self, size: int = CHUNK) -> Iterator[bytes]:
        """All bytes, unpacked, in chunks of `size`; the last may be shorter.

        Raises:
            InputError: after everything that could be read has been given out: it is damaged.

        """
        held = self._ready
        self._ready = []
        length = sum(map(len, held))
        while True:
            if length < size:
                piece = self._next()
                if piece is None:
                    break
                held.append(piece)
                length += len(piece)
                continue
            data = held[0] if len(held) == 1 else b"".join(held)
            whole = length - length % size
            for start in range(0, whole, size):
                yield data[start : start + size]
            held = [data[whole:]]
            length -= whole
        if length:
            yield b"".join(held)
        if self._damage:
            raise self._damaged()

    def _next(self) -> bytes | None:
        """The next piece; None at the end, whole or damaged."""
        if self._damage:
            return None
        try:
            return next(self._pieces, None)
        except DamagedError as fault:
            self._damage = str(fault)
        except OSError as fault:
            self._damage = f"it cannot be read on: {fault.strerror or fault}"
        return None

    def _damaged(self) -> InputError:
        return InputError(
            f"{self._damage}, at byte {self.position:,}", where=self.name,
            mend="All that came before was read; fetch the file again for the rest",
        )  # fmt: skip
