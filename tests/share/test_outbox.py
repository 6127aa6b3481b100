"""What waits for a slow link: bounded, then the newest of each vessel, and it is told."""

from __future__ import annotations

from share.outbox import Item, Outbox


def item(key: int, number: int) -> Item:
    return Item(key, b"!%d.%d\r\n" % (key, number))


def test_in_order_while_there_is_room() -> None:
    box = Outbox(1000)
    box.add([item(1, 0), item(2, 0), item(1, 1)])
    assert box.take() == b"!1.0\r\n!2.0\r\n!1.1\r\n"
    assert not box
    assert box.take() == b""


def test_then_the_newest_of_each_and_what_was_left_out_is_told() -> None:
    box = Outbox(100)
    for number in range(50):
        box.add([item(key, number) for key in range(3)])
    told = box.take()
    assert told.startswith(b"$AITXT,01,01,25,link too slow: 147 older messages left out*")
    assert told.splitlines()[1:] == [b"!0.49", b"!1.49", b"!2.49"]
    assert box.thinned == 147
    box.add([item(1, 50)])
    assert box.take() == b"!1.50\r\n"


def test_a_flood_of_vessels_is_bounded_too() -> None:
    box = Outbox(100)
    box.add([item(key, 0) for key in range(100_000)])
    assert box.take().count(b"\n") <= 65_537
