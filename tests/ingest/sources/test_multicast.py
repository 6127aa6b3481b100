"""A group is heard again when its interface was not there yet, or went and came back."""

from __future__ import annotations

import pytest
from alone import run_alone


@pytest.mark.parametrize("group", ["239.192.0.4", "ff02::4", "ff05::4"])
def test_a_group_is_heard_again_when_its_interface_is_back(group: str) -> None:
    place = f"[{group}]:10110" if ":" in group else f"{group}:10110"
    assert run_alone("multicast.py", group) == [
        f"{place} cannot be received at: no interface with this name",
        *["connected", f"{place} can no longer be received at: no interface with this name"] * 2,
        True,
    ]
