"""The house: rooms in one folder, under names of their own, each above those that use it.

And what a newcomer relies on: lock files that hold hashes and no addresses, a README whose commands
exist.
"""

import importlib.metadata
import importlib.util
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ROOMS: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def tracked() -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    for name in listed.decode().split("\0"):
        path = ROOT / name
        if name and path.is_file():
            yield path


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_comes_from_this_folder(room: str) -> None:
    spec = importlib.util.find_spec(room)
    assert spec is not None
    assert list(spec.submodule_search_locations or []) == [str(ROOT / room)]


def test_no_other_distribution_claims_a_room() -> None:
    claims = importlib.metadata.packages_distributions()
    for room in ROOMS:
        assert set(claims.get(room, [])) <= {"vigie"}, room


def test_every_room_is_in_the_package_and_under_the_contract() -> None:
    folders = {p.parent.name for p in ROOT.glob("*/__init__.py")}
    assert folders == set(ROOMS)
    linter = PROJECT["tool"]["importlinter"]
    (contract,) = linter["contracts"]
    assert set(contract["layers"]) == set(linter["root_packages"])
    assert folders - set(contract["layers"]) <= {"replay_data"}


def test_a_room_imports_only_from_the_rooms_above_it() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_tracked_files_name_no_machine_and_no_registry() -> None:
    # In pieces, so that this file does not name them either.
    forbidden = re.compile(
        "|".join(("/wo" "rk/", "/ro" "ot/", "py" r"pi\.org", r"pythonho" "sted",
                  r"registry\.np" "mjs", "artif" "actory", r"index-" r"url[ =]h"))
    )  # fmt: skip
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found = forbidden.search(text)
        assert found is None, f"{path.relative_to(ROOT)}: {found[0] if found else ''}"


def test_tracked_files_are_of_a_size_that_is_read() -> None:
    for path in tracked():
        if path.suffix == ".py":
            lines = len(path.read_text(encoding="utf-8").splitlines())
            assert lines <= 400 or "tests" in path.parts, path


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_every_requirement_with_hashes_and_names_no_index(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--" not in text.replace("--hash=sha256:", "")
    pinned = re.findall(
        r"^\S+==\S+(?: ; [^\\\n]+)? \\\n(?: {4}--hash=sha256:[0-9a-f]{64}.*\n)+", text, re.M
    )
    assert len(pinned) == len(re.findall(r"^[^ #\n]", text, re.M)) > 40


def test_the_locks_hold_all_that_is_required_and_agree() -> None:
    def names(lock: str) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", (ROOT / lock).read_text(), re.M))

    def required(requirements: list[str]) -> set[str]:
        return {re.split(r"[<>=~! ]", r)[0].lower().replace("_", "-") for r in requirements}

    groups = PROJECT["dependency-groups"]
    run, dev = names("requirements.lock"), names("requirements-dev.lock")
    assert required(PROJECT["project"]["dependencies"] + groups["build"]) <= set(run)
    for extra in PROJECT["project"]["optional-dependencies"].values():
        assert required(extra) <= set(run)
    assert required([r for group in groups.values() for r in group]) <= set(dev)
    assert run.items() <= dev.items()


def test_what_ships_says_its_licence() -> None:
    assert PROJECT["project"]["license"] == "Apache-2.0"
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


# Commands in the documents


def spans(path: Path) -> Iterator[str]:
    """Code in a document, a command at a time: inline, fenced and indented."""
    text = path.read_text(encoding="utf-8")
    for block in re.findall(r"^```.*?\n(.*?)^```", text, re.M | re.S):
        yield from block.splitlines()
    text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    yield from re.findall(r"^ {4}(\S.*)", text, re.M)
    yield from re.findall(r"`([^`\n]+)`", text)


def commands(program: str) -> Iterator[tuple[Path, str]]:
    for path in DOCS:
        for span in spans(path):
            command = span.removeprefix("$ ").split("   ")[0].split(" # ")[0].strip()
            words = command.split()
            if words[:1] == [program] and len(words) > 1:
                yield path, command


def test_every_make_command_in_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    found = list(commands("make"))
    assert found
    for path, command in found:
        wanted = {w for w in command.split()[1:] if re.fullmatch("[a-z-]+", w)}
        assert wanted <= targets, f"{path.name}: {command}"


def test_make_lists_every_command_it_has() -> None:
    text = (ROOT / "Makefile").read_text()
    listed = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for target in re.findall(r"^([a-z-]+):.*##", text, re.M):
        assert re.search(rf"^  {target} ", listed, re.M), target


def program() -> Any:
    """The `vigie` program as its library sees it: `commands` by name, each with `params`."""
    module, _, _ = PROJECT["project"]["scripts"]["vigie"].partition(":")
    return typer.main.get_command(importlib.import_module(module).app)


def options(command: Any) -> set[str]:
    return {o for p in command.params for o in (*p.opts, *p.secondary_opts)} | {"--help"}


def test_every_vigie_command_and_option_in_the_documents_exists() -> None:
    found = list(commands("vigie"))
    assert found
    for path, text in found:
        command = program()
        words = re.sub(r"[\[\]]", " ", text).split()[1:]
        while words and hasattr(command, "commands") and not words[0].startswith("-"):
            names = words.pop(0).split("|")
            assert set(names) <= set(command.commands), f"{path.name}: {text}"
            command = command.commands[names[0]]
        for option in re.findall(r"(?<!\S)--?[a-z][a-z-]*", " ".join(words)):
            assert option in options(command), f"{path.name}: {text}: {option}"


def test_every_vigie_command_is_in_the_documents() -> None:
    written = {text.split()[1] for _, text in commands("vigie")}
    assert set(program().commands) <= written


def test_every_setting_in_the_documents_exists() -> None:
    code = "\n".join(
        p.read_text(encoding="utf-8")
        for p in tracked()
        if p.suffix in {".py", ".toml", ""} and p not in DOCS
    )
    for path in DOCS:
        for name in re.findall(r"\bVIGIE_[A-Z_]+", path.read_text(encoding="utf-8")):
            assert name in code or f'"{name.removeprefix("VIGIE_").lower()}"' in code, name


def test_every_link_in_the_documents_leads_somewhere() -> None:
    for path in DOCS:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_every_reason_in_the_ledger_is_documented() -> None:
    text = (ROOT / "docs" / "recordings.md").read_text(encoding="utf-8")
    tables = text[text.index("| ignored lines") :]
    told = set(re.findall(r"`([a-z_]+)`", "\n".join(re.findall(r"^\| `.*?\|", tables, re.M))))
    code = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "ingest").rglob("*.py"))
    counted = set(re.findall(r'(?:ignored|rejected|dropped)\["([a-z_]+)"\]', code))
    assert counted <= told
    assert {reason for reason in told if f'"{reason}"' not in code} == set()
