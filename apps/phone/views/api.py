"""The phone's own API. It talks to nothing but the pages of ``static/phone``.

Signed in by session with a CSRF token from ``me``; the worker's number goes along with every
call, because whoever signs in on a phone may be another person than the one whose deeds it holds.
"""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from apps.accounts.models import User
from apps.accounts.selectors import unit_name_of
from apps.assist.selectors import kinds_for
from apps.common import clock, ratelimit
from apps.common.api.errors import problem_json
from apps.common.errors import DomainError, InvalidInput, NotAllowed
from apps.phone import gate, pack, services
from apps.phone.errors import OtherPerson
from apps.phone.permissions import can_use_phone

BATCHES_PER_MINUTE = 60  # of one worker; a phone sends one, then the next when that is answered
PIECES_PER_MINUTE = 600


class SignedOut(DomainError):
    """Nobody is signed in; the deeds stay on the phone."""

    status = 401
    code = "not_authenticated"


@method_decorator(csrf_exempt, name="dispatch")  # a ticket needs none, a session is checked here
class PhoneView(View):
    """Knows who sends, and answers refusals as problem documents."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            found = super().dispatch(request, *args, **kwargs)
        except DomainError as error:
            found = _problem(error)
        assert isinstance(found, HttpResponse)
        found["Cache-Control"] = "private, no-store"
        return found

    def worker(self, request: HttpRequest) -> User:
        """Will give the worker who is signed in.

        Raises: SignedOut; NotAllowed (no worker, no CSRF token); OtherPerson.
        """
        user = request.user
        if not isinstance(user, User):
            raise SignedOut(_("登录已过期，请重新登录；待发内容都在手机上"))
        _require_token(request)
        if request.headers.get("X-Phone-Worker", str(user.pk)) != str(user.pk):
            raise OtherPerson(_("待发内容属于另一位网格员，请由本人登录后发送"))
        if not can_use_phone(user):
            raise NotAllowed(_("您没有网格员岗位"))
        return user

    def sender(self, request: HttpRequest) -> tuple[User, services.Home | None]:
        """Will give whose deeds these are, and where they belonged when they are none any more.

        Raises: as ``worker``; NotAllowed (the ticket is no good).
        """
        ticket = request.headers.get("X-Phone-Ticket")
        if ticket:
            return services.read_ticket(ticket)
        return self.worker(request), None


class MeView(PhoneView):
    """Who is signed in, the server's clock and a token: asked before every round of sending."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not isinstance(user, User):
            raise SignedOut(_("登录已过期，请重新登录；待发内容都在手机上"))
        may = can_use_phone(user)
        return JsonResponse(
            {
                "worker": {
                    "id": user.pk,
                    "name": user.display_name,
                    "unit": unit_name_of(user),
                },
                "may": may,
                "csrf": get_token(request),
                "ticket": services.give_ticket(user) if may else "",
                "server_time": clock.now().isoformat(),
                "assists": [kind.value for kind in kinds_for(user)] if may else [],
            }
        )


class DeedsView(PhoneView):
    """A batch of deeds in, a receipt for each out."""

    def post(self, request: HttpRequest) -> HttpResponse:
        user, revoked_home = self.sender(request)
        ratelimit.hit("phone.deeds", str(user.pk), limit=BATCHES_PER_MINUTE, per_seconds=60)
        body = _read_json(request)
        items = body.get("deeds")
        if not isinstance(items, list) or len(items) > services.BATCH_LIMIT:
            message = _("一次最多发送 %(n)d 项") % {"n": services.BATCH_LIMIT}
            raise InvalidInput(message, field="deeds")
        sent_at = services.read_moment(body, "sent_at")
        with gate.admitted():
            receipts = services.take_batch(
                user, items=items, sent_at=sent_at, revoked_home=revoked_home
            )
        return JsonResponse({"receipts": receipts, "server_time": clock.now().isoformat()})


class PhotoView(PhoneView):
    """One photograph by its digest: how far it has come, and the next piece of it."""

    def get(self, request: HttpRequest, sha256: str) -> HttpResponse:
        user, _home = self.sender(request)
        row = services.find_photo(user, sha256)
        return JsonResponse({"offset": row.received_bytes, "held": row.stored_id is not None})

    def put(self, request: HttpRequest, sha256: str) -> HttpResponse:
        user, _home = self.sender(request)
        ratelimit.hit("phone.photos", str(user.pk), limit=PIECES_PER_MINUTE, per_seconds=60)
        if len(request.body) > services.PIECE_LIMIT_BYTES:
            raise InvalidInput(_("每段不能超过 1 MB"), field="files")
        row = services.receive_piece(
            user,
            sha256=sha256,
            size_bytes=_header_number(request, "Upload-Length"),
            offset=_header_number(request, "Upload-Offset"),
            piece=request.body,
        )
        return JsonResponse({"offset": row.received_bytes, "held": row.stored_id is not None})


class PackView(PhoneView):
    """The day pack: what changed since the parts the phone names in ``have``."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = self.worker(request)
        found = pack.build(user, have=request.GET.get("have", ""))
        if request.headers.get("If-None-Match") == found.etag:
            return HttpResponse(status=304, headers={"ETag": found.etag})
        pack.note_taken(user, found)
        # Gzipped whatever was asked for: no browser that runs the program lacks it.
        headers = {"ETag": found.etag, "Content-Encoding": "gzip"}
        return HttpResponse(found.body, content_type="application/json", headers=headers)


def _require_token(request: HttpRequest) -> None:
    """Raises: NotAllowed, code ``csrf_failed``, where a session writes without its token."""
    checker = CsrfViewMiddleware(lambda _request: HttpResponse())
    checker.process_request(request)
    request.csrf_processing_done = False  # type: ignore[attr-defined]
    if checker.process_view(request, _plain, (), {}) is not None:
        raise NotAllowed(_("页面已过期，将自动重试"), code="csrf_failed")


def _plain(_request: HttpRequest) -> HttpResponse:
    """Stands for a view that is not exempt."""
    return HttpResponse()


def _problem(error: DomainError) -> HttpResponse:
    found = problem_json(error.status, error.code, str(error), data=error.data)
    if retry_after := error.data.get("retry_after"):
        found["Retry-After"] = str(retry_after)
    return found


def _read_json(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(_("请求内容不是有效的 JSON"), code="parse_error") from error
    if not isinstance(body, dict):
        raise InvalidInput(_("请求内容不是有效的 JSON"), code="parse_error")
    return body


def _no_number(name: str) -> None:
    """Refuses NaN and the infinities, which are no JSON."""
    raise ValueError(name)


def _header_number(request: HttpRequest, name: str) -> int:
    value = request.headers.get(name, "")
    if not value.isascii() or not value.isdigit() or len(value) > 12:
        raise InvalidInput(_("请求头 %(name)s 应为整数") % {"name": name}, field="files")
    return int(value)
