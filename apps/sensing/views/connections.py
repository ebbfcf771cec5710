"""How devices come in: the connection to the broker, and what they must trust."""

from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.common.errors import NotFound
from apps.common.pages import paged
from apps.mqtt import selectors as mqtt
from apps.sensing.views._common import reader_of

AUTHORITY = "ca.crt"
LEVELS = {"up": "done", "lost": "over", "down": "over", "off": "rest"}


@login_required
@require_GET
def connection(request: HttpRequest) -> HttpResponse:
    """The connection: since when, how much, what went wrong."""
    reader_of(request)
    link = mqtt.read_link()
    context = paged(request, mqtt.list_parked()) | {
        "link": link,
        "level": LEVELS[link.state],
        "ports": settings.MQTT_DEVICE_PORTS,
        "is_own": not settings.MQTT_URL,
        "has_authority": _authority().exists(),
    }
    return render(request, "sensing/connection.html", context)


@login_required
@require_GET
def authority(request: HttpRequest) -> HttpResponse:
    """The certificate devices check the broker by. No secret."""
    reader_of(request)
    file = _authority()
    if not file.exists():
        raise NotFound(_("还没有 MQTT 证书"))
    headers = {"Content-Disposition": 'attachment; filename="citybrain-mqtt-ca.crt"'}
    return HttpResponse(file.read_bytes(), content_type="application/x-pem-file", headers=headers)


def _authority() -> Path:
    return Path(settings.MQTT_FOLDER) / AUTHORITY
