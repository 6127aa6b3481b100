"""`vigie zones`: look into zone files and the library."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from geofence.check import check as check_file
from geofence.geojson import accepted, write_zones, zone_to_feature
from geofence.imports import import_zones, read_file
from geofence.zone import KINDS, RISKS, Zone
from geofence.zoneset import ZoneSet
from ingest.errors import ConfigError
from vigie.options import Json, ZoneFiles, all_zones, keep, print_json
from vigie.table import print_table

app = typer.Typer(help="Check, import and list zones.", no_args_is_help=True)

Kind = Annotated[
    str | None, typer.Option("--kind", metavar="KIND", help="Only zones of this kind.")
]
AsKind = Annotated[
    str | None,
    typer.Option("--kind", metavar="KIND", help="Kind of features that name none of ours."),
]
AsRisk = Annotated[
    str | None, typer.Option("--risk", metavar="RISK", help="Risk of features that name none.")
]


@app.command("check")
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Zone files.")],
    kind: AsKind = None,
    risk: AsRisk = None,
    json: Json = False,
) -> None:
    """Say everything that is wrong with zone files; exit 2 where one cannot be used."""
    errors = 0
    for path in files:
        problems = check_file(path, kind=kind, risk=risk)
        errors += sum(p.error for p in problems)
        for problem in problems:
            if json:
                print_json(
                    {
                        "file": str(path), "feature": problem.feature, "where": problem.where,
                        "what": problem.what, "mend": problem.mend, "error": problem.error,
                    }
                )  # fmt: skip
            else:
                typer.echo(f"{'error' if problem.error else 'remark'}: {problem}")
        if not problems and not json:
            typer.echo(f"{path}: {len(import_zones(path, kind, risk))} zones, nothing wrong")
    if errors:
        raise typer.Exit(2)


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="GeoJSON, or the World Port Index's CSV.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Zone file to write.")],
    kind: AsKind = None,
    risk: AsRisk = None,
    axes_checked: Annotated[
        bool,
        typer.Option("--axes-checked", help="Longitude comes first, whatever it looks like."),
    ] = False,
    json: Json = False,
) -> None:
    """Turn any layer into a zone file of ours, for `--zones`."""
    keep(file, out)
    reading = read_file(file, kind=kind, risk=risk, axes_checked=axes_checked)
    zones = ZoneSet(tuple(accepted(reading)))
    write_zones(zones, out)
    kinds = dict(sorted(Counter(z.kind for z in zones).items()))
    if json:
        print_json({"file": str(out), "zones": len(zones), "kinds": kinds})
    else:
        said = ", ".join(f"{n} {k}" for k, n in kinds.items())
        typer.echo(f"{out}: {len(zones)} zones ({said})")
    for problem in reading.problems:
        typer.echo(f"remark: {problem}", err=True)


@app.command("list")
def list_(
    kind: Kind = None,
    risk: Annotated[
        str | None,
        typer.Option(
            "--risk", metavar="RISK", help="Only zones of this risk; both is piracy and war."
        ),
    ] = None,
    zones: ZoneFiles = None,
    json: Json = False,
) -> None:
    """List the zones in force: the library, and those of --zones."""
    for option, value, known in (("--kind", kind, KINDS), ("--risk", risk, RISKS)):
        if value is not None and value not in known:
            raise ConfigError(
                f"{value!r} is not known", where=option, mend=f"Choose {', '.join(known)}"
            )
    found = [
        z
        for z in all_zones(zones)
        if (kind is None or z.kind == kind) and (risk is None or z.has_risk(risk))
    ]
    if json:
        for zone in found:
            print_json(_properties(zone_to_feature(zone, outline=False)))
        return
    print_table(
        ("id", "kind", "risk", "valid", "authority", "name"),
        ((z.id, z.kind, z.risk, _valid(z), z.authority, z.name) for z in found),
    )


def _valid(zone: Zone) -> str:
    """The first and last day on which a zone is in force; "always" where nothing bounds them."""
    properties = zone_to_feature(zone, outline=False)["properties"]
    begin, end = ((properties[name] or "")[:10] for name in ("valid_from", "valid_to"))
    if begin and end:
        return f"{begin} to {end}"
    return f"from {begin}" if begin else f"to {end}" if end else "always"


def _properties(feature: dict[str, Any]) -> dict[str, Any]:
    return {"id": feature.get("id"), **feature["properties"]}
