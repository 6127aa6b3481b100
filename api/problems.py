"""Errors as RFC 9457 problem details: what is wrong, where, and the mend.

ProblemError
├── BadQueryError            400: as 422, for paths whose standard asks for 400
├── SignInError              401: nobody knows who asks
├── ForbiddenError           403: it is not for those who ask
├── NotFoundError            404: there is no such thing
├── ConflictError            409: not possible as things stand; says how they stand
├── BadParametersError       422: parameters that are unknown, malformed or contradict each other
├── TooMuchError             413: answer or body too large; says how to ask for, or send, less
├── WrongHostError           421: asked under a name that this server does not answer to
├── TooOftenError            429: asked too often; says when to ask again
└── UnavailableError         503: what would answer is not there now
"""

from __future__ import annotations

import logging
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response, WebSocket
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from ingest.errors import DatabaseError, VigieError

MEDIA_TYPE = "application/problem+json"
log = logging.getLogger(__name__)

# Fields of a body that no answer repeats.
SECRET = frozenset({"password", "new", "token"})


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(description="which parameter", examples=["query: limit"])
    what: str = Field(description="what is wrong with it", examples=["'many' is not a number"])
    mend: str = Field("", description="what to send instead")


class ProblemDetails(BaseModel):
    """An error, in the form of RFC 9457."""

    type: str = Field(description="the kind of problem", examples=["/problems/not-found"])
    title: str = Field(description="the kind of problem in words, the same each time")
    status: int = Field(description="the HTTP status code")
    detail: str = Field(description="this problem in a sentence, with the mend")
    instance: str = Field(description="the path that was asked for")
    errors: list[Fault] = Field(default=[], description="each thing that is wrong, where several")


class ProblemError(Exception):
    """An answer that is an error."""

    status = 500
    kind = "internal"
    title = "Something went wrong in the server"

    def __init__(self, detail: str, *, errors: list[Fault] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors or []
        self.headers: dict[str, str] = {}


class SignInError(ProblemError):
    """Nobody knows who asks."""

    status, kind, title = 401, "sign-in", "This is for those who have signed in"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        # A 401 must name a way in (RFC 9110, 11.6.1); this one opens no window of the browser's.
        self.headers["WWW-Authenticate"] = "Bearer"


class ForbiddenError(ProblemError):
    """It is not for those who ask."""

    status, kind, title = 403, "forbidden", "This is not for you"


class NotFoundError(ProblemError):
    """There is no such thing."""

    status, kind, title = 404, "not-found", "There is no such thing"


class ConflictError(ProblemError):
    """Not possible as things stand."""

    status, kind, title = 409, "conflict", "This is not possible as things stand"


class BadParametersError(ProblemError):
    """Parameters that are unknown, malformed or contradict each other."""

    status, kind, title = 422, "bad-parameters", "The request has parameters that cannot be used"

    @classmethod
    def of(cls, *faults: Fault) -> BadParametersError:
        """A problem that names every fault."""
        return cls(" ".join(_sentence(fault) for fault in faults), errors=list(faults))


class BadQueryError(BadParametersError):
    """As above, where a standard asks for another status."""

    status, kind = 400, "bad-query"


class TooMuchError(ProblemError):
    """The answer, or what was sent, is too large."""

    status, kind, title = 413, "too-much", "This is too large"


class WrongHostError(ProblemError):
    """Asked under a name that this server does not answer to."""

    status, kind, title = 421, "wrong-host", "This server does not answer to that name"


class TooOftenError(ProblemError):
    """Asked too often."""

    status, kind, title = 429, "too-often", "This was asked too often"

    @classmethod
    def after(cls, seconds: int) -> TooOftenError:
        """A problem that goes away by itself."""
        problem = cls(f"Try again in {seconds} s")
        problem.headers["Retry-After"] = str(seconds)
        return problem


class UnavailableError(ProblemError):
    """What would answer is not there now."""

    status, kind, title = 503, "unavailable", "What would answer this is not available now"


class MethodRefusedError(ProblemError):
    """A method that this path does not know."""

    status, kind, title = 405, "method", "This path does not know that method"


class InternalError(ProblemError):
    """A fault of ours; the log has it."""


KINDS: dict[str, type[ProblemError]] = {
    p.kind: p
    for p in (
        SignInError,
        ForbiddenError,
        NotFoundError,
        ConflictError,
        BadParametersError,
        BadQueryError,
        TooMuchError,
        WrongHostError,
        TooOftenError,
        UnavailableError,
        MethodRefusedError,
        InternalError,
    )
}


def answer(problem: ProblemError, path: str) -> Response:
    """The response that tells of a problem."""
    details = ProblemDetails(
        type=f"/problems/{problem.kind}", title=problem.title, status=problem.status,
        detail=problem.detail, instance=path, errors=problem.errors,
    )  # fmt: skip
    body = orjson.dumps(details.model_dump())
    return Response(body, problem.status, problem.headers, media_type=MEDIA_TYPE)


def documented(*problems: type[ProblemError]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an endpoint that may answer with these problems."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
    return {
        problem.status: {"description": problem.title, "content": content} for problem in problems
    }


def describe(app: FastAPI) -> None:
    """Put the schema of problem details into an app's OpenAPI document."""
    plain = app.openapi

    def document() -> dict[str, Any]:
        made = plain()
        schema = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas = made["components"]["schemas"]
        schemas.update(schema.pop("$defs"))
        schemas["ProblemDetails"] = schema
        return made

    app.openapi = document  # type: ignore[method-assign]


def install(app: FastAPI) -> None:
    """Make every error of an app a problem, its own and the framework's."""

    @app.exception_handler(ProblemError)
    async def ours(asked: Request | WebSocket, error: ProblemError) -> Response:
        response = answer(error, asked.url.path)
        if isinstance(asked, WebSocket):  # the answer to one must be sent by whoever handles it
            await asked.send_denial_response(response)
        return response

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return answer(BadParametersError.of(*map(_fault, error.errors())), request.url.path)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        path = request.url.path
        if error.status_code == 404:
            return answer(NotFoundError(f"Nothing is at {path}; /docs lists what is"), path)
        if error.status_code == 405:
            known = (error.headers or {}).get("Allow", "GET")
            refused = MethodRefusedError(f"{request.method[:20]} is not for {path}; use {known}")
            refused.headers["Allow"] = known
            return answer(refused, path)
        if error.status_code == 400:  # FastAPI's word for what is not even text
            fault = Fault(where="body", what="it cannot be read", mend="send it in UTF-8")
            return answer(BadParametersError.of(fault), path)
        if error.status_code == 413:
            return answer(TooMuchError(str(error.detail)), path)
        problem = InternalError(str(error.detail))
        problem.status = error.status_code
        return answer(problem, path)

    @app.exception_handler(VigieError)
    async def known(request: Request, error: VigieError) -> Response:
        if not isinstance(error, DatabaseError):
            log.error("unexpected error in %s", request.url.path, exc_info=error)
        return answer(UnavailableError(str(error)), request.url.path)


def _fault(error: dict[str, Any]) -> Fault:
    """One of pydantic's findings in our words."""
    place, *names = (str(part) for part in error["loc"])
    context = error.get("ctx", {})
    names = names or [context.get("name", "")]
    if "fault" in context:
        what, mend = context["fault"]
    else:
        what = str(error["msg"])
        what, mend = what[:1].lower() + what[1:], ""
        if error["type"] not in ("missing", "value_error") and not SECRET & set(names):
            what = f"{_short(error['input'])}: {what}"
    return Fault(where=f"{place}: {'.'.join(names)}", what=what, mend=mend)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…'"


def _sentence(fault: Fault) -> str:
    text = f"{fault.where}: {fault.what}".rstrip(".") + "."
    return f"{text} {fault.mend[:1].upper()}{fault.mend[1:]}." if fault.mend else text
