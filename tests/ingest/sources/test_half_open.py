"""A cable is pulled: no side says goodbye, and the watch must notice all the same.

Real sockets over a real link, in network namespaces, which an ordinary user may make on most
systems; where not, the tests are skipped and say so.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
PATH = "/usr/sbin:/sbin:/usr/bin:/bin"
ALONE = ("unshare", "--user", "--map-root-user", "--net")


def namespaces() -> str:
    """Why there can be none; "" where there can."""
    for command, package in (("unshare", "util-linux"), ("ip", "iproute2")):
        if shutil.which(command, path=PATH) is None:
            return f"{command} is not installed (Debian package {package})"
    tried = subprocess.run(
        [*ALONE, "ip", "link", "add", "cable", "type", "veth", "peer", "name", "far"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return f"no network namespaces here: {tried.stderr.strip()}" if tried.returncode else ""


@pytest.fixture(params=["tcp", "tcp-server"])
def seen(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a source of each kind says while the cable is pulled and put back."""
    why_not = namespaces()
    if why_not:
        pytest.skip(why_not)
    script = ROOT / "tests" / "support" / "half_open.py"
    done = subprocess.run(
        [*ALONE, sys.executable, script, request.param], cwd=ROOT, capture_output=True, text=True,
        timeout=60, check=False, env={"PYTHONPATH": str(ROOT), "PATH": PATH},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_pulled_cable_is_noticed_and_the_link_made_anew(seen: dict[str, Any]) -> None:
    assert seen["before"] == {"state": "connected", "links": 1, "connects": 1}
    assert seen["silent"] == {"links": 1}  # said before the link is given up
    assert "nothing came for 0.6 s" in seen["lost"]["error"]
    assert seen["after"] == {"state": "connected", "links": 1, "connects": 2}
    assert seen["whole"]
