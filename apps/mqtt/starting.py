"""The settings, read into what broker and listener start with."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings

from apps.mqtt.broker import USER, Plan
from apps.mqtt.consumer import Target
from apps.mqtt.services.logins import inner_secret


def plan() -> Plan:
    """Will give how the private broker shall be."""
    first, second = settings.MQTT_DEVICE_PORTS
    return Plan(
        folder=Path(settings.MQTT_FOLDER),
        inner_port=settings.MQTT_INNER_PORT,
        device_ports=(first, second),
        bind=settings.MQTT_BIND,
        hosts=tuple(settings.MQTT_HOSTS),
        inner_secret=inner_secret(settings.SECRET_KEY),
        certificate=_file(settings.MQTT_CERTIFICATE),
        key=_file(settings.MQTT_CERTIFICATE_KEY),
    )


def target() -> Target:
    """Will give the broker to listen to: the private one, or that of ``MQTT_URL``."""
    if not settings.MQTT_URL:
        return Target(
            url=f"mqtt://127.0.0.1:{settings.MQTT_INNER_PORT}",
            user=USER,
            secret=inner_secret(settings.SECRET_KEY),
            folder=Path(settings.MQTT_FOLDER),
        )
    place = urlsplit(settings.MQTT_URL)
    return Target(
        url=settings.MQTT_URL,
        user=unquote(place.username or USER),
        secret=unquote(place.password or ""),
        authority=settings.MQTT_AUTHORITY_FILE,
    )


def _file(path: str) -> Path | None:
    return Path(path) if path else None
