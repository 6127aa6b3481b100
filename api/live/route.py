"""`/live`: a WebSocket on which a desk is told of alerts and vessels as they come."""

from __future__ import annotations

import contextlib
import logging

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from api.access import may
from api.context import Context
from api.live.client import FAULT, UNUSABLE, Client, UnusableError
from api.live.sea import MOST_DESKS, Sea
from api.problems import UnavailableError

log = logging.getLogger(__name__)


def router(context: Context, sea: Sea | None = None) -> APIRouter:
    """The path of the socket; `sea`: what it is told of, where not of this context's own."""
    paths = APIRouter(dependencies=[may("viewer")])
    sea = sea or Sea(context)

    @paths.websocket("/live")
    async def live(socket: WebSocket) -> None:
        if sea.desks >= MOST_DESKS:
            raise UnavailableError(f"{MOST_DESKS} desks are told already; close one of them")
        await socket.accept()
        async with sea.desk():
            try:
                await Client(socket, sea, context.stream).run()
                await socket.close(1012)  # service restart: the stream was closed
            except WebSocketDisconnect:
                pass
            except UnusableError as error:
                with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                    problem = {"t": "problem", "title": "This cannot be used", "detail": str(error)}
                    await socket.send_json(problem)
                    await socket.close(UNUSABLE)
            except Exception:
                log.exception("a desk could not be told any more")
                with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                    await socket.close(FAULT)

    return paths
