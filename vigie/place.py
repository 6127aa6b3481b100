"""Where to listen: an address and a port, and who may be reached there."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

from ingest.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Place:
    """An address and a port.

    Attributes:
        host: the address; "localhost" is 127.0.0.1.
        port: the port; 0 takes a free one.
        named: what errors call the two: options, or settings.
        guarded: whether others than this machine may come: there is TLS, or a proxy that has it.

    """

    host: str
    port: int
    named: tuple[str, str] = ("--host", "--port")
    guarded: bool = False

    @property
    def address(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
        """The address; None where the host is none."""
        try:
            return ipaddress.ip_address("127.0.0.1" if self.host == "localhost" else self.host)
        except ValueError:
            return None

    def bind(self) -> socket.socket:
        """A socket that listens there.

        Raises:
            ConfigError: it is no address, may not be listened on so, or is taken.
        """
        address = self.address
        if address is None:
            raise ConfigError(
                f"{self.host} is no address", where=self.named[0],
                mend="Use 127.0.0.1, or 0.0.0.0 for all addresses of this machine",
            )  # fmt: skip
        if not address.is_loopback and not self.guarded:
            raise ConfigError(
                f"{self.host} is no loopback address, and passwords would go over it in the clear",
                where=self.named[0], mend=self._mend,
            )  # fmt: skip
        family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((str(address), self.port))
            listening.listen()  # who comes before the server is ready is kept waiting, not refused
        except OSError as error:
            listening.close()
            raise ConfigError(
                f"port {self.port} cannot be used: {error.strerror}", where=self.named[1],
                mend=f"End what listens there, or choose another with {self.named[1]}",
            ) from error  # fmt: skip
        return listening

    @property
    def _mend(self) -> str:
        if self.named[0].startswith("-"):
            return "Use 127.0.0.1; a live watch can be served to others, see docs/accounts.md"
        return "Give a certificate in [api.tls], or name the proxy that has one in api.proxies"
