"""What the paths that change rules, zones and lists need of the program that runs the watch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from store.book import Book, Version
from watch.edits import Edit, Key
from watch.standing import Standing


class NotNowError(Exception):
    """It is not possible as things stand; says why. No HTTP problem: not all who plan serve."""


class Planning(Protocol):
    """See `vigie.planning.Planner`."""

    @property
    def book(self) -> Book:
        """Where versions and shifts are kept."""

    @property
    def standing(self) -> Standing:
        """What the watch works by."""

    @property
    def base(self) -> Standing:
        """What the files say."""

    def edited(self, key: Key) -> bool:
        """Whether somebody has edited this."""

    def version(self, key: Key) -> Version | None:
        """The newest version of a thing, without its body; None where it was never edited."""

    async def change(
        self,
        edits: Sequence[Edit],
        actor: str,
        note: str = "",
        expected: Mapping[Key, int] | None = None,
        *,
        new: bool = False,
    ) -> list[Version]:
        """Have some things be otherwise from now on, all of them or none.

        Raises:
            NotNowError: nothing is watched, or somebody else was quicker.
            UnavailableError: it is kept, but the watch has not said that it works by it.
            ConfigError: it does not fit together with the rest.
            DatabaseError: it cannot be kept; nothing was changed.

        """
