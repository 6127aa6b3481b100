"""The `vigie` program, run in processes of their own, without waiting for its zones each time.

Most of a cold start is the index of some 7,000 zones. `Program` starts Python once, builds that
index, and makes each run a fork of that process: everything else, from the arguments to the exit
code, is the program's own. A few tests start the installed script itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = Path(sys.executable).with_name("vigie")


@dataclass(frozen=True)
class Done:
    """How a run ended, and what it wrote."""

    code: int
    out: bytes
    err: str

    @property
    def json(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


class Program:
    """Runs the program; as a context manager it ends the process that is forked from."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def __call__(self, *args: object, stdin: Path | None = None, cwd: Path | None = None) -> Done:
        """Run `vigie` with these arguments to its end."""
        out, err = self._scratch / "out", self._scratch / "err"
        wanted = {
            "args": [str(a) for a in args], "cwd": str(cwd or self._scratch),
            "files": [str(stdin or os.devnull), str(out), str(err)],
        }  # fmt: skip
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(wanted).encode() + b"\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return Done(code, out.read_bytes(), err.read_text())


def _serve() -> None:
    """Fork a run for each request."""
    from functools import cache

    import vigie.cli
    import vigie.core
    from geofence import library
    from geofence.fence import Fence
    from geofence.zoneset import ZoneSet

    whole = library.load()
    fence = cache(lambda: Fence(whole))

    def made(zones: ZoneSet) -> Fence:
        return fence() if zones.version == whole.version else Fence(zones)

    vigie.core.Fence = made  # type: ignore[assignment, misc]
    for line in sys.stdin.buffer:
        wanted = json.loads(line)
        if wanted["args"][:1] == ["replay"]:
            fence()
        child = os.fork()
        if not child:
            os._exit(_run(**wanted))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _run(args: Sequence[str], cwd: str, files: Sequence[str]) -> int:
    import vigie.cli

    for number, (path, how) in enumerate(
        zip(files, (os.O_RDONLY, *(os.O_WRONLY | os.O_CREAT | os.O_TRUNC,) * 2), strict=True)
    ):
        os.dup2(os.open(path, how, 0o600), number)
    sys.stdin = os.fdopen(0, closefd=False)  # what the old one had read ahead is not ours
    os.chdir(cwd)
    sys.argv = ["vigie", *args]
    code: Any = 0
    try:
        vigie.cli.main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    return int(code or 0)


if __name__ == "__main__":
    _serve()
