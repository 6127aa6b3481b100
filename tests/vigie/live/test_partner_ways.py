"""What one partner's links are given, and when: age, silence, expiry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from partners import EVERYTHING

from share.config import PartnerConfig
from share.ground import Ground
from share.outbox import Item
from vigie.live.sharing import _Ways


class Out:
    """A way that keeps what it is given."""

    def __init__(self) -> None:
        self.open, self.links = True, 1
        self.given: list[bytes] = []
        self.cuts: list[str] = []

    def offer(self, items: list[Item]) -> None:
        self.given += [item.text for item in items]

    def say(self, words: str) -> None:
        self.given.append(words.encode())

    def cut(self, why: str) -> None:
        self.cuts.append(why)
        self.links = 0


def ways(**keys: Any) -> tuple[Any, Out]:
    config = PartnerConfig.model_validate({**EVERYTHING, **keys})
    made: Any = _Ways(config, str(Path("vigie.toml")), lambda *_: None)
    made.outs = [Out()]
    return made, made.outs[0]


def test_what_is_too_young_waits_and_is_forgotten_when_access_ends() -> None:
    made, out = ways(delay_s=60)
    made.offer([(100, Item(1, b"a")), (200, Item(1, b"b"))])
    made.look(Ground.ALLOWED, 60_000_099)
    assert out.given == []
    made.look(Ground.ALLOWED, 60_000_100)
    assert out.given == [b"a"]
    made.look(Ground.EXPIRED, 60_000_150)
    assert (out.open, out.cuts) == (False, ["the partner's access has ended"])
    made.look(Ground.ALLOWED, 70_000_000)
    assert (out.open, out.given) == (True, [b"a"])


def test_who_gives_nothing_is_told_once_and_when_that_is_over() -> None:
    made, out = ways(contributes="theirs", contribute_minutes=10)
    for ground in (Ground.NOT_CONTRIBUTING, Ground.NOT_CONTRIBUTING, Ground.ALLOWED):
        made.look(ground, 0)
    assert out.given == [
        b"nothing valid received from you for 10 min", b"received from you again. sending resumed",
    ]  # fmt: skip
    assert out.cuts == []


@pytest.mark.parametrize("ground", [Ground.EXPIRED, Ground.NOT_ENABLED])
def test_what_comes_late_from_the_thread_is_not_sent_to_who_is_cut_off(ground: Ground) -> None:
    made, out = ways()
    made.look(ground, 0)
    assert not out.open
