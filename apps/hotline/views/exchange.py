"""The address a telephone exchange reports to: signed, repeatable, in any order."""

import hmac
import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotAllowed
from apps.hotline import services
from apps.hotline.enums import CallDirection, CallEventKind, LegRole
from apps.hotline.telephony import CallEvent, sign

FRESH_SECONDS = 300
BODY_MAX_BYTES = 16 * 1024


@csrf_exempt  # a machine signs each message; there is no session to ride on
@require_POST
def events(request: HttpRequest) -> HttpResponse:
    """Will take one event of a call.

    Headers: ``X-Exchange-Timestamp`` (seconds since 1970, at most five minutes off) and
    ``X-Exchange-Signature``: hex HMAC-SHA256 of "<timestamp>.<body>" with the shared secret.
    Body: {"event": one of ``CallEventKind``, "call": id, "line", "at": ISO 8601 with zone,
    "phone"?, "agent"?, "recording"?, "direction"?, "leg"?, "role"?, "key"?, "language"?}.
    Answers {"call": id, "state"}.
    """
    try:
        _verify(request)
        call = services.apply_event(_event(request.body))
    except DomainError as error:
        problem = {"code": error.code, "detail": str(error), "field": error.field}
        return JsonResponse(problem, status=error.status)
    return JsonResponse({"call": call.exchange_id, "state": call.state})


def _verify(request: HttpRequest) -> None:
    secret = settings.TELEPHONE_SECRET
    timestamp = request.headers.get("X-Exchange-Timestamp", "")
    given = request.headers.get("X-Exchange-Signature", "")
    if len(request.body) > BODY_MAX_BYTES:
        raise InvalidInput(_("消息过大"))
    expected = sign(secret, timestamp, request.body)
    if not secret or not hmac.compare_digest(expected.encode(), given.encode()):
        raise NotAllowed(_("签名无效"))
    if not timestamp.isascii() or not timestamp.isdigit():
        raise NotAllowed(_("签名无效"))
    if abs(clock.now().timestamp() - int(timestamp[:12])) > FRESH_SECONDS:
        raise NotAllowed(_("消息已过期"))


def _event(body: bytes) -> CallEvent:
    try:
        message = json.loads(body)
    except ValueError:
        message = None
    if not isinstance(message, dict):
        raise InvalidInput(_("消息不是 JSON 对象"))
    return CallEvent(
        kind=CallEventKind(_one_of(message, "event", CallEventKind.values)),
        exchange_id=_text(message, "call", 80, required=True),
        line=_text(message, "line", 20),
        at=_moment(message),
        phone=_text(message, "phone", 40),
        agent=_text(message, "agent", 60),
        recording=_text(message, "recording", 200),
        direction=CallDirection(_one_of(message, "direction", CallDirection.values, "in")),
        leg=_text(message, "leg", 80),
        role=LegRole(_one_of(message, "role", LegRole.values, "first")),
        key=_one_of(message, "key", ["", *"12345"]),
        language=_text(message, "language", 16),
    )


def _text(message: dict[str, Any], name: str, most: int, *, required: bool = False) -> str:
    value = message.get(name, "")
    if not isinstance(value, str) or len(value) > most or "\x00" in value:
        raise InvalidInput(_("字段无效：%s") % name, field=name)
    if required and not value:
        raise InvalidInput(_("缺少字段：%s") % name, field=name)
    return value


def _one_of(message: dict[str, Any], name: str, known: list[str], default: str = "") -> str:
    value = message.get(name, default)
    if value not in known:
        raise InvalidInput(_("字段无效：%s") % name, field=name)
    return str(value)


def _moment(message: dict[str, Any]) -> datetime:
    try:
        at = datetime.fromisoformat(str(message.get("at", "")))
    except ValueError as error:
        raise InvalidInput(_("字段无效：%s") % "at", field="at") from error
    if at.tzinfo is None:
        raise InvalidInput(_("时间须带时区"), field="at")
    return at
