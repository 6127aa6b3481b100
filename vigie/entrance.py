"""The entrance: where a watch is served, under which names, and who is let in."""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from api.access import Access
from api.accounts.held import HeldAccess
from api.security import LOOPBACK_HOSTS
from ingest.errors import ConfigError
from ingest.sources.config import TlsServer
from ingest.sources.tls import ServerTls
from store.accounts_file import AccountsFile
from store.sessions import IDLE_S, LONGEST_S
from vigie.place import Place

log = logging.getLogger(__name__)

# The link that makes the first admin is of use for so long; the next start prints another.
LINK_S = 86_400.0


class Entrance:
    """An open entrance.

    Attributes:
        listening: the socket.
        access: who is let in.
        hosts: names that are answered to; None for any.
        context: TLS, where there is any.
        told: whether it was said where to look, so that anybody may come in.

    """

    told = False

    def __init__(
        self, listening: socket.socket, access: Access, hosts: frozenset[str] | None = None,
        tls: ServerTls | None = None, name: str = "",
    ) -> None:  # fmt: skip
        self.listening, self.access, self.hosts = listening, access, hosts
        self._tls, self._name = tls, name
        self.context: ssl.SSLContext | None = tls.context if tls else None

    @property
    def url(self) -> str:
        """What to open."""
        host, port = self.listening.getsockname()[:2]
        if host in ("0.0.0.0", "::"):
            host = self._name or socket.gethostname()
        shown = f"[{host}]" if ":" in host else host
        if self.access.proxies and self._name and not self.context:
            return f"https://{self._name}"  # as the proxy is asked
        return f"{'https' if self.context else 'http'}://{shown}:{port}"

    def words(self) -> list[str]:
        """What to tell who starts the program: where to look, and how the first admin comes in."""
        self.told = True
        if isinstance(self.access, HeldAccess):
            # Where whoever writes the file does not reach, to be held against it.
            log.info("the audit log begins at %s", self.access.audit_head())
        told = [f"Open {self.url}/ for the watch, /docs for the API; Ctrl-C ends it."]
        if self.access.demo:
            told.append("This is a demo: everybody on this machine is let in as admin.")
        elif isinstance(self.access, HeldAccess) and self.access.accounts.empty:
            link = self.access.links.make(None, LINK_S)
            told.append(
                "Nobody has an account yet. This link makes the first admin, once, within a day:"
                f" {self.url}/welcome#{link}"
            )
        return told

    @property
    def tls_factory(self) -> Callable[..., ssl.SSLContext] | None:
        """What makes the web server's TLS; None for none."""
        context = self.context
        return None if context is None else lambda *_: context

    def renew(self) -> None:
        """Take up a certificate that was renewed, for the connections to come.

        Raises:
            ConfigError: it cannot be used; the one before stays in use.
        """
        if self._tls is None or self.context is None:
            return
        before = self._tls.context
        self._tls.renew()
        if self._tls.context is not before:  # it can be used, so it can be put into the one served
            certificate, key = self._tls.files
            self.context.load_cert_chain(certificate, key)


@contextlib.contextmanager
def demo(place: Place) -> Iterator[Entrance]:
    """An entrance that lets everybody in, on loopback alone.

    Raises:
        ConfigError: the place is no loopback address, or is taken.
    """
    with Place(place.host, place.port, place.named).bind() as listening:
        yield Entrance(listening, Access.open(), LOOPBACK_HOSTS)


@contextlib.contextmanager
def entrance(
    place: Place,
    file: Path | None,
    *,
    tls: TlsServer | None = None,
    names: Sequence[str] = (),
    proxies: Sequence[IPv4Network | IPv6Network] = (),
    idle_s: float = IDLE_S,
    longest_s: float = LONGEST_S,
) -> Iterator[Entrance]:
    """An entrance for those who have an account.

    Args:
        place: where to listen.
        file: the file of accounts; None for accounts that are gone at the end.
        tls: certificate and key.
        names: names by which it is called.
        proxies: networks of those that may stand in front of it.
        idle_s: seconds without a request after which a session ends.
        longest_s: seconds after which it ends in any case.

    Raises:
        ConfigError: the place, a certificate or the names cannot be used.
        DatabaseError: the file cannot be used.
    """
    place = Place(place.host, place.port, place.named, guarded=bool(tls or proxies))
    secured = ServerTls(tls, where="api") if tls else None
    with contextlib.ExitStack() as closing:
        listening = closing.enter_context(place.bind())
        address = place.address
        here = address is not None and address.is_loopback
        if not (here or names or tls):
            raise ConfigError(
                "the names by which it is called are not known", where="api.names",
                mend="Name the hosts that people type, as the proxy passes them on",
            )  # fmt: skip
        opened = AccountsFile.open(file) if file else AccountsFile.temporary()
        access = HeldAccess(closing.enter_context(opened), idle_s=idle_s, longest_s=longest_s)
        access.proxies, access.encrypted = tuple(proxies), tls is not None
        hosts = {*LOOPBACK_HOSTS, *(name.lower() for name in names)}
        if address is not None and not address.is_unspecified:
            hosts.add(f"[{address}]" if address.version == 6 else str(address))
        # A certificate binds names closer than we could.
        known = None if tls and not names else frozenset(hosts)
        made = Entrance(listening, access, known, secured, names[0] if names else "")
        try:
            yield made
        finally:
            if made.told:
                log.info("the audit log ends at %s", access.audit_head())
