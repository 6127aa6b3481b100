"""`vigie sources`: how the feeds of a running watch fare."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from ingest.errors import ConfigError
from ingest.words import safe_text
from vigie.local import Asked, asked
from vigie.options import Json, print_json
from vigie.table import print_table

_TIMEOUT_S = 10
_MOST_BYTES = 16 << 20

_TITLES = (
    "source", "kind", "state", "lines", "lines/s", "lag", "last heard", "unsound", "echoes", "error"
)  # fmt: skip

Row = tuple[object, ...]


def sources(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Sources of which to show everything."),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            "--url", metavar="URL", help="Where the watch is served, if not at 127.0.0.1:8000."
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", metavar="FILE", help="The configuration of the watch, on its machine."
        ),
    ] = None,
    accounts: Annotated[
        Path | None,
        typer.Option("--accounts", metavar="FILE", help="Its file of accounts, likewise."),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option("--token-file", metavar="FILE", help="Elsewhere: a file with a token."),
    ] = None,
    json: Json = False,
) -> None:
    """Show each source of a running watch: state, rate, lag, and what came of its lines.

    A watch shows this to those who may: with --config, on its own machine, to whoever may write its
    accounts; elsewhere with a token.
    """
    with asked(url, config, accounts, token_file) as how:
        found = _found(how)
    url = how.url
    for name in names or ():
        if name not in found:
            raise ConfigError(
                f"there is no source {safe_text(name, 40)!r}", where=url,
                mend=f"the sources are {', '.join(map(safe_text, found)) or 'none at all'}",
            )  # fmt: skip
    chosen = [found[name] for name in names] if names else list(found.values())
    if json:
        for source in chosen:
            print_json(source)
    elif names:
        for source in chosen:
            print_table(("source", safe_text(source["name"])), _details(source))
    else:
        print_table(_TITLES, [_row(source) for source in chosen])


def _row(source: dict[str, Any]) -> Row:
    feed = source["feed"] or {}
    lag = feed.get("lag_s")
    return (
        source["name"], feed.get("kind", "recording"), source["state"], f"{source['lines']:,}",
        f"{feed['rate']:,.1f}" if "rate" in feed else "", "" if lag is None else f"{lag:,.1f} s",
        feed.get("last_heard") or source["last"],
        f"{sum(feed['unsound'].values()):,}" if "unsound" in feed else "",
        feed.get("echoes"), feed.get("last_error"),
    )  # fmt: skip


def _details(source: dict[str, Any]) -> list[tuple[str, object]]:
    """All that is known of a source, a row each; counts by reason one below the other."""
    rows: list[tuple[str, object]] = [
        (key, source[key]) for key in ("state", "lines", "last", "share")
    ]
    for key, value in (source["feed"] or {}).items():
        if isinstance(value, dict):
            rows += [(f"{key}: {reason}", count) for reason, count in value.items()]
        elif key not in source:
            rows.append((key, value))
    return [(name.replace("_", " "), value) for name, value in rows if value not in (None, "")]


def _found(how: Asked) -> dict[str, dict[str, Any]]:
    """What a watch answers, by name; anything may answer there."""
    url = how.url
    where = f"{url.rstrip('/')}/api/v1/sources"
    mend = "Start it with vigie run, or say with --url where it is served"
    if not url.startswith(("http://", "https://")):
        raise ConfigError("this is no address of a watch", where=url, mend=mend)
    try:
        request = urllib.request.Request(where)
        if how.token:
            request.add_unredirected_header("Authorization", f"Bearer {how.token}")
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S, context=how.context) as answer:
            told = answer.read(_MOST_BYTES)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 401:
            raise ConfigError(
                "this watch shows its sources to those who may only", where=url,
                mend="Say with --config which watch it is, or give a token with --token-file",
            ) from None  # fmt: skip
        raise ConfigError(
            f"what answers is no watch ({error.code})", where=url, mend=mend
        ) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise ConfigError(
            f"no watch answers ({safe_text(str(reason))})", where=url, mend=mend
        ) from None
    try:
        found = {str(source["name"]): source for source in orjson.loads(told)["sources"]}
        for source in found.values():
            _row(source), _details(source)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ConfigError("what answers is no watch", where=url, mend=mend) from None
    return found
