"""What a service and a container are made of: it can be checked without starting either."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from typer.main import get_command

from vigie.cli import app

ROOT = Path(__file__).parents[1]
UNIT = ROOT / "deploy" / "vigie.service"
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
PROGRAM = "/opt/vigie/.venv/bin/vigie"
ROOMS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"][
    "wheel"
]["packages"]


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit, with a program and a document that are there."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    path = tmp_path / "vigie.service"
    text = UNIT.read_text().replace(PROGRAM, str(Path(sys.executable).with_name("vigie")))
    path.write_text(text.replace("file:///opt/vigie/", f"file://{ROOT}/"))
    return path


def analyze(*args: object) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "--no-pager", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_systemd_finds_no_fault_in_the_unit(unit: Path) -> None:
    done = analyze("verify", unit)
    assert (done.returncode, done.stderr) == (0, "")
    unit.write_text(unit.read_text().replace("WatchdogSec", "WatchdogSecs"))
    assert "WatchdogSecs" in analyze("verify", unit).stderr


def test_systemd_calls_the_service_well_confined(unit: Path) -> None:
    done = analyze("security", "--offline=true", "--threshold=20", unit)
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd is too old to say")
    assert done.returncode == 0, done.stdout[-200:] + done.stderr


def arguments(text: str) -> None:
    """That the program takes these words."""
    first, *rest = shlex.split(text)
    command = get_command(app).commands[first]  # type: ignore[attr-defined]
    command.make_parser(command.make_context(first, [], resilient_parsing=True)).parse_args(rest)


def test_the_unit_starts_what_there_is() -> None:
    (line,) = re.findall(rf"^ExecStart={PROGRAM} (.*)", UNIT.read_text(), re.M)
    arguments(line)


def test_the_container_starts_and_asks_what_there_is() -> None:
    text = DOCKERFILE.read_text()
    commands = [" ".join(re.findall(r'"([^"]*)"', c)) for c in re.findall(r"CMD (\[.*\])", text)]
    assert len(commands) == 2
    for command in commands:
        arguments(command.removeprefix("vigie "))


def let_through() -> set[str]:
    """What `.dockerignore` leaves of a checkout."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    return {line[1:] for line in lines if line.startswith("!")}


def test_the_image_is_built_from_what_the_package_needs(tmp_path: Path) -> None:
    assert set(ROOMS) < let_through()
    copied = re.findall(r"^COPY (?!--)(.*) \S+$", DOCKERFILE.read_text(), re.M)
    assert set(copied) <= {".", *let_through()}
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *let_through()],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    tracked = [name for name in listed if name and (ROOT / name).is_file()]
    source = tmp_path / "src"
    for name in tracked:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "dist"],
        cwd=source, capture_output=True, check=True,
    )  # fmt: skip
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in tracked if name.split("/")[0] in ROOMS} <= packed
