"""What `vigie.toml` may say, from whose folder its paths are taken, and how a mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.errors import ConfigError
from ingest.sources.kinds import KINDS
from vigie.live.config import LiveConfig, Settings, Tables, read_config

NORTH = '[[source]]\nkind = "tcp"\nname = "north"\nhost = "receiver.example"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    folder.mkdir()
    return folder / "vigie.toml"


def read(file: Path, text: str) -> LiveConfig:
    file.write_text(text)
    return read_config(file)


def refused(file: Path, text: str) -> str:
    with pytest.raises(ConfigError) as fault:
        read(file, text)
    said = str(fault.value)
    assert said.startswith(str(file))
    assert "\n" not in said
    assert fault.value.mend
    return said.removeprefix(str(file))


def test_an_empty_file_is_a_watch_without_sources(file: Path) -> None:
    config = read(file, "")
    assert config.sources == ()
    assert (config.api.host, config.api.port) == ("127.0.0.1", 8000)
    assert config.journal.sync_s == 1.0
    assert config.watch.centre == "vigie"


def test_sources_stand_in_their_order_and_some_are_left_out(file: Path) -> None:
    udp = '[[source]]\nkind = "udp"\nname = "south"\nenabled = false\n'
    config = read(file, NORTH + udp)
    assert [(s.name, s.kind) for s in config.sources] == [("north", "tcp"), ("south", "udp")]
    assert [s.name for s in config.used] == ["north"]


def test_relative_paths_are_taken_from_the_folder_of_the_file(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = read(
        file,
        f"""
        [watch]
        zones = ["mine.geojson", "/srv/zones/ours.geojson"]
        rules = "rules.toml"
        lists = ["lists/one.csv"]
        [database]
        file = "../state/watch.duckdb"
        {NORTH}
        hello_file = "hello.txt"
        tls = {{ ca = "ca.pem", certificate = "/etc/tls/us.pem" }}
        """,
    )
    etc = file.parent
    assert config.watch.zones == (etc / "mine.geojson", Path("/srv/zones/ours.geojson"))
    assert config.watch.rules == etc / "rules.toml"
    assert config.watch.lists == (etc / "lists/one.csv",)
    assert config.database.file == etc / "../state/watch.duckdb"
    assert config.journal.folder == etc / "journal"
    (north,) = config.sources
    assert north.hello_file == etc / "hello.txt"  # type: ignore[attr-defined]
    assert north.tls.ca == etc / "ca.pem"  # type: ignore[attr-defined]
    assert north.tls.certificate == Path("/etc/tls/us.pem")  # type: ignore[attr-defined]
    assert north.tls.key is None  # type: ignore[attr-defined]


def test_what_only_looks_like_a_path_stays_as_it_is(file: Path) -> None:
    config = read(
        file,
        """
        [[source]]
        kind = "http"
        name = "post"
        path = "/ais"
        [[source]]
        kind = "mqtt"
        name = "broker"
        host = "broker.example"
        path = "/ws"
        topics = [{ pattern = "file/key/#" }]
        headers = { key = "k-1", file = "f" }
        [[source]]
        kind = "udp"
        name = "all"
        stations = { "192.0.2.7" = "mole" }
        """,
    )
    post, broker, udp = config.sources
    assert post.path == "/ais"  # type: ignore[attr-defined]
    assert broker.path == "/ws"  # type: ignore[attr-defined]
    assert broker.headers == {"key": "k-1", "file": "f"}  # type: ignore[attr-defined]
    assert broker.topics[0].pattern == "file/key/#"  # type: ignore[attr-defined]
    assert list(udp.stations.values()) == ["mole"]  # type: ignore[attr-defined]


def test_a_file_that_is_not_there_or_no_toml(file: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_config(file)
    assert "it is no TOML" in refused(file, "[watch\n")
    assert "line 2" in refused(file, "[watch]\ncentre\n")
    file.write_bytes(b"[watch]\ncentre = '\xff'\n")
    with pytest.raises(ConfigError, match="it is no TOML"):
        read_config(file)


@pytest.mark.parametrize(
    ("text", "key", "mend"),
    [
        ("[journal]\nsync = 1\n", "journal.sync", "Perhaps sync_s is meant."),
        ("[jurnal]\n", "jurnal", "Perhaps journal is meant."),
        ("[journal]\nsync_s = 'soon'\n", "journal.sync_s", "number"),
        ("[journal]\nsync_s = -1\n", "journal.sync_s", "0"),
        ("[journal]\nkeep_days = inf\n", "journal.keep_days", "finite"),
        ("journal = 1\n", "journal", "a table"),
        ("[api]\nport = 70000\n", "api.port", "65535"),
        ("[watch]\ncentre = 'two words'\n", "watch.centre", "name of this centre"),
        ("[watch]\nzones = 'mine.geojson'\n", "watch.zones", "a list, in brackets"),
        ("[database]\nmemory_limit_mb = 1\n", "database.memory_limit_mb", "100"),
        ("[watch]\nrules = 1\n", "watch.rules", "a path, in quotes"),
        ("[database]\nmemory_limit_mb = 1.5\n", "database.memory_limit_mb", "integer"),
        ("source = 1\n", "source", "[[source]]"),
        ("[source]\nkind = 'udp'\n", "source", "[[source]]"),
        ("source = [1]\n", "source 1", "[[source]]"),
        ("[[sources]]\nkind = 'udp'\n", "sources", "[[source]]"),
        ("[[source]]\nname = 'a'\n", "source 1 'a'", "The kinds are tcp"),
        (NORTH + "prot = 1\n", "source 1 'north', prot", "Perhaps port is meant."),
        (NORTH + NORTH, "two sources are named north", "own name"),
        (
            "[[source]]\nkind = 'stdin'\nname = 'a'\n[[source]]\nkind = 'stdin'\nname = 'b'\n",
            "standard input", "Keep one",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_the_mend(
    file: Path, text: str, key: str, mend: str
) -> None:
    said = refused(file, text)
    assert key in said
    assert mend in said


@pytest.mark.parametrize(
    "wrong",
    [
        'user = "u"\npassword = ["sesame"]\n', 'user = ""\npassword = "sesame"\n',
        'password = "sesame"\n', 'user = "u"\npasswrd = "sesame"\n',
        'user = "u"\npassword = "sesame"\npassword_file = "p"\n',
        'user = "u"\npassword = "sesame\n',
    ],
)  # fmt: skip
def test_no_message_repeats_a_secret(file: Path, wrong: str) -> None:
    broker = NORTH.replace("tcp", "mqtt") + 'topics = [{ pattern = "ais/#" }]\n'
    assert "sesame" not in refused(file, broker + wrong)


def test_a_configuration_can_be_logged(file: Path) -> None:
    config = read(file, NORTH + 'hello = ["login sesame"]\n')
    assert "sesame" not in f"{config!r} {config} {config.model_dump_json()}"


@pytest.mark.parametrize("model", [m for t in Tables.model_fields.values() if (m := t.annotation)])
def test_every_setting_is_described(model: type[Settings]) -> None:
    for name, field in model.model_fields.items():
        assert field.description, name
        assert "\n" not in field.description


def test_every_kind_can_be_named(file: Path) -> None:
    needed = {
        "tcp": 'host = "a"', "mqtt": 'host = "a"\ntopics = [{ pattern = "#" }]', "file": 'path="a"'
    }  # fmt: skip
    text = "".join(
        f'[[source]]\nkind = "{kind}"\nname = "{kind}"\n{needed.get(kind, "")}\n' for kind in KINDS
    )
    assert [s.kind for s in read(file, text).sources] == list(KINDS)
