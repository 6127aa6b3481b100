import gzip
import json

import httpx
import numpy as np
import pytest

from api.context import Context
from api.names import NamesKept
from geofence import coast
from ingest.records import Positions, Statics
from store.picture import Picture

NOW = np.datetime64("2026-09-14T06:30:00", "us")


def read(data: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    """A frame as a client reads it: header, and columns in their units with NaN for absent."""
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    offset = 4 + length
    columns = {}
    for column in header["columns"]:
        assert offset % 8 == 0
        raw = np.frombuffer(data, column["type"], header["rows"], offset)
        values = raw / column.get("scale", 1)
        if "absent" in column:
            values = np.where(raw == column["absent"], np.nan, values)
        columns[column["name"]] = values
        offset += -(-raw.nbytes // 8) * 8
    assert offset == len(data)
    return header, columns


async def test_the_picture_is_every_placed_vessel(
    client: httpx.AsyncClient, context: Context
) -> None:
    header, columns = read((await client.get("/api/v1/picture")).content)
    fleet = context.picture.fleet()
    placed = np.isfinite(fleet.positions.lon)
    assert header["rows"] == placed.sum() == len(fleet) - 1
    assert columns["mmsi"].tolist() == fleet.statics.mmsi[placed].tolist()
    for name in ("lon", "lat", "sog", "cog", "heading"):
        np.testing.assert_allclose(
            columns[name], getattr(fleet.positions, name)[placed], rtol=0, atol=2e-5
        )
    ages = (context.status().event_time - fleet.positions.time[placed]) // np.timedelta64(1, "s")
    assert columns["age"].tolist() == ages.tolist()
    assert header["status"]["mode"] == "replay"
    assert header["status"]["event_time"] == "2026-09-14T06:30:00Z"
    assert header["status"]["rejected"] == 800


async def test_a_part_of_the_picture(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/picture", params={"bbox": "170,40,-170,60"})
    header, columns = read(answer.content)
    assert header["rows"] == 1
    assert columns["lon"][0] == pytest.approx(179.9, abs=1e-6)


async def test_an_empty_picture_is_a_frame(client: httpx.AsyncClient) -> None:
    header, _ = read((await client.get("/api/v1/picture?bbox=0,-80,1,-79")).content)
    assert header["rows"] == 0


async def test_thirty_bytes_a_vessel(client: httpx.AsyncClient, context: Context) -> None:
    """The whole picture goes out each second to each desk."""
    data = (await client.get("/api/v1/picture")).content
    assert len(data) < 1500 + 30 * len(context.picture.fleet())


async def test_names_of_those_who_have_one(client: httpx.AsyncClient, context: Context) -> None:
    statics = context.picture.fleet().statics
    names = (await client.get("/api/v1/picture/names")).json()["names"]
    assert len(names) == len(statics) - 1
    assert names[str(statics.mmsi[7])] == "VESSEL 7"


@pytest.mark.parametrize("resolution", ["110m", "50m", "10m"])
async def test_the_coast(client: httpx.AsyncClient, resolution: str) -> None:
    answer = await client.get("/api/v1/coast", params={"resolution": resolution})
    _, columns = read(answer.content)
    rings = coast.rings(resolution)
    assert len(np.unique(columns["ring"])) == len(rings)
    np.testing.assert_allclose(columns["lon"], np.concatenate(rings)[:, 0], rtol=0, atol=1e-5)
    again = await client.get(
        "/api/v1/coast", params={"resolution": resolution},
        headers={"If-None-Match": answer.headers["etag"]},
    )  # fmt: skip
    assert again.status_code == 304
    assert again.content == b""
    plain = await client.get(
        "/api/v1/coast", params={"resolution": resolution}, headers={"Accept-Encoding": "identity"}
    )
    assert plain.content == answer.content
    assert "content-encoding" not in plain.headers


class Hands:
    """A clock that moves by a second whenever it is looked at."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def said(mmsi: list[int], names: list[bytes], minute: int) -> Statics:
    count = len(mmsi)
    return Statics.absent(
        count, mmsi=np.array(mmsi, np.uint32), name=np.array(names, "S34"),
        msg_type=np.full(count, 5), line=np.arange(count) + 100 * minute,
        time=np.repeat(NOW + np.timedelta64(minute, "m"), count),
    )  # fmt: skip


def test_names_are_made_seldom_and_follow_what_changes() -> None:
    picture, hands = Picture(capacity=8), Hands()
    kept = NamesKept(picture, hands)
    picture.update(Positions.empty(), said([1, 2, 3], [b"A", b"B", b""], 0))
    first = kept.get()
    assert json.loads(first.plain)["names"] == {"1": "A", "2": "B"}
    assert gzip.decompress(first.packed) == first.plain
    picture.update(Positions.empty(), said([2, 3], [b"B2", b"C"], 1))
    assert kept.get() is first  # it was made a moment ago
    hands.now += 100
    second = kept.get()
    assert json.loads(second.plain)["names"] == {"1": "A", "2": "B2", "3": "C"}
    assert second.tag != first.tag
    many = list(range(10, 30))
    picture.update(Positions.empty(), said(many, [b"N%d" % n for n in many], 2))
    hands.now += 100
    fleet = picture.fleet().statics
    told = json.loads(kept.get().plain)["names"]
    assert told == {str(m): n.decode() for m, n in zip(fleet.mmsi, fleet.name, strict=True) if n}
    assert "1" not in told


async def test_who_has_the_names_is_not_sent_them_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/api/v1/picture/names")
    assert first.headers["content-encoding"] == "gzip"
    again = await client.get(
        "/api/v1/picture/names", headers={"If-None-Match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
