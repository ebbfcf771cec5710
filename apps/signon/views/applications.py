"""The pages of applications: everybody's tiles, and the register for those who keep it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.idp.oidc.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.assurance.demands import require
from apps.accounts.models import User
from apps.accounts.permissions import can_open_people
from apps.common.errors import DomainError, NotAllowed
from apps.common.pages import neighbours
from apps.common.paging import page_of
from apps.signon import selectors, services, upstream
from apps.signon.forms import (
    ApplicationFilterForm,
    ApplicationForm,
    NewApplicationForm,
    SuspendForm,
)
from apps.signon.models import Application
from apps.signon.permissions import MANAGE
from apps.signon.services.applications import needs_secret, settings_of

SHOWN = 10
View = Callable[..., HttpResponse]


def _actor(request: HttpRequest) -> User:
    return cast(User, request.user)  # login_required stands before every caller


def manager_required(view: View) -> View:
    """Will let in only those who keep the register of applications."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not _actor(request).has_perm(MANAGE):
            raise NotAllowed(_("需要“管理接入应用”权限。"))
        return view(request, *args, **kwargs)

    return cast(View, guarded)


@login_required
@require_GET
def tiles(request: HttpRequest) -> HttpResponse:
    """The applications meant for the viewer, and where they are signed on now."""
    user = _actor(request)
    context = {
        "tiles": selectors.tiles_for(user).select_related("owner"),
        "grants": selectors.list_own_grants(user)[:SHOWN],
        "may_manage": user.has_perm(MANAGE),
    }
    return render(request, "signon/tiles.html", context)


@manager_required
@require_GET
def application_list(request: HttpRequest) -> HttpResponse:
    actor = _actor(request)
    links = upstream.is_configured() and can_open_people(actor)
    form = ApplicationFilterForm(request.GET)
    found = selectors.list_applications(actor, **form.wanted())
    context = {
        "form": form,
        "applications": [(one, selectors.access_of(one)) for one in found],
        "upstream_name": settings.UPSTREAM_NAME if links else "",
    }
    return render(request, "signon/application_list.html", context)


@manager_required
@require_http_methods(["GET", "POST"])
def application_create(request: HttpRequest) -> HttpResponse:
    """Registers an application and files it for a second person."""
    actor = _actor(request)
    form = NewApplicationForm(request.POST or None, viewer=actor)
    if form.is_valid():
        try:
            application = services.apply_for(
                actor,
                owner=form.cleaned_data["owner"],
                data=form.application_data,
                reason=form.cleaned_data["reason"],
            )
        except DomainError as refusal:
            _show_refusal(form, refusal)
        else:
            messages.success(request, _("已提交，由另一人复核后生效。"))
            return redirect("signon:application-detail", application.pk)
    context = {"form": form, "application": None}
    return render(request, "signon/application_form.html", context)


@manager_required
@require_GET
def application_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One application: settings, secret, who signed on, how words of signing out fared."""
    actor = _actor(request)
    application = selectors.get_application(actor, pk)
    context = {
        "application": application,
        "access": selectors.access_of(application),
        "checklist": selectors.checklist_of(application),
        "pending": selectors.pending_change(application),
        "needs_secret": needs_secret(application),
        "signed_on": selectors.count_signed_on(application),
        "grants": selectors.list_grants(application)[:SHOWN],
        "logouts": selectors.list_logouts(application)[:SHOWN],
        "issuer": get_adapter().get_issuer(),
        "suspend_form": SuspendForm(auto_id="suspend_%s"),
    }
    return render(request, "signon/application_detail.html", context)


@manager_required
@require_http_methods(["GET", "POST"])
def application_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Files a change of an application for a second person."""
    actor = _actor(request)
    application = selectors.get_application(actor, pk)
    form = ApplicationForm(request.POST or None, viewer=actor, initial=_initial(application))
    if form.is_valid():
        try:
            services.propose_change(
                actor,
                application_id=pk,
                data=form.application_data,
                reason=form.cleaned_data["reason"],
            )
        except DomainError as refusal:
            _show_refusal(form, refusal)
        else:
            messages.success(request, _("已提交，由另一人复核后生效。"))
            return redirect("signon:application-detail", pk)
    context = {"form": form, "application": application}
    return render(request, "signon/application_form.html", context)


@manager_required
@never_cache
@require_POST
def secret_issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes a secret and shows it, once."""
    actor = _actor(request)
    application = selectors.get_application(actor, pk)
    require(request, "secret.issue")
    secret = services.issue_secret(actor, application_id=pk)
    context = {"application": application, "secret": secret}
    return render(request, "signon/application_secret.html", context)


@manager_required
@require_POST
def application_go_live(request: HttpRequest, pk: int) -> HttpResponse:
    actor = _actor(request)
    selectors.get_application(actor, pk)
    require(request, "secret.issue")
    return _done(request, pk, lambda: services.go_live(actor, application_id=pk), _("应用已上线。"))


@manager_required
@require_POST
def application_suspend(request: HttpRequest, pk: int) -> HttpResponse:
    actor = _actor(request)
    selectors.get_application(actor, pk)
    reason = request.POST.get("reason", "")
    return _done(
        request,
        pk,
        lambda: services.suspend(actor, application_id=pk, reason=reason),
        _("应用已停用，所有登录和令牌已作废。"),
    )


@manager_required
@require_POST
def item_settle(request: HttpRequest, pk: int, item: str) -> HttpResponse:
    """Notes that an item of the check list is settled, or takes that back."""
    actor = _actor(request)
    selectors.get_application(actor, pk)
    if "reopen" in request.POST:
        reason = request.POST.get("reason", "")
        return _done(
            request, pk,
            lambda: services.reopen_item(actor, application_id=pk, item=item, reason=reason),
            _("已撤销核对。"),
        )  # fmt: skip
    text = request.POST.get("note", "")
    return _done(
        request, pk,
        lambda: services.settle_item(actor, application_id=pk, item=item, note_text=text),
        _("已核对。"),
    )  # fmt: skip


@manager_required
@require_GET
def logout_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Every word of signing out sent to an application."""
    application = selectors.get_application(_actor(request), pk)
    page = page_of(selectors.list_logouts(application), request.GET)
    context = {"application": application, "logouts": page.items, "page": page}
    context |= neighbours(request, page)
    return render(request, "signon/logout_list.html", context)


@manager_required
@require_POST
def logout_retry(request: HttpRequest, pk: int, delivery: int) -> HttpResponse:
    actor = _actor(request)
    application = selectors.get_application(actor, pk)
    selectors.get_logout(application, delivery)
    return _done(
        request,
        pk,
        lambda: services.retry_logout(actor, delivery_id=delivery),
        _("已重新排队发送。"),
    )


def _done(request: HttpRequest, pk: int, deed: Callable[[], Any], said: str) -> HttpResponse:
    try:
        deed()
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("signon:application-detail", pk)


def _show_refusal(form: ApplicationForm, refusal: DomainError) -> None:
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


def _initial(application: Application) -> dict[str, Any]:
    found = settings_of(application)
    found["roles"], found["units"] = found.pop("role_ids"), found.pop("unit_ids")
    return found
