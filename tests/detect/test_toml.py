"""Settings of the detectors from a configuration: taken, or refused in one sentence."""

import contextlib
from dataclasses import dataclass, fields, is_dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.config import DetectConfig
from detect.toml import _made, detect_config, overrides
from ingest.errors import ConfigError


@dataclass(frozen=True)
class Inner:
    far_m: float = 5.0
    types: tuple[int, ...] = (30,)
    on: bool = True
    name: str = "a"

    def __post_init__(self):
        if self.far_m > 100:
            raise ConfigError("far_m is too far", where="somewhere", mend="come nearer")


@dataclass(frozen=True)
class Outer:
    count: int = 3
    inner: Inner = Inner()


def test_what_is_not_named_keeps_its_default():
    assert detect_config({}, "f") == DetectConfig()
    config = detect_config({"late_s": 20, "vessels": 5000}, "f")
    assert (config.late_s, config.vessels, config.tick_s) == (20.0, 5000, DetectConfig().tick_s)
    made = _made(Outer(), {"inner": {"far_m": 7, "types": [1, 2], "on": False}}, "f", "detect")
    assert made == Outer(3, Inner(7.0, (1, 2), False))


def test_what_is_not_the_default_can_be_told_and_read_again():
    assert overrides(DetectConfig()) == {}
    made = Outer(4, Inner(types=(1, 2)))
    assert overrides(made) == {"count": 4, "inner": {"types": [1, 2]}}
    assert _made(Outer(), overrides(made), "f", "detect") == made


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"cuont": 1}, "f, detect.cuont: there is no such setting. Perhaps count is meant."),
        ({"zzz": 1}, "f, detect.zzz: there is no such setting. There are count, inner."),
        ({"count": 1.5}, "f, detect.count: this will not do. Give a whole number."),
        ({"count": True}, "f, detect.count: this will not do. Give a whole number."),
        ({"inner": 1}, "f, detect.inner: this will not do. Give a table."),
        ({"inner": {"far_m": "7"}}, "f, detect.inner.far_m: this will not do. Give a number."),
        ({"inner": {"far_m": 101}}, "f, detect.inner: far_m is too far. Come nearer."),
        ({"inner": {"types": ["x"]}}, "f, detect.inner.types: this will not do. Give a list, in"),
        ({"inner": {"name": 3}}, "f, detect.inner.name: this will not do. Give a text, in quotes."),
    ],
)
def test_what_cannot_be_used_is_told_with_file_key_and_mend(table, said):
    with pytest.raises(ConfigError) as refusal:
        _made(Outer(), table, "f", "detect")
    assert str(refusal.value).startswith(said)


def numbers():
    """Every number there is among the settings, by its path."""
    for field in fields(DetectConfig):
        default = getattr(DetectConfig(), field.name)
        if is_dataclass(default):
            for inner in fields(default):
                if type(getattr(default, inner.name)) in (int, float):
                    yield field.name, inner.name
        elif type(default) in (int, float):
            yield (field.name,)


@pytest.mark.parametrize("path", list(numbers()), ids=".".join)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0, -1, "7", None, []])
def test_no_setting_takes_what_makes_no_sense(path, value):
    table = value
    for key in reversed(path):
        table = {key: table}
    with pytest.raises(ConfigError, match=path[-1]):
        detect_config(table, "f")


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from([f.name for f in fields(DetectConfig)]) | st.text(max_size=5), inner,
        max_size=3,
    ),
))  # fmt: skip
def test_whatever_is_given_is_taken_or_refused(table):
    with contextlib.suppress(ConfigError):
        assert isinstance(detect_config(table, "f"), DetectConfig)
