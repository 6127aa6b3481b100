"""Where indices are kept: as the environment says, or nowhere."""

from pathlib import Path

from geofence.zoneset import ZoneSet
from vigie.fences import cache_folder, fence_of


def test_the_cache_folder_is_the_one_named_or_the_usual_one(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "vigie"
    monkeypatch.setenv("HOME", str(tmp_path))
    for not_one in ("", "relative/path"):
        monkeypatch.setenv("XDG_CACHE_HOME", not_one)
        assert cache_folder() == tmp_path / ".cache" / "vigie"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == tmp_path / ".cache" / "vigie"


def test_who_has_no_home_keeps_nothing(monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME")

    def homeless() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", homeless)
    assert cache_folder() is None
    assert fence_of(ZoneSet(())).zones == ZoneSet(())


def test_few_zones_leave_nothing_behind(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    fence_of(ZoneSet(()))
    assert not list(tmp_path.iterdir())
