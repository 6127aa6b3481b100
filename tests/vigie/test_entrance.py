"""The entrance of a watch, over real sockets: the first admin, TLS, names, proxies, a demo."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from certificates import Authority

from api.context import Context, Status
from geofence.zoneset import ZoneSet
from ingest.errors import ConfigError
from ingest.sources.config import TlsServer
from store.database import Database
from store.picture import Picture
from vigie.entrance import Entrance, demo, entrance
from vigie.place import Place
from vigie.serve import server_for

PASSWORD = "seven grey gulls over Skye"
HERE = Place("127.0.0.1", 0)


@pytest.fixture(scope="module")
def context() -> Iterator[Context]:
    with Database.temporary() as database:
        yield Context(database, Picture(), lambda: ZoneSet(()), Status)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@contextlib.contextmanager
def served(context: Context, door: Entrance) -> Iterator[int]:
    """The pages, in a thread: their port."""
    server = server_for(context, door)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door.listening]})
    thread.start()
    try:
        yield door.listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(60)


class Asker:
    """Asks as a browser would: with its cookie, over TLS or not."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None, host: str = "") -> None:
        self.port, self.tls, self.host = port, tls, host or f"127.0.0.1:{port}"
        self.cookie, self.set_cookie, self.certificate = "", "", b""

    def __call__(
        self, path: str, body: Any = None, method: str = "", **headers: str
    ) -> tuple[int, Any]:
        where = ("127.0.0.1", self.port)
        link = (
            http.client.HTTPSConnection(*where, timeout=60, context=self.tls)
            if self.tls
            else http.client.HTTPConnection(*where, timeout=60)
        )
        told = {"Host": self.host, "Cookie": self.cookie, "Content-Type": "application/json"}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        with contextlib.closing(link):
            link.request(
                method or ("GET" if body is None else "POST"), path,
                None if body is None else json.dumps(body), told,
            )  # fmt: skip
            if isinstance(link.sock, ssl.SSLSocket):
                self.certificate = link.sock.getpeercert(binary_form=True) or b""
            answer = link.getresponse()
            text = answer.read()
            self.set_cookie = answer.headers.get("set-cookie", "")
            self.cookie = self.set_cookie.partition(";")[0] or self.cookie
            kind = answer.headers.get("content-type", "")
            return answer.status, json.loads(text) if "json" in kind else text


def link_in(words: list[str]) -> str:
    (found,) = re.findall(r"\S+/welcome#(\S+)", " ".join(words))
    return str(found)


def test_the_first_start_prints_a_link_until_somebody_has_used_it(
    context: Context, tmp_path: Path
) -> None:
    file = tmp_path / "a.accounts"
    with entrance(HERE, file) as door:
        first = link_in(door.words())
    with entrance(HERE, file) as door, served(context, door) as port:
        words = door.words()
        assert f"http://127.0.0.1:{port}/welcome#" in words[1]
        ask = Asker(port)
        asked = {"token": first, "name": "maria", "password": PASSWORD}
        assert ask("/api/v1/welcome", asked)[0] == 403  # each start makes the one before useless
        status, told = ask("/api/v1/welcome", {**asked, "token": link_in(words)})
        assert (status, told["role"]) == (200, "admin")
        assert ask("/api/v1/welcome", {**asked, "token": link_in(words)})[0] == 403
        assert ask("/api/v1/session")[0] == 200
        assert "welcome" not in " ".join(door.words())
        # Its page needs no session, and the secret of the link never reaches us in an address.
        assert Asker(port)("/welcome")[0] == 200
    with entrance(HERE, file) as door:
        assert len(door.words()) == 1


def test_cookies_over_tls_are_secure_and_bound_to_the_host(
    context: Context, tmp_path: Path, authority: Authority
) -> None:
    pair = authority.issue("watch")
    tls = TlsServer(certificate=pair.certificate, key=pair.key)
    client = ssl.create_default_context(cafile=str(authority.path))
    with entrance(HERE, tmp_path / "a", tls=tls) as door, served(context, door) as port:
        assert door.url == f"https://127.0.0.1:{port}"
        ask = Asker(port, client)
        link = link_in(door.words())
        status, told = ask("/api/v1/welcome", {"token": link, "name": "m", "password": PASSWORD})
        assert status == 200
        flags = {part.strip().lower() for part in ask.set_cookie.split(";")[1:]}
        assert {"secure", "httponly", "samesite=strict", "path=/"} <= flags
        assert ask.set_cookie.startswith("__Host-vigie_session=")
        assert not any(flag.startswith("domain") for flag in flags)
        assert ask("/api/v1/session") == (200, told)
        csrf = {"X_CSRF_Token": told["csrf"]}
        assert ask("/api/v1/session", method="DELETE", **csrf)[0] == 204
        assert "secure" in ask.set_cookie.lower()
        with pytest.raises(OSError):  # noqa: PT011
            Asker(port)("/")
        old = ssl.create_default_context(cafile=str(authority.path))
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(ssl.SSLError):
            Asker(port, old)("/")


def test_a_renewed_certificate_is_taken_up_and_a_bad_one_is_not(
    context: Context, tmp_path: Path, authority: Authority
) -> None:
    first, second = authority.issue("first"), authority.issue("second")
    used = tmp_path / "used.pem", tmp_path / "used.key"
    shutil.copy(first.certificate, used[0])
    shutil.copy(first.key, used[1])
    client = ssl.create_default_context(cafile=str(authority.path))
    with (
        entrance(HERE, None, tls=TlsServer(certificate=used[0], key=used[1])) as door,
        served(context, door) as port,
    ):
        ask = Asker(port, client)
        ask("/login")
        before = ask.certificate
        used[0].write_text("no certificate")
        with pytest.raises(ConfigError):
            door.renew()
        ask("/login")
        assert ask.certificate == before
        shutil.copy(second.certificate, used[0])
        shutil.copy(second.key, used[1])
        door.renew()
        assert ask("/login")[0] == 200
        assert ask.certificate not in (before, b"")


@pytest.mark.parametrize(
    ("host", "more", "said"),
    [
        ("0.0.0.0", {}, "api.tls"),
        ("192.0.2.1", {}, "passwords would go over it in the clear"),
        ("watch.example", {}, "no address"),
        ("0.0.0.0", {"proxies": [ip_network("192.0.2.7")]}, "api.names"),
    ],
)  # fmt: skip
def test_what_would_lay_passwords_open_is_refused(
    tmp_path: Path, host: str, more: dict[str, Any], said: str
) -> None:
    place = Place(host, 0, ("api.host", "api.port"))
    with (
        pytest.raises(ConfigError, match=said),
        entrance(place, tmp_path / "a", **more),
    ):
        raise AssertionError
    assert list(tmp_path.iterdir()) == []


def test_names_are_answered_to_as_told(context: Context, tmp_path: Path) -> None:
    place = Place("0.0.0.0", 0)
    proxies, names = [ip_network("127.0.0.1")], ["Watch.example"]
    with (
        entrance(place, None, proxies=proxies, names=names) as door,
        served(context, door) as port,
    ):
        assert door.url == "https://Watch.example"
        for host, status in (
            ("watch.example", 200), ("WATCH.example:443", 200), (f"127.0.0.1:{port}", 200),
            ("evil.example", 421), ("watch.example.evil.example", 421), ("0.0.0.0", 421),
        ):  # fmt: skip
            assert Asker(port, host=host)("/login")[0] == status, host
        told = {"X_Forwarded_For": "198.51.100.7", "X_Forwarded_Proto": "https"}
        ask = Asker(port, host="watch.example")
        link = link_in(door.words())
        asked = {"token": link, "name": "m", "password": PASSWORD}
        assert ask("/api/v1/welcome", asked, Origin="https://watch.example", **told)[0] == 200
        assert "secure" in ask.set_cookie.lower()


def test_a_demo_lets_everybody_on_this_machine_in(context: Context) -> None:
    with demo(HERE) as door, served(context, door) as port:
        ask = Asker(port)
        assert ask("/api/v1/session")[1]["demo"]
        assert "welcome" not in " ".join(door.words())
        assert ask("/api/v1/health", X_Forwarded_For="127.0.0.1")[0] == 403
        assert Asker(port, host="evil.example")("/api/v1/health")[0] == 421
    with pytest.raises(ConfigError), demo(Place("0.0.0.0", 0)):
        raise AssertionError


def test_a_proxys_word_is_not_taken_by_the_web_server_itself(
    context: Context, tmp_path: Path
) -> None:
    """uvicorn would believe X-Forwarded-For of whoever comes from this machine."""
    with entrance(HERE, None) as door, served(context, door) as port:
        ask = Asker(port)
        assert ask("/login", X_Forwarded_For="198.51.100.7")[0] == 403
        assert ask("/api/v1/session", {"name": "x", "password": "y"})[0] == 401
        (entry,) = door.access.log.entries(5)  # type: ignore[attr-defined]
        assert entry.address == "127.0.0.1"


def test_a_port_is_held_before_accounts_are_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = Place("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(ConfigError, match="cannot be used"), entrance(place, tmp_path / "a"):
            raise AssertionError
    assert list(tmp_path.iterdir()) == []
