"""`vigie sources`: how the feeds of a running watch fare."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Annotated, Any

import orjson
import typer

from ingest.errors import ConfigError
from ingest.words import safe_text
from vigie.options import Json, print_json
from vigie.table import print_table

_TIMEOUT_S = 10
_MOST_BYTES = 16 << 20


def sources(
    url: Annotated[
        str, typer.Option("--url", metavar="URL", help="Where the watch is served.")
    ] = "http://127.0.0.1:8000",
    json: Json = False,
) -> None:
    """Show each source of a running watch: state, rate, lag, and what came of its lines."""
    found = _asked(url)
    if json:
        for source in found:
            print_json(source)
        return
    print_table(
        ("source", "kind", "state", "lines", "lines/s", "lag", "last heard", "unsound", "error"),
        [_row(source) for source in found],
    )


def _row(source: dict[str, Any]) -> tuple[str, ...]:
    feed = source.get("feed") or {}
    lag = feed.get("lag_s")
    return (
        safe_text(source["name"]),
        feed.get("kind", "recording"),
        source["state"],
        f"{source['lines']:,}",
        f"{feed['rate']:,.1f}" if "rate" in feed else "",
        "" if lag is None else f"{lag:,.1f} s",
        feed.get("last_heard") or source.get("last") or "",
        f"{sum(feed.get('unsound', {}).values()):,}" if feed else "",
        safe_text(feed.get("last_error", ""), 60),
    )


def _asked(url: str) -> list[dict[str, Any]]:
    where = f"{url.rstrip('/')}/api/v1/sources"
    mend = "Start it with vigie run, or say with --url where it is served"
    if not url.startswith(("http://", "https://")):
        raise ConfigError("this is no address of a watch", where=url, mend=mend)
    try:
        with urllib.request.urlopen(where, timeout=_TIMEOUT_S) as answer:
            told = orjson.loads(answer.read(_MOST_BYTES))
        return list(told["sources"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise ConfigError(f"no watch answers ({reason})", where=url, mend=mend) from None
