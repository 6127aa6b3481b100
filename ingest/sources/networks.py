"""Who may send to us, and which station an address is."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from pydantic import IPvAnyNetwork

from ingest.sources.config import SourceBase
from ingest.stations import MAX_NAME

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Networks:
    """Networks that are allowed, and names of stations by network.

    Args:
        allowed: who may send; everybody where there are none.
        stations: network → name of the station there; of several, the smallest counts.
    """

    def __init__(
        self, allowed: tuple[IPvAnyNetwork, ...], stations: Mapping[IPvAnyNetwork, str]
    ) -> None:
        self._allowed = allowed
        self._stations = sorted(stations.items(), key=lambda item: -item[0].prefixlen)

    def allows(self, address: str) -> bool:
        """Whether this address may send."""
        return not self._allowed or any(_ip(address) in network for network in self._allowed)

    def station(self, address: str) -> str:
        """The name of the station at an address; "" where none is given."""
        ip = _ip(address)
        return next((name for network, name in self._stations if ip in network), "")

    def signs(self, address: str, config: SourceBase) -> str:
        """Who signs what comes from an address: a name, or "" where it is the source's own.

        Each host is a station of its own where nothing else is said: halves of groups that two
        of them send must not be joined. Of a long address the end counts.
        """
        name = self.station(address)
        if name or config.station:
            return name
        begin = f"{config.name}/"
        return begin + address[len(begin) - MAX_NAME :]


def plain(address: str) -> str:
    """An address as it is known: without its zone, IPv4 as IPv4."""
    return str(_ip(address))


def _ip(text: str) -> Address:
    ip = ipaddress.ip_address(text.partition("%")[0])
    return getattr(ip, "ipv4_mapped", None) or ip
