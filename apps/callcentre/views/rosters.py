"""The week's plan with its need, shifts, and swaps."""

from collections import defaultdict
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.audit import services as audit
from apps.callcentre import services
from apps.callcentre.enums import SwapState
from apps.callcentre.forms import AimForm, AssignForm, ShiftForm, SwapForm
from apps.callcentre.models import DutySlot
from apps.callcentre.permissions import LEAD, TAKE, WATCH
from apps.callcentre.selectors import crew
from apps.callcentre.selectors import rosters as plans
from apps.callcentre.views._common import tabs, viewer_with
from apps.common import clock
from apps.common.errors import InvalidInput
from apps.common.exports import Column, xlsx_response
from apps.common.pages import paged, tell


@login_required
@require_GET
def roster(request: HttpRequest) -> HttpResponse:
    """A week: who sits when, what is needed, where somebody is missing."""
    viewer = viewer_with(request, LEAD, WATCH, TAKE)
    monday = _monday(request)
    slots = list(plans.week_slots(viewer, monday=monday))
    may_lead = viewer.has_perm(LEAD)
    context: dict[str, Any] = {
        "tabs": tabs(viewer, "roster"),
        "monday": monday,
        "days": [monday + timedelta(days=n) for n in range(7)],
        "rows": _rows(slots, monday),
        "before": monday - timedelta(days=7),
        "after": monday + timedelta(days=7),
        "may_lead": may_lead,
        "now": clock.now(),
        "query": f"week={monday}",
    }
    if may_lead or viewer.has_perm(WATCH):
        aim_form = AimForm(request.GET)
        expected = plans.forecast(viewer, monday=monday)
        context |= {
            "aim_form": aim_form,
            "aim": aim_form.aim(),
            "expected": expected,
            "staffing": plans.staffing(expected, slots, monday=monday, aim=aim_form.aim()),
            "shifts": plans.list_shifts(viewer),
        }
    if may_lead:
        context |= {
            "assign_form": AssignForm(viewer=viewer, monday=monday),
            "shift_form": ShiftForm(),
        }
    return render(request, "callcentre/roster.html", context)


@login_required
@require_GET
def roster_export(request: HttpRequest) -> HttpResponseBase:
    """The week as a sheet, one line a person."""
    viewer = viewer_with(request, LEAD, WATCH, TAKE)
    monday = _monday(request)
    rows = _rows(list(plans.week_slots(viewer, monday=monday)), monday)
    audit.record(viewer, "callcentre.roster_exported", data={"week": str(monday)})
    columns = [Column(_("话务员"), lambda row: str(row[0]), 18)]
    for nth in range(7):
        day = monday + timedelta(days=nth)
        columns.append(Column(f"{day:%m-%d}", partial(_told_day, nth), 22))
    return xlsx_response(f"{_('话务排班')}-{monday:%Y%m%d}", columns, rows)


@login_required
@require_POST
def roster_deed(request: HttpRequest, deed: str) -> HttpResponse:
    """The leader plans a duty, takes one off, copies a week or enters a shift."""
    leader = viewer_with(request, LEAD)
    monday = _monday(request)
    deeds = {"assign": _assign, "unassign": _unassign, "copy": _copy, "shift": _shift}
    if deed not in deeds:
        raise InvalidInput(_("没有这种排班操作"), field="deed")
    deeds[deed](request, leader, monday)
    return redirect(f"{reverse('callcentre:roster')}?week={monday}")


@login_required
@require_GET
def swap_list(request: HttpRequest) -> HttpResponse:
    """Requests to swap, and the form of an agent to ask for one."""
    viewer = viewer_with(request, LEAD, TAKE)
    own = crew.find_agent_of(viewer)
    context = paged(request, plans.list_swaps(viewer)) | {
        "tabs": tabs(viewer, "swaps"),
        "form": SwapForm(agent=own) if own is not None else None,
        "may_lead": viewer.has_perm(LEAD),
        "pending": SwapState.PENDING,
    }
    return render(request, "callcentre/swaps.html", context)


@login_required
@require_POST
def swap_ask(request: HttpRequest) -> HttpResponse:
    """An agent asks that a colleague sits instead."""
    actor = viewer_with(request, TAKE)
    form = SwapForm(request.POST, agent=crew.find_agent_of(actor))
    tell(request, lambda: services.ask_swap(actor, **_valid(form)), done=_("已提交换班申请"))
    return redirect("callcentre:swaps")


@login_required
@require_POST
def swap_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """The leader agrees or does not."""
    actor = actor_of(request)
    agrees = request.POST.get("agrees") == "1"
    tell(
        request,
        lambda: services.rule_swap(actor, swap_id=pk, agrees=agrees),
        done=_("已同意换班") if agrees else _("已退回换班申请"),
    )
    return redirect("callcentre:swaps")


def _assign(request: HttpRequest, leader: User, monday: date) -> None:
    form = AssignForm(request.POST, viewer=leader, monday=monday)

    def plan() -> None:
        given = _valid(form)
        for day in given["days"]:
            services.assign(
                leader,
                agent_id=given["agent"].pk,
                shift_id=given["shift"].pk,
                day=date.fromisoformat(day),
            )

    tell(request, plan, done=_("已排班"))


def _unassign(request: HttpRequest, leader: User, monday: date) -> None:
    slot = request.POST.get("slot", "")
    slot_id = int(slot) if slot.isascii() and slot.isdigit() and len(slot) < 19 else 0
    tell(request, lambda: services.unassign(leader, slot_id=slot_id), done=_("已撤销该班"))


def _copy(request: HttpRequest, leader: User, monday: date) -> None:
    tenant = leader.tenant
    if tenant is None:
        raise InvalidInput(_("您不属于任何单位"), field="target")
    source = monday - timedelta(days=7)
    tell(
        request,
        lambda: services.copy_week(leader, tenant=tenant, source=source, target=monday),
        done=lambda copied: (
            _("已复制上周：排入 %(made)d 班，冲突未排 %(clashed)d 班")
            % {"made": copied.made, "clashed": copied.clashed}
        ),
    )


def _shift(request: HttpRequest, leader: User, monday: date) -> None:
    form = ShiftForm(request.POST)
    tenant = leader.tenant
    if tenant is None:
        raise InvalidInput(_("您不属于任何单位"), field="name")
    tell(
        request,
        lambda: services.save_shift(leader, tenant=tenant, **_valid(form)),
        done=_("已保存班次"),
    )


def _valid(form: Any) -> dict[str, Any]:
    if not form.is_valid():
        field, problems = next(iter(form.errors.items()))
        label = form.fields[field].label if field in form.fields else ""
        raise InvalidInput(f"{label}：{problems[0]}", field=field)
    given: dict[str, Any] = form.cleaned_data
    return given


def _rows(slots: list[DutySlot], monday: date) -> list[tuple[Any, list[list[DutySlot]]]]:
    found: dict[Any, list[list[DutySlot]]] = defaultdict(lambda: [[] for _day in range(7)])
    for slot in slots:
        found[slot.agent][(slot.day - monday).days].append(slot)
    return list(found.items())


def _told_day(nth: int, row: tuple[Any, list[list[DutySlot]]]) -> str:
    return "、".join(str(slot.shift) for slot in row[1][nth])


def _monday(request: HttpRequest) -> date:
    asked = request.POST.get("week", "") or request.GET.get("week", "")
    try:
        day = date.fromisoformat(asked) if asked else clock.today()
    except ValueError as error:
        raise InvalidInput(_("日期不正确"), field="week") from error
    if not 2000 <= day.year <= 2200:
        raise InvalidInput(_("日期不正确"), field="week")
    return services.monday_of(day)
