"""Past hours under pages of their own: what the API asks of who replays them, and the way there.

Each replay is the same application over a workspace of its own, under `/replays/{id}`. It reads
nothing of the live watch and writes nothing to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from starlette._utils import get_route_path
from starlette.types import ASGIApp, Receive, Scope, Send

from api.context import Context
from api.problems import NotFoundError, answer

PREFIX = "/replays"


class Replays(Protocol):
    """What replays past hours. All of it blocks, and raises a VigieError or a ProblemError."""

    def begin(self, since: np.datetime64, until: np.datetime64, speed: float) -> dict[str, Any]:
        """Begin one; how it stands, of the schema `Replay`."""

    def table(self) -> list[dict[str, Any]]:
        """All there are, oldest first."""

    def get(self, name: str) -> dict[str, Any]:
        """How one stands.

        Raises:
            NotFoundError: there is none of that name.
        """

    def change(
        self, name: str, *, speed: float | None = None, paused: bool | None = None,
        seek: np.datetime64 | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Conduct one; how it stands then."""

    def end(self, name: str) -> None:
        """End one, and let go of all it holds."""

    def quiet(self) -> None:
        """End the streams of all, so that a server can stop. Does not block."""

    def visit(self, name: str) -> tuple[Context, Callable[[], None]] | None:
        """The context of one, for somebody who looks at it until he calls what comes with it.

        None where there is none of that name. Does not block.
        """


class ReplayPages:
    """ASGI application: hands requests on to the replay that they are for.

    Args:
        replays: that there are.
        make: makes the application over a context.

    """

    def __init__(self, replays: Replays, make: Callable[[Context], ASGIApp]) -> None:
        self._replays, self._make = replays, make
        self._made: dict[str, tuple[Context, ASGIApp]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] not in ("http", "websocket"):
            return
        name, slash, _ = get_route_path(scope).lstrip("/").partition("/")
        visited = self._replays.visit(name)
        if visited is None:
            self._made.pop(name, None)
            problem = NotFoundError(
                "No such replay is running; /api/v1/replays lists those that are"
            )
            await answer(problem, scope["path"])(scope, receive, send)
            return
        context, leave = visited
        try:
            app = self._app(name, context)
            root = f"{scope.get('root_path', '')}/{name}"
            path = scope["path"] if slash else f"{scope['path']}/"
            inner = {**scope, "root_path": root, "app_root_path": root, "path": path}
            await app(inner, receive, send)
        finally:
            leave()

    def _app(self, name: str, context: Context) -> ASGIApp:
        known = self._made.get(name)
        if known is None or known[0] is not context:
            known = self._made[name] = context, self._make(context)
            alive = {row["id"] for row in self._replays.table()}
            for gone in self._made.keys() - alive - {name}:
                del self._made[gone]
        return known[1]
