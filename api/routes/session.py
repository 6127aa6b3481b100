"""Signing in and out, and who may be handed an alert."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi import Query as InQuery

from api.access import Actor, access_of, anybody, may, recorded
from api.accounts.entry import change_password, sign_in, welcome
from api.accounts.forms import Held, NewPassword, People, SessionReport, SignIn, Welcome
from api.accounts.held import HeldAccess, cookie_name, csrf_of
from api.context import Context
from api.params import Nothing
from api.problems import (
    BadParametersError,
    ConflictError,
    ForbiddenError,
    SignInError,
    TooOftenError,
    documented,
)
from api.reply import reply


def router(context: Context) -> APIRouter:
    """The paths of sessions."""
    paths = APIRouter(tags=["accounts"])

    @paths.post(
        "/session", response_model=SessionReport, summary="Sign in", dependencies=[anybody()],
        responses=documented(SignInError, TooOftenError, ConflictError),
    )  # fmt: skip
    async def begin(sent: SignIn, request: Request, access: Held) -> Response:
        """Begin a session: the answer sets its cookie.

        Whatever is wrong, name, password or an account that is disabled, is answered in the same
        words after the same time. Whoever fails too often must wait.
        """
        recorded(request)
        await access.end(request)
        secret = await sign_in(access, request, sent.name, sent.password)
        account = access.accounts.get(sent.name)
        name, role = (account.name, account.role) if account else (sent.name, "")
        return _with_cookie(access, request, secret, name, role)

    @paths.get(
        "/session", response_model=SessionReport, summary="Who asks",
        dependencies=[may("partner")], responses=documented(SignInError),
    )  # fmt: skip
    def session(
        query: Annotated[Nothing, InQuery()], request: Request,
        actor: Annotated[Actor, may("partner")],
    ) -> Response:  # fmt: skip
        """Name and role of whoever asks; 401 for somebody who has not signed in."""
        access = access_of(request)
        return reply({
            "name": actor.name, "role": actor.role, "csrf": access.csrf(request) or "",
            "demo": access.demo,
        })  # fmt: skip

    @paths.delete(
        "/session", status_code=204, summary="Sign out", dependencies=[may("partner")],
        response_class=Response, responses=documented(SignInError, ConflictError),
    )  # fmt: skip
    async def end(
        request: Request, access: Held, actor: Annotated[Actor, may("partner")]
    ) -> Response:
        """End the session of the cookie, at every open page and stream of it."""
        recorded(request)
        if await access.end(request):
            access.audit(actor, "session.end")
        answer = Response(status_code=204)
        answer.delete_cookie(
            cookie_name(request), secure=_secure(request), httponly=True, samesite="strict"
        )
        return answer

    @paths.post(
        "/session/password", response_model=SessionReport, summary="Choose another password",
        dependencies=[may("partner")],
        responses=documented(SignInError, ForbiddenError, TooOftenError, ConflictError),
    )  # fmt: skip
    async def password(
        sent: NewPassword, request: Request, access: Held,
        actor: Annotated[Actor, may("partner")],
    ) -> Response:  # fmt: skip
        """Choose another password. All other sessions of the account end; this one is renewed."""
        recorded(request)
        if "authorization" in request.headers:
            raise ForbiddenError("A token has no password; sign in")
        secret = await change_password(access, request, actor, sent.password, sent.new)
        return _with_cookie(access, request, secret, actor.name, actor.role)

    @paths.post(
        "/welcome", response_model=SessionReport, summary="Open a one-time link",
        dependencies=[anybody()],
        responses=documented(ForbiddenError, ConflictError, BadParametersError),
    )  # fmt: skip
    async def open_link(sent: Welcome, request: Request, access: Held) -> Response:
        """Choose a password by a one-time link, and come in.

        The link that is printed at the first start makes the first admin, under `name`. Those that
        an admin hands out belong to an account, and need no name.
        """
        recorded(request)
        secret, name = await welcome(access, request, sent.token, sent.name, sent.password)
        account = access.accounts.get(name)
        return _with_cookie(access, request, secret, name, account.role if account else "")

    @paths.get(
        "/people", response_model=People, summary="Who may act on alerts",
        dependencies=[may("officer")],
    )  # fmt: skip
    def people(query: Annotated[Nothing, InQuery()], request: Request) -> Response:
        """Names and roles of those to whom an alert can be handed."""
        found = access_of(request).people()
        return reply({"people": [{"name": name, "role": role} for name, role in found]})

    return paths


def _with_cookie(
    access: HeldAccess, request: Request, secret: str, name: str, role: str
) -> Response:
    answer = reply({"name": name, "role": role, "csrf": csrf_of(secret), "demo": False})
    answer.set_cookie(
        cookie_name(request), secret, max_age=int(access.longest_s), path="/",
        secure=_secure(request), httponly=True, samesite="strict",
    )  # fmt: skip
    return answer


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"
