"""Layers of other services that the console's map may show."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi import Query as InQuery
from pydantic import BaseModel

from api.access import may
from api.context import Context
from api.layers import Layer
from api.params import Nothing
from api.reply import reply


class LayerList(BaseModel):
    """Layers that this centre has configured, in its order."""

    layers: list[Layer]


def router(context: Context) -> APIRouter:
    """The path of the layers."""
    paths = APIRouter(tags=["map"], dependencies=[may("viewer")])

    @paths.get("/layers", response_model=LayerList, summary="Map layers of other services")
    def layers(query: Annotated[Nothing, InQuery()]) -> Response:
        """Charts and sea marks, as tiles or by WMS; browsers fetch them by themselves."""
        return reply({"layers": [layer.model_dump() for layer in context.layers]})

    return paths
