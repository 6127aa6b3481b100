"""Charts of other services: which file is taken, and what a page may fetch."""

import dataclasses
from pathlib import Path

import httpx
import pytest

from api.access import Access
from api.app import create_app
from api.context import Context
from api.layers import Layer, policy, read_layers
from api.security import CONTENT_SECURITY_POLICY
from ingest.errors import ConfigError

TILES = Layer(name="Marks", kind="tiles", url="https://{s}.tiles.example/{z}/{x}/{y}.png")


def written(folder: Path, text: str) -> Path:
    path = folder / "layers.toml"
    path.write_text(text)
    return path


def test_a_file_of_layers_is_read_in_order(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        '[[layer]]\nname = "ENC"\nkind = "wms"\nurl = "http://charts.example:8080/wms"\n'
        'layers = "ENC"\nopacity = 0.5\nshown = true\n'
        '[[layer]]\nname = "Marks"\nurl = "https://tiles.example/{z}/{x}/{y}.png"\n',
    )
    enc, marks = read_layers(path)
    assert (enc.kind, enc.opacity, enc.shown, enc.origin) == (
        "wms", 0.5, True, "http://charts.example:8080",
    )  # fmt: skip
    assert (marks.kind, marks.origin) == ("tiles", "https://tiles.example")
    assert read_layers(None) == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[layer", "no TOML"),
        ('[[layer]]\nname = "x"\n', "url"),
        ('[[layer]]\nname = "x"\nurl = "javascript:alert(1)"\n', "url"),
        ('[[layer]]\nname = "x"\nurl = "https://a.example;script-src */"\n', "url"),
        ('[[layer]]\nname = "x"\nurl = "https://a.example/ x"\n', "url"),
        ('[[layer]]\nname = "x"\nurl = "https://a.example/"\nsize = 3\n', "size"),
        ('[[layer]]\nname = "x"\nkind = "wms"\nurl = "https://a.example/"\n', "needs `layers`"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_key(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        read_layers(written(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml"):
        read_layers(tmp_path / "none.toml")


def test_pictures_come_from_the_named_origins_and_nothing_else_is_let_in() -> None:
    allowed = policy(CONTENT_SECURITY_POLICY, [TILES])
    assert "img-src 'self' data: https://*.tiles.example;" in allowed
    assert allowed.replace(" data: https://*.tiles.example", "") == CONTENT_SECURITY_POLICY
    assert policy(CONTENT_SECURITY_POLICY, []) == CONTENT_SECURITY_POLICY


async def test_the_console_is_told_of_them_and_its_page_alone_may_show_them(
    context: Context,
) -> None:
    with_layers = dataclasses.replace(context, layers=(TILES,))
    app = create_app(with_layers, access=Access.open())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        told = (await client.get("/api/v1/layers")).json()
        assert told["layers"][0]["url"] == TILES.url
        page = await client.get("/")
        assert "tiles.example" in page.headers["Content-Security-Policy"]
        other = await client.get("/docs")
        assert other.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
