"""TLS both ways: who is trusted, who is not, and files that cannot be used, told in a sentence."""

from __future__ import annotations

import os
import shutil
import ssl
from pathlib import Path

import pytest
from certificates import Authority, Pair

from ingest.errors import ConfigError
from ingest.sources.config import TlsClient, TlsServer
from ingest.sources.tls import ServerTls, client_context, server_context, tls_fault


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("other"), "stranger")


@pytest.fixture(scope="module")
def server(authority: Authority) -> Pair:
    return authority.issue("receiver.example", alternative="DNS:receiver.example,IP:192.0.2.7")


def client_of(authority: Authority, **more: object) -> ssl.SSLContext:
    return client_context(TlsClient(ca=authority.path, **more), where="source north")


def server_of(pair: Pair, **more: object) -> ssl.SSLContext:
    return server_context(TlsServer(**pair.table, **more), where="source north")


def handshake(
    client: ssl.SSLContext, server: ssl.SSLContext, name: str = "receiver.example"
) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """Both ends agree, in memory."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(down, up, server_hostname=name)
    theirs = server.wrap_bio(up, down, server_side=True)
    left = [ours, theirs]
    for _ in range(10):
        for end in tuple(left):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            left.remove(end)
    assert not left
    # In TLS 1.3 a client learns that it was refused when it reads.
    theirs.write(b"!")
    assert ours.read(1) == b"!"
    return ours, theirs


@pytest.mark.parametrize("name", ["receiver.example", "192.0.2.7"])
def test_a_server_that_is_trusted_and_bears_the_name(
    authority: Authority, server: Pair, name: str
) -> None:
    ours, _ = handshake(client_of(authority), server_of(server), name)
    assert ours.version() == "TLSv1.3"


@pytest.mark.parametrize(
    ("name", "said"),
    [("other.example", "hostname mismatch"), ("192.0.2.8", "ip address mismatch")],
)
def test_another_name_is_refused(authority: Authority, server: Pair, name: str, said: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError) as refused:
        handshake(client_of(authority), server_of(server), name)
    text = tls_fault(refused.value)
    assert said in text.lower()
    assert "certificate is refused" in text
    assert "_ssl.c" not in text


def test_a_server_that_a_stranger_vouches_for_is_refused(
    authority: Authority, stranger: Authority
) -> None:
    pair = stranger.issue("receiver.example", alternative="DNS:receiver.example")
    with pytest.raises(ssl.SSLCertVerificationError) as refused:
        handshake(client_of(authority), server_of(pair))
    assert "unable to get local issuer certificate" in tls_fault(refused.value)


def test_a_certificate_that_has_run_out_is_refused(authority: Authority) -> None:
    pair = authority.issue("old", alternative="DNS:receiver.example", days=-1)
    with pytest.raises(ssl.SSLCertVerificationError) as refused:
        handshake(client_of(authority), server_of(pair))
    assert tls_fault(refused.value).endswith("certificate has expired")


def test_the_system_s_authorities_are_trusted_where_none_is_named(server: Pair) -> None:
    context = client_context(TlsClient(), where="source north")
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(context, server_of(server))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_versions_that_are_broken_are_not_spoken(
    authority: Authority, server: Pair, version: ssl.TLSVersion
) -> None:
    for context in (client_of(authority), server_of(server)):
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(authority.path)
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = version
    with pytest.raises(ssl.SSLError):
        handshake(old, server_of(server))


class TestClientsWithCertificates:
    def test_who_has_one_of_ours_is_let_in(self, authority: Authority, server: Pair) -> None:
        pair = authority.issue("mole", alternative="DNS:mole")
        asking = server_of(server, client_ca=authority.path)
        _, theirs = handshake(client_of(authority, **pair.table), asking)
        assert theirs.getpeercert()["subject"] == ((("commonName", "mole"),),)

    def test_who_has_none_is_not(self, authority: Authority, server: Pair) -> None:
        asking = server_of(server, client_ca=authority.path)
        with pytest.raises(ssl.SSLError) as refused:
            handshake(client_of(authority), asking)
        assert tls_fault(refused.value) == "TLS failed: peer did not return a certificate"

    def test_who_has_a_stranger_s_is_not(
        self, authority: Authority, server: Pair, stranger: Authority
    ) -> None:
        pair = stranger.issue("mole", alternative="DNS:mole")
        asking = server_of(server, client_ca=authority.path)
        with pytest.raises(ssl.SSLCertVerificationError):
            handshake(client_of(authority, **pair.table), asking)

    def test_a_key_without_a_certificate_is_a_mistake(
        self, authority: Authority, server: Pair
    ) -> None:
        with pytest.raises(ConfigError, match="a key and no certificate"):
            client_of(authority, key=server.key)


class TestFilesThatCannotBeUsed:
    def refused(self, **table: object) -> str:
        with pytest.raises(ConfigError) as refused:
            server_context(TlsServer(**table), where="source north")
        assert "\n" not in str(refused.value)
        assert refused.value.mend
        return str(refused.value)

    def test_there_is_no_such_file(self, server: Pair, tmp_path: Path) -> None:
        said = self.refused(certificate=tmp_path / "none.pem", key=server.key)
        assert "none.pem cannot be read: No such file or directory" in said
        said = self.refused(certificate=server.certificate, key=tmp_path / "none.key")
        assert "none.key cannot be read: No such file or directory" in said
        assert "source north, tls.certificate" in said

    def test_it_holds_something_else(self, server: Pair, tmp_path: Path) -> None:
        other = tmp_path / "notes.pem"
        other.write_text("dear diary")
        assert "notes.pem holds no" in self.refused(certificate=other, key=server.key)
        assert "holds no certificate" in self.refused(**server.table, client_ca=other)
        with pytest.raises(ConfigError, match=r"north, tls\.ca"):
            client_context(TlsClient(ca=other), where="source north")

    def test_the_key_belongs_to_another(self, authority: Authority, server: Pair) -> None:
        other = authority.issue("other")
        said = self.refused(certificate=server.certificate, key=other.key)
        assert "the key does not belong to" in said

    def test_the_key_has_a_password(self, authority: Authority) -> None:
        """Nobody is asked for it: a watch is started by a machine."""
        pair = authority.issue("locked", password="sesame")
        assert "locked.key has a password" in self.refused(**pair.table)

    def test_the_key_is_not_in_the_same_file(self, server: Pair) -> None:
        assert "holds no certificate with its key" in self.refused(certificate=server.certificate)


class TestRenewal:
    @pytest.fixture
    def files(self, server: Pair, tmp_path: Path) -> Pair:
        copied = Pair(tmp_path / "server.pem", tmp_path / "server.key")
        self.put(server, copied)
        return copied

    def put(self, pair: Pair, where: Pair) -> None:
        """As `certbot` and the like do; the clock of a file system is coarse."""
        for source, target in (
            (pair.certificate, where.certificate), (pair.key, where.key)
        ):  # fmt: skip
            before = target.stat().st_mtime_ns if target.exists() else 0
            shutil.copyfile(source, target)
            os.utime(target, ns=(before + 1_000_000_000, before + 1_000_000_000))

    def test_a_renewed_certificate_is_shown_to_the_next_who_connects(
        self, authority: Authority, files: Pair
    ) -> None:
        tls = ServerTls(TlsServer(**files.table), where="source north")
        with pytest.raises(ssl.SSLCertVerificationError):
            handshake(client_of(authority), tls.context, "renewed.example")
        self.put(authority.issue("renewed", alternative="DNS:renewed.example"), files)
        tls.renew()
        handshake(client_of(authority), tls.context, "renewed.example")

    def test_nothing_is_loaded_while_nothing_changes(self, files: Pair) -> None:
        tls = ServerTls(TlsServer(**files.table), where="source north")
        before = tls.context
        tls.renew()
        assert tls.context is before

    def test_one_that_cannot_be_used_leaves_the_one_before(
        self, authority: Authority, files: Pair
    ) -> None:
        tls = ServerTls(TlsServer(**files.table), where="source north")
        files.key.write_text("half a ke")
        os.utime(files.key, ns=(1, 1))
        with pytest.raises(ConfigError, match="holds no certificate with its key"):
            tls.renew()
        handshake(client_of(authority), tls.context)
        tls.renew()  # said once, not at every connection
        files.key.unlink()
        with pytest.raises(ConfigError, match="cannot be read"):
            tls.renew()
        handshake(client_of(authority), tls.context)
        self.put(authority.issue("again", alternative="DNS:again.example"), files)
        tls.renew()
        handshake(client_of(authority), tls.context, "again.example")

    def test_a_revised_list_of_those_who_may_connect(
        self, authority: Authority, stranger: Authority, files: Pair, tmp_path: Path
    ) -> None:
        trusted = tmp_path / "clients.pem"
        shutil.copyfile(stranger.path, trusted)
        tls = ServerTls(TlsServer(**files.table, client_ca=trusted), where="source north")
        pair = authority.issue("mole", alternative="DNS:mole")
        mole = client_of(authority, **pair.table)
        with pytest.raises(ssl.SSLError):
            handshake(mole, tls.context)
        trusted.write_bytes(stranger.path.read_bytes() + authority.path.read_bytes())
        os.utime(trusted, ns=(1, 1))
        tls.renew()
        handshake(mole, tls.context)
