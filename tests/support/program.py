"""The `vigie` program, run in processes of their own, without waiting for its zones each time.

Most of a cold start is the index of some 7,000 zones. `Program` starts Python once, builds that
index, and makes each run a fork of that process: everything else, from the arguments to the exit
code, is the program's own. A few tests start the installed script itself.
"""

from __future__ import annotations

import json
import os
import signal
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
        self.out = scratch / "out"
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        """End the process that is forked from, and a run that a test has left behind."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()

    def __call__(self, *args: object, **more: Any) -> Done:
        """Run `vigie` with these arguments to its end; `more` as `start`."""
        self.start(*args, **more)
        return self.wait()

    def start(
        self,
        *args: object,
        stdin: Path | None = None,
        stdout: Path | None = None,
        cwd: Path | None = None,
        nobody: bool = False,
    ) -> int:
        """Begin a run; its process id. `wait` must follow before the next. No input is at its end.

        Args:
            args: of `vigie`.
            stdin: what it reads there; nothing else.
            stdout: where it writes, if not into what `Done` tells.
            cwd: where it runs.
            nobody: give up the rights of root.

        """
        self.out = stdout or self._scratch / "out"
        wanted = {
            "args": [str(a) for a in args], "cwd": str(cwd or self._scratch), "nobody": nobody,
            "files": [str(stdin or os.devnull), str(self.out), str(self._scratch / "err")],
        }  # fmt: skip
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(wanted).encode() + b"\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def wait(self) -> Done:
        """The end of the run that was begun."""
        assert self._process.stdout
        code = int(self._process.stdout.readline())
        told = self.out.read_bytes() if self.out.is_file() else b""
        return Done(code, told, (self._scratch / "err").read_text())


def _serve() -> None:
    """Fork a run for each request."""
    from functools import cache

    import vigie.cli
    import vigie.replay
    from geofence import library
    from geofence.fence import Fence
    from geofence.zoneset import ZoneSet

    whole = library.load()
    fence = cache(lambda: Fence(whole))

    def made(zones: ZoneSet) -> Fence:
        return fence() if zones.version == whole.version else Fence(zones)

    vigie.replay.fence_of = made
    for line in sys.stdin.buffer:
        wanted = json.loads(line)
        if wanted["args"][:1] in (["replay"], ["run"]):
            fence()
        child = os.fork()
        if not child:
            os._exit(_run(**wanted))
        print(child, flush=True)  # noqa: T201
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)  # noqa: T201


def _run(args: Sequence[str], cwd: str, files: Sequence[str], nobody: bool) -> int:
    import vigie.cli

    for number, (path, how) in enumerate(
        zip(files, (os.O_RDONLY, *(os.O_WRONLY | os.O_CREAT | os.O_TRUNC,) * 2), strict=True)
    ):
        os.dup2(os.open(path, how, 0o600), number)
    sys.stdin = os.fdopen(0, closefd=False)  # what the old one had read ahead is not ours
    os.chdir(cwd)
    if nobody and not os.geteuid():
        os.setuid(65_534)
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
