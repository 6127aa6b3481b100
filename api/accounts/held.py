"""Access by accounts: who asks is known by a session's cookie or by a token."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, cast

import anyio.to_thread
from starlette.requests import HTTPConnection

from api.access import Access, Actor, Role, address_of
from api.accounts.passwords import Lane, Passwords
from api.accounts.throttle import Throttle
from api.accounts.trickle import Trickle
from store.accounts import Accounts
from store.accounts_file import AccountsFile
from store.audit import Audit
from store.sessions import IDLE_S, LONGEST_S, Familiar, Links, Sessions
from store.tokens import Tokens

# Who works on the machine itself, on record: no account can be called so.
HOST = "(host)"


class HeldAccess(Access):
    """Lets in who has an account, or a token of one.

    Args:
        file: the file of accounts.
        idle_s: seconds without a request after which a session ends.
        longest_s: seconds after which it ends in any case.
        passwords: how passwords are hashed.

    Attributes:
        accounts, sessions, links, tokens, familiar, log: what is in the file.
        passwords, throttle: how passwords are tried.
        longest_s: seconds after which a session ends in any case.

    """

    demo = False

    def __init__(
        self, file: AccountsFile, *, idle_s: float = IDLE_S, longest_s: float = LONGEST_S,
        passwords: Passwords | None = None,
    ) -> None:  # fmt: skip
        self.file = file
        self.accounts, self.links, self.tokens = Accounts(file), Links(file), Tokens(file)
        self.sessions, self.longest_s = Sessions(file, idle_s, longest_s), longest_s
        self.familiar, self.log = Familiar(file), Audit(file)
        self.passwords = passwords or Passwords()
        self.throttle, self.refusals = Throttle(), Trickle()
        # One at a time for strangers, and one for those who have come in from there before: a
        # flood of the first keeps none of the second waiting.
        self.lanes = {False: Lane(), True: Lane()}

    def identify(self, connection: HTTPConnection) -> Actor | None:
        """Who asks; None where neither token nor cookie is good."""
        if (shown := connection.headers.get("authorization")) is not None:
            return self._by_token(shown, address_of(connection))
        secret = connection.cookies.get(cookie_name(connection))
        session = self.sessions.find(secret) if secret else None
        if session is None:
            return None
        return Actor(session.account, cast(Role, session.role), address_of(connection))

    def csrf(self, connection: HTTPConnection) -> str | None:
        """What a request that changes something must bear, where it comes by a cookie."""
        if "authorization" in connection.headers:
            return None
        secret = connection.cookies.get(cookie_name(connection))
        return csrf_of(secret) if secret else None

    async def end(self, request: HTTPConnection) -> bool:
        """End the session of a request's cookie; whether there was one."""
        secret = request.cookies.get(cookie_name(request))
        if not secret:
            return False
        await anyio.to_thread.run_sync(self.sessions.end, secret)
        return True

    def audit(
        self, actor: Actor, what: str, subject: str = "", body: Mapping[str, Any] | None = None
    ) -> None:
        """Put on record what somebody did."""
        self.log.add(actor.name, actor.role, actor.address, what, subject, body)

    def audit_head(self) -> str:
        """The head of the audit log's chain."""
        return self.log.head

    def people(self) -> list[tuple[str, Role]]:
        """Names and roles of those who may act on alerts."""
        return [
            (account.name, cast(Role, account.role))
            for account in self.accounts.all()
            if account.enabled and account.role not in ("viewer", "partner")
        ]

    def _by_token(self, header: str, address: str) -> Actor | None:
        scheme, _, text = header.partition(" ")
        if scheme.lower() != "bearer":
            return None
        found = self.tokens.find(text.strip())
        if found is None:
            return None
        token, owners = found
        owner = Actor(token.account, cast(Role, owners))
        if not may_give(owner, cast(Role, token.role)):
            return None  # whoever answers for it may do less than it by now
        return Actor(
            f"{token.account or HOST}/{token.label}",
            cast(Role, token.role),
            address,
            token.read_only,
        )


def may_give(owner: Actor, role: Role) -> bool:
    """Whether somebody may give a role to a token of theirs."""
    return owner.role == "admin" or role == owner.role or (role != "partner" and owner.may(role))


def cookie_name(connection: HTTPConnection) -> str:
    """Name of the session's cookie; the prefix binds it to this very host (RFC 6265bis, 4.1.3)."""
    return "__Host-vigie_session" if connection.url.scheme in ("https", "wss") else "vigie_session"


def csrf_of(secret: str) -> str:
    """What shows that a page of ours sends a request: only that can read it."""
    return hmac.new(secret.encode(), b"csrf", hashlib.sha256).hexdigest()
