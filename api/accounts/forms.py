"""What is sent to sign in and to look after accounts, and what is answered."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import numpy as np
from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import HTTPConnection

from api.access import Role, access_of
from api.accounts.held import HeldAccess
from api.accounts.passwords import LONGEST
from api.problems import ConflictError
from ingest.words import iso_time
from store.accounts import NAME

Time = datetime.datetime
Name = Annotated[str, Field(pattern=f"^{NAME}$", description="name of the account")]


def held(connection: HTTPConnection) -> HeldAccess:
    """The accounts of this watch.

    Raises:
        ConflictError: it has none.

    """
    access = access_of(connection)
    if not isinstance(access, HeldAccess):
        raise ConflictError("This is a demo: it has no accounts. Start it without --demo")
    return access


Held = Annotated[HeldAccess, Depends(held)]


class Sent(BaseModel):
    """Base of all bodies: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _password(meaning: str) -> Any:
    return Field(max_length=4 * LONGEST, description=meaning)


class SignIn(Sent):
    """Who wants to come in."""

    name: str = Field(max_length=200, description="name of the account", examples=["anna"])
    password: str = _password("its password")


class Welcome(Sent):
    """What somebody chooses who was sent a one-time link."""

    token: str = Field(max_length=200, description="what stands behind the # of the link")
    name: Name | None = Field(None, description="what the first admin is to be called; else null")
    password: str = _password("the password to have from now on, of 15 characters or more")


class NewPassword(Sent):
    """Another password for whoever asks."""

    password: str = _password("the password of now")
    new: str = _password("the one to have from now on, of 15 characters or more")


class SessionReport(BaseModel):
    """Who asks, and what a page needs to ask on."""

    name: str
    role: Role
    csrf: str = Field(
        description="to be sent as `X-CSRF-Token` with whatever changes something; empty where"
        " nothing needs it"
    )
    demo: bool = Field(description="everybody is let in; a demo on this machine alone")


class Person(BaseModel):
    """Somebody who may act on alerts."""

    name: str
    role: Role


class People(BaseModel):
    """All who may act on alerts, in order of name."""

    people: list[Person]


class NewAccount(Sent):
    """An account to make."""

    name: Name = Field(examples=["anna"])
    role: Role


class AccountChange(Sent):
    """What to change; what is left out stays."""

    role: Role | None = None
    enabled: bool | None = Field(None, description="false lets them out at once")


class AccountReport(BaseModel):
    """One account."""

    name: str
    role: Role
    enabled: bool
    created: Time
    seen: Time | None = Field(description="when they came in last")
    sessions: int = Field(description="how many are open now")


class Invited(AccountReport):
    """An account, and how its owner comes in."""

    link: str = Field(description="one-time link by which its owner chooses a password; shown once")
    expires: Time = Field(description="when the link is of no use any more")


class AccountList(BaseModel):
    """All accounts, in order of name."""

    accounts: list[AccountReport]


class NewToken(Sent):
    """A token to make."""

    label: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$", description="what it is for",
        examples=["prometheus"],
    )  # fmt: skip
    role: Role = Field(description="what it may do, at most what whoever makes it may")
    read_only: bool = Field(True, description="it may look, and change nothing")
    days: float = Field(90, gt=0, le=366, description="days until it ends")


class TokenReport(BaseModel):
    """One token, without its secret."""

    id: str
    label: str
    account: str = Field(description="who answers for it; it ends with that account")
    role: Role
    read_only: bool
    created: Time
    expires: Time
    revoked: Time | None = Field(description="when it was ended before that")
    used: Time | None = Field(description="when it was used last, to the minute")


class MadeToken(TokenReport):
    """A new token."""

    token: str = Field(description="send it as `Authorization: Bearer …`; it is not shown again")


class TokenList(BaseModel):
    """All tokens, newest first, also those that have ended."""

    tokens: list[TokenReport]


class AuditEntry(BaseModel):
    """One deed on record."""

    number: int
    at: Time
    who: str
    role: str = Field(description="theirs at that time; empty where nobody had come in")
    address: str = Field(description="where it was asked from; empty on the machine itself")
    what: str
    subject: str
    body: Any = Field(description="what was sent, without secrets")
    head: str = Field(description="SHA-256 of the head before it and this entry")


class AuditPage(BaseModel):
    """Entries, newest first."""

    next: int | None = Field(description="`before` for the next page; null on the last one")
    entries: list[AuditEntry]


class AuditVerdict(BaseModel):
    """What came of a check of the whole audit log."""

    entries: int
    head: str = Field(description="number and head of the newest entry")
    sound: bool
    faults: list[str]


def moment(us: int | None) -> str | None:
    """µs since 1970 as RFC 3339."""
    return None if us is None else iso_time(np.datetime64(us, "us"))
