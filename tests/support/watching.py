"""A live watch as a process of its own: fed, asked, killed, started again."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import duckdb
import orjson
from asking import PATIENCE_S, fetch
from program import SCRIPT

from store.accounts_file import AccountsFile
from store.tokens import Tokens


class Watching:
    """`vigie run --config` on a configuration in `folder`; start it, and leave it to be ended.

    Args:
        folder: for the configuration, journal and database.
        toml: the configuration, but for the API's port.
        wrap: a command to run it under.
    """

    def __init__(self, folder: Path, toml: str, wrap: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.config = folder / "vigie.toml"
        self.config.write_text(f'{toml}\n[api]\nport = 0\n[accounts]\nfile = "{self.accounts}"\n')
        self._wrap = wrap
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self.said: list[str] = []
        self.url = ""
        self.token = a_token(self.accounts)

    def __enter__(self) -> Watching:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    @property
    def journal(self) -> Path:
        return self.folder / "journal"

    @property
    def database(self) -> Path:
        return self.folder / "vigie.duckdb"

    @property
    def accounts(self) -> Path:
        return self.folder / "test.accounts"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it is served."""
        self.said = []
        self._process = subprocess.Popen(
            [*self._wrap, str(SCRIPT), "run", "--config", str(self.config)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"},
        )  # fmt: skip
        self._lines = queue.Queue()
        self._reader = threading.Thread(
            target=_read, args=(self._process, self._lines, self.said), daemon=True
        )
        self._reader.start()
        while True:
            line = self._lines.get(timeout=PATIENCE_S)
            assert line is not None, "\n".join(self.said)
            if line.startswith("Open "):
                self.url = line.split()[1].rstrip("/")
                return

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> tuple[int, float]:
        """SIGTERM: exit code, and seconds until its end."""
        assert self._process is not None
        begun = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(timeout=PATIENCE_S)
        return code, time.monotonic() - begun

    def hang_up(self) -> None:
        """SIGHUP."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def ask(self, path: str) -> Any:
        """JSON of the API."""
        return orjson.loads(fetch(f"{self.url}/api/v1/{path}", token=self.token))

    def source(self, name: str) -> dict[str, Any]:
        """One source, as the API tells."""
        found = next(s for s in self.ask("sources")["sources"] if s["name"] == name)
        return {**found, **(found["feed"] or {})}

    def until(self, holds: Any, patience_s: float = PATIENCE_S) -> Any:
        """What `holds()` answers once that is true; asked again and again."""
        end = time.monotonic() + patience_s
        while True:
            try:
                answer = holds()
            except OSError as error:
                answer = None
                came: object = error
            else:
                came = answer
                if answer:
                    return answer
            assert self._process is None or self._process.poll() is None, self.said[-20:]
            assert time.monotonic() < end, ("never came true", came, *self._where())
            threading.Event().wait(0.05)

    def _where(self) -> list[str]:
        """End it with the stacks of its threads, which say where it hangs; the last it said."""
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(OSError):
                self.said.append(f"ledger: {self.ask('ledger')}; health: {self.ask('health')}")
            self._process.send_signal(signal.SIGABRT)
            self._process.wait(timeout=PATIENCE_S)
            self._reader.join(timeout=PATIENCE_S)
        return self.said[-200:]

    def until_lines(self, lines: int) -> dict[str, Any]:
        """The ledger once at least so many lines are in it."""

        def enough() -> Any:
            ledger = self.ask("ledger")
            return ledger if ledger["lines"] >= lines else None

        found: dict[str, Any] = self.until(enough)
        return found


# Longer than the clocks of tests are wrong.
AGES_S = 1e9


def a_token(accounts: Path, role: str = "admin", *, read_only: bool = False) -> str:
    """A token that lets in, made as on the machine itself."""
    with AccountsFile.open(accounts) as file:
        return Tokens(file).make("test", "", role, read_only=read_only, lasts_s=AGES_S)[1]


def _read(process: subprocess.Popen[str], lines: Any, said: list[str]) -> None:
    assert process.stdout is not None
    with process.stdout as out:
        for line in out:
            said.append(line.rstrip())
            lines.put(line)
    lines.put(None)


def contents(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Rows, events, alerts and ledger of the only run of a database, in an order of their own.

    Numbers of lines and stations are left out where they are only this database's.
    """
    found = {}
    with duckdb.connect(str(database), read_only=True) as link:
        names = dict(link.execute("SELECT number, name FROM stations").fetchall())
        for table in ("positions", "statics", "messages", "copies", "events", "alerts"):
            described = link.execute(f"DESCRIBE {table}").fetchall()
            columns = [row[0] for row in described if row[0] not in ("run", "line")]
            rows = link.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
            if "station" in columns:
                at = columns.index("station")
                rows = [(*r[:at], names.get(r[at]), *r[at + 1 :]) for r in rows]
            found[table] = sorted(rows, key=repr)
        found["ledger"] = link.execute("SELECT ledger FROM runs").fetchall()
    return found
