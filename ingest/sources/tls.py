"""TLS as we want it: certificates always checked, version 1.2 or later, errors in a sentence."""

from __future__ import annotations

import ssl
from pathlib import Path

from ingest.errors import ConfigError
from ingest.sources.config import TlsClient, TlsServer


def client_context(tls: TlsClient, *, where: str) -> ssl.SSLContext:
    """For connections to a server, whose certificate and name are checked.

    Raises:
        ConfigError: a file is missing, unreadable or holds no certificate or key.

    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if tls.ca is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    else:
        _load_authorities(context, tls.ca, f"{where}, tls.ca")
    if tls.certificate is not None:
        _load_certificate(context, tls.certificate, tls.key, where=f"{where}, tls.certificate")
    elif tls.key is not None:
        raise ConfigError(
            "there is a key and no certificate", where=f"{where}, tls.key",
            mend="name the certificate too, or drop the key",
        )  # fmt: skip
    return context


def server_context(tls: TlsServer, *, where: str) -> ssl.SSLContext:
    """For connections made to us; clients are asked for a certificate where `client_ca` is given.

    Raises:
        ConfigError: a file is missing, unreadable or holds no certificate or key.

    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Who only sends never reads tickets to resume a session; closing with something unread resets
    # the connection (RFC 2525, 2.17), and what is still under way to us would be lost.
    context.num_tickets = 0
    _load_certificate(context, tls.certificate, tls.key, where=f"{where}, tls.certificate")
    if tls.client_ca is not None:
        _load_authorities(context, tls.client_ca, f"{where}, tls.client_ca")
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class ServerTls:
    """A server's context, made anew when its files have changed, as renewed certificates do."""

    def __init__(self, tls: TlsServer, *, where: str) -> None:
        self._tls, self._where = tls, where
        self._loaded = self._stamp()
        self.context = server_context(tls, where=where)

    @property
    def files(self) -> tuple[Path, Path | None]:
        """Certificate and key."""
        return self._tls.certificate, self._tls.key

    def renew(self) -> None:
        """Make `context` anew if the files have changed; for the connections to come.

        Raises:
            ConfigError: it cannot be used; the one before stays in use.

        """
        stamp = self._stamp()
        if stamp != self._loaded:
            self._loaded = stamp
            self.context = server_context(self._tls, where=self._where)

    def _stamp(self) -> tuple[int, ...]:
        """When the files were last written; 0 for one that is not there."""
        written = []
        for path in (self._tls.certificate, self._tls.key, self._tls.client_ca):
            try:
                written.append(path.stat().st_mtime_ns if path is not None else 0)
            except OSError:
                written.append(0)
        return tuple(written)


def _load_certificate(
    context: ssl.SSLContext, certificate: Path, key: Path | None, *, where: str
) -> None:
    asked = False

    def password() -> bytes:  # otherwise OpenSSL would ask for it on the terminal
        nonlocal asked
        asked = True
        return b""

    try:
        context.load_cert_chain(certificate, key, password=password)
    except OSError as fault:  # of which ssl.SSLError is one
        mend = "give a certificate in PEM form and the key that belongs to it"
        if asked:
            what = f"the key in {key or certificate} has a password"
            mend = "give a key without a password, which only Vigie may read"
        elif getattr(fault, "reason", None) == "KEY_VALUES_MISMATCH":
            what = f"the key does not belong to {certificate}"
        else:
            what = _unreadable(fault, certificate, key, "certificate with its key")
        raise ConfigError(what, where=where, mend=mend) from None


def _load_authorities(context: ssl.SSLContext, path: Path, where: str) -> None:
    try:
        context.load_verify_locations(path)
    except OSError as fault:
        raise ConfigError(
            _unreadable(fault, path, None, "certificate"), where=where,
            mend="give the path of a file of certificates in PEM form",
        ) from None  # fmt: skip


def _unreadable(fault: OSError, path: Path, key: Path | None, wanted: str) -> str:
    if isinstance(fault, ssl.SSLError):
        return f"{path} holds no {wanted}"
    if fault.filename is None and key is not None and path.exists():
        path = key  # OpenSSL does not say which of the two it was
    return f"{path} cannot be read: {fault.strerror}"


def tls_fault(fault: ssl.SSLError) -> str:
    """Why a handshake or a connection failed, without the place in OpenSSL's source."""
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"the other side's certificate is refused: {fault.verify_message}"
    reason = (getattr(fault, "reason", None) or "").replace("_", " ").lower()
    return f"TLS failed: {reason or fault.strerror or 'no reason given'}"
