"""Whom each path is for, as the OpenAPI document tells it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts

from api.access import Role, Rule, rules_of, strictest
from api.problems import ForbiddenError, ProblemError, SignInError, TooMuchError, documented

_SCHEMES = {
    "session": {
        "type": "apiKey", "in": "cookie", "name": "vigie_session",
        "description": "set by signing in; under TLS its name begins with `__Host-`. What changes"
        " something bears `X-CSRF-Token` too",
    },
    "token": {"type": "http", "scheme": "bearer", "description": "made by an admin"},
}  # fmt: skip


def roles(app: FastAPI) -> Iterator[tuple[str, str, Rule | None]]:
    """Path, method and rule of all that an application answers itself; None: nothing declared.

    A socket's method is "WEBSOCKET". What is mounted, files and other applications, is not in it.
    """
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute | APIWebSocketRoute):
            rules = rules_of(route)
            for method in sorted(context.methods or {"WEBSOCKET"}):
                yield context.path or "", method, strictest(rules) if rules else None


def describe(app: FastAPI) -> None:
    """Put into an app's OpenAPI document whom each path is for, and what the others are told."""
    plain = app.openapi

    def document() -> dict[str, Any]:
        made = plain()
        made["components"]["securitySchemes"] = _SCHEMES
        for path, method, rule in roles(app):
            operation = made["paths"].get(path, {}).get(method.lower())
            if operation is None or rule is None:
                continue
            problems: list[type[ProblemError]] = (
                [TooMuchError] if "requestBody" in operation else []
            )
            if rule.role is None:
                operation["security"] = []
            else:
                operation["security"] = [{name: []} for name in _SCHEMES]
                operation["description"] += f"\n\n{_words(rule.role)}"
                problems += [SignInError, ForbiddenError]
            operation["x-role"] = rule.role
            for status, told in documented(*problems).items():
                operation["responses"].setdefault(str(status), told)
        return made

    app.openapi = document  # type: ignore[method-assign]


def _words(role: Role) -> str:
    if role == "partner":
        return "For whoever has signed in."
    return f"For the role `{role}`" + ("." if role == "admin" else " and those above it.")
