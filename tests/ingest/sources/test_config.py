"""What all sources are told: names, places, hosts; and how a mistake is answered."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.errors import ConfigError
from ingest.sources.config import SourceBase
from ingest.sources.kinds import KINDS, read_source

NEEDED: dict[str, dict[str, Any]] = {
    "tcp": {"host": "receiver.example"},
    "mqtt": {"host": "broker.example", "topics": [{"pattern": "ais/#"}]},
    "file": {"path": "/var/log/ais.nmea"},
}


def table(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "name": "north", **NEEDED.get(kind, {}), **more}


def refused(given: Any) -> str:
    with pytest.raises(ConfigError) as fault:
        read_source(given, where="source 1")
    assert "\n" not in str(fault.value)
    assert fault.value.mend
    return str(fault.value)


@pytest.mark.parametrize("kind", KINDS)
class TestEveryKind:
    def test_little_needs_to_be_given(self, kind: str) -> None:
        config = read_source(table(kind), where="source 1")
        assert isinstance(config, SourceBase)
        assert (config.kind, config.name, config.silent_after) == (kind, "north", 60)
        assert (config.enabled, config.priority, config.station) == (True, 0, None)
        assert config.where == "source north"

    def test_every_setting_is_described(self, kind: str) -> None:
        for name, field in KINDS[kind][0].model_fields.items():
            assert field.description, name
            assert "\n" not in field.description, name
            assert not field.description.endswith("."), name

    def test_a_setting_that_does_not_exist_is_told_with_the_one_that_may_be_meant(
        self, kind: str
    ) -> None:
        said = refused(table(kind, silent_aftr=5))
        assert "silent_aftr" in said
        assert "perhaps silent_after is meant" in said.lower()

    @pytest.mark.parametrize("name", ["", "a b", "north/2", "x" * 16, "näs", "a\\b", 7])
    def test_names_fit_the_field_of_a_tag_block(self, kind: str, name: Any) -> None:
        assert "name" in refused(table(kind, name=name))

    def test_a_place_is_given_whole(self, kind: str) -> None:
        config = read_source(table(kind, lon=5.5, lat=58.9), where="source 1")
        assert (config.lon, config.lat) == (5.5, 58.9)
        assert "belong together" in refused(table(kind, lon=5.5))
        assert "lat" in refused(table(kind, lon=5.5, lat=90.1))
        assert "lat" in refused(table(kind, lon=5.5, lat=float("nan")))

    @pytest.mark.parametrize("seconds", [0, -1, 86_401, float("inf"), "soon"])
    def test_silence_has_a_length(self, kind: str, seconds: Any) -> None:
        assert "silent_after" in refused(table(kind, silent_after=seconds))


def test_a_kind_that_does_not_exist() -> None:
    said = refused({"kind": "carrier-pigeon", "name": "north"})
    assert "there is no kind 'carrier-pigeon'" in said
    assert all(kind in said for kind in KINDS)
    assert "kind is missing" in refused({"name": "north"})
    assert "not a table" in refused(["tcp"])
    assert "there is no kind" in refused({"kind": ["tcp"], "name": "north"})


@pytest.mark.parametrize(
    "host", ["", "a..b", ".example", "x" * 64, "two words", "nul\0", "line\n", "x." * 127]
)
@pytest.mark.parametrize("kind", ["tcp", "mqtt"])
def test_a_host_is_one_that_can_be_asked_for(kind: str, host: str) -> None:
    assert "host" in refused(table(kind, host=host))
    assert "server_name" in refused(table(kind, tls={"server_name": host}))


@pytest.mark.parametrize("host", ["receiver.example", "192.0.2.7", "2001:db8::1", "höfn.example"])
def test_hosts_by_name_and_by_address(host: str) -> None:
    assert read_source(table("tcp", host=host), where="source 1").host == host  # type: ignore[attr-defined]


def test_no_message_repeats_a_secret() -> None:
    assert "sesame" not in refused(table("tcp", hello=["login sesame\nmore"]))
    assert "sesame" not in refused(table("tcp", hello=[{"sesame": 1}]))
    config = read_source(table("tcp", hello=["login sesame"]), where="source 1")
    assert "sesame" not in f"{config!r} {config} {config.model_dump_json()}"
