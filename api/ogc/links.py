"""Links from one document to the next, absolute, as the standard's clients want them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request

from api.reply import GEOJSON

JSON = "application/json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.1"
HTML = "text/html"


class Links:
    """Links of one answer.

    Args:
        request: what is answered.

    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._base = str(request.base_url).rstrip("/")

    def to(self, rel: str, path: str, media: str, title: str = "") -> dict[str, Any]:
        """A link to a path of ours."""
        made = {"href": f"{self._base}{quote(path, safe='/')}", "rel": rel, "type": media}
        return {**made, "title": title} if title else made

    def itself(self, media: str = JSON) -> dict[str, Any]:
        """The link to the answer itself."""
        query = self._request.url.query
        made = self.to("self", self._path, media, "This document")
        return {**made, "href": f"{made['href']}?{query}"} if query else made

    def next(self, after: str) -> dict[str, Any]:
        """The link to the page after this one."""
        given = [(k, v) for k, v in self._request.query_params.multi_items() if k != "after"]
        made = self.to("next", self._path, GEOJSON, "The next page")
        return {**made, "href": f"{made['href']}?{urlencode([*given, ('after', after)])}"}

    @property
    def _path(self) -> str:
        path = self._request.scope["path"]
        root = self._request.scope.get("root_path", "")
        return path[len(root) :] if root and path.startswith(root) else path
