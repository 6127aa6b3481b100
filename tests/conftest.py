"""What all tests share: how hypothesis searches, and where real recordings are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

SOAK = bool(os.environ.get("VIGIE_SOAK"))

# A run can be repeated: the seed is fixed and no test fails for being slow on a busy machine. The
# long form searches on from other seeds.
_CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("test", derandomize=True, database=None, **_CALM)
settings.register_profile("soak", max_examples=10_000, print_blob=True, **_CALM)
settings.load_profile("soak" if SOAK else "test")


def _recordings() -> Path | None:
    named = os.environ.get("VIGIE_RECORDINGS")
    return Path(named) if named else None


def pytest_configure(config: pytest.Config) -> None:
    folder = _recordings()
    if folder is not None and not folder.is_dir():
        raise pytest.UsageError(f"VIGIE_RECORDINGS names {folder}, which is no folder")


def pytest_report_header(config: pytest.Config) -> str:
    folder = _recordings()
    return f"recordings: {folder if folder else 'none, VIGIE_RECORDINGS is not set'}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long forms to `make soak`: deselected, and counted as such, never skipped."""
    if SOAK:
        return
    long = [item for item in items if item.get_closest_marker("soak")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What the program keeps for next time it keeps here, and not in somebody's home."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real recordings."""
    folder = _recordings()
    if folder is None:
        pytest.skip("VIGIE_RECORDINGS does not name a folder of real recordings")
    return folder
