"""Accounts: a name, a role, a hashed password; disabled ones stay, as records name them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest import clock
from ingest.errors import ConfigError
from store.accounts_file import AccountsFile

NAME = r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}"
_FIELDS = "name, role, enabled, created, seen"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may come in.

    Attributes:
        name: as it was given; upper and lower case are the same account.
        role: what they may do.
        enabled: whether they may come in at all.
        created: when it was made (µs since 1970 UTC).
        seen: when they came in last, likewise; None for never.

    """

    name: str
    role: str
    enabled: bool
    created: int
    seen: int | None


class Accounts:
    """The accounts in a file."""

    def __init__(self, file: AccountsFile) -> None:
        self._file = file

    def all(self) -> list[Account]:
        """Every account, in order of name."""
        rows = self._file.read(f"SELECT {_FIELDS} FROM accounts ORDER BY name")
        return [_account(row) for row in rows]

    def get(self, name: str) -> Account | None:
        """The account of a name."""
        rows = self._file.read(f"SELECT {_FIELDS} FROM accounts WHERE name = ?", (name,))
        return _account(rows[0]) if rows else None

    def password(self, name: str) -> tuple[str, bool]:
        """The hash of an account's password, and whether it is enabled; "" for no account."""
        rows = self._file.read("SELECT password, enabled FROM accounts WHERE name = ?", (name,))
        return (rows[0][0], bool(rows[0][1])) if rows else ("", False)

    @property
    def empty(self) -> bool:
        """Whether nobody has an account yet."""
        return not self._file.read("SELECT 1 FROM accounts LIMIT 1")

    def add(self, name: str, role: str, password: str) -> None:
        """Make an account. `password` is its hash; "" where it has none yet.

        Raises:
            ConfigError: the name cannot be used, or is taken.

        """
        if not re.fullmatch(NAME, name):
            raise ConfigError(
                "this name cannot be used", where="name",
                mend="use 1 to 64 letters, digits and . _ @ -, a letter or digit first",
            )  # fmt: skip
        with self._file.write() as change:
            if change.execute("SELECT 1 FROM accounts WHERE name = ?", (name,)).fetchone():
                raise ConfigError(
                    f"there is an account {name} already", where="name", mend="choose another name"
                )
            change.execute(
                "INSERT INTO accounts VALUES (?, ?, ?, 1, ?, NULL)",
                (name, role, password, clock.micros()),
            )

    def set_password(self, name: str, password: str) -> None:
        """Give an account another password, and end all its sessions and links.

        Args:
            name: of the account.
            password: the hash of the new password.

        """
        with self._file.write() as change:
            change.execute("UPDATE accounts SET password = ? WHERE name = ?", (password, name))
            self._end(name)

    def rehash(self, name: str, password: str) -> None:
        """Keep the hash of the same password, made with today's settings."""
        with self._file.write() as change:
            change.execute("UPDATE accounts SET password = ? WHERE name = ?", (password, name))

    def set_role(self, name: str, role: str) -> None:
        """Give an account another role.

        Raises:
            ConfigError: there is no such account, or nobody would be admin then.

        """
        with self._file.write() as change:
            self._need(name)
            change.execute("UPDATE accounts SET role = ? WHERE name = ?", (role, name))
            self._need_admin()

    def set_enabled(self, name: str, enabled: bool) -> None:
        """Let somebody in again, or out at once: their sessions end.

        Raises:
            ConfigError: there is no such account, or nobody would be admin then.

        """
        with self._file.write() as change:
            self._need(name)
            change.execute("UPDATE accounts SET enabled = ? WHERE name = ?", (enabled, name))
            if not enabled:
                self._need_admin()
                self._end(name)

    def came_in(self, name: str) -> None:
        """Note that somebody has come in just now."""
        with self._file.write() as change:
            change.execute("UPDATE accounts SET seen = ? WHERE name = ?", (clock.micros(), name))

    def _end(self, name: str) -> None:
        with self._file.write() as change:
            change.execute("DELETE FROM sessions WHERE account = ?", (name,))
            change.execute("DELETE FROM links WHERE account = ?", (name,))

    def _need(self, name: str) -> None:
        with self._file.write() as change:
            if not change.execute("SELECT 1 FROM accounts WHERE name = ?", (name,)).fetchone():
                raise ConfigError(
                    f"there is no account {name!r:.80}", where="name",
                    mend="`vigie accounts list` and /api/v1/accounts list them",
                )  # fmt: skip

    def _need_admin(self) -> None:
        with self._file.write() as change:
            if not change.execute(
                "SELECT 1 FROM accounts WHERE role = 'admin' AND enabled"
            ).fetchone():
                raise ConfigError(
                    "nobody would be admin then", where="role",
                    mend="make another account an admin first",
                )  # fmt: skip


def _account(row: tuple[str, str, int, int, int | None]) -> Account:
    name, role, enabled, created, seen = row
    return Account(name, role, bool(enabled), created, seen)
