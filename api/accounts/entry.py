"""Coming in: by password, or by a one-time link; and choosing another password."""

from __future__ import annotations

import hmac
import math

import anyio.to_thread
from fastapi import Request

from api.access import Actor, address_of
from api.accounts.held import HeldAccess
from api.accounts.passwords import LONGEST, fault_of
from api.problems import (
    BadParametersError,
    ConflictError,
    Fault,
    ForbiddenError,
    SignInError,
    TooOftenError,
)
from ingest.errors import ConfigError

# Said whatever was wrong, so that nobody learns which names there are.
WRONG = "The name or the password is wrong. Upper and lower case count in the password"
NO_USE = (
    "This link has been used, replaced by a newer one, or has expired. Ask whoever gave it to you"
    " for another; the first admin's is printed at each start of the program"
)


async def sign_in(access: HeldAccess, request: Request, name: str, password: str) -> str:
    """Begin a session for whoever knows an account's password: its secret.

    Raises:
        SignInError: name or password are wrong, or the account is disabled.
        TooOftenError: too many have failed.

    """
    if not await _right(access, request, name, password):
        raise SignInError(WRONG)

    def begin() -> str:
        account = access.accounts.get(name)
        kept, _ = access.accounts.password(name)
        if account is None:
            raise SignInError(WRONG)
        if access.passwords.outdated(kept):
            access.accounts.rehash(account.name, access.passwords.hash(password))
        return _come_in(access, account.name, account.role, address_of(request), "session.begin")

    return await anyio.to_thread.run_sync(begin)


async def welcome(
    access: HeldAccess, request: Request, link: str, name: str | None, password: str
) -> tuple[str, str]:
    """Choose a password by a one-time link, which makes the first admin or ends an invitation.

    Returns:
        The secret of a session, and the account's name.

    Raises:
        ForbiddenError: the link is of no use.
        BadParametersError: the name or the password cannot be used.
        ConflictError: the name is taken.

    """
    opened = await anyio.to_thread.run_sync(access.links.open, link)
    if opened is None:
        raise ForbiddenError(NO_USE)
    (invited,) = opened
    chosen = invited or name
    if chosen is None:
        raise _unfit("name", "it is missing", "say what the first admin is to be called")
    demand_good(password, chosen, "password")
    address = address_of(request)

    def make(kept: str) -> str:
        with access.file.write():
            if not access.links.use(link):
                raise ForbiddenError(NO_USE)
            if invited is not None:
                account = access.accounts.get(invited)
                if account is None or not account.enabled:
                    raise ForbiddenError(NO_USE)
                access.accounts.set_password(invited, kept)
                role = account.role
            else:
                if not access.accounts.empty:
                    raise ForbiddenError(NO_USE)
                try:
                    access.accounts.add(chosen, role := "admin", kept)
                except ConfigError as error:
                    raise ConflictError(str(error)) from None
            return _come_in(access, chosen, role, address, "session.welcome")

    kept = await _hashed(access, request, password)
    return await anyio.to_thread.run_sync(make, kept), chosen


async def change_password(
    access: HeldAccess, request: Request, actor: Actor, password: str, new: str
) -> str:
    """Choose another password; ends all sessions of the account, and begins a new one: its secret.

    Raises:
        SignInError: the password of now is wrong.
        TooOftenError: too many have failed.
        BadParametersError: the new one cannot be used.

    """
    demand_good(new, actor.name, "new")
    if not await _right(access, request, actor.name, password):
        raise SignInError("The password of now is wrong")
    if hmac.compare_digest(password.encode(), new.encode()):
        raise _unfit("new", "it is the one of now", "choose another")
    kept = await _hashed(access, request, new)

    def change() -> str:
        with access.file.write():
            access.accounts.set_password(actor.name, kept)
            access.audit(actor, "password.change", actor.name)
            return access.sessions.begin(actor.name, actor.address)

    return await anyio.to_thread.run_sync(change)


def demand_good(password: str, name: str, field: str) -> None:
    """Refuse a password that is no good.

    Raises:
        BadParametersError: says why, and what would be.

    """
    if (fault := fault_of(password, name)) is not None:
        raise _unfit(field, *fault)


async def _right(access: HeldAccess, request: Request, name: str, password: str) -> bool:
    """Whether a password is that of an account that is enabled.

    Every way through does the same work, so that its time says nothing either.
    """
    address = address_of(request)

    def known() -> tuple[str, bool, bool]:
        return *access.accounts.password(name), access.familiar.knows(name, address)

    kept, enabled, familiar = await anyio.to_thread.run_sync(known)
    wait = access.throttle.take(name, address, familiar=familiar)
    if wait > 0:
        await anyio.to_thread.run_sync(_refused, access, name, address, "session.locked")
        raise TooOftenError.after(math.ceil(wait))
    lane = access.lanes[familiar]
    if lane.waiting >= 32:
        raise TooOftenError.after(5)
    right = await lane.run(access.passwords.right, kept, password[: LONGEST + 1])
    if right and enabled:
        access.throttle.forgive(name, address, familiar=familiar)
        return True
    await anyio.to_thread.run_sync(_refused, access, name, address, "session.refused")
    return False


def _come_in(access: HeldAccess, name: str, role: str, address: str, deed: str) -> str:
    with access.file.write():
        access.accounts.came_in(name)
        access.familiar.add(name, address)
        access.log.add(name, role, address, deed)
        return access.sessions.begin(name, address)


def _refused(access: HeldAccess, name: str, address: str, deed: str) -> None:
    left_out = access.refusals.take()
    if left_out is not None:
        more = {"not on record before this": left_out} if left_out else {}
        access.log.add(name, "", address, deed, body=more)


async def _hashed(access: HeldAccess, request: Request, password: str) -> str:
    return await access.lanes[True].run(access.passwords.hash, password)


def _unfit(field: str, what: str, mend: str) -> BadParametersError:
    return BadParametersError.of(Fault(where=f"body: {field}", what=what, mend=mend))
