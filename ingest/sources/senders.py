"""Who sends datagrams: each sender is a link of its own, for as long as it is heard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ingest.clock import monotonic
from ingest.sources.faults import place
from ingest.sources.networks import Networks
from ingest.sources.status import SourceStatus
from ingest.sources.udp_config import UdpConfig

# Address and port, and for IPv6 what the system adds to them.
Address = tuple[Any, ...]

# Addresses of datagrams can be invented, so no more than these are told apart.
_MOST = 1_000
# A sender of whom nothing has come for so long gives his number back, s. Base stations report
# every 10 s and aids to navigation every 180 s (ITU-R M.1371).
_GONE_S = 300.0
_LOOK_S = 10.0


@dataclass(slots=True)
class Sender:
    """One sender.

    Attributes:
        link: his number: 1 to 1,000; 0 is shared by all who are one too many.
        station: who signs what he sends; "" where it is the source.
        heard: when he was last heard, s.
    """

    link: int
    station: str
    heard: float


class Senders:
    """Knows senders by address; keeps `peers`, `refused` and `details` of the status.

    Args:
        config: of the source: who may send, and which station is where.
        status: of the source.
    """

    def __init__(self, config: UdpConfig, status: SourceStatus) -> None:
        self._config, self._status = config, status
        self._networks = Networks(config.allow, config.stations)
        self._known: dict[Address, Sender] = {}
        self._free = list(range(_MOST, 0, -1))
        self._looked = monotonic()

    def find(self, address: Address, datagrams: int) -> Sender | None:
        """Who sent some datagrams; None where he may not, which is counted."""
        time = monotonic()
        if time - self._looked > _LOOK_S:
            self._forget(time)
        sender = self._known.get(address)
        if sender is not None:
            sender.heard = time
            return sender
        host, name = address[0], place(address[0], address[1])
        if not self._networks.allows(host):
            if not self._status.refused["not_allowed"]:
                self._status.error(f"datagrams of {name} are refused: it is not allowed")
            self._status.refused["not_allowed"] += datagrams
            return None
        station = self._networks.signs(host, self._config)
        if not self._free:
            return Sender(0, station, time)
        sender = self._known[address] = Sender(self._free.pop(), station, time)
        self._status.peers[sender.link] = name
        self._status.details["senders"] = len(self._known)
        return sender

    def _forget(self, time: float) -> None:
        """Take back the numbers of those who are no longer heard."""
        self._looked = time
        for address, sender in list(self._known.items()):
            if time - sender.heard > _GONE_S:
                del self._known[address]
                del self._status.peers[sender.link]
                self._free.append(sender.link)
        self._status.details["senders"] = len(self._known)
