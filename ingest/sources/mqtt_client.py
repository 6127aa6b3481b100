"""The client of aiomqtt that a configuration asks for, and what a broker answers in words."""

from __future__ import annotations

import logging
import socket
import ssl
from typing import Any

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.sources.faults import place
from ingest.sources.mqtt_config import MqttConfig
from ingest.sources.tls import client_context

# Room for the topic and the properties of a message.
HEAD = 65_536
_LARGEST = 268_435_455  # that a packet can be (MQTT 5.0, 2.1.4)

# Reason codes of MQTT 3.1.1 and 5: a bad user or password, not authorized; taken over by another.
_WHO, _TAKEN_OVER = (4, 5, 134, 135), 142

# What goes wrong is said once, by the source's status.
_QUIET = logging.getLogger(__name__)
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False


def make_client(
    config: MqttConfig, password: str | None, wrapped: list[ssl.SSLSocket]
) -> aiomqtt.Client:
    """A client that has not connected yet.

    Args:
        config: of the source.
        password: of its user.
        wrapped: takes the sockets that TLS is spoken over.

    Raises:
        ConfigError: a certificate cannot be used.

    """
    return aiomqtt.Client(
        *config.address, username=config.user, password=password, logger=_QUIET,
        identifier=config.identifier, transport=config.transport, timeout=config.timeout,
        keepalive=config.keepalive, websocket_path=config.path, websocket_headers=config.headers,
        tls_context=_context(config, wrapped), **_session(config),
    )  # fmt: skip


def _context(config: MqttConfig, wrapped: list[ssl.SSLSocket]) -> ssl.SSLContext | None:
    """TLS as configured; paho would ask for the certificate of the host it was told."""
    tls = config.tls
    if tls is None:
        return None
    context = client_context(tls, where=config.where)
    wrap = context.wrap_socket

    def wrap_socket(sock: socket.socket, *, server_hostname: str, **options: Any) -> ssl.SSLSocket:
        wrapped.append(wrap(sock, server_hostname=tls.server_name or server_hostname, **options))
        return wrapped[-1]

    context.wrap_socket = wrap_socket  # type: ignore[method-assign, assignment]
    return context


def _session(config: MqttConfig) -> dict[str, Any]:
    """What the two versions of MQTT call a session that outlives its connection."""
    kept = config.session_expiry > 0
    if config.version == "3.1.1":
        return {"protocol": aiomqtt.ProtocolVersion.V311, "clean_session": not kept}
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = config.session_expiry
    properties.ReceiveMaximum = config.receive_maximum
    properties.MaximumPacketSize = min(config.max_message + HEAD, _LARGEST)
    return {
        "protocol": aiomqtt.ProtocolVersion.V5, "properties": properties, "clean_start": not kept,
    }  # fmt: skip


def broker(config: MqttConfig) -> str:
    """What errors call the broker."""
    return f"broker {place(*config.address)}"


def words_of(reason: Any) -> str:
    """A reason code in words, with the mend where it is known."""
    text = str(reason).lower()
    value = reason.value if isinstance(reason, ReasonCode) else reason
    if value in _WHO:
        return f"{text}; check user and password"
    if value == _TAKEN_OVER:
        return f"{text}: another client has the same client_id"
    return text
