"""Recordings and scenarios that ship with the project."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

BUNDLED = "gulf-of-aden"
"""The scenario of the bundled recording."""


def folder() -> Path:
    """Where recordings, scenarios and lanes lie."""
    return Path(str(files(__name__)))


def bundled_recording() -> Path:
    """The recording that ships: three and a half simulated hours, NMEA with TAG blocks, gzip."""
    return folder() / f"{BUNDLED}.nmea.gz"


def bundled_truth() -> Path:
    """What truly happened in the bundled recording: one JSON object a line, gzip."""
    return folder() / f"{BUNDLED}.truth.jsonl.gz"


def scenarios() -> dict[str, Path]:
    """The scenarios that ship, by name."""
    return {p.stem: p for p in sorted((folder() / "scenarios").glob("*.toml"))}


def beside(scenario: Path) -> dict[str, Path]:
    """What lies beside a scenario, by the option of `vigie replay` that takes it."""
    files_of = {"--zones": ".zones.geojson", "--list": ".list.csv"}
    named = {option: scenario.with_suffix(suffix) for option, suffix in files_of.items()}
    return {option: path for option, path in named.items() if path.is_file()}
