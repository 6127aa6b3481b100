"""Accounts and tokens, for the admin."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Path, Request, Response
from fastapi import Query as InQuery

from api.access import Actor, Role, may, recorded
from api.accounts.forms import (
    AccountChange,
    AccountList,
    AccountReport,
    Held,
    Invited,
    MadeToken,
    NewAccount,
    NewToken,
    TokenList,
    moment,
)
from api.accounts.held import HeldAccess, may_give
from api.context import Context
from api.params import Nothing
from api.problems import ConflictError, ForbiddenError, NotFoundError, documented
from api.reply import reply
from ingest import clock
from ingest.errors import ConfigError
from store.accounts import Account
from store.tokens import Token

# An invitation is opened at the next watch, or the one after the weekend.
LINK_S = 3 * 86_400.0

NamePath = Annotated[str, Path(max_length=100, description="name of the account")]
TokenId = Annotated[str, Path(max_length=20, description="id of the token", examples=["1f8a09c3"])]
Admin = Annotated[Actor, may("admin")]


def router(context: Context) -> APIRouter:
    """The paths under /accounts and /tokens."""
    paths = APIRouter(
        tags=["accounts"], dependencies=[may("admin")], responses=documented(ConflictError)
    )

    @paths.get("/accounts", response_model=AccountList, summary="Accounts")
    def accounts(query: Annotated[Nothing, InQuery()], access: Held) -> Response:
        """All accounts, also those that are disabled: records name them, so none is deleted."""
        return reply({"accounts": [_told(access, a) for a in access.accounts.all()]})

    @paths.post("/accounts", response_model=Invited, status_code=201, summary="Make an account")
    def add(sent: NewAccount, request: Request, access: Held, actor: Admin) -> Response:
        """Make an account. Its owner chooses the password, by a one-time link that is shown once.

        The link is of use for three days.
        """
        recorded(request)
        with access.file.write(), _refused():
            access.accounts.add(sent.name, sent.role, "")
            access.audit(actor, "account.add", sent.name, {"role": sent.role})
            return _invited(access, sent.name, 201)

    @paths.patch(
        "/accounts/{name}", response_model=AccountReport, responses=documented(NotFoundError),
        summary="Change an account",
    )  # fmt: skip
    def change(
        name: NamePath, sent: AccountChange, request: Request, access: Held, actor: Admin
    ) -> Response:
        """Give an account another role, disable it or enable it again.

        An account that is disabled is out at once: its sessions end, its tokens are of no use, and
        what is open for it ends within a second. Nobody can take away the last admin.
        """
        recorded(request)
        with access.file.write(), _refused():
            _need(access, name)
            if sent.role is not None:
                access.accounts.set_role(name, sent.role)
                access.audit(actor, "account.role", name, {"role": sent.role})
            if sent.enabled is not None:
                access.accounts.set_enabled(name, sent.enabled)
                access.audit(actor, "account.enable" if sent.enabled else "account.disable", name)
        return reply(_told(access, _need(access, name)))

    @paths.post(
        "/accounts/{name}/link", response_model=Invited, responses=documented(NotFoundError),
        summary="A new one-time link",
    )  # fmt: skip
    def link(name: NamePath, request: Request, access: Held, actor: Admin) -> Response:
        """A new one-time link for an account whose owner has lost the password, or the link."""
        recorded(request)
        with access.file.write():
            access.audit(actor, "account.link", _need(access, name).name)
            return _invited(access, name, 200)

    @paths.delete(
        "/accounts/{name}/sessions", status_code=204, response_class=Response,
        responses=documented(NotFoundError), summary="End the sessions of an account",
    )  # fmt: skip
    def end(name: NamePath, request: Request, access: Held, actor: Admin) -> Response:
        """End all sessions of an account; its owner may sign in again."""
        recorded(request)
        with access.file.write():
            count = access.sessions.end_all(_need(access, name).name)
            access.audit(actor, "account.sessions", name, {"ended": count})
        return Response(status_code=204)

    @paths.get("/tokens", response_model=TokenList, summary="Tokens")
    def tokens(query: Annotated[Nothing, InQuery()], access: Held) -> Response:
        """All tokens, newest first, without their secrets."""
        return reply({"tokens": [_shown(token) for token in access.tokens.all()]})

    @paths.post(
        "/tokens", response_model=MadeToken, status_code=201,
        responses=documented(ForbiddenError), summary="Make a token",
    )  # fmt: skip
    def make(sent: NewToken, request: Request, access: Held, actor: Admin) -> Response:
        """Make a token for a program; it is shown once.

        It ends with its days, when it is revoked, or with the account that made it.
        """
        recorded(request)
        if "authorization" in request.headers:
            raise ForbiddenError("A token makes no tokens; sign in")
        if not may_give(actor, sent.role):
            raise ForbiddenError("Nobody gives a token more than they may do themselves")
        with access.file.write():
            token, text = access.tokens.make(
                sent.label, actor.name, sent.role, read_only=sent.read_only,
                lasts_s=sent.days * 86_400,
            )  # fmt: skip
            access.audit(actor, "token.make", token.id, sent.model_dump())
        made = reply({**_shown(token), "token": text})
        made.status_code = 201
        return made

    @paths.delete(
        "/tokens/{token_id}", status_code=204, response_class=Response,
        responses=documented(NotFoundError), summary="Revoke a token",
    )  # fmt: skip
    def revoke(token_id: TokenId, request: Request, access: Held, actor: Admin) -> Response:
        """End a token at once, with all that is open by it."""
        recorded(request)
        with access.file.write():
            if not access.tokens.revoke(token_id):
                raise NotFoundError(
                    f"No token that holds has the id {token_id!r:.40}; /api/v1/tokens lists them"
                )
            access.audit(actor, "token.revoke", token_id)
        return Response(status_code=204)

    return paths


class _refused:  # noqa: N801
    """What the accounts refuse, as a problem."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ConfigError):
            mend = f". {error.mend[:1].upper()}{error.mend[1:]}" if error.mend else ""
            raise ConflictError(f"{error.what[:1].upper()}{error.what[1:]}{mend}") from None


def _need(access: HeldAccess, name: str) -> Account:
    if (found := access.accounts.get(name)) is None:
        raise NotFoundError(f"No account is called {name!r:.80}; /api/v1/accounts lists them")
    return found


def _invited(access: HeldAccess, name: str, status: int) -> Response:
    told = _told(access, _need(access, name))
    link = access.links.make(told["name"], LINK_S)
    expires = moment(clock.micros() + int(LINK_S * 1e6))
    made = reply({**told, "link": f"/welcome#{link}", "expires": expires})
    made.status_code = status
    return made


def _told(access: HeldAccess, account: Account) -> dict[str, Any]:
    return {
        "name": account.name, "role": cast(Role, account.role), "enabled": account.enabled,
        "created": moment(account.created), "seen": moment(account.seen),
        "sessions": access.sessions.count(account.name),
    }  # fmt: skip


def _shown(token: Token) -> dict[str, Any]:
    return {
        "id": token.id, "label": token.label, "account": token.account, "role": token.role,
        "read_only": token.read_only, "created": moment(token.created),
        "expires": moment(token.expires), "revoked": moment(token.revoked),
        "used": moment(token.used),
    }  # fmt: skip
