"""The token endpoint: allauth's, with the memory that a second use of anything is noticed."""

import base64
import binascii
import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import unquote_plus

from allauth.idp.oidc.views import RevokeView, TokenView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from apps.audit.middleware import client_address
from apps.audit.services import SYSTEM, record
from apps.common import ratelimit
from apps.common.errors import TooMany
from apps.signon.adapters import GRANT
from apps.signon.models import GivenToken, Grant
from apps.signon.services import grants

View = Callable[..., HttpResponse]

# Per application and address: a hall behind one address has nothing to do with this, for it is
# the applications' servers that call. A secret of 256 bits is not guessed at any rate.
EXCHANGES_A_MINUTE = 1200
FAILURES_NOTED_A_MINUTE = 5
_CLIENT = re.compile(r"[A-Za-z0-9._-]{1,100}")
_FORM = "application/x-www-form-urlencoded"
_INVALID = {"error": "invalid_grant"}


class Exchange(TokenView):
    """Gives tokens for a code, a device code, a refresh token or an application's own name."""

    def post(self, request: HttpRequest) -> HttpResponse:
        client = client_of(request)
        key = f"{client}|{client_address(request)}"
        try:
            ratelimit.hit("signon.token", key, limit=EXCHANGES_A_MINUTE, per_seconds=60)
        except TooMany as error:
            busy = JsonResponse({"error": "temporarily_unavailable"}, status=429)
            busy["Retry-After"] = str(error.data["retry_after"])
            return busy
        with transaction.atomic():
            answer = self._exchange(request)
        if answer.status_code == 401:
            note_failure(client, key)
        return answer

    def _exchange(self, request: HttpRequest) -> HttpResponse:
        grant, spent = _presented(request)
        if grant is None:
            return super().post(request)
        copied = spent.spent_at is not None if spent else grant.redeemed_at is not None
        setattr(request, GRANT, grant)
        if grants.is_over(grant) and not copied:
            return _refused()
        answer = super().post(request)
        said: dict[str, Any] = json.loads(answer.content or b"{}")
        if answer.status_code == 200:
            grants.note_exchange(
                grant, access=said["access_token"], refresh=said.get("refresh_token"), spent=spent
            )
        if not copied or said.get("error", "invalid_grant") != "invalid_grant":
            return answer
        # 200 for something copied: the cache had not forgotten it; what it gave ends as well.
        grants.punish_replay(grant, what="refresh_token" if spent else "code")
        return _refused()


class Revoke(RevokeView):
    """Takes back a token; with a refresh token everything given beside it."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with transaction.atomic():
            found = grants.lock_by_refresh(request.POST.get("token", ""))
            answer = super().post(request, *args, **kwargs)
            if found and answer.status_code == 200 and _is_client_of(request, found[0]):
                grants.end_quietly(found[0], reason="revoked")
        return answer


def client_of(request: HttpRequest) -> str:
    """Will give the application a request says it comes from; nothing is proved yet.

    "" where it says nothing that could be one.
    """
    scheme, _space, value = request.headers.get("Authorization", "").partition(" ")
    name = request.POST.get("client_id", "")
    if scheme.lower() == "basic":
        try:
            name = unquote_plus(base64.b64decode(value).decode().partition(":")[0])
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return name if _CLIENT.fullmatch(name) else ""


def readable(view: View) -> View:
    """Will refuse what no text of ours can hold before anybody looks for it."""

    @csrf_exempt  # as the views it wraps; they check for themselves
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        sent = [v for values in (request.GET, request.POST) for _k, v in values.items()]
        scheme, _space, _value = request.headers.get("Authorization", "").partition(" ")
        bad_name = scheme.lower() == "basic" and not client_of(request)
        if bad_name:
            return JsonResponse({"error": "invalid_client"}, status=401)
        if any("\x00" in value for value in sent):
            return JsonResponse({"error": "invalid_request"}, status=400)
        # oauthlib takes a charset beside it for another type, and falls over none at all.
        if request.content_type in ("", _FORM):
            request.META["CONTENT_TYPE"] = _FORM
        return view(request, *args, **kwargs)

    return cast(View, guarded)


def note_failure(client: str, key: str) -> None:
    """Will log a wrong secret, a few times a minute for each caller."""
    try:
        ratelimit.hit("signon.failure", key, limit=FAILURES_NOTED_A_MINUTE, per_seconds=60)
    except TooMany:
        return
    record(
        SYSTEM,
        "sign_on.client_refused",
        object_type="signon.application",
        object_label=client,
        data={"why": "wrong secret or unknown application"},
    )


def _presented(request: HttpRequest) -> tuple[Grant | None, GivenToken | None]:
    """The sign-on that a code or token stands for, locked, and the refresh token."""
    kind = request.POST.get("grant_type", "")
    if kind == "refresh_token":
        found = grants.lock_by_refresh(request.POST.get("refresh_token", ""))
        return found or (None, None)
    code = request.POST.get("code") or request.POST.get("device_code")
    return (grants.lock_by_code(code), None) if code else (None, None)


def _is_client_of(request: HttpRequest, grant: Grant) -> bool:
    return client_of(request) == grant.application.client_id


def _refused() -> HttpResponse:
    answer = JsonResponse(_INVALID, status=400)
    answer["Cache-Control"] = "no-store"
    return answer
