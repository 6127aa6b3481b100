"""Files that another program writes sentences to, followed as they grow and are rotated."""

from __future__ import annotations

import asyncio
import glob
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from ingest.clock import micros
from ingest.sources.config import SourceBase
from ingest.sources.growing import PACKED, GrowingFiles, Look
from ingest.sources.received import Received
from ingest.sources.status import SourceStatus


class FileConfig(SourceBase):
    """Files that grow."""

    kind: Literal["file"] = Field("file", description="files that grow")
    path: Path = Field(
        description="the file; its name may be a pattern, for files that are begun anew each day",
        examples=["/var/log/ais/*.nmea"],
    )
    begin: Literal["end", "start"] = Field(
        "end",
        description="where to begin in files that are there already: end, for what is added, or "
        "start. Files that come later are read from their start",
    )
    poll: Annotated[float, Field(ge=0.01, le=3_600)] = Field(
        0.1, description="seconds between two looks at the files"
    )

    @field_validator("path")
    @classmethod
    def _grows(cls, path: Path) -> Path:
        if path.name.lower().endswith(PACKED):
            raise ValueError("a packed file does not grow: read it by vigie replay")
        if glob.has_magic(str(path.parent)):
            raise ValueError("the folder is a pattern: only the name of the file may be one")
        return path


async def follow(
    config: FileConfig, status: SourceStatus, *, now: Callable[[], int] = micros
) -> AsyncGenerator[Received, None]:
    """What is added to files, for ever. Each file is a link of its own.

    A file that is emptied and written beyond its former length between two looks cannot be told
    from one that has grown. Where we left off is not remembered when the source is closed.

    Args:
        config: of the source.
        status: kept up to date; `peers` are the files that are held open.
        now: the wall clock, µs since 1970 UTC.

    """
    files = GrowingFiles(config.path, from_start=config.begin == "start")
    fault = ""
    try:
        while True:
            # In a thread, as a file server that does not answer stops whoever reads.
            look = await asyncio.to_thread(files.look)
            at = now()
            fault = _tell(config, status, look, fault)
            for link, lines, size in look.read:
                if size:
                    status.heard(at, size)
                if lines:
                    yield Received(config.name, link, at, lines)
            if not look.more:
                await asyncio.sleep(config.poll)
    finally:
        files.close()
        for link in list(status.peers):
            status.disconnected(link)


def _tell(config: FileConfig, status: SourceStatus, look: Look, before: str) -> str:
    """Tell the status what has changed; the fault that there is now, which is told once."""
    for link, path in look.links:
        if path:
            status.connected(path, link)
        else:
            status.disconnected(link)
    fault = look.fault
    if look.files:
        if status.phase != "connected":
            status.listening()
        # While a file that was renamed is still read, the next may take a moment to come.
        if fault and fault != before:
            status.error(fault)
    else:
        fault = fault or f"{config.path}: there is no such file yet"
        if fault != before:
            status.waiting(fault)
    return fault
