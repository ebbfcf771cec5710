"""How the connection is, for pages and checks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from apps.common import clock
from apps.mqtt.enums import LinkState
from apps.mqtt.models import Connection, Login, Outgoing, Parked
from apps.mqtt.registry import login_name

#: The process reports every few seconds; after so long a silence it is not there.
SILENT_AFTER = timedelta(seconds=30)


@dataclass(frozen=True)
class Link:
    """The connection with what hangs on it. row: None before it was ever made."""

    state: LinkState
    row: Connection | None
    waiting: int
    parked: int
    logins: int


def read_link() -> Link:
    """Will tell how the connection to the broker is, now."""
    row = Connection.objects.defer("handled").first()
    now = clock.now()
    return Link(
        state=_state(row, now),
        row=row,
        waiting=Outgoing.objects.count(),
        parked=Parked.objects.count(),
        logins=live_logins(now).count(),
    )


def live_logins(now: datetime) -> QuerySet[Login]:
    """Will list what the broker lets in, by user name."""
    return Login.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), is_suspended=False).order_by(
        "name", "pk"
    )


def access_of(node: str, *, key: str) -> dict[str, Any]:
    """Will give how a node logs in with a credential: ``mqtt_user``, ``mqtt_port``.

    key: prefix of the credential. No port (None) where MQTT is off, the broker is not ours or the
    credential is older than it.
    """
    login = Login.objects.filter(key=key).first()
    is_ours = settings.MQTT_ENABLED and not settings.MQTT_URL
    port = settings.MQTT_DEVICE_PORTS[login.slot - 1] if login and is_ours else None
    return {"mqtt_user": login_name(node), "mqtt_port": port}


def list_parked() -> QuerySet[Parked]:
    """Will list the messages laid aside, newest first."""
    return Parked.objects.defer("payload")


def _state(row: Connection | None, now: datetime) -> LinkState:
    if not settings.MQTT_ENABLED:
        return LinkState.OFF
    if row is None or row.seen_at is None or row.seen_at < now - SILENT_AFTER:
        return LinkState.DOWN
    return LinkState.UP if row.connected_since else LinkState.LOST
