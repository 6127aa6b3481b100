"""What a person at a terminal sees and a pipe does not."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import termios

import pytest

from ingest import clock
from vigie import progress
from vigie.progress import Bar
from vigie.table import print_table


class Terminal:
    """A program on a terminal of its own, 100 columns wide."""

    def __init__(self, *args: str) -> None:
        self.screen, inside = pty.openpty()
        termios.tcsetwinsize(inside, (30, 100))
        environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            args, stdin=inside, stdout=inside, stderr=inside, env=environment | {"TERM": "xterm"}
        )
        os.close(inside)
        self.shown = b""

    def wait_for(self, text: bytes) -> bool:
        """Read the screen until it shows a text; False where the program ended before."""
        while text not in self.shown:
            if not select.select([self.screen], [], [], 120)[0]:
                return False
            try:
                self.shown += os.read(self.screen, 65_536)
            except OSError:  # the other side is closed
                return False
        return True

    def close(self) -> None:
        self.wait_for(b"never shown")
        self.process.wait()
        os.close(self.screen)


READING = """
from vigie import progress
progress.SHOW_AFTER_S = 0.0
with progress.Bar("reading") as bar:
    for done in range(1, 101):
        bar.update(done / 100, done * 1000)
print("done")
"""


def test_a_bar_with_rate_and_time_left_where_somebody_looks() -> None:
    terminal = Terminal(sys.executable, "-c", READING)
    terminal.close()
    shown = terminal.shown.decode()
    assert re.search(r"reading .*[\d,]+ lines/s .*0:00:0\d", shown)
    assert shown.endswith("done\r\n")
    assert terminal.process.returncode == 0


def test_no_bar_in_a_pipe() -> None:
    done = subprocess.run([sys.executable, "-c", READING], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"done\n", b"")


class Stderr:
    def __init__(self, looked_at: bool) -> None:
        self.looked_at = looked_at

    def isatty(self) -> bool:
        return self.looked_at


@pytest.mark.parametrize(("looked_at", "at", "shown"), [(True, 1.9, False), (True, 2.1, True),
                                                        (False, 60.0, False)])  # fmt: skip
def test_no_bar_before_two_seconds_and_none_when_piped(
    monkeypatch: pytest.MonkeyPatch, looked_at: bool, at: float, shown: bool
) -> None:
    made: list[str] = []

    class Shown:
        def __init__(self, *columns: object, **options: object) -> None:
            made.append("bar")

        def start(self) -> None: ...

        def stop(self) -> None:
            made.append("gone")

        def add_task(self, *args: object, **fields: object) -> int:
            return 0

        def update(self, task: int, **fields: object) -> None:
            made.append(str(fields["rate"]))

    now = [100.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    monkeypatch.setattr(progress, "Progress", Shown)
    monkeypatch.setattr(sys, "stderr", Stderr(looked_at))
    with Bar("reading") as bar:
        bar.update(0.0, 0)
        now[0] += at
        bar.update(0.5, 4_200)
    assert made == (["bar", "2,000 lines/s", "gone"] if shown else [])


def test_on_a_terminal_a_line_ends_where_the_screen_does() -> None:
    code = "from vigie.table import print_table; print_table(('a', 'b'), [('x', 'y' * 200)])"
    terminal = Terminal(sys.executable, "-c", code)
    terminal.close()
    first, second, *rest = terminal.shown.decode().split("\r\n")
    assert first == "a  b"
    assert second == "x  " + "y" * 96 + "…"
    assert rest == [""]


def test_a_table_says_what_it_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    """Markup of a library's, control characters and very long names do no harm."""
    names = ["[/bold] [red]A[/red]", ":ship:", "a\x1b[31mb", None, "é" * 300]
    print_table(("n", "name"), ((i, name) for i, name in enumerate(names)))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["n", "name"]
    assert lines[1] == "0  [/bold] [red]A[/red]"
    assert lines[2] == "1  :ship:"
    assert lines[3] == r"2  a\x1b[31mb"
    assert lines[4] == "3"
    assert lines[5].startswith("4  ééé")


def test_a_long_table_is_written_as_it_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    taken = []

    def rows():
        for i in range(5_000):
            taken.append(i)
            yield (i, "x")
            if i == 1_500:
                assert capsys.readouterr().out.count("\n") > 1_000

    print_table(("n", "name"), rows())
    assert len(taken) == 5_000
