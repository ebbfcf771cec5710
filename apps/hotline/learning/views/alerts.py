"""Warnings somebody must look at, and reports that went out with no person."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.signed_in import actor_of
from apps.common.pages import paged, tell
from apps.hotline.enums import SwitchState
from apps.hotline.learning import permissions, reading, selectors, switching
from apps.hotline.learning.dispatching import is_switched_on
from apps.hotline.learning.forms import AlertFilterForm
from apps.hotline.learning.views.access import with_right
from apps.nlp.enums import DangerKind
from apps.nlp.permissions import ALERTS


@with_right(ALERTS)
@require_GET
def alert_list(request: HttpRequest) -> HttpResponse:
    """The warnings nobody has looked at yet; others by filter."""
    form = AlertFilterForm(request.GET)
    kinds = dict(DangerKind.choices)
    context = paged(request, selectors.list_alerts(actor_of(request), **form.wanted()))
    for row in context["rows"]:
        row.told = [(kinds.get(one["kind"], one["kind"]), one["words"]) for one in row.alerts]
    return render(request, "hotline/learning/alerts.html", context | {"form": form})


@with_right(ALERTS)
@require_POST
def seen(request: HttpRequest, case_id: int) -> HttpResponse:
    """Notes what was done about a warning."""
    note = request.POST.get("note", "")
    tell(
        request,
        lambda: reading.mark_seen(actor_of(request), case_id=case_id, note=note),
        done=_("已记录处置情况"),
    )
    return redirect("hotline:alerts")


@with_right(*permissions.SWITCHERS)
@require_GET
def dispatch_list(request: HttpRequest) -> HttpResponse:
    """Whether reports go out with no person, who wanted it, and what went out."""
    viewer = actor_of(request)
    tenant = selectors.home_tenant(viewer, *permissions.SWITCHERS)
    switches = switching.list_switches(viewer)
    waiting = switches.filter(tenant=tenant, state=SwitchState.ASKED).first()
    context = paged(request, selectors.list_dispatched(viewer)) | {
        "tenant": tenant,
        "is_on": is_switched_on(tenant.pk),
        "waiting": waiting,
        "switches": switches[:10],
        "may_ask": viewer.has_perm(permissions.ASK),
        "may_agree": waiting is not None
        and viewer.has_perm(permissions.AGREE)
        and waiting.asked_by_id != viewer.pk,
    }
    return render(request, "hotline/learning/dispatch.html", context)


@with_right(permissions.ASK)
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Asks to begin, or ends at once."""
    actor = actor_of(request)
    is_on = request.POST.get("on") == "1"
    tell(
        request,
        lambda: switching.ask_switch(
            actor,
            tenant=selectors.home_tenant(actor, permissions.ASK),
            is_on=is_on,
            reason=request.POST.get("reason", ""),
        ),
        done=_("已提交，由另一人批准后生效") if is_on else _("自动派单已停用"),
    )
    return redirect("hotline:auto-dispatch")


@with_right(permissions.AGREE)
@require_POST
def decide(request: HttpRequest, pk: int, deed: str) -> HttpResponseBase:
    """Agrees to what was asked, or refuses it."""
    if deed not in ("agree", "refuse"):
        raise Http404
    agree = deed == "agree"
    if (
        tell(
            request,
            lambda: switching.decide_switch(actor_of(request), switch_id=pk, agree=agree),
            done=_("自动派单已启用") if agree else _("已记录为不批准"),
        )
        and agree
    ):
        messages.info(request, _("每一件都会写明依据，派单员可在签收前收回"))
    return redirect("hotline:auto-dispatch")
