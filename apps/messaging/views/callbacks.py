"""The addresses channels report to; each message is signed, there is no session.

What is refused answers with the field at fault as JSON. The platform of WeChat waits five
seconds: the message is kept and answered at once, all else happens later.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from apps.common import clock
from apps.common.errors import DomainError, NotAllowed, NotFound
from apps.gateway import signing
from apps.matters.enums import Channel
from apps.messaging import selectors, services
from apps.messaging.adapters import line, sms, wechat
from apps.messaging.models import ChannelAccount

MOST_BYTES = 256 * 1024


@csrf_exempt
@require_http_methods(["GET", "POST"])
def wechat_callback(request: HttpRequest, code: str) -> HttpResponse:
    """Will answer the check of the address, or take one message; the platform wants "success"."""

    def taken() -> HttpResponse:
        account = _account(code, {Channel.WECHAT})
        body = request.body if request.method == "POST" else b""
        moment = clock.now()
        plain = wechat.verify(services.reach_of(account), request.GET.dict(), body, at=moment)
        if request.method == "GET":
            return HttpResponse(plain, content_type="text/plain; charset=utf-8")
        incoming = wechat.parse(plain, at=moment)
        if incoming is not None:
            services.receive(account, incoming)
        return HttpResponse("success", content_type="text/plain")

    return _answered(request, taken)


@csrf_exempt
@require_POST
def sms_callback(request: HttpRequest, code: str) -> HttpResponse:
    """Will take one text message of the city's gateway."""

    def taken() -> HttpResponse:
        account = _signed(request, code, {Channel.SMS})
        found = services.receive(account, sms.parse(request.body, at=clock.now()))
        return JsonResponse({"repeated": found.repeated}, status=429 if found.refused else 200)

    return _answered(request, taken)


@csrf_exempt
@require_POST
def line_callback(request: HttpRequest, code: str) -> HttpResponse:
    """Will take a ticket or a status of another hotline and tell our number of the case."""

    def taken() -> HttpResponse:
        account = _signed(request, code, {Channel.LINE, Channel.COMMUNITY})
        message = services.take_word(account, line.parse(request.body, at=clock.now()))
        return JsonResponse({"number": message.case.number if message.case else ""})

    return _answered(request, taken)


def _answered(request: HttpRequest, deed: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
            return JsonResponse({"code": "too_large"}, status=413)
        return deed()
    except NotAllowed as error:
        return JsonResponse({"code": error.code, "detail": str(error)}, status=403)
    except NotFound as error:
        return JsonResponse({"code": error.code, "detail": str(error)}, status=404)
    except DomainError as error:
        told = {"code": error.code, "detail": str(error), "field": error.field or ""}
        return JsonResponse(told, status=error.status)


def _account(code: str, channels: set[Channel]) -> ChannelAccount:
    account = selectors.find_account(code)
    if account is None or account.channel not in channels:
        raise NotFound(_("没有这个渠道账号"))
    return account


def _signed(request: HttpRequest, code: str, channels: set[Channel]) -> ChannelAccount:
    """The account, if the message carries a fresh signature with its secret."""
    account = _account(code, channels)
    sent = {name.lower(): value for name, value in request.headers.items()}
    secret = services.secrets_of(account).get("inbound", "")
    moment = clock.now()
    if not secret or not signing.is_valid([secret], sent, body=request.body, at=moment):
        raise NotAllowed(_("签名无效或已过期"), code="signature")
    return account
