"""One connection to a broker: aiomqtt makes it, paho beneath it reads and acknowledges.

aiomqtt connects, subscribes and keeps the connection alive in the event loop. Two things it does
not do (2.5): it acknowledges a message as it is received (aiomqtt #345), and it takes one message
for each turn of the loop, through a queue without end, at some 130 µs each. So paho, which it
wraps, is told to leave acknowledging to us, hands its messages to us, and is read until nothing is
there: 30 µs a message. While too much waits here the socket is not read, and TCP holds the broker.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import ssl
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import aiomqtt
from paho.mqtt.client import ConnectFlags, MQTTMessage
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest.sources.deliveries import Deliveries
from ingest.sources.dial import dial
from ingest.sources.faults import told
from ingest.sources.mqtt_client import HEAD, broker, make_client, words_of
from ingest.sources.mqtt_config import MqttConfig
from ingest.sources.status import SourceStatus

# Packets read before others in the event loop have their turn.
_AT_ONCE = 256
# Bytes and messages that may wait to be asked for; then the socket is left alone.
_MOST_BYTES, _MOST_MESSAGES = 8 << 20, 65_536
# Once something has been read, the socket rests for so long: to wake for each message costs as much
# as the message itself.
_REST_S = 0.01
_GOODBYE_S = 1.0
_REFUSED = 0x80  # reason codes from here on are refusals (MQTT 5.0, 2.4)
_DO_NOT_SEND, _SEND_IF_NEW = 2, 1  # retained messages, on subscribing (MQTT 5.0, 3.8.3.1)


class LinkError(Exception):
    """The connection could not be made, or is gone; says why in one sentence."""


class Message(NamedTuple):
    """One message as it came; `mid` is 0 where it needs no acknowledgement."""

    at: int
    topic: str
    payload: bytes
    mid: int
    repeated: bool
    retained: bool


class Link:
    """A connection to a broker; open it with `async with`.

    Args:
        config: of the source.
        status: told of bytes, and of what the broker says of the session.
        deliveries: told of the connection, so that it can acknowledge.
        password: of the user.
        now: the wall clock, µs.

    Attributes:
        resumed: whether the broker went on with a session that it had of us.
    """

    def __init__(
        self, config: MqttConfig, status: SourceStatus, deliveries: Deliveries,
        password: str | None, now: Callable[[], int],
    ) -> None:  # fmt: skip
        self._config, self._status, self._deliveries = config, status, deliveries
        self._now = now
        self._loop = asyncio.get_running_loop()
        self._lost: asyncio.Future[str] = self._loop.create_future()
        self._wake = asyncio.Event()
        self._arrived: deque[Message] = deque()
        self._held = 0
        self.resumed = self._paused = self._closing = self._turn = False
        # A broker of MQTT 3.1.1 sends some 20 messages and waits until they are acknowledged.
        self._rests = config.version == "5" or config.qos == 0
        self._handle: socket.socket | None = None
        self._fd = -1
        self._subscribing: asyncio.Task[None] | None = None
        self._wrapped: list[ssl.SSLSocket] = []
        self._client = make_client(config, password, self._wrapped)
        self._paho = self._client._client
        self._paho.disable_logger()
        self._paho.connect_timeout = config.timeout
        self._paho.manual_ack_set(True)
        self._their_connect: Any = self._paho.on_connect
        self._their_disconnect: Any = self._paho.on_disconnect
        self._paho.on_connect, self._paho.on_disconnect = self._on_connect, self._on_disconnect
        self._paho.on_message = self._on_message
        self._paho.on_socket_register_write = self._on_want_write

    async def __aenter__(self) -> Link:
        """Connect and subscribe.

        A broker that goes on with a session sends what is due before it answers anything else,
        and over a slow line that takes minutes. So the answer is not waited for then: the session
        has the subscriptions already, unless the configuration is another.

        Raises:
            LinkError: that cannot be done.
        """
        try:
            await self._connect()
            if self.resumed:
                self._subscribing = self._loop.create_task(self._subscribe(math.inf))
                self._subscribing.add_done_callback(self._subscribed)
            else:
                await self._subscribe(self._config.timeout)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _connect(self) -> None:
        """Connect, and take over the socket."""
        config = self._config
        try:
            made = await dial(*config.address, config.timeout)
        except TimeoutError:
            raise LinkError(f"{broker(config)} does not answer") from None
        except OSError as fault:
            raise LinkError(f"{broker(config)}: {told(fault)}") from None
        self._handle = made.dup()
        made.settimeout(config.timeout)
        # Ours is connected without blocking, and can be shut down while TLS is being agreed upon.
        self._paho._create_socket_connection = lambda: made  # type: ignore[method-assign]
        entering = self._loop.create_task(self._client.__aenter__())
        try:
            await self._unless_lost(entering)
        finally:
            await self._give_up(entering)
            if self._paho.socket() is None:  # paho forgets a socket that TLS failed on
                for sock in (made, *self._wrapped):
                    sock.close()
        connected = self._paho.socket()
        if connected is None:
            raise LinkError(f"{broker(config)} closed the connection")
        self._fd = connected.fileno()
        self._deliveries.connected(self._acknowledge, self._wake.set, resumed=self.resumed)
        self._loop.remove_reader(self._fd)
        self._listen()

    def _subscribed(self, task: asyncio.Task[None]) -> None:
        fault = None if task.cancelled() else task.exception()
        if fault is not None:
            self._break(str(fault))

    async def _subscribe(self, timeout: float) -> None:
        """Subscribe to all patterns."""
        config = self._config
        patterns = [topic.pattern for topic in config.topics]
        wanted: list[tuple[str, Any]] = [(pattern, config.qos) for pattern in patterns]
        if config.version == "5":
            retain = _SEND_IF_NEW if config.retained else _DO_NOT_SEND
            options = SubscribeOptions(qos=config.qos, retainHandling=retain)
            wanted = [(pattern, options) for pattern in patterns]
        subscribing = self._loop.create_task(self._client.subscribe(wanted, timeout=timeout))
        try:
            codes = await self._unless_lost(subscribing)
        finally:
            await self._give_up(subscribing)
        for pattern, code in zip(patterns, codes, strict=False):
            value = code.value if isinstance(code, ReasonCode) else code
            if value >= _REFUSED:
                raise LinkError(f"{broker(config)} refuses the subscription to {pattern}")

    async def _unless_lost(self, task: asyncio.Task[Any]) -> Any:
        """What a task gives, if the connection holds until then."""
        await asyncio.wait([task, self._lost], return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise LinkError(self._lost.result())
        try:
            return task.result()
        except aiomqtt.MqttError as fault:
            if self._lost.done():
                raise LinkError(self._lost.result()) from None
            inner = fault.__context__  # aiomqtt keeps only the text of what went wrong
            text = told(inner) if isinstance(inner, OSError) else f"{fault}".lower()
            raise LinkError(f"{broker(self._config)}: {text}") from None
        except (OSError, ValueError) as fault:
            raise LinkError(f"{broker(self._config)}: {fault}") from None

    async def _give_up(self, task: asyncio.Task[Any]) -> None:
        """End what was begun and is not done, and let go of what it says."""
        if not task.done():
            if self._handle is not None:  # wakes the thread that speaks TLS
                with contextlib.suppress(OSError):
                    self._handle.shutdown(socket.SHUT_RDWR)
            await asyncio.wait(
                [task, self._lost], return_when=asyncio.FIRST_COMPLETED, timeout=_GOODBYE_S
            )
            task.cancel()
            await asyncio.wait([task])
        if not task.cancelled():
            task.exception()

    async def messages(self, limit: int) -> list[Message]:
        """What has come, in order, as soon as there is anything.

        Args:
            limit: bytes of payload after which the rest is left for the next time.

        Raises:
            LinkError: nothing is left and the connection is gone, or what was handed on does not
                reach the journal.
        """
        while not self._arrived:
            self._wake.clear()
            if self._lost.done():
                raise LinkError(self._lost.result())
            if self._deliveries.passed_over:
                raise LinkError(
                    "the journal had no room for some messages: they are asked for anew"
                )
            waits = self._config.acknowledge_timeout if self._deliveries.outstanding else None
            try:
                async with asyncio.timeout(waits):
                    await self._wake.wait()
            except TimeoutError:
                if self._deliveries.outstanding:
                    self._deliveries.forget()
                    raise LinkError("messages do not reach the journal: asked for anew") from None
        taken, size = [], 0
        while self._arrived and size < limit:
            message = self._arrived.popleft()
            taken.append(message)
            size += len(message.payload)
        self._held -= size
        if self._paused:
            self._listen()
        return taken

    def _on_connect(
        self, client: Any, userdata: Any, flags: ConnectFlags, reason: Any, properties: Any = None
    ) -> None:
        if getattr(reason, "is_failure", False):
            self._lose(f"{broker(self._config)} refuses us: {words_of(reason)}")
        self.resumed = flags.session_present
        self._their_connect(client, userdata, flags, reason, properties)

    def _on_disconnect(
        self, client: Any, userdata: Any, flags: Any, reason: ReasonCode, properties: Any = None
    ) -> None:
        if self._closing:
            self._their_disconnect(client, userdata, flags, reason, properties)
        self._lose(f"{broker(self._config)}: {words_of(reason)}")

    def _on_message(self, client: Any, userdata: Any, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        payload = bytes(message.payload)
        self._held += len(payload)
        self._arrived.append(Message(
            self._now(), topic, payload, message.mid if message.qos else 0,
            message.dup, message.retain,
        ))  # fmt: skip

    def _on_want_write(self, client: Any, userdata: Any, sock: Any) -> None:
        # Called from the thread that connects, too. aiomqtt's own would register the number of the
        # descriptor later, when that may already be another connection's.
        self._loop.call_soon_threadsafe(self._await_writable, sock)

    def _await_writable(self, sock: Any) -> None:
        now = self._paho.socket()
        if now is not None and now is sock:
            self._loop.add_writer(now.fileno(), self._writable)

    def _writable(self) -> None:
        try:
            self._paho.loop_write()
        except Exception as fault:
            self._break(f"{broker(self._config)} cannot be sent to ({type(fault).__name__})")

    def _readable(self) -> None:
        """Read packets until none is there, or it is another's turn."""
        if self._lost.done() or self._paused:
            return
        arrived, paho = self._arrived, self._paho
        before, held = len(arrived), self._held
        more = False
        try:
            for _ in range(_AT_ONCE):
                count = len(arrived)
                paho.loop_read()
                sock = paho.socket()
                pending = getattr(sock, "pending", None)
                more = pending is not None and pending() > 0
                if (len(arrived) == count and not more) or self._held > _MOST_BYTES:
                    break
            else:
                more = True
            if paho._in_packet["remaining_length"] > self._config.max_message + HEAD:
                self._break(f"{broker(self._config)}: a message is larger than max_message")
        except Exception as fault:  # whatever paho finds no answer to in what the broker sent
            self._break(f"{broker(self._config)} sends what is no MQTT ({type(fault).__name__})")
        if len(arrived) > before:
            self._status.heard(arrived[-1].at, self._held - held)
            self._wake.set()
        if self._held > _MOST_BYTES or len(arrived) > _MOST_MESSAGES:
            self._paused = True
            self._loop.remove_reader(self._fd)
        elif more:  # it may be decrypted already, and the socket will not say so
            self._read_on()
        elif self._rests and len(arrived) > before:
            self._loop.remove_reader(self._fd)
            self._loop.call_later(_REST_S, self._rested)

    def _rested(self) -> None:
        if not self._lost.done() and not self._paused:
            self._loop.add_reader(self._fd, self._readable)

    def _listen(self) -> None:
        """Read from the socket, now and whenever there is something."""
        self._paused = False
        if not self._lost.done():
            self._loop.add_reader(self._fd, self._readable)
            self._read_on()

    def _read_on(self) -> None:
        """Read in the next turn, whether the socket says that there is something or not."""
        if not self._turn:  # each turn would bring forth another, and leave none for anybody else
            self._turn = True
            self._loop.call_soon(self._next_turn)

    def _next_turn(self) -> None:
        self._turn = False
        self._readable()

    def _acknowledge(self, mid: int) -> None:
        if not self._lost.done():
            self._paho.ack(mid, 1)

    def _lose(self, text: str) -> None:
        if not self._lost.done():
            self._lost.set_result(text)
        self._deliveries.disconnected()
        self._wake.set()

    def _break(self, text: str) -> None:
        """End the connection ourselves."""
        self._lose(text)
        self._hang_up()

    def _hang_up(self) -> None:
        """Close the socket at once, whatever is still in it."""
        if self._handle is not None:
            with contextlib.suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)
        self._paho._sock_close()

    async def close(self) -> None:
        """Say goodbye if the broker still listens, and close the socket."""
        self._closing = True
        if self._subscribing is not None:
            self._subscribing.cancel()
        if not self._lost.done() and self._paho.is_connected():
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_GOODBYE_S):
                    await self._client.__aexit__(None, None, None)
                    # When the broker hangs up, it has read our last acknowledgements.
                    while self._handle and await self._loop.sock_recv(self._handle, 65_536):
                        pass
        self._lose("closed")
        self._hang_up()
        if self._handle is not None:
            self._handle.close()
            self._handle = None
