"""Traffic to order, the stations that send it, and who follows the alerts; for a live watch.

The vessels are off the west coast of nowhere: around `YARD`, a square of open sea that `plan_files`
declares a closed area, and one vessel, `LISTED`, is on a watch list. So its entry and its leaving
raise and rectify an alert, and nothing else does.
"""

from __future__ import annotations

import json
import socket
import threading
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from asking import fetch
from broker import free_port
from program import Program
from sentences import checksum

from ingest.journal.read import Reader
from ingest.layouts.class_a import CLASS_A
from simulate.encode import encode

LISTED = 235_009_802
# West, south, east, north; the middle of the South Atlantic, where no other zone lies.
YARD = (-25.5, -40.5, -25.0, -40.0)
# To either side of its edge, as far from each other as a ship goes in three minutes.
INSIDE, OUTSIDE = (-25.49, -40.25), (-25.51, -40.25)

TABLES = ("positions", "statics", "messages", "copies", "events", "alerts")

_HEX = np.frombuffer(b"0123456789ABCDEF", np.uint8)
_HEAD, _PAYLOAD = b"!AIVDM,1,1,,A,", 28


def sentences(
    mmsi: Any, lon: Any = OUTSIDE[0], lat: Any = OUTSIDE[1], *, second: Any = 0, sog: Any = 0.0,
) -> list[bytes]:  # fmt: skip
    """Position reports, type 1, as lines with CR LF; numbers or arrays of them."""
    values = [np.atleast_1d(np.asarray(a)) for a in (mmsi, lon, lat, second, sog)]
    mmsi, lon, lat, second, sog = np.broadcast_arrays(*values)
    payload = encode(
        CLASS_A, np.ones(len(mmsi), np.uint8),
        {
            "mmsi": mmsi, "lon": np.rint(lon * 600_000).astype(np.int64),
            "lat": np.rint(lat * 600_000).astype(np.int64), "second": second % 60,
            "sog": np.rint(sog * 10).astype(np.int64), "cog": 900, "heading": 90,
            "rot": -128, "status": 0,
        },
    )  # fmt: skip
    text = np.empty((len(mmsi), len(_HEAD) + _PAYLOAD + 7), np.uint8)
    text[:, : len(_HEAD)] = np.frombuffer(_HEAD, np.uint8)
    text[:, len(_HEAD) : -7] = payload
    text[:, -7:-5] = np.frombuffer(b",0", np.uint8)
    total = np.bitwise_xor.reduce(text[:, 1:-5], axis=1)
    text[:, -5] = ord("*")
    text[:, -4], text[:, -3] = _HEX[total >> 4], _HEX[total & 15]
    text[:, -2:] = np.frombuffer(b"\r\n", np.uint8)
    return [row.tobytes() for row in text]


def fleet(count: int, *, first: int = 244_000_000, turn: int = 0) -> list[bytes]:
    """One report of each of some vessels, at their place of that turn; no two turns are alike."""
    number = np.arange(count)
    return sentences(
        first + number, -30.0 + number % 400 / 200 + turn * 1e-4, -45.0 + number // 400 / 200,
        second=turn, sog=1.0,
    )  # fmt: skip


def dated(lines: Sequence[bytes], at: float, station: str = "") -> list[bytes]:
    """Lines with a TAG block that says when they were heard, unix time in s, and by whom."""
    tag = (f"s:{station}," if station else "") + f"c:{round(at * 1000)}"
    block = f"\\{tag}*{checksum(tag)}\\".encode()
    return [block + line for line in lines]


def plan_files(folder: Path) -> str:
    """Write a zone file and a watch list; the table that names them."""
    write_yard(folder, YARD)
    (folder / "listed.csv").write_text(f"mmsi,note\n{LISTED},of interest\n")
    return (
        # That the listed vessel was heard at all would be an alert too, and told before the yard.
        '[detect]\noff = ["listed"]\n[watch]\nzones = ["yard.geojson"]\nlists = ["listed.csv"]\n'
    )


def write_yard(folder: Path, box: tuple[float, float, float, float]) -> None:
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    feature = {
        "type": "Feature", "id": "yard", "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"name": "The yard", "kind": "closed-area"},
    }  # fmt: skip
    (folder / "yard.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]})
    )


class Station:
    """Pushes lines over TCP to a source of its own."""

    def __init__(self, name: str, **more: object) -> None:
        self.name, self.port = name, free_port()
        table = {"kind": "tcp-server", "name": name, "station": name, "port": self.port, **more}
        self.toml = "[[source]]\n" + "".join(
            f"{key} = {json.dumps(value)}\n" for key, value in table.items()
        )
        self._link: socket.socket | None = None

    def send(self, lines: Sequence[bytes] | bytes) -> None:
        """Send over a connection that stays open; waits where the watch cannot follow."""
        if self._link is None:
            self._link = socket.create_connection(("127.0.0.1", self.port), 60)
        self._link.sendall(lines if isinstance(lines, bytes) else b"".join(lines))

    def close(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None


class Post:
    """Posts over HTTP to a source of its own: an answer means that the journal has it."""

    def __init__(self, name: str, **more: object) -> None:
        self.port = free_port()
        table = {"kind": "http", "name": name, "port": self.port, **more}
        self.toml = "[[source]]\n" + "".join(
            f"{key} = {json.dumps(value)}\n" for key, value in table.items()
        )

    def __call__(self, lines: Sequence[bytes] | bytes, timeout: float = 60) -> None:
        body = lines if isinstance(lines, bytes) else b"".join(lines)
        fetch(f"http://127.0.0.1:{self.port}/ais", body, timeout)


class Desk:
    """Follows the stream of alerts, as an officer's page does."""

    def __init__(self, url: str, token: str) -> None:
        self.alerts: list[dict[str, Any]] = []
        asked = urllib.request.Request(
            f"{url}/api/v1/alerts/stream", headers={"Authorization": f"Bearer {token}"}
        )
        self._answer = urllib.request.urlopen(asked, timeout=600)
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        try:
            with self._answer:
                for line in self._answer:
                    if line.startswith(b"data:"):
                        self.alerts.append(json.loads(line[5:]))
        except (OSError, ValueError, AttributeError, HTTPException):  # the watch has ended
            return

    def of(self, mmsi: int) -> list[str]:
        """States that the alerts of a vessel went through."""
        return [a["state"] for a in self.alerts if a["mmsi"] == mmsi]


def resident_mb(pid: int) -> float:
    """Memory of a process, MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1000
    raise ProcessLookupError(pid)


def journaled(folder: Path) -> list[bytes]:
    """The sentences of a journal, as they came, in the order of their lines."""
    lines = b"".join(piece.data for piece in Reader(folder)).split(b"\n")
    return [line.rpartition(b"\\")[2].rstrip(b"\r") for line in lines[:-1]]


def missing(lines: Sequence[bytes], folder: Path) -> int:
    """How many of some lines are not in a journal."""
    return len({line.rpartition(b"\\")[2].strip() for line in lines} - set(journaled(folder)))


def replayed(program: Program, journal: Path, to: Path) -> Path:
    """A database of what comes of a journal when it is read in one go, by the plans it names."""
    done = program("replay", journal, "--db", to, "--json")
    assert done.code == 0, done.err
    return to


def differences(one: Path, other: Path) -> dict[str, list[Any]]:
    """Rows, events, alerts and ledgers that stand in one of two databases only, some of each.

    Numbers of runs, lines and stations are left out: they are a database's own.
    """
    found: dict[str, list[Any]] = {}
    with duckdb.connect() as link:
        for name, path in (("one", one), ("other", other)):
            link.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
        for table in (*TABLES, "runs"):
            columns = "*" if table != "runs" else "ledger"
            told = [
                f"SELECT {columns.replace('*', _columns(link, name, table))} FROM {name}.{table} t"
                for name in ("one", "other")
            ]
            for a, b in (told, told[::-1]):
                found.setdefault(table, []).extend(
                    link.execute(f"({a} EXCEPT ALL {b}) LIMIT 5").fetchall()
                )
    return {table: rows for table, rows in found.items() if rows}


def _columns(link: duckdb.DuckDBPyConnection, name: str, table: str) -> str:
    stations = f"(SELECT s.name FROM {name}.stations s WHERE s.number = t.station) AS station"
    told = [row[0] for row in link.execute(f"DESCRIBE {name}.{table}").fetchall()]
    return ", ".join(stations if c == "station" else c for c in told if c not in ("run", "line"))
