"""Coming in through the platform above us, and being told by it that somebody is out."""

import base64
import hashlib
import secrets
from typing import Any, cast

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout as sign_out
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.permissions import can_open_people
from apps.accounts.selectors import get_user
from apps.audit.middleware import client_address
from apps.audit.services import SYSTEM, record
from apps.common import ratelimit
from apps.common.errors import DomainError, NotAllowed, Refused
from apps.common.pages import neighbours
from apps.common.paging import page_of
from apps.signon import selectors, services, upstream
from apps.signon.addresses import with_parameters
from apps.signon.forms import LinkForm
from apps.signon.services.upstream import FROM_ABOVE_KEY

WAITING_KEY = "upstream_waiting"  # in the session: state, nonce, verifier, where to go on
WORDS_A_MINUTE = 300


def _require_configured() -> None:
    if not upstream.is_configured():
        raise Http404


@never_cache
@require_GET
def login(request: HttpRequest) -> HttpResponse:
    """Sends somebody to the platform above to say who they are."""
    _require_configured()
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    waiting = {
        "state": secrets.token_urlsafe(24),
        "nonce": secrets.token_urlsafe(24),
        "verifier": verifier,
        "next": _ours(request, request.GET.get("next", "")),
    }
    request.session[WAITING_KEY] = waiting
    address = with_parameters(
        upstream.metadata()["authorization_endpoint"],
        client_id=settings.UPSTREAM_CLIENT_ID,
        redirect_uri=_callback(request),
        response_type="code",
        scope=settings.UPSTREAM_SCOPE,
        state=waiting["state"],
        nonce=waiting["nonce"],
        code_challenge=base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        code_challenge_method="S256",
    )
    return redirect(address)


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Lets in whoever an administrator linked to the identity the platform vouches for."""
    _require_configured()
    waiting: dict[str, str] = request.session.pop(WAITING_KEY, {})
    state = request.GET.get("state", "")
    if not waiting or not constant_time_compare(state, waiting["state"]):
        raise Refused(_("登录请求已失效，请重新登录。"), code="upstream_state")
    issuer = request.GET.get("iss", "")
    if request.GET.get("error") or (issuer and issuer != settings.UPSTREAM_ISSUER.rstrip("/")):
        raise Refused(_("上级平台没有同意登录。"), code="upstream_refused")
    identity = upstream.identity_of(
        request.GET.get("code", ""),
        verifier=waiting["verifier"],
        nonce=waiting["nonce"],
        callback=_callback(request),
    )
    user = selectors.find_upstream_person(settings.UPSTREAM_ISSUER.rstrip("/"), identity.subject)
    if user is None:
        record(
            SYSTEM, "upstream.refused", object_type="signon.upstream", data={"why": "not linked"}
        )
        raise NotAllowed(_("您在上级平台的身份尚未绑定本市账号，请联系本单位系统管理员。"))
    if request.user.is_authenticated:  # somebody else in this browser: out first, with all of it
        sign_out(request)
    record_authentication(request, user, method="upstream", level=identity.level)
    request.session[FROM_ABOVE_KEY] = {"sid": identity.sid, "sub": identity.sub}
    return perform_login(
        request, user, email_verification="none", redirect_url=waiting["next"] or None
    )


@csrf_exempt  # a machine calls; its token is the proof
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Takes the word of the platform above that somebody is out there."""
    _require_configured()
    try:
        caller = str(client_address(request))
        ratelimit.hit("signon.upstream", caller, limit=WORDS_A_MINUTE, per_seconds=60)
        claims = upstream.checked_logout(request.POST.get("logout_token", ""))
        services.end_upstream(
            issuer=claims["iss"],
            subject=str(claims.get("sub", "")),
            sid=str(claims.get("sid", "")),
            jti=str(claims["jti"]),
        )
    except DomainError as refusal:
        status = 429 if refusal.status == 429 else 400
        answer: HttpResponse = JsonResponse({"error": "invalid_request"}, status=status)
    else:
        answer = HttpResponse(status=200)
    answer["Cache-Control"] = "no-store"
    return answer


@login_required
@require_http_methods(["GET", "POST"])
def links(request: HttpRequest) -> HttpResponse:
    """Who is linked to an identity of the platform above; administrators of people link."""
    _require_configured()
    actor = cast(User, request.user)
    if not can_open_people(actor):
        raise NotAllowed(_("您没有管理人员的权限。"))
    form = LinkForm(request.POST or None, viewer=actor)
    if form.is_valid():
        try:
            services.link_person(
                actor, person=form.cleaned_data["username"], subject=form.cleaned_data["subject"]
            )
        except DomainError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("已绑定。"))
            return redirect("signon:upstream-links")
    page = page_of(selectors.list_links(actor), request.GET)
    context = {"form": form, "links": page.items, "name": settings.UPSTREAM_NAME}
    return render(
        request, "signon/upstream_links.html", context | {"page": page} | neighbours(request, page)
    )


@login_required
@require_POST
def unlink(request: HttpRequest, pk: int) -> HttpResponse:
    """Forgets how the platform above knows a person."""
    actor = cast(User, request.user)
    services.unlink_person(actor, person=get_user(actor, pk))
    messages.success(request, _("已解除绑定。"))
    return redirect("signon:upstream-links")


def _callback(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("signon:upstream-callback"))


def _ours(request: HttpRequest, address: Any) -> str:
    fine = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if fine else ""
