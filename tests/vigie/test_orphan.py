"""A process that works for another ends when that one does."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import replay_data

# One that is busy for ever, and one that waits for ever: neither writes anything.
BUSY = "import sys; from vigie.orphan import *\nend_with_the_reader(int(sys.argv[1]))\n"
WORK = {"computing": "while True: pass", "waiting": "import signal; signal.pause()"}

# A parent that tells the process of its reader, and lives until it is killed. What the reader finds
# in place of the recording is a pipe that nobody writes to, so it never comes to tell anything.
PARENT = """
import os, sys
from vigie.apart import Apart
from ingest.files import recordings
from ingest.reading import Reading
from ingest.stations import Stations
path, stations = sys.argv[1], Stations()
reading = Reading(recordings(path)[0], stations)
os.unlink(path)
os.mkfifo(path)
reader = Apart([reading], stations, None, 65_536)
print(reader._process.pid, flush=True)
sys.stdin.read()
"""

needs_pidfd = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux has pidfd")


@pytest.mark.parametrize("work", WORK)
def test_it_ends_when_nobody_reads_its_pipe_whatever_it_does(work: str) -> None:
    receiving, sending = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", BUSY + WORK[work], str(sending)], pass_fds=(sending,)
    )
    try:
        os.close(sending)
        os.close(receiving)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


@needs_pidfd
def test_the_reader_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    recording = tmp_path / "recording.nmea.gz"
    recording.write_bytes(replay_data.bundled_recording().read_bytes())
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(recording)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert parent.stdout
    reader = int(parent.stdout.readline())
    watched = os.pidfd_open(reader)
    try:
        parent.kill()
        parent.wait()
        ended = select.select([watched], [], [], 20)[0]
        if not ended:
            os.kill(reader, signal.SIGKILL)
        assert ended, "the reader outlived its parent"
    finally:
        os.close(watched)
        parent.communicate()
