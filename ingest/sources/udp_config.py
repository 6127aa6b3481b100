"""What a source of datagrams is told."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Literal, Self

from pydantic import Field, IPvAnyAddress, IPvAnyNetwork, model_validator

from ingest.sources.config import DEFAULT_PORT, Name, Port, Reconnecting

# Linux's own limit for the name of an interface is 15 characters; an address may be longer.
_INTERFACE = r"^[^\s/]{1,45}$"


class UdpConfig(Reconnecting):
    """A port at which datagrams arrive: sent to us alone, to all (broadcast), or to a group."""

    kind: Literal["udp"] = Field("udp", description="datagrams: unicast, broadcast or multicast")
    listen: IPvAnyAddress = Field(
        IPv4Address("0.0.0.0"),
        description="address to receive at; 0.0.0.0 or :: for all, which broadcasts need",
    )
    port: Port = Field(DEFAULT_PORT, description="port to receive at")
    group: IPvAnyAddress | None = Field(
        None, description="multicast group to join, instead of listen", examples=["239.192.0.4"]
    )
    interface: str | None = Field(
        None, pattern=_INTERFACE,
        description="interface on which to join the group, by name or IPv4 address; "
        "the system's choice where not given",
    )  # fmt: skip
    shared: bool = Field(
        False,
        description="whether other programs may receive at the same port; each gets all "
        "broadcasts, but of what is sent to one address only the last to begin. A group is "
        "always shared",
    )
    station: Name | None = Field(
        None,
        description="name of the one station behind all senders; where not given, each host is a "
        "station of its own",
    )
    stations: dict[IPvAnyNetwork, Name] = Field(
        {}, max_length=10_000,
        description="names of stations by address or network; the narrowest network counts, and "
        "other hosts are named by their address",
        examples=[{"192.0.2.7": "mole", "198.51.100.0/24": "islands"}],
    )  # fmt: skip
    allow: tuple[IPvAnyNetwork, ...] = Field(
        (), max_length=10_000, description="networks that may send; all where none is given",
        examples=[["192.0.2.0/24"]],
    )  # fmt: skip
    receive_buffer: int = Field(
        16_777_216, ge=65_536, le=1_073_741_824,
        description="bytes that the system should hold for us; it grants less where "
        "net.core.rmem_max is less",
    )  # fmt: skip
    hold: int = Field(
        33_554_432, ge=1_048_576, le=4_294_967_296,
        description="bytes held while the watch cannot follow; beyond, the oldest are dropped "
        "and counted",
    )  # fmt: skip

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.group is None:
            if self.interface is not None:
                raise ValueError("interface is for a group: give group, or drop interface")
            if self.listen.is_multicast:
                raise ValueError("listen is a multicast group: give it as group")
            return self
        if not self.group.is_multicast:
            raise ValueError(
                "group is no multicast address: give one of 224.0.0.0/4 or ff00::/8, "
                "or give it as listen"
            )
        if "listen" in self.model_fields_set:
            raise ValueError("listen and group are both given: give one of them")
        return self
