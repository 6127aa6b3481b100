"""Accounts for tests: quickly hashed, one for each role, and clients that have signed in."""

from __future__ import annotations

from typing import Any

import httpx
from argon2 import PasswordHasher

from api.access import ROLES
from api.accounts.held import HeldAccess
from api.accounts.passwords import Passwords
from api.accounts.throttle import Throttle
from api.accounts.trickle import Trickle
from store.accounts_file import AccountsFile

PASSWORD = "seven grey gulls over Skye"
# The least that Argon2 takes.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
BASE = "http://127.0.0.1:8000"


def an_access(**more: Any) -> HeldAccess:
    """Accounts in memory, named for their roles, all with the same password."""
    access = HeldAccess(AccountsFile.temporary(), passwords=Passwords(QUICK), **more)
    begin_anew(access)
    return access


def begin_anew(access: HeldAccess) -> None:
    """Put accounts back to where `an_access` begins: an application is made once for many tests."""
    kept = access.passwords.hash(PASSWORD)
    with access.file.write() as change:
        for table in ("accounts", "sessions", "tokens", "links", "familiar", "audit", "meta"):
            change.execute(f"DELETE FROM {table}")
        for role in ROLES:
            access.accounts.add(role, role, kept)
    access.throttle, access.refusals = Throttle(), Trickle()


def a_token(access: HeldAccess, role: str, *, read_only: bool = False) -> dict[str, str]:
    """Headers with a token of the account that is named for a role."""
    _, text = access.tokens.make("test", role, role, read_only=read_only, lasts_s=3600)
    return {"Authorization": f"Bearer {text}"}


def client_of(app: Any, address: str = "127.0.0.1", base: str = BASE) -> httpx.AsyncClient:
    """A client of an application, which asks from an address."""
    transport = httpx.ASGITransport(app, client=(address, 4711), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=base)


async def signed_in(client: httpx.AsyncClient, name: str, password: str = PASSWORD) -> None:
    """Sign a client in, as the console does."""
    answer = await client.post("/api/v1/session", json={"name": name, "password": password})
    assert answer.status_code == 200, answer.text
    client.headers["X-CSRF-Token"] = answer.json()["csrf"]
