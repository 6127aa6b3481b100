"""Files of the pages, as a browser is sent them: packed once, asked for again at each visit.

Scripts and styles of our own go out without comments and indentation, line for line, so that a
fault that a browser reports names the line of the file. There is no other step between the files
that are written and those that are run.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import os
import re
from collections.abc import MutableMapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}

# A comment on a line of its own, or after code where no quote follows that could end a text. No
# text of ours spans lines.
_COMMENT = {
    ".js": re.compile(r"^[ \t]*//.*$|(?<=[;,{(])[ \t]+//[^'\"`\n]*$", re.M),
    ".css": re.compile(r"/\*.*?\*/", re.S),
}


class Packed(NamedTuple):
    """A file as it is sent.

    Attributes:
        plain: its bytes.
        gzip: the same, packed.
        tag: changes with them.

    """

    plain: bytes
    gzip: bytes
    tag: str


def packed(path: Path, ours: bool) -> Packed:
    """A script or style as it is sent; `ours`: without comments and indentation."""
    return _packed(path, ours, os.stat(path).st_mtime_ns)


@lru_cache(maxsize=256)
def _packed(path: Path, ours: bool, changed: int) -> Packed:
    data = path.read_bytes()
    if ours:
        bare = _COMMENT[path.suffix].sub(
            lambda found: "\n" * found[0].count("\n"), data.decode("utf-8")
        )
        data = "\n".join(line.strip() for line in bare.split("\n")).encode()
    return Packed(
        data, gzip.compress(data, 9, mtime=0), hashlib.blake2b(data, digest_size=8).hexdigest()
    )


class Pages(StaticFiles):
    """Files that a browser may keep but asks for again, so that an update is seen at once.

    Args:
        directory: where they are.
        ours: whether we wrote them.

    """

    def __init__(self, directory: str | Path, *, ours: bool = False) -> None:
        super().__init__(directory=directory)
        self._ours = ours

    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        """One file."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        suffix = Path(path).suffix
        if suffix not in TYPES or response.status_code != 200 or scope["method"] != "GET":
            return response
        # Whether it is there, and in our folder, has been looked at by now.
        full, _ = self.lookup_path(path)
        made = await asyncio.to_thread(packed, Path(full), self._ours)
        asked = Headers(scope=scope)
        headers = {
            "ETag": f'"{made.tag}"',
            "Cache-Control": "no-cache",
            "Vary": "Accept-Encoding",
            "Content-Type": TYPES[suffix],
        }
        if asked.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        if "gzip" not in asked.get("accept-encoding", ""):
            return Response(made.plain, headers=headers)
        return Response(made.gzip, headers={**headers, "Content-Encoding": "gzip"})
