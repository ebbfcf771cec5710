"""Agents and groups, the ledger of states, and what an agent does at the desk."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.audit import services as audit
from apps.callcentre import services
from apps.callcentre.enums import BreakReason, PresenceState
from apps.callcentre.forms import AgentForm, GroupForm
from apps.callcentre.permissions import LEAD, TAKE, WATCH
from apps.callcentre.selectors import crew
from apps.callcentre.templatetags.callcentre_tags import share
from apps.callcentre.views._common import period_of, tabs, viewer_with
from apps.common import clock
from apps.common.errors import NotFound
from apps.common.exports import Column, xlsx_response
from apps.common.pages import take, tell
from apps.common.periods import Period


@login_required
@require_GET
def agent_list(request: HttpRequest) -> HttpResponse:
    """Who answers calls, what they can and what they do now."""
    viewer = viewer_with(request, LEAD, WATCH)
    context = {
        "tabs": tabs(viewer, "agents"),
        "agents": crew.list_agents(viewer),
        "groups": crew.list_groups(viewer),
        "may_lead": viewer.has_perm(LEAD),
        "reasons": [pair for pair in BreakReason.choices if pair[0]],
    }
    return render(request, "callcentre/agents.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def agent_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One agent to write; a new one without a number in the address."""
    viewer = viewer_with(request, LEAD)
    agent = crew.get_agent(viewer, pk=pk) if pk is not None else None
    form = AgentForm(request.POST or None, viewer=viewer, agent=agent)
    if request.method == "POST" and form.is_valid():
        spec = form.spec()
        saved = take(form, lambda: services.save_agent(viewer, spec=spec, agent_id=pk))
        if saved is not None:
            messages.success(request, _("已保存话务员“%s”") % saved)
            return redirect("callcentre:agents")
    context = {"form": form, "title": str(agent) if agent else _("登记话务员")}
    return render(request, "callcentre/edit.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def group_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """One group to write; a new one without a number in the address."""
    viewer = viewer_with(request, LEAD)
    group = crew.list_groups(viewer, LEAD).filter(pk=pk).first() if pk is not None else None
    if pk is not None and group is None:
        raise NotFound(_("没有这个话务组"))
    initial = {"name": group.name, "wrap_s": group.wrap_s, "ring_s": group.ring_s} if group else {}
    form = GroupForm(request.POST or None, initial=initial)
    tenant = group.tenant if group else viewer.tenant
    if request.method == "POST" and form.is_valid() and tenant is not None:
        given = form.cleaned_data
        if take(form, lambda: services.save_group(viewer, tenant=tenant, group_id=pk, **given)):
            messages.success(request, _("已保存话务组"))
            return redirect("callcentre:agents")
    context = {"form": form, "title": group.name if group else _("新建话务组")}
    return render(request, "callcentre/edit.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def ledger(request: HttpRequest) -> HttpResponse:
    """What agents did by day; an agent sees the own days."""
    viewer = viewer_with(request, LEAD, WATCH, TAKE)
    period = period_of(request, days="7")
    context = {
        "tabs": tabs(viewer, "ledger"),
        "days": crew.ledger(viewer, period=period, now=clock.now()),
        "period": period,
        "query": request.GET.urlencode(),
    }
    return render(request, "callcentre/ledger.html", context)


@login_required
@require_GET
def ledger_export(request: HttpRequest) -> HttpResponseBase:
    """The ledger as a sheet, in minutes."""
    viewer = viewer_with(request, LEAD, WATCH, TAKE)
    period = period_of(request, days="7")
    rows = crew.ledger(viewer, period=period, now=clock.now())
    audit.record(viewer, "callcentre.ledger_exported", data={"count": len(rows)})
    columns = [
        Column(_("日期"), lambda d: d.day, 12),
        Column(_("话务员"), lambda d: str(d.agent), 18),
        Column(_("接听通数"), lambda d: d.calls, 10),
        *(
            Column(_("%s（分）") % state.label, partial(_minutes, state), 14)
            for state in PresenceState
            if state != PresenceState.OFF
        ),
        Column(_("工时利用率"), lambda d: share(d.occupancy), 12),
    ]
    return xlsx_response(f"{_('座席状态台账')}-{clock.today():%Y%m%d}", columns, rows)


@login_required
@require_GET
def agent_day(request: HttpRequest, pk: int) -> HttpResponse:
    """The spans of one agent on a day."""
    viewer = viewer_with(request, LEAD, WATCH, TAKE)
    period = period_of(request, days="7")
    day = Period(period.last, period.last)
    spans = crew.spans_of(viewer, agent_id=pk, period=day)
    context = {
        "tabs": tabs(viewer, "ledger"),
        "spans": spans,
        "day": day.first,
        "agent": spans[0].agent if spans else None,
    }
    return render(request, "callcentre/agent_day.html", context)


@login_required
@require_POST
def agent_state(request: HttpRequest, pk: int) -> HttpResponse:
    """An agent, or the shift leader for one, says what the agent does now."""
    actor = actor_of(request)
    given = request.POST
    tell(
        request,
        lambda: services.declare(
            actor,
            agent_id=pk,
            kind=given.get("kind", ""),
            reason=given.get("reason", ""),
            place=given.get("place", ""),
        ),
        done=_("座席状态已更新"),
    )
    own = crew.find_agent_of(actor)
    is_own = own is not None and own.pk == pk
    return redirect("hotline:desk" if is_own else "callcentre:agents")


@login_required
@require_POST
def call_deed(request: HttpRequest, call_id: int, deed: str) -> HttpResponse:
    """An agent holds the call, asks a colleague, hands it on."""
    actor = viewer_with(request, TAKE)
    to = request.POST.get("to", "")
    to_id = int(to) if to.isascii() and to.isdigit() and len(to) < 19 else None
    tell(
        request,
        lambda: services.control(actor, call_id=call_id, deed=deed, to_id=to_id),
        done=_("已通知话务系统"),
    )
    return redirect("hotline:desk")


@login_required
@require_POST
def call_back(request: HttpRequest, call_id: int) -> HttpResponse:
    """An agent rings the caller of an earlier call."""
    actor = viewer_with(request, TAKE)
    tell(
        request,
        lambda: services.call_back(actor, call_id=call_id),
        done=_("正在回拨"),
    )
    return redirect("hotline:desk")


def _minutes(state: PresenceState, day: crew.DayOfAgent) -> float:
    return round(day.seconds[state] / 60, 1)
