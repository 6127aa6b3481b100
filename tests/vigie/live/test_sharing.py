"""Partners of a running watch, over real sockets."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from broker import free_port
from feeding import Station, fleet, sentences
from watching import Watching

from store.accounts_file import AccountsFile
from store.audit import Audit

EAST = [line for n in range(40) for line in sentences(244_100_000 + n, -20.5, -50.0, second=n)]


class Partner:
    """A client that reads what it is sent."""

    def __init__(self, port: int) -> None:
        self.port, self.data = port, b""
        self._link: socket.socket | None = None

    def lines(self) -> list[bytes]:
        """Sentences so far, without their TAG blocks; takes what has come."""
        if self._link is None:
            self._link = socket.create_connection(("127.0.0.1", self.port), 10)
            self._link.settimeout(0.05)
        try:
            while part := self._link.recv(1 << 16):
                self.data += part
        except TimeoutError:
            pass
        whole = self.data[: self.data.rfind(b"\n") + 1].splitlines()
        return [line.rpartition(b"\\")[2] for line in whole if line]

    def ended(self) -> bool:
        assert self._link is not None
        try:
            return self._link.recv(1 << 16) == b""
        except TimeoutError:
            return False
        except ConnectionError:
            return True

    def close(self) -> None:
        if self._link is not None:
            self._link.close()


def table(name: str, port: int, **keys: str) -> str:
    told = {
        "areas": '["all"]', "classes": '["all"]', "types": '"all"', "fields": '["all"]', **keys,
    }  # fmt: skip
    rows = "".join(f"{key} = {value}\n" for key, value in told.items())
    way = f'[[partner.nmea]]\nkind = "tcp-server"\nport = {port}\n'
    return f'[[partner]]\nname = "{name}"\n{rows}{way}'


BOX = """{"type":"FeatureCollection","features":[{"type":"Feature","id":"east","properties":
{"kind":"other"},"geometry":{"type":"Polygon","coordinates":
[[[-21,-51],[-20,-51],[-20,-49],[-21,-49],[-21,-51]]]}}]}"""


@pytest.fixture
def partners() -> Iterator[dict[str, Partner]]:
    made = {name: Partner(free_port()) for name in ("all", "east", "nobody")}
    yield made
    for partner in made.values():
        partner.close()


def test_each_partner_gets_what_it_may_and_one_that_is_revoked_nothing_more(
    tmp_path: Path, partners: dict[str, Partner]
) -> None:
    (tmp_path / "east.geojson").write_text(BOX)
    north, south = Station("north"), Station("south")
    tables = {
        "all": table("all", partners["all"].port),
        "east": table("east", partners["east"].port, areas='["east.geojson"]',
                      fields='["lon", "lat", "sog", "cog", "heading", "rot", "status", "second",'
                      ' "flags"]'),
        "nobody": table("nobody", partners["nobody"].port, areas="[]"),
    }  # fmt: skip
    west = fleet(60)
    with Watching(tmp_path, north.toml + south.toml + "".join(tables.values())) as watch:
        for partner in partners.values():
            assert watch.until(lambda p=partner: p.lines() == [])  # connected
        north.send(west + EAST)
        south.send(west[:30])  # heard by two stations
        ours = partners["all"]
        watch.until(lambda: len(ours.lines()) >= 100)
        watch.until(lambda: len(partners["east"].lines()) >= 40)
        watch.until_lines(130)
        assert sorted(ours.lines()) == sorted(line.strip() for line in west + EAST)
        assert sorted(partners["east"].lines()) == sorted(line.strip() for line in EAST)
        assert partners["nobody"].lines() == []
        assert re.fullmatch(rb"(\\s:(north|south),c:\d+\*..\\!AIVDM,[^\\]*\r\n)+", ours.data)
        assert b"north" not in partners["east"].data
        # Revoked: its connection ends, the other's goes on.
        config = watch.config.read_text()
        watch.config.write_text(config.replace('name = "all"\n', 'name = "all"\nenabled = false\n'))
        watch.hang_up()
        watch.until(ours.ended)
        more = sentences(244_200_000, -20.5, -50.0)
        north.send(more)
        watch.until(lambda: more[0].strip() in partners["east"].lines())
        assert watch.stop()[0] == 0
    north.close(), south.close()
    with AccountsFile.open(watch.accounts) as file:
        told = [(entry.what, entry.subject) for entry in Audit(file).entries(50)]
    assert ("share.cut", "all 127.0.0.1: the partner is not enabled") in told
    assert ("share.open", "east 127.0.0.1") in told
