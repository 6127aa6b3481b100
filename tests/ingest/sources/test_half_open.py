"""A cable is pulled: no side says goodbye, and the watch must notice all the same."""

from __future__ import annotations

from typing import Any

import pytest
from alone import run_alone


@pytest.fixture(params=["tcp", "tcp-server"])
def seen(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a source of each kind says while the cable is pulled and put back."""
    found: dict[str, Any] = run_alone("half_open.py", request.param)
    return found


def test_a_pulled_cable_is_noticed_and_the_link_made_anew(seen: dict[str, Any]) -> None:
    assert seen["before"] == {"state": "connected", "links": 1, "connects": 1}
    assert seen["silent"] == {"links": 1}  # said before the link is given up
    assert "nothing came for 0.6 s" in seen["lost"]["error"]
    assert seen["after"] == {"state": "connected", "links": 1, "connects": 2}
    assert seen["whole"]
