"""A process that ends with the one it works for, however that one ended."""

from __future__ import annotations

import os
import select
import threading


def end_with_the_reader(end: int) -> None:
    """End this process at once when nobody can read a pipe any more, whatever it is doing.

    To write would say the same, but one that is starting, or reading, writes nothing for a second
    or more: so long it would take a processor, and hold its files, for somebody who was killed.

    Args:
        end: of the pipe, to write to. Only the process worked for may have the other one.

    """
    threading.Thread(target=_wait, args=(end,), name="orphan", daemon=True).start()


def _wait(end: int) -> None:
    pipe = select.poll()
    pipe.register(end, 0)  # that the other end is closed is told unasked: poll(2), POLLERR
    pipe.poll()
    os._exit(0)
