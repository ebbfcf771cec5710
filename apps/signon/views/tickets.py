"""The endpoints of CAS: sign in, validate, sign out."""

from allauth.idp.oidc.adapter import get_adapter
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from apps.accounts.models import User
from apps.audit.middleware import client_address
from apps.common import ratelimit
from apps.common.errors import InvalidInput, TooMany
from apps.signon.addresses import with_parameters
from apps.signon.services import cas
from apps.signon.standing import standing_of
from apps.signon.views import entering

REFUSALS_NOTED_A_MINUTE = 5


@never_cache
@require_safe
def login(request: HttpRequest) -> HttpResponse:
    """Signs somebody on to an old system; without a service it is our own front page."""
    service = request.GET.get("service", "")
    if not service:
        return redirect("portal:home")
    application = cas.find_by_service(service)
    if application is None:
        raise InvalidInput(_("没有登记这个服务地址，或应用没有上线。"), field="service")
    gateway = request.GET.get("gateway", "") == "true"
    if not isinstance(request.user, User):
        return HttpResponseRedirect(service) if gateway else entering.to_login(request)
    user = request.user
    key = entering.key_of(request.GET)
    if request.GET.get("renew") == "true" and not entering.has_proved_since_asked(request, key):
        return entering.to_fresh_proof(request)
    entering.require_meant(user, application)
    entering.require_level(request, user, application.minimum_level)
    entering.forget_asked(request, key)
    ticket = cas.grant_ticket(
        user,
        application=application,
        service=service,
        standing=standing_of(request, issuer=get_adapter().get_issuer()),
    )
    return entering.hand_over(request, with_parameters(service, ticket=ticket), application)


@never_cache
@require_GET
def validate_2(request: HttpRequest) -> HttpResponse:
    return _validate(request, with_attributes=False)


@never_cache
@require_GET
def validate_3(request: HttpRequest) -> HttpResponse:
    return _validate(request, with_attributes=True)


@never_cache
@require_safe
def logout(request: HttpRequest) -> HttpResponse:
    """Leads to our own page of signing out: an address in a link alone signs nobody out."""
    return redirect("account_logout")


def _validate(request: HttpRequest, *, with_attributes: bool) -> HttpResponse:
    service = request.GET.get("service", "")
    try:
        found = cas.validate(
            request.GET.get("ticket", ""), service, renew=request.GET.get("renew") == "true"
        )
    except cas.TicketRefused as refused:
        _note(request, refused, service)
        text = cas.failure_xml(refused)
    else:
        text = cas.success_xml(found, with_attributes=with_attributes)
    return HttpResponse(text, content_type="application/xml; charset=utf-8")


def _note(request: HttpRequest, refused: cas.TicketRefused, service: str) -> None:
    try:
        caller = str(client_address(request))
        ratelimit.hit("signon.ticket", caller, limit=REFUSALS_NOTED_A_MINUTE, per_seconds=60)
    except TooMany:
        return
    cas.note_refused(refused, service)
