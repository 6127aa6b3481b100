"""How much memory a process has had."""

from __future__ import annotations

import resource
from pathlib import Path


def peak_kb() -> int:
    """Most memory that this process has had in use at once, in kB.

    As /proc tells, where there is one: `getrusage` begins with what the process had that started
    this one, and on macOS counts in bytes.
    """
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
