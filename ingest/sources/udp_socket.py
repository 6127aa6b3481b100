"""Opens the socket at which datagrams arrive, and joins its group."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import struct
from ipaddress import IPv4Address

from ingest.sources.udp_config import UdpConfig

# Linux, include/uapi/asm-generic/socket.h and include/uapi/linux/in.h, in6.h; Python lacks them.
_SO_RCVBUFFORCE = 33
_IP_MULTICAST_ALL, _IPV6_MULTICAST_ALL = 49, 29
_MREQN = struct.Struct("=4s4si")  # struct ip_mreqn: group, address of the interface, its index
_MREQ6 = struct.Struct("=16sI")  # struct ipv6_mreq: group, index of the interface


def open_socket(config: UdpConfig) -> socket.socket:
    """The socket of a source, bound, a member of its group, not blocking.

    Raises:
        OSError: the address is not ours or is taken, or there is no such interface.

    """
    address = config.group or config.listen
    made = socket.socket(
        socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_DGRAM
    )
    try:
        made.setblocking(False)
        if config.shared or config.group is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _enlarge(made, config.receive_buffer)
        if address.version == 6:
            both = str(address) == "::"
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(not both))
            made.bind((str(address), config.port, 0, _index(config)))
        else:
            made.bind((str(address), config.port))
        if config.group is not None:
            _only_ours(made)
            _join(made, config)
    except BaseException:
        made.close()
        raise
    return made


def granted(sock: socket.socket) -> int:
    """Bytes that the system holds for us; it doubles what it is asked for, for its own costs."""
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2


def _join(sock: socket.socket, config: UdpConfig) -> None:
    group = config.group
    assert group is not None
    if group.version == 6:
        request = _MREQ6.pack(group.packed, _index(config))
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)
        return
    at = _address(config.interface)
    index = 0 if at is not None else _index(config)
    request = _MREQN.pack(group.packed, at.packed if at else bytes(4), index)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)


def _only_ours(sock: socket.socket) -> None:
    """By default a socket also gets what comes to this group on interfaces that others joined."""
    with contextlib.suppress(OSError):
        if sock.family == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_MULTICAST_ALL, 0)


def _enlarge(sock: socket.socket, size: int) -> None:
    """Ask for a receive buffer, beyond net.core.rmem_max where we have the right to."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, size)
    except OSError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)


def _address(interface: str | None) -> IPv4Address | None:
    try:
        return IPv4Address(interface or "")
    except ipaddress.AddressValueError:
        return None


def _index(config: UdpConfig) -> int:
    """The index of the interface; 0 is the system's choice."""
    return socket.if_nametoindex(config.interface) if config.interface else 0
