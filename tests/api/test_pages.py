"""The files of the pages as a browser is sent them."""

import gzip
import re
from pathlib import Path

import httpx
import pytest

from api.app import CONSOLE
from api.pages import packed

SCRIPTS = sorted(CONSOLE.glob("*.js"))
STYLES = sorted(CONSOLE.glob("*.css"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_text_of_a_script_spans_lines(path: Path) -> None:
    # Comments are taken out by lines, which would change such a text.
    for line in path.read_text().splitlines():
        code = line.strip()
        assert code.startswith("//") or len(re.findall(r"(?<!\\)`", code)) % 2 == 0, line


@pytest.mark.parametrize("path", SCRIPTS + STYLES, ids=lambda path: path.name)
def test_line_for_line_it_is_the_file_without_its_comments(path: Path) -> None:
    written = path.read_text().split("\n")
    sent = packed(path, True).plain.decode().split("\n")
    assert len(sent) == len(written)
    assert all(s in (w.strip(), "") or s in w for s, w in zip(sent, written, strict=True))
    assert not any(line.startswith(("//", "/*")) for line in sent)


async def test_a_script_is_packed_for_those_who_take_it(client: httpx.AsyncClient) -> None:
    packed_one = await client.get("/console/main.js")
    assert packed_one.headers["content-encoding"] == "gzip"
    assert packed_one.headers["content-type"] == "text/javascript; charset=utf-8"
    plain = await client.get("/console/main.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == packed_one.text
    assert len(gzip.compress(plain.content)) < len(plain.content) / 2


async def test_a_script_that_is_known_is_not_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/console/main.js")
    again = await client.get("/console/main.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "Content-Security-Policy" in again.headers


async def test_nothing_beside_the_pages_is_sent(client: httpx.AsyncClient) -> None:
    for path in ("/console/../app.py", "/console/%2e%2e/app.py", "/console/none.js", "/console/"):
        assert (await client.get(path)).status_code == 404, path
    assert (await client.post("/console/main.js")).status_code in (403, 404, 405)
    head = await client.head("/console/main.js")
    assert (head.status_code, head.content) == (200, b"")


def test_ours_is_no_more_than_a_slow_link_can_bear() -> None:
    ours = [p for p in SCRIPTS + STYLES if not p.name.startswith(("docs.", "handover."))]
    assert sum(len(packed(path, True).gzip) for path in ours) <= 60_000
