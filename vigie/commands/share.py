"""`vigie share`: what partners may see, and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypeVar

import numpy as np
import typer

from geofence import library
from geofence.zoneset import ZoneSet
from ingest import clock
from ingest.errors import ConfigError, DatabaseError
from ingest.records import Positions, Statics
from ingest.words import safe_text
from share.config import PartnerConfig, ShareConfig, read_partners
from share.explain import explain as explained
from share.policies import Policies
from store.accounts_file import AccountsFile
from store.audit import Audit
from store.database import Database as Store
from vigie.live.config import read_config
from vigie.live.plan import PlanFiles, standing_of
from vigie.options import Json, print_json
from vigie.table import print_table
from watch.lists import WatchList

R = TypeVar("R", Positions, Statics)

app = typer.Typer(help="What partners may see.", no_args_is_help=True)

Config = Annotated[
    Path, typer.Option("--config", metavar="FILE", help="The configuration of the watch.")
]
Partners = Annotated[
    Path | None,
    typer.Option("--partners", metavar="FILE", help="Partners of another file, to try them out."),
]


@app.command("list")
def partners(
    config: Config = Path("vigie.toml"), others: Partners = None, json: Json = False
) -> None:
    """Check the partners of a configuration, and say what each may see."""
    share, _, _ = _read(config, others)
    if json:
        for partner in share.partners:
            print_json(partner.model_dump(mode="json"))
        return
    titles = ("partner", "enabled", "expires", "areas", "classes", "types", "thinning", "delay")
    print_table(titles, [_row(partner) for partner in share.partners])


@app.command("explain")
def explain(
    partner: Annotated[str, typer.Argument(metavar="PARTNER", help="Name of the partner.")],
    mmsi: Annotated[
        int, typer.Argument(metavar="MMSI", help="The vessel.", min=0, max=999_999_999)
    ],
    config: Config = Path("vigie.toml"),
    others: Partners = None,
    db: Annotated[
        Path | None,
        typer.Option("--db", metavar="FILE", help="The database, if not the configuration's."),
    ] = None,
    json: Json = False,
) -> None:
    """Say which conditions allow or deny a partner the newest position of a vessel.

    Where the watch has a file of accounts, the question is entered in its audit log.
    """
    share, zones, lists = _read(config, others)
    share = replace(share, partners=(share.partner(partner),))
    policies = Policies(share, zones, lists, began=clock.micros())
    settings = read_config(config) if config.exists() else None
    database = db or (settings.database.file if settings else Path("vigie.duckdb"))
    with Store.open(database, read_only=True) as store:
        known = store.vessel(mmsi)
        positions = store.track(mmsi, None if known is None else _day_before(known["last_seen"]))
        positions = _lines(positions.take(np.flatnonzero(np.isfinite(positions.lon))[-1:]), 1)
        statics = _lines(store.statics(mmsi).take(slice(None, None, -1)), 0)
        stations = store.station_names()
    if not len(positions) and not len(statics):
        raise DatabaseError(
            f"it knows no vessel {mmsi:09d}", where=str(database), mend="Give another MMSI"
        )
    now = clock.micros()
    # The static stands before the position, which is what is judged.
    seen = policies.see(positions, statics, stations=stations)
    found = explained(policies, partner, seen, now)
    if settings is not None and settings.accounts_file.exists():
        with AccountsFile.open(settings.accounts_file, must_exist=True) as file:
            Audit(file).add(
                "vigie", "", "", "share.explain", f"{partner} {mmsi:09d}",
                {"allowed": not found.ground, "ground": found.ground.name.lower()},
            )  # fmt: skip
    if json:
        print_json(found.as_dict())
        return
    verdict = found.as_dict()
    says = "may have" if verdict["allowed"] else "may not have"
    typer.echo(f"{partner} {says} the newest position of {mmsi:09d}: {verdict['words']}.\n")
    print_table(
        ("condition", "answer"), [(s.condition, safe_text(s.words, 200)) for s in found.steps]
    )


def _day_before(last_seen: object) -> np.datetime64:
    """Since when reports are looked at: a number may have more of them than memory holds."""
    return np.datetime64(str(last_seen).rstrip("Z"), "us") - np.timedelta64(1, "D")


def _lines(rows: R, line: int) -> R:
    """Rows of a database, which keeps no line, as of one line."""
    return replace(rows, line=np.full(len(rows), line))


def _read(config: Path, others: Path | None) -> tuple[ShareConfig, ZoneSet, WatchList]:
    """Partners, zones and lists, all of them checked."""
    if config.exists():
        settings = read_config(config)
        watch = settings.watch
        standing = standing_of(PlanFiles(watch.zones, watch.rules, watch.lists, settings.detect))
        share, zones, lists = settings.share, standing.zones, standing.lists
    elif others is not None:
        share, zones, lists = ShareConfig(), library.load(), WatchList()
    else:
        raise ConfigError(
            "there is no such file", where=str(config),
            mend="Say with --config which watch it is, or with --partners where partners stand",
        )  # fmt: skip
    if others is not None:
        share = read_partners(others)
    Policies(share, zones, lists)
    return share, zones, lists


def _row(partner: PartnerConfig) -> tuple[object, ...]:
    types = "all" if len(partner.types) == 27 else ", ".join(map(str, partner.types))
    return (
        partner.name, "yes" if partner.enabled else "no", partner.expires or "",
        ", ".join(partner.areas) or "none", ", ".join(partner.classes) or "none", types or "none",
        f"{partner.thin_s:g} s" if partner.thin_s else "", f"{partner.delay_s:g} s"
        if partner.delay_s else "",
    )  # fmt: skip
