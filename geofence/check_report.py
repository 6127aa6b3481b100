"""What is wrong with a zone file, gathered while it is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from geofence.zone import Zone
from ingest.errors import ZoneError


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a zone file, for the person who will mend it.

    Attributes:
        where: file, feature number (from 1) and name.
        what: the fault, without a full stop.
        mend: what to do, without a full stop.
        feature: number of the feature, from 1; 0 for the file as a whole.
        error: False for what is only worth a look: the file can be used.

    """

    where: str
    what: str
    mend: str
    feature: int = 0
    error: bool = True

    def __str__(self) -> str:
        return str(ZoneError(self.what, where=self.where, mend=self.mend))


@dataclass(slots=True)
class Reading:
    """What came of a file so far: zones, problems, and ids with the features that took them.

    `kind` and `risk` are for features that name none; `named_columns` says that the file had
    longitude and latitude under their names, so that they cannot be exchanged.
    """

    file: str
    kind: str | None = None
    risk: str | None = None
    named_columns: bool = False
    zones: list[Zone] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)

    @property
    def errors(self) -> list[Problem]:
        """The problems for which the file is refused."""
        return [p for p in self.problems if p.error]

    def say(
        self, what: str, mend: str, feature: int = 0, name: str = "", error: bool = True
    ) -> None:
        """Note a problem."""
        where = self.file
        if feature:
            where += f", feature {feature}" + (f" ({name})" if name else "")
        self.problems.append(Problem(where, what, mend, feature, error))
