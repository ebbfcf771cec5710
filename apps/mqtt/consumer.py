"""The one connection to the broker: messages in, in batches; messages out; log-ins written.

Runs in a process of its own (command ``mqtt``). The session at the broker outlives it for a day:
what devices send while it is away waits there. A message is acknowledged only after the commit of
its batch, so ``kill -9`` at any moment loses nothing; what comes again is known by its mark
(``services.link``). Source: IO-09, docs/decisions/0059.
"""

import logging
import queue
import random
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import paho.mqtt.client as paho
from django.db import InterfaceError, OperationalError, connection
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from apps.common import clock
from apps.mqtt import broker, registry
from apps.mqtt.enums import Turned
from apps.mqtt.flood import Allowance
from apps.mqtt.models import Outgoing
from apps.mqtt.registry import Message
from apps.mqtt.services import link, logins
from apps.mqtt.services.link import IN_FLIGHT, Delivery, LeaseLost, Turn
from apps.mqtt.services.outgoing import MOST_BYTES

logger = logging.getLogger(__name__)

BATCH_MESSAGES = 1000
BATCH_S = 0.2
REPORT_EVERY_S = 4.0
SEND_EVERY_S = 0.3
LOGINS_EVERY_S = 1.0
SESSION_S = 24 * 3600
LONGEST_WAIT_S = 15.0
ANSWER_S = 2.0  # the broker has so long to answer a log-in
#: A connection that lasts so long beyond an answer has brought it; its keep-alive is a third.
SETTLED_S = 60.0
PAUSE_S = 5.0  # from here on a time without listening is made good
#: So often the database may refuse a batch before its messages are tried one by one.
PATIENCE = 5
MOST_TURNED = 2000
_BROKER_LOG = "$SYS/broker/log/N"
_REFUSED_LOGIN = re.compile(r"Client \S+ disconnected, not authorised\.")
_TOO_LARGE = re.compile(r"Client (\S+) disconnected due to oversize packet\.")


@dataclass(frozen=True)
class Target:
    """Where the broker is. url: mqtt:// or mqtts://, with user and password if it asks for them.

    folder: of the private broker, whose password files are ours to write; None: somebody else's.
    """

    url: str
    user: str
    secret: str
    authority: str = ""
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class _Arrival:
    epoch: int
    packet: int
    qos: int
    topic: str
    payload: bytes


class Consumer:
    """Holds the connection from ``run`` to the moment ``stopping`` is set."""

    def __init__(self, target: Target, *, per_second: float, stopping: threading.Event) -> None:
        self.target = target
        self.stopping = stopping
        self.owner = uuid4()
        self._allowance = Allowance(per_second)
        self._arrivals: queue.SimpleQueue[_Arrival] = queue.SimpleQueue()
        self._turn = Turn()
        self._epoch = 0  # counts connections: an answer belongs to the one it came by
        self._is_connected = False
        self._resumed: bool | None = None  # set by the network's thread, read by ours
        self._error = ""
        self._listened_at = time.monotonic()
        self._handled: dict[int, float] = {}  # mark -> when it was, or when we connected
        self._known_epoch = 0  # the connection for which they were read
        self._sending: dict[int, int] = {}  # packet -> row of ``Outgoing``
        self._sent: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._written: object = None
        self._due: dict[str, float] = {}
        self._client = self._make_client()

    # --- the loop --------------------------------------------------------------------

    def run(self) -> None:
        """Will listen until told to stop. Broker or database gone: it waits and comes back."""
        tries = 0
        while not self.stopping.is_set():
            try:
                if self._stand_by():
                    self._work()
                tries = 0
            except LeaseLost:
                logger.warning("another process holds the connection to the broker")
                self._disconnect()
            except (OperationalError, InterfaceError) as error:
                tries += 1
                logger.warning("the database is away: %s", str(error).split("\n")[0])
                connection.close()
                self._disconnect()
                self.stopping.wait(_back_off(tries))
        self._disconnect()
        with suppress(OperationalError, InterfaceError):
            link.release(self.owner)
        connection.close()

    def _stand_by(self) -> bool:
        if link.hold(self.owner):
            away_s = min(link.silent_s(), SESSION_S)
            self._listened_at = min(self._listened_at, time.monotonic() - away_s)
            return True
        self.stopping.wait(1.0)
        return False

    def _work(self) -> None:
        """Until stopped, or until lease or database are lost."""
        tries = 0
        while not self.stopping.is_set():
            if self._is_connected:
                tries = 0
            elif self._is_due("connect", max(ANSWER_S, _back_off(tries))):
                tries += 1
                self._connect()
            self._note_link()
            if self._is_due("logins", LOGINS_EVERY_S):
                self._write_logins()
            batch = self._collect()
            if batch:
                self._take(batch)
            if self._is_due("send", SEND_EVERY_S):
                self._send()
            if self._is_due("report", REPORT_EVERY_S):
                self._report()

    def _is_due(self, name: str, every_s: float) -> bool:
        now = time.monotonic()
        if self._due.get(name, 0.0) > now:
            return False
        self._due[name] = now + every_s
        return True

    # --- the connection --------------------------------------------------------------

    def _make_client(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.target.user,
            protocol=paho.MQTTv5,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        client.username_pw_set(self.target.user, self.target.secret)
        if self.target.url.startswith("mqtts:"):
            client.tls_set(ca_certs=self.target.authority or None)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        return client

    def _connect(self) -> None:
        """One try; the answer of the broker comes by ``_on_connect``."""
        place = urlsplit(self.target.url)
        asked = Properties(PacketTypes.CONNECT)
        asked.SessionExpiryInterval = SESSION_S
        asked.ReceiveMaximum = IN_FLIGHT
        self._client.loop_stop()
        self._forget()
        try:
            self._client.connect(
                unquote(place.hostname or "127.0.0.1"),
                place.port or 1883,
                keepalive=20,
                clean_start=False,
                properties=asked,
            )
        except (OSError, ValueError) as error:
            self._error = f"{type(error).__name__}: {error}"
            return
        self._client.loop_start()

    def _disconnect(self) -> None:
        """Leaves without a word: the session stays, what is unanswered comes again."""
        self._client.disconnect()
        self._client.loop_stop()
        self._is_connected = False

    def _forget(self) -> None:
        """What arrived by the connection before comes again; the network's thread stands still."""
        self._epoch += 1
        with suppress(queue.Empty):
            while True:
                self._arrivals.get_nowait()

    def _on_connect(
        self,
        client: paho.Client,
        _data: object,
        flags: paho.ConnectFlags,
        reason: object,
        _told: object,
    ) -> None:
        if getattr(reason, "is_failure", False):
            self._error = f"{reason}"
            return
        # Retained messages are of yesterday: whoever subscribes anew does not want them.
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        wanted = [(pattern, options) for pattern in [*registry.patterns(), _BROKER_LOG]]
        client.subscribe(wanted)
        self._resumed = flags.session_present
        self._is_connected = True

    def _on_disconnect(
        self, _client: paho.Client, _data: object, _flags: object, reason: object, _told: object
    ) -> None:
        self._is_connected = False
        self._error = f"{reason}"

    def _on_message(self, _client: paho.Client, _data: object, sent: paho.MQTTMessage) -> None:
        packet = sent.mid if sent.qos else 0
        self._arrivals.put(_Arrival(self._epoch, packet, sent.qos, sent.topic, bytes(sent.payload)))

    def _on_publish(
        self, _client: paho.Client, _data: object, packet: int, _reason: object, _told: object
    ) -> None:
        self._sent.put(packet)

    def _note_link(self) -> None:
        """Writes down what the network's thread noticed."""
        if self._resumed is not None:
            marks = link.note_connected(self.owner, is_resumed=self._resumed)
            self._handled = dict.fromkeys(marks, time.monotonic())
            self._known_epoch = self._epoch
            self._resumed, self._error = None, ""
        elif self._error and not self._is_connected:
            link.note_trouble(self.owner, error=self._error)
            self._error = ""
        self._note_listening()

    def _note_listening(self) -> None:
        """Makes good for the devices the time in which nobody listened."""
        now = time.monotonic()
        if not self._is_connected:
            return
        pause_s = now - self._listened_at
        if pause_s > PAUSE_S:
            self._allowance.pardon(pause_s, now=now)
        self._listened_at = now

    # --- messages in -----------------------------------------------------------------

    def _collect(self) -> list[Delivery]:
        """Up to ``BATCH_MESSAGES``, or what came within ``BATCH_S`` of the first."""
        batch: list[Delivery] = []
        if self._known_epoch != self._epoch:
            self.stopping.wait(BATCH_S)
            return batch
        until = time.monotonic() + BATCH_S
        while len(batch) < BATCH_MESSAGES:
            rest = until - time.monotonic()
            try:
                arrival = self._arrivals.get(timeout=rest) if rest > 0 else None
            except queue.Empty:
                arrival = None
            if arrival is None:
                break
            if arrival.epoch == self._epoch and (delivery := self._read(arrival)):
                batch.append(delivery)
        return batch

    def _read(self, arrival: _Arrival) -> Delivery | None:
        """What is to be handled; anything else is counted and answered here."""
        found = registry.pattern_of(arrival.topic)
        if found is None:
            self._read_log(arrival)
        else:
            pattern, name = found
            node = registry.node_of_login(name)
            if len(arrival.payload) > MOST_BYTES:
                self._turn_away(Turned.TOO_LARGE, node)
            elif not self._allowance.takes(node, now=time.monotonic()):
                self._turn_away(Turned.FLOOD, node)
            else:
                message = Message(node, arrival.topic, arrival.payload, clock.now())
                return Delivery(arrival.packet, pattern, message)
        self._answer(arrival.packet)
        return None

    def _read_log(self, arrival: _Arrival) -> None:
        if arrival.topic != _BROKER_LOG:
            return
        text = arrival.payload[:300].decode("utf-8", "replace")
        if _REFUSED_LOGIN.search(text):
            self._turn_away(Turned.LOGIN, "")
        elif match := _TOO_LARGE.search(text):
            self._turn_away(Turned.TOO_LARGE, registry.node_of_login(match[1])[:64])

    def _turn_away(self, why: Turned, node: str) -> None:
        if (why, node) not in self._turn.turned and len(self._turn.turned) >= MOST_TURNED:
            node = ""
        self._turn.turned[why, node] += 1

    def _take(self, batch: list[Delivery]) -> None:
        """Has it handled, then answers. The database away: again, as long as the link lasts."""
        epoch = self._epoch
        handled = self._may_come_again()
        for tried in range(1, PATIENCE + 1):
            try:
                marks = link.take(self.owner, batch, handled=handled, is_patient=tried < PATIENCE)
                self._handled |= dict.fromkeys(marks, time.monotonic())
                break
            except (OperationalError, InterfaceError):
                connection.close()
                if tried == PATIENCE:
                    raise
                logger.exception("a batch could not be stored; trying again")
                self.stopping.wait(_back_off(tried))
        if epoch == self._epoch:
            for delivery in batch:
                self._answer(delivery.packet)

    def _may_come_again(self) -> list[int]:
        """Marks of messages whose answer may not have reached the broker."""
        settled = time.monotonic() - SETTLED_S
        kept = [(mark, at) for mark, at in self._handled.items() if at > settled]
        self._handled = dict(kept[-2 * IN_FLIGHT :])
        return list(self._handled)

    def _answer(self, packet: int) -> None:
        if packet:
            self._client.ack(packet, 1)

    # --- messages out, log-ins, report -----------------------------------------------

    def _send(self) -> None:
        done = []
        with suppress(queue.Empty):
            while True:
                key = self._sending.pop(self._sent.get_nowait(), None)
                done += [key] if key is not None else []
        if done:
            link.note_sent(done)
            self._turn.sent += len(done)
        if not self._is_connected:
            return
        under_way = set(self._sending.values())
        for row in link.waiting(500):
            if row.pk not in under_way:
                self._publish(row)

    def _publish(self, row: Outgoing) -> None:
        told = Properties(PacketTypes.PUBLISH)
        if row.expires_at is not None:
            told.MessageExpiryInterval = max(1, int((row.expires_at - clock.now()).total_seconds()))
        sent = self._client.publish(row.topic, bytes(row.payload), max(1, row.qos), properties=told)
        # Without a connection paho keeps it, and sends it itself once there is one again.
        if sent.rc in (paho.MQTT_ERR_SUCCESS, paho.MQTT_ERR_NO_CONN):
            self._sending[sent.mid] = row.pk

    def _write_logins(self) -> None:
        """Password files of the private broker, whenever somebody's log-in has changed."""
        folder = self.target.folder
        if folder is None:
            return
        now = clock.now()
        version = logins.version_of_logins(now)
        if version == self._written:
            return
        for slot in broker.SLOTS:
            file = folder / f"devices-{slot}.passwd"
            broker.write_private(file, logins.password_file(slot, now))
        broker.reload(folder)
        self._written = version

    def _report(self) -> None:
        turn, self._turn = self._turn, Turn()
        try:
            link.report(self.owner, turn)
        except (OperationalError, InterfaceError):
            self._turn = turn
            raise


def listen(target: Target, *, per_second: float, stopping: threading.Event) -> None:
    """Will hold the connection until ``stopping``; see ``Consumer``."""
    Consumer(target, per_second=per_second, stopping=stopping).run()


def _back_off(tries: int, rng: Callable[[], float] = random.random) -> float:
    return min(LONGEST_WAIT_S, 0.25 * 2 ** min(tries, 10)) * (0.75 + rng() / 2)
