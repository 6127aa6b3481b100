from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from geofence.check import check
from geofence.imports import import_zones
from geofence.library import load
from ingest.errors import ZoneError

HEADER = (
    "World Port Index Number,Region Name,Main Port Name,UN/LOCODE,Country Code,Harbor Size,"
    "Latitude,Longitude"
)
ROWS = [
    "1000,North,Port One,NL RTM,Netherlands,Large,51.9,4.48",
    "1010.5,North,Port Two, ,Netherlands,Very Small,52.1,4.2",
    "1020,North,Port One Again,NL RTM,Netherlands,Medium,51.95,4.1",
    '1030,North,"Port, Quoted",FJ XXX,Fiji,Small,-16.77,179.99',
]


def written(folder: Path, *rows: str, header: str = HEADER) -> Path:
    file = folder / "UpdatedPub150.csv"
    file.write_bytes("\r\n".join([header, *rows]).encode("utf-8-sig"))
    return file


def test_ports_are_imported(tmp_path: Path) -> None:
    one, two, again, quoted = import_zones(written(tmp_path, *ROWS))
    assert (one.id, one.name, one.kind, one.radius_m) == ("port-nlrtm", "Port One", "port", 6000)
    assert one.centres == ((4.48, 51.9),)
    assert (two.id, two.radius_m) == ("port-wpi-1010-5", 3000)
    assert (again.id, again.radius_m) == ("port-nlrtm-wpi-1020", 4000)
    assert quoted.name == "Port, Quoted"
    assert quoted.geometry.geom_type == "MultiPolygon"
    assert one.authority == "NGA"
    assert one.extra["locode"] == "NLRTM"
    assert one.exit_buffer_m == 1000


def test_gzip_is_read_too(tmp_path: Path) -> None:
    packed = tmp_path / "index.csv.gz"
    packed.write_bytes(gzip.compress(written(tmp_path, *ROWS).read_bytes()))
    assert len(import_zones(packed)) == 4


def test_an_imported_port_takes_the_place_of_ours(tmp_path: Path) -> None:
    merged = load().merge(import_zones(written(tmp_path, ROWS[0])))
    assert merged.by_id("port-nlrtm").authority == "NGA"
    assert len(merged) == len(load())


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("1040,North,Bad,XXBAD,X,Small,91,4", "its position is 91, 4"),
        ("1040,North,Bad,XXBAD,X,Small,,4", "its position is '', '4'"),
        ("1040,North,Bad,XXBAD,X,Small,nan,4", "its position is nan, 4"),
        ("1040,North,Bad", "its position is None, None"),
        ("x,North,Bad,XXBAD,X,Small,1,4", "its number is 'x'"),
        ("1010.5,North,Bad,,X,Small,1,4", "its number stands on an earlier line"),
    ],
)
def test_a_bad_row_is_named_and_holds_up_no_other(tmp_path: Path, row: str, says: str) -> None:
    file = written(tmp_path, *ROWS[:2], row, ROWS[3])
    (problem,) = check(file)
    assert says in str(problem)
    assert "line 4 (Bad) is left out" in str(problem)
    assert not problem.error
    assert len(import_zones(file)) == 3


def test_a_file_without_its_columns_or_ports_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ZoneError, match="neither GeoJSON nor the World Port Index"):
        import_zones(written(tmp_path, *ROWS, header="a,b,c"))
    with pytest.raises(ZoneError, match="holds no port"):
        import_zones(written(tmp_path))


def test_the_real_index_is_imported() -> None:
    folder = os.environ.get("VIGIE_RECORDINGS")
    index = Path(folder or ".") / "nga-world-port-index-2023.csv.gz"
    if not folder or not index.exists():
        pytest.skip("VIGIE_RECORDINGS names no folder with the World Port Index")
    # 3,768 rows, of which two give a port for the second time.
    assert len(import_zones(index)) == 3_766
    assert [p.what.split(" is left out")[0] for p in check(index)] == [
        "line 3286 (Machilipatnam)",
        "line 3754 (Seydisfjordur)",
    ]
