"""Runs a script as root of a network of its own, with real interfaces that can be unplugged."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PATH = "/usr/sbin:/sbin:/usr/bin:/bin"
ALONE = ("unshare", "--user", "--map-root-user", "--net")


def run_alone(script: str, *args: str) -> Any:
    """What a script of this folder writes as JSON, run in network namespaces.

    An ordinary user may make these on most systems; where not, the test is skipped and says so.
    """
    if why := _why_not():
        pytest.skip(why)
    done = subprocess.run(
        [*ALONE, sys.executable, ROOT / "tests" / "support" / script, *args], cwd=ROOT,
        capture_output=True, text=True, timeout=60, check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": PATH},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@functools.cache
def _why_not() -> str:
    """Why there can be no namespaces; "" where there can."""
    for command, package in (("unshare", "util-linux"), ("ip", "iproute2")):
        if shutil.which(command, path=PATH) is None:
            return f"{command} is not installed (Debian package {package})"
    tried = subprocess.run(
        [*ALONE, "ip", "link", "add", "cable", "type", "veth", "peer", "name", "far"],
        capture_output=True, text=True, check=False, env={"PATH": PATH},
    )  # fmt: skip
    return f"no network namespaces here: {tried.stderr.strip()}" if tried.returncode else ""
