import pytest

from ingest.errors import ConfigError
from watch.lists import Entry, WatchList, imo_valid, load_lists, read_list
from watch.vessel import Vessel


def write(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_csv_and_toml_say_the_same(tmp_path):
    table = write(
        tmp_path, "a.csv",
        "\ufeffName, MMSI,IMO,note\r\n"
        'SEA STAR,636012345,IMO 9074729,"seen, twice"\r\n\r\nGHOST,,,\r\n',
    )  # fmt: skip
    toml = write(
        tmp_path, "b.toml",
        '[[vessel]]\nname = "SEA STAR"\nmmsi = 636012345\nimo = 9074729\nnote = "seen, twice"\n'
        '[[vessel]]\nname = "GHOST"\n',
    )  # fmt: skip
    said = [[(e.mmsi, e.imo, e.name, e.note) for e in read_list(p)] for p in (table, toml)]
    assert said[0] == said[1] == [
        (636012345, 9074729, "SEA STAR", "seen, twice"), (0, 0, "GHOST", ""),
    ]  # fmt: skip
    assert len(load_lists([table, toml]).entries) == 4


def test_a_list_means_the_same_in_any_folder(tmp_path) -> None:
    made = []
    for name in ("here", "there"):
        folder = tmp_path / name
        folder.mkdir()
        made.append(load_lists([write(folder, "list.csv", "mmsi\n636012345\n")]))
    assert made[0] == made[1]
    assert made[0].entries[0].source == "list.csv, line 2"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "mmsi\nabc\n", ["line 2, mmsi", "'abc'", "nine"]),
        ("a.csv", "mmsi\n1234567890\n", ["no such number"]),
        ("a.csv", "imo\n9074728\n", ["line 2", "check digit"]),
        ("a.csv", "ship,port\nA,B\n", ["names no column"]),
        ("a.csv", "", ["names no column"]),
        ("a.csv", "mmsi,note\n,hello\n", ["line 2", "no MMSI"]),
        ("a.csv", "mmsi,note\n1,a,b\n", ["line 2", "more cells"]),
        ("a.csv", 'mmsi,note\n1,"open\n', ["not CSV"]),
        ("a.csv", "mmsi,colour\n1,red\n", ["'colour'"]),
        ("a.toml", "[[vessel]]\nmmsi = true\n", ["vessel 1, mmsi"]),
        ("a.toml", "[[ship]]\nmmsi = 1\n", ["[[vessel]]"]),
        ("a.toml", "vessel = [5]\n", ["[[vessel]]"]),
        ("a.toml", "[[vessel]\n", ["not TOML"]),
    ],
)
def test_a_wrong_list_is_refused(tmp_path, name, text, words):
    with pytest.raises(ConfigError) as error:
        read_list(write(tmp_path, name, text))
    assert name in str(error.value)
    for word in words:
        assert word in str(error.value)


def test_a_list_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_list(tmp_path / "none.csv")


def test_who_is_listed():
    lists = WatchList(
        (
            Entry(mmsi=1, name="ALPHA"),
            Entry(imo=9074729),
            Entry(callsign="A8XY"),
            Entry(name="ghost  ship"),
        )
    )
    known = Vessel(9, b"NOBODY", b"XX", 9176187)
    assert lists.contains(Vessel(1)) is True
    assert lists.contains(known) is False
    assert lists.contains(Vessel(9)) is None
    assert lists.contains(Vessel(9, b"ALPHA", b"XX", 9176187)) is False  # a name beside an MMSI
    assert lists.find(Vessel(9, b"GHOST SHIP"))[1] == "name"
    assert lists.find(Vessel(9, b"", b"A8XY"))[1] == "callsign"
    assert lists.find(Vessel(9, b"", b"", 9074729))[1] == "imo"
    assert lists.mmsis.tolist() == [1]
    assert WatchList((Entry(mmsi=1),)).contains(Vessel(9)) is False
    assert WatchList().contains(Vessel(9)) is False


def test_imo_check_digit():
    assert imo_valid(9074729)
    assert not imo_valid(9074728)
    assert not imo_valid(907472)
