"""What is wrong with a zone file: all of it, for the person who will mend it."""

from __future__ import annotations

import os

from geofence.check_report import Problem
from geofence.imports import read_file

__all__ = ["Problem", "check"]


def check(
    path: str | os.PathLike[str], *, kind: str | None = None, risk: str | None = None
) -> list[Problem]:
    """All problems of a zone file, by feature; empty when there is none.

    Beside the errors, for which `import_zones` refuses a file, there are remarks (`error` False):
    rows left out, properties not used, and zones far offshore that would lie off a coast if
    longitude and latitude were exchanged.

    Raises:
        ZoneError: `kind` or `risk` is not known.

    """
    return sorted(read_file(path, kind=kind, risk=risk).problems, key=lambda p: p.feature)
