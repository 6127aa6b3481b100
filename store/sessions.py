"""Sessions, links and familiar addresses: who is in, who may come in once, and from where they do.

Secrets are random and of 256 bits, so their SHA-256 is kept and nothing slower: nobody can guess
one, and who reads the file learns none.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from ingest import clock
from store.accounts_file import AccountsFile

# A watch is twelve hours, and a hand-over. A console that is open asks every second, so whoever is
# idle has closed it, or the machine sleeps.
IDLE_S, LONGEST_S = 1800.0, 16 * 3600.0

# Addresses kept an account, the newest: a person works at a few places.
FAMILIAR = 20
FAMILIAR_DAYS = 90
# Desks that one account can have open; the one longest unused ends when another begins.
MOST_SESSIONS = 50
_DAY_US = 86_400_000_000
# Between two notes that a session is in use.
_TOUCH_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is in.

    Attributes:
        account: whose; with its role as it is now.
        role: of the account.
        address: where it was begun from.
        begun: when (µs since 1970 UTC).
        seen: when it was used last, give or take a minute.

    """

    account: str
    role: str
    address: str
    begun: int
    seen: int


class Sessions:
    """The sessions in a file.

    Args:
        file: the file of accounts.
        idle_s: seconds without use after which a session ends.
        longest_s: seconds after which it ends in any case.

    """

    def __init__(self, file: AccountsFile, idle_s: float, longest_s: float) -> None:
        self._file = file
        self._idle_us, self._longest_us = int(idle_s * 1e6), int(longest_s * 1e6)

    def begin(self, account: str, address: str) -> str:
        """Begin one: its secret."""
        secret, now = new_secret(), clock.micros()
        with self._file.write() as change:
            change.execute(
                "DELETE FROM sessions WHERE seen < ? OR begun < ?",
                (now - self._idle_us, now - self._longest_us),
            )
            change.execute(
                "DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE account = ?"
                " ORDER BY seen DESC LIMIT -1 OFFSET ?)", (account, MOST_SESSIONS - 1),
            )  # fmt: skip
            change.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?)",
                (digest(secret), account, address, now, now),
            )
        return secret

    def find(self, secret: str) -> Session | None:
        """The session of a secret, if it goes on; notes that it is in use."""
        now = clock.micros()
        rows = self._file.read(
            "SELECT accounts.name, role, address, begun, sessions.seen FROM sessions"
            " JOIN accounts ON account = name WHERE hash = ? AND enabled"
            " AND sessions.seen >= ? AND begun >= ?",
            (digest(secret), now - self._idle_us, now - self._longest_us),
        )
        if not rows:
            return None
        found = Session(*rows[0])
        if now - found.seen > min(_TOUCH_US, self._idle_us // 4):
            self._file.note("UPDATE sessions SET seen = ? WHERE hash = ?", (now, digest(secret)))
        return found

    def end(self, secret: str) -> None:
        """End one."""
        with self._file.write() as change:
            change.execute("DELETE FROM sessions WHERE hash = ?", (digest(secret),))

    def end_all(self, account: str) -> int:
        """End all of an account; how many there were."""
        with self._file.write() as change:
            return change.execute("DELETE FROM sessions WHERE account = ?", (account,)).rowcount

    def count(self, account: str) -> int:
        """How many an account has."""
        now = clock.micros()
        ((count,),) = self._file.read(
            "SELECT count(*) FROM sessions WHERE account = ? AND seen >= ? AND begun >= ?",
            (account, now - self._idle_us, now - self._longest_us),
        )
        return int(count)


class Links:
    """One-time links: each lets whoever opens it choose a password, once, until it expires."""

    def __init__(self, file: AccountsFile) -> None:
        self._file = file

    def make(self, account: str | None, lasts_s: float) -> str:
        """Make the one link of an account, or of the first admin: its secret.

        One that was made before for the same is of no use from then on.
        """
        secret, now = new_secret(), clock.micros()
        with self._file.write() as change:
            change.execute("DELETE FROM links WHERE expires < ? OR account IS ?", (now, account))
            change.execute(
                "INSERT INTO links VALUES (?, ?, ?)",
                (digest(secret), account, now + int(lasts_s * 1e6)),
            )
        return secret

    def open(self, secret: str) -> tuple[str | None] | None:
        """For whom a link is: an account, or None for the first admin; no tuple if it is none."""
        rows = self._file.read(
            "SELECT account FROM links WHERE hash = ? AND expires >= ?",
            (digest(secret), clock.micros()),
        )
        return (rows[0][0],) if rows else None

    def use(self, secret: str) -> bool:
        """Use one up; False where somebody has done so already."""
        with self._file.write() as change:
            return bool(
                change.execute(
                    "DELETE FROM links WHERE hash = ? AND expires >= ?",
                    (digest(secret), clock.micros()),
                ).rowcount
            )


class Familiar:
    """From where each account has come in before."""

    def __init__(self, file: AccountsFile) -> None:
        self._file = file

    def knows(self, account: str, address: str) -> bool:
        """Whether an account has come in from an address lately."""
        return bool(
            self._file.read(
                "SELECT 1 FROM familiar WHERE account = ? AND address = ? AND at > ?",
                (account, address, clock.micros() - FAMILIAR_DAYS * _DAY_US),
            )
        )

    def add(self, account: str, address: str) -> None:
        """Note that an account has come in from an address."""
        with self._file.write() as change:
            change.execute(
                "INSERT OR REPLACE INTO familiar VALUES (?, ?, ?)",
                (account, address, clock.micros()),
            )
            change.execute(
                "DELETE FROM familiar WHERE account = ?1 AND address NOT IN (SELECT address"
                " FROM familiar WHERE account = ?1 ORDER BY at DESC LIMIT ?2)",
                (account, FAMILIAR),
            )


def new_secret() -> str:
    """256 random bits, fit for an address or a header."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
