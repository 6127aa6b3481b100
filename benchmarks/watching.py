"""A live watch in a process of its own: `vigie run --config`, asked and measured from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import urllib.request
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import orjson

from store.accounts_file import AccountsFile
from store.tokens import Tokens

_PATIENCE_S = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


class Watching:
    """The watch on a configuration; ended with the block it is opened in.

    Args:
        folder: of its own, for the configuration, journal and database.
        toml: the configuration, but for the API's port.

    Attributes:
        url: where its API is.
        headers: of a request, to be let in.

    Raises:
        RuntimeError: it did not begin; says what it wrote.
    """

    def __init__(self, folder: Path, toml: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "vigie.toml"
        accounts = folder / "accounts"
        config.write_text(f'{toml}\n[api]\nport = 0\n[accounts]\nfile = "{accounts}"\n')
        with AccountsFile.open(accounts) as file:
            made = Tokens(file).make("bench", "", "admin", read_only=False, lasts_s=86_400)
        self.headers = {"Authorization": f"Bearer {made[1]}"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "vigie.cli", "run", "--config", str(config)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        assert self._process.stdout is not None
        self._said: deque[str] = deque(maxlen=20)
        self.url = ""
        for line in self._process.stdout:
            self._said.append(line)
            if line.startswith("Open "):
                self.url = line.split()[1].rstrip("/")
                break
        else:
            self._process.wait()
            raise RuntimeError("the watch did not begin:\n" + "".join(self._said))
        threading.Thread(target=self._said.extend, args=(self._process.stdout,)).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._process.poll() is not None

    def ask(self, path: str) -> Any:
        """JSON of the API."""
        asked = urllib.request.Request(f"{self.url}/api/v1/{path}", headers=self.headers)
        with urllib.request.urlopen(asked, timeout=_PATIENCE_S) as answer:
            return orjson.loads(answer.read())

    def lines(self) -> int:
        """Lines that are judged, and committed if the database works."""
        found: int = self.ask("ledger")["lines"]
        return found

    def source(self, name: str) -> dict[str, Any]:
        """How a feed fares."""
        told: list[dict[str, Any]] = self.ask("sources")["sources"]
        return next(source["feed"] for source in told if source["name"] == name)

    def cpu_s(self) -> float:
        """CPU seconds of all its threads so far, and of children that have ended."""
        return sum(float(ticks) for ticks in self._stat()[11:15]) / _TICKS

    def resident_mb(self) -> float:
        """Memory that it has now."""
        return int(self._stat()[21]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def follow(self) -> Iterator[dict[str, Any]]:
        """Alerts as they are raised, from now on, for ever."""
        asked = urllib.request.Request(f"{self.url}/api/v1/alerts/stream", headers=self.headers)
        with urllib.request.urlopen(asked) as answer:
            for line in answer:
                if line.startswith(b"data:") and len(line) > len(b"data: {}\n"):
                    yield orjson.loads(line[5:])

    def _stat(self) -> list[str]:
        """Fields of /proc/PID/stat from the third on (proc(5)): the name before may hold blanks."""
        text = Path(f"/proc/{self._process.pid}/stat").read_text()
        return text.rpartition(")")[2].split()
