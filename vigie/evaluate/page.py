"""The page of an evaluation: figures, and pictures of what was missed and false.

One HTML file that needs nothing else and may do nothing: no scripts, no addresses, and a policy
that forbids both. Whatever vessels, zones and truth files are called is text, never markup.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import numpy as np

from ingest.errors import InputError
from ingest.words import safe_text
from store.database import Database
from store.zones import saved_zones
from vigie.evaluate.cases import Case, Shown, cases_of
from vigie.evaluate.chart import ZoneShapes
from vigie.evaluate.drawing import AROUND_US, Track, svg
from vigie.evaluate.figures import Figures
from vigie.evaluate.run import Evaluation
from vigie.evaluate.words import TITLES, in_words, table_rows

_LONGEST_WORDS = 1_000
_MOST_FIXES = 100_000

STYLE = """
:root { color-scheme: light dark; --ink: #1b2733; --paper: #fff; --line: #c5ced6; --sea: #eaf1f6;
  --land: #e4dccb; --zone: #8a5a00; --mark: #b00020; --quiet: #4a5865; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e9ee; --paper: #14191e; --line: #3a4550;
  --sea: #1c2833; --land: #3a362c; --zone: #e0b050; --mark: #ff7a85; --quiet: #a9b5bf; } }
body { margin: 0 auto; max-width: 84rem; padding: 1rem; color: var(--ink); background: var(--paper);
  font: 15px/1.45 system-ui, sans-serif; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid var(--line);
  font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { text-align: left; }
tr:last-child td { font-weight: 600; }
.cases { display: grid; grid-template-columns: repeat(auto-fill, minmax(24rem, 1fr)); gap: 1rem; }
figure { margin: 0; border: 1px solid var(--line); border-radius: 4px; overflow: hidden; }
figcaption { padding: .5rem .8rem .8rem; overflow-wrap: anywhere; }
figcaption p { margin: .3rem 0 0; }
svg { display: block; width: 100%; height: auto; }
.sea { fill: var(--sea); }
.land { fill: var(--land); stroke: var(--line); }
.zone { fill: none; stroke: var(--zone); stroke-width: 1.2; stroke-dasharray: 6 3; }
.track { fill: none; stroke-width: 1.2; }
.bold { stroke-width: 2.6; }
.silent { stroke-dasharray: 2 5; }
.tick { fill: var(--paper); stroke-width: 1.4; }
.fix { stroke: none; }
.mark { fill: none; stroke: var(--mark); stroke-width: 1.8; }
.scale { fill: none; stroke: var(--ink); }
text { font: 11px system-ui, sans-serif; fill: var(--ink); }
.left { text-anchor: end; }
.what { fill: var(--mark); }
.name, .within { fill: var(--zone); }
.time { fill: var(--quiet); font-size: 10px; }
.who { font-weight: 600; }
.v0 { stroke: #0b62a4; } .v1 { stroke: #c2410c; } .v2 { stroke: #15803d; }
.v3 { stroke: #7e22ce; } .v4 { stroke: #0f766e; } .v5 { stroke: #a16207; }
.fix.v0 { fill: #0b62a4; } .fix.v1 { fill: #c2410c; } .fix.v2 { fill: #15803d; }
.fix.v3 { fill: #7e22ce; } .fix.v4 { fill: #0f766e; } .fix.v5 { fill: #a16207; }
.who.v0, .who.v1, .who.v2, .who.v3, .who.v4, .who.v5 { stroke: none; }
"""


def write_page(path: Path, database: Database, made: Evaluation) -> None:
    """Write the page.

    Raises:
        InputError: it cannot be written.

    """
    text = page(database, made)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"it cannot be written: {error.strerror}", where=str(path), mend="Choose another place"
        ) from error


def page(database: Database, made: Evaluation) -> str:
    """The page as one text of HTML."""
    shown = cases_of(made)
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    body = [_figures(made.judged.figures)]
    if shown.cases:
        zones = ZoneShapes(_zones(database))
        body += _parts(shown, database, zones)
    else:
        body.append("<p>Nothing was missed, nothing false.</p>")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>What the watch saw</title><style>{STYLE}</style></head><body>"
        f"<h1>What the watch saw, and what was true</h1>{''.join(body)}</body></html>\n"
    )


def _figures(figures: Figures) -> str:
    head = "".join(f"<th>{_text(title)}</th>" for title in TITLES)
    rows = "".join(
        f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>"
        for row in table_rows(figures)
    )
    said = "".join(f"<p>{_text(line)}</p>" for line in in_words(figures))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{said}"


def _parts(shown: Shown, database: Database, zones: ZoneShapes) -> Iterable[str]:
    names: dict[int, str] = {}
    before: tuple[str, str] | None = None
    for case in shown.cases:
        here = case.part, case.kind
        if here != before:
            if before is not None:
                yield _end(shown, before)
            if before is None or before[0] != case.part:
                yield f"<h2>{_text(case.part)}</h2>"
            yield f'<h3>{_text(case.kind)}</h3><div class="cases">'
            before = here
        yield _figure(case, database, zones, names)
    if before is not None:
        yield _end(shown, before)


def _end(shown: Shown, part: tuple[str, str]) -> str:
    more = shown.left_out[part]
    return "</div>" + (f"<p>{more:,} more are not drawn.</p>" if more else "")


def _figure(case: Case, database: Database, zones: ZoneShapes, names: dict[int, str]) -> str:
    for mmsi in case.vessels:
        if mmsi not in names:
            names[mmsi] = _name(database, mmsi)
    tracks = [_track(database, case, mmsi, names[mmsi]) for mmsi in case.vessels]
    who = "; ".join(names[mmsi] for mmsi in case.vessels)
    said = "".join(f"<p>{_text(words)}</p>" for words in case.words)
    return (
        f"<figure>{svg(case, tracks, zones)}<figcaption><strong>{_text(who)}</strong>{said}"
        "</figcaption></figure>"
    )


def _track(database: Database, case: Case, mmsi: int, name: str) -> Track:
    since, until = (
        np.datetime64(us, "us") for us in (case.begin - AROUND_US, case.end + AROUND_US)
    )
    fixes = database.track(mmsi, since, until, _MOST_FIXES)
    there = np.isfinite(fixes.lon) & np.isfinite(fixes.lat)
    time = fixes.time[there].astype("datetime64[us]").astype(np.int64)
    return Track(name, time, fixes.lon[there], fixes.lat[there])


def _name(database: Database, mmsi: int) -> str:
    vessel = database.vessel(mmsi)
    name = safe_text(vessel["name"] or "") if vessel else ""
    return f"{name} ({mmsi})" if name else str(mmsi)


def _zones(database: Database) -> Sequence[dict[str, object]]:
    versions = dict.fromkeys(run["settings"].get("zones") for run in database.runs())
    return [zone for version in versions if version for zone in saved_zones(database, version)]


def _text(value: object) -> str:
    return "" if value is None else escape(safe_text(str(value), _LONGEST_WORDS))
