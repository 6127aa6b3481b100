"""Tokens: for programs that ask the API, each with a role, an end, and somebody who answers for it.

A token is `vigie_<id>_<secret>`: the id names it in lists and on record, the secret is shown once.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ingest import clock
from store.accounts_file import AccountsFile
from store.sessions import digest, new_secret

PREFIX = "vigie"
_FIELDS = "id, label, account, tokens.role, read_only, tokens.created, expires, revoked, used"
_TOUCH_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Token:
    """One token, without its secret.

    Attributes:
        id: 8 hex digits.
        label: what it is for.
        account: who answers for it: it ends with that account. "" for whoever may write the file:
            it was made on the machine itself.
        role: what it may do.
        read_only: whether it may look only.
        created: when it was made (µs since 1970 UTC); likewise all times.
        expires: when it ends.
        revoked: when it was ended before that.
        used: when it was used last, give or take a minute.

    """

    id: str
    label: str
    account: str
    role: str
    read_only: bool
    created: int
    expires: int
    revoked: int | None
    used: int | None


class Tokens:
    """The tokens in a file."""

    def __init__(self, file: AccountsFile) -> None:
        self._file = file

    def all(self) -> list[Token]:
        """Every token, newest first, also those that have ended."""
        rows = self._file.read(f"SELECT {_FIELDS} FROM tokens ORDER BY created DESC, id")
        return [_token(row) for row in rows]

    def make(
        self, label: str, account: str, role: str, *, read_only: bool, lasts_s: float
    ) -> tuple[Token, str]:
        """Make one: what is known of it, and the whole token, which is not known again."""
        name, secret, now = secrets.token_hex(4), new_secret(), clock.micros()
        token = Token(
            name, label, account, role, read_only, now, now + int(lasts_s * 1e6), None, None
        )
        with self._file.write() as change:
            change.execute(
                "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
                (name, digest(secret), label, account, role, read_only, now, token.expires),
            )
        return token, f"{PREFIX}_{name}_{secret}"

    def find(self, text: str) -> tuple[Token, str] | None:
        """The token that was shown, if it holds, and the role of whose it is."""
        kind, _, rest = text.partition("_")
        name, _, secret = rest.partition("_")
        if kind != PREFIX:
            return None
        now = clock.micros()
        rows = self._file.read(
            f"SELECT hash, coalesce(accounts.role, 'admin'), {_FIELDS} FROM tokens"
            " LEFT JOIN accounts ON account = name"
            " WHERE id = ? AND (enabled OR account = '') AND revoked IS NULL AND expires >= ?",
            (name, now),
        )  # fmt: skip
        if not rows or not hmac.compare_digest(rows[0][0], digest(secret)):
            return None
        found = _token(rows[0][2:])
        if found.used is None or now - found.used > _TOUCH_US:
            self._file.note("UPDATE tokens SET used = ? WHERE id = ?", (now, name))
        return found, rows[0][1]

    def revoke(self, name: str) -> bool:
        """End one; False where there is none of that id that has not ended."""
        with self._file.write() as change:
            return bool(
                change.execute(
                    "UPDATE tokens SET revoked = ? WHERE id = ? AND revoked IS NULL",
                    (clock.micros(), name),
                ).rowcount
            )

    def drop(self, name: str) -> None:
        """Forget one that was made for a moment."""
        with self._file.write() as change:
            change.execute("DELETE FROM tokens WHERE id = ?", (name,))


def _token(row: Sequence[Any]) -> Token:
    name, label, account, role, read_only, created, expires, revoked, used = row
    return Token(name, label, account, role, bool(read_only), created, expires, revoked, used)
