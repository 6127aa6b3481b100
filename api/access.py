"""Who may do what: the role that each path asks for, and who is asking.

Deny by default: a path says with `may` whom it is for, and one that says nothing is for nobody.
Who asks is found out once, before routing (`api.door`), and stands in the connection's scope.

    viewer      reads
    officer     and acts on alerts, shifts, comments
    supervisor  and edits rules, zones, lists, and what others have taken
    admin       and accounts, tokens, the audit log
    partner     beside them: sees only what a sharing policy gives, and its own session
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Literal, get_args

import anyio.to_thread
from fastapi import Depends, Request
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.requests import HTTPConnection

from api.problems import ForbiddenError, SignInError

Role = Literal["viewer", "officer", "supervisor", "admin", "partner"]
ROLES: tuple[Role, ...] = get_args(Role)
_RANKS: dict[Role, int] = {"viewer": 1, "officer": 2, "supervisor": 3, "admin": 4}

# Methods that change nothing (RFC 9110, 9.2.1); a read-only token may use these alone.
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_ACTOR, _ACCESS, _RECORDED = "vigie.actor", "vigie.access", "vigie.recorded"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks.

    Attributes:
        name: of the account, or of the token.
        role: what they may do.
        address: where they ask from.
        read_only: a token that may look and change nothing.

    """

    name: str
    role: Role
    address: str = ""
    read_only: bool = False

    def may(self, role: Role) -> bool:
        """Whether what is for this role is for them; "partner" is for whoever is known."""
        return role == "partner" or _RANKS.get(self.role, 0) >= _RANKS[role]


class Access:
    """Who is let in. This one lets everybody in, as an admin: for a demo on loopback, and tests."""

    demo = True

    # Who may stand between us and those who ask, and tell us their addresses.
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()

    # Whether connections are encrypted by ourselves.
    encrypted = False

    @classmethod
    def open(cls) -> Access:
        """Everybody is an admin called "demo"."""
        return cls()

    def identify(self, connection: HTTPConnection) -> Actor | None:
        """Who asks; None where nobody knows."""
        return Actor("demo", "admin", address_of(connection))

    def csrf(self, connection: HTTPConnection) -> str | None:
        """What a request that changes something must bear as X-CSRF-Token; None for nothing."""
        return None

    def people(self) -> list[tuple[str, Role]]:
        """Names and roles of those who may act on alerts."""
        return [("demo", "admin")]

    def audit(
        self, actor: Actor, what: str, subject: str = "", body: Mapping[str, Any] | None = None
    ) -> None:
        """Put on record what somebody did; blocks until it is written.

        Args:
            actor: who.
            what: the deed, in a word or two: "alert.acknowledge", "zone.change".
            subject: id of what it was done to.
            body: what was sent; without secrets.

        """

    def audit_head(self) -> str:
        """The head of the audit log's chain, to be printed where it cannot be changed later."""
        return ""


class Nobody(Access):
    """Lets nobody in."""

    demo = False

    def identify(self, connection: HTTPConnection) -> Actor | None:
        """Nobody is known."""
        return None

    def people(self) -> list[tuple[str, Role]]:
        """Nobody."""
        return []


class Rule:
    """For whom a path is. As a dependency it answers with who asks, or refuses."""

    def __init__(self, role: Role | None) -> None:
        """`role`: the least there is to be; None: whoever comes, known or not."""
        self.role = role

    def __call__(self, connection: HTTPConnection) -> Actor | None:
        """Who asks.

        Raises:
            SignInError: nobody knows who asks.
            ForbiddenError: it is not for them.

        """
        actor = actor_of(connection)
        if self.role is None:
            return actor
        if actor is None:
            raise SignInError("Sign in at /login, or send a token as `Authorization: Bearer …`")
        if not actor.may(self.role):
            raise ForbiddenError(
                f"This is for {_least(self.role)}; {actor.name} is {_a(actor.role)}"
            )
        if actor.read_only and connection.scope.get("method", "GET") not in SAFE:
            raise ForbiddenError(f"The token {actor.name} is for reading only")
        return actor


@functools.cache
def may(role: Role) -> Any:
    """The dependency of a path that is for a role and those above it.

    `dependencies=[may("viewer")]` on a router or a path; `actor: Annotated[Actor, may("officer")]`
    where the path wants to know who asks. The strictest one holds.
    """
    return Depends(Rule(role))


@functools.cache
def anybody() -> Any:
    """The dependency of a path that is for whoever comes, known or not: signing in."""
    return Depends(Rule(None))


def rules_of(route: Any) -> list[Rule]:
    """The rules that a path declares, on itself or on its router."""
    if not isinstance(route, APIRoute | APIWebSocketRoute):
        return []
    found, rest = [], list(route.dependant.dependencies)
    while rest:
        dependant = rest.pop()
        rest += dependant.dependencies
        if isinstance(dependant.call, Rule):
            found.append(dependant.call)
    return found


def strictest(rules: Sequence[Rule]) -> Rule:
    """The rule that decides, of several that hold together."""
    return max(rules, key=lambda rule: -1 if rule.role is None else _RANKS.get(rule.role, 0))


def declared(connection: HTTPConnection) -> None:
    """The dependency of the whole application: refuse a path that does not say whom it is for."""
    if not rules_of(connection.scope.get("route")):
        raise ForbiddenError("This path does not say whom it is for, so it is for nobody")


def actor_of(connection: HTTPConnection) -> Actor | None:
    """Who asks, as the door has found out; None where nobody knows."""
    found: Actor | None = connection.scope.get(_ACTOR)
    return found


def access_of(connection: HTTPConnection) -> Access:
    """What decides who is let in."""
    found: Access = connection.scope[_ACCESS]
    return found


def is_in(scope: Any, access: Access) -> bool:
    """Whether a connection has passed the same door before: one application within another."""
    return scope.get(_ACCESS) is access


def let_in(scope: Any, access: Access, actor: Actor | None) -> list[bool]:
    """Note in a connection's scope who asks; answers whether what is done is on record yet."""
    scope[_ACCESS], scope[_ACTOR], scope[_RECORDED] = access, actor, [False]
    on_record: list[bool] = scope[_RECORDED]
    return on_record


async def record(
    request: Request, what: str, subject: str = "", body: Mapping[str, Any] | None = None
) -> None:
    """Put on record what whoever asks has done; as `Access.audit`, and blocks nobody."""
    access, actor = access_of(request), actor_of(request)
    recorded(request)
    if actor is not None:
        await anyio.to_thread.run_sync(access.audit, actor, what, subject, body)


def record_now(
    request: Request, what: str, subject: str = "", body: Mapping[str, Any] | None = None
) -> None:
    """As `record`, for paths that run in a thread: blocks until it is written."""
    recorded(request)
    if (actor := actor_of(request)) is not None:
        access_of(request).audit(actor, what, subject, body)


def recorded(connection: HTTPConnection) -> None:
    """Note that what is done is on record already, or will be: it gets no general entry."""
    connection.scope[_RECORDED][0] = True


def address_of(connection: HTTPConnection) -> str:
    """The address that a connection comes from."""
    return connection.client.host if connection.client else ""


def _least(role: Role) -> str:
    return "an admin" if role == "admin" else f"{_a(role)} or above"


def _a(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
