"""What could be read at a past time: a workspace's database, and before it the watch's."""

from __future__ import annotations

import contextlib

import duckdb
import numpy as np

from ingest.records import Positions
from store.database import Database
from store.reads import MOST_FIXES, Reads


class Then(Reads):
    """Reads a workspace's database; a track goes on into what was stored before that began.

    Args:
        database: of the workspace.
        earlier: of the watch; None where there is none.

    Attributes:
        begin: event time from which the workspace's database has all; None before it has any.
    """

    def __init__(self, database: Database, earlier: Reads | None) -> None:
        self._database, self._earlier = database, earlier
        self.begin: np.datetime64 | None = None

    def cursor(self) -> contextlib.AbstractContextManager[duckdb.DuckDBPyConnection]:
        """See `Reads`."""
        return self._database.cursor()

    def track(
        self,
        mmsi: int,
        since: np.datetime64 | None = None,
        until: np.datetime64 | None = None,
        limit: int = MOST_FIXES,
    ) -> Positions:
        """See `Reads`; nothing later than the workspace has come to."""
        own = super().track(mmsi, since, until, limit)
        if self._earlier is None or self.begin is None:
            return own
        end = self.begin if until is None else min(until, self.begin)
        before = self._earlier.track(mmsi, since, end, limit)
        # What was late then is in both.
        own = own.take(own.time >= end)
        return Positions.concat([before, own]).take(slice(0, limit))
