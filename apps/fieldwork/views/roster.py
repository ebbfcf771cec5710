"""Rosters, shifts and leave."""

from datetime import date, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.signed_in import actor_of
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput
from apps.common.pages import paged, put_into, status_of, tell
from apps.fieldwork import permissions
from apps.fieldwork.enums import WEEKDAYS, LeaveState
from apps.fieldwork.forms import LeaveForm, ShiftForm
from apps.fieldwork.models import Leave, Shift
from apps.fieldwork.selectors.roster import (
    RosterRow,
    list_leaves,
    shifts_for,
    units_led,
    week_of,
)
from apps.fieldwork.selectors.workers import worker_of
from apps.fieldwork.services import leave as leaves
from apps.fieldwork.services import roster as services
from apps.fieldwork.views._common import require_any, roster_tabs


@login_required
@require_http_methods(["GET", "POST"])
def roster(request: HttpRequest) -> HttpResponse:
    """The week of a unit as a table of choices; what was changed is saved together."""
    viewer = require_any(request)
    monday, unit_id = _monday_of(request.GET.get("week", "")), _unit_of(request)
    rows = week_of(viewer, monday, unit_id=unit_id)
    shifts = list(shifts_for(viewer))
    here = f"{reverse('fieldwork:roster')}?week={monday.isoformat()}&unit={unit_id or ''}"
    if request.method == "POST":
        tell(
            request,
            lambda: services.set_days(viewer, changes=_changes(request, rows, shifts)),
            done=lambda count: _("已保存 %(count)d 处排班") % {"count": count},
        )
        return redirect(here)
    context = {
        "rows": rows,
        "shifts": shifts,
        "days": [(monday + timedelta(days=n), WEEKDAYS[n][1]) for n in range(7)],
        "today": clock.today(),
        "monday": monday,
        "previous": monday - timedelta(days=7),
        "next": monday + timedelta(days=7),
        "units": units_led(viewer, *permissions.READERS),
        "unit_id": unit_id,
        "may_lead": viewer.has_perm(permissions.LEAD),
        "tabs": roster_tabs("roster"),
    }
    return render(request, "fieldwork/roster.html", context)


def _monday_of(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = clock.today()
    return day - timedelta(days=day.isoweekday() - 1)


def _unit_of(request: HttpRequest) -> int | None:
    text = request.GET.get("unit", "")
    return int(text) if text.isdecimal() and len(text) < 12 else None


def _changes(
    request: HttpRequest, rows: list[RosterRow], shifts: list[Shift]
) -> list[tuple[int, date, Shift | None]]:
    """The days whose choice differs from what stands; "" leaves a day alone."""
    known = {str(shift.pk): shift for shift in shifts}
    found: list[tuple[int, date, Shift | None]] = []
    for row in rows:
        for cell in row.cells:
            said = request.POST.get(f"d-{row.worker.pk}-{cell.day.isoformat()}", "")
            stands = str(cell.duty.shift_id or "rest") if cell.duty is not None else ""
            if said in ("", stands):
                continue
            if said != "rest" and said not in known:
                raise InvalidInput(_("该班次不可用"), field="shift")
            found.append((row.worker.pk, cell.day, known.get(said)))
    if not found:
        raise InvalidInput(_("排班没有改动"), field="shift")
    return found


@login_required
@require_http_methods(["GET", "POST"])
def shift_list(request: HttpRequest) -> HttpResponse:
    """The shifts of the viewer's units; a leader adds one here."""
    viewer = require_any(request)
    may_lead = viewer.has_perm(permissions.LEAD)
    form = ShiftForm(request.POST or None, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_shift(viewer, unit=form.cleaned_data["unit"], new=form.new)
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("班次已保存"))
            return redirect("fieldwork:shift-list")
    context = {
        "shifts": shifts_for(viewer, active=False),
        "weekdays": dict(WEEKDAYS),
        "form": form,
        "may_lead": may_lead,
        "tabs": roster_tabs("shift-list"),
    }
    return render(request, "fieldwork/shift_list.html", context, status=status_of(form))


@login_required
@permission_required(permissions.LEAD, raise_exception=True)
@require_POST
def shift_switch(request: HttpRequest, shift_id: int) -> HttpResponse:
    """Stops offering a shift, or offers it again."""
    actor = actor_of(request)
    tell(
        request,
        lambda: services.switch_shift(actor, shift_id=shift_id),
        done=_("班次已更新"),
    )
    return redirect("fieldwork:shift-list")


@login_required
@require_http_methods(["GET", "POST"])
def leave_list(request: HttpRequest) -> HttpResponse:
    """Leave: one's own, and what a leader has to rule on."""
    viewer = require_any(request, permissions.WORK, permissions.LEAD)
    own = worker_of(viewer)
    form = LeaveForm(request.POST or None, viewer=viewer, own=own)
    if request.method == "POST" and form.is_valid():
        try:
            leaves.file_leave(viewer, worker_id=form.cleaned_data["worker"].pk, new=form.new)
        except DomainError as error:
            put_into(form, error)
        else:
            messages.success(request, _("请假已提交，等待审批"))
            return redirect("fieldwork:leave-list")
    context = paged(request, list_leaves(viewer))
    context["rows"] = [
        (row, _may_rule(viewer, row), _may_withdraw(viewer, row)) for row in context["rows"]
    ]
    tabs = roster_tabs("leave-list") if viewer.has_perm(permissions.LEAD) else []
    context |= {"form": form, "tabs": tabs}
    return render(request, "fieldwork/leave_list.html", context, status=status_of(form))


def _may_rule(viewer: User, row: Leave) -> bool:
    return row.state == LeaveState.FILED and permissions.can_rule(viewer, row)


def _may_withdraw(viewer: User, row: Leave) -> bool:
    is_open = row.state == LeaveState.FILED or (
        row.state == LeaveState.APPROVED and row.from_on > clock.today()
    )
    return is_open and (row.worker.user_id == viewer.pk or permissions.can_lead(viewer, row.worker))


@login_required
@require_POST
def leave_rule(request: HttpRequest, leave_id: int) -> HttpResponse:
    """Says yes or no."""
    actor = actor_of(request)
    is_approved = request.POST.get("ruling") == "approve"
    note = request.POST.get("note", "")
    tell(
        request,
        lambda: leaves.rule_leave(actor, leave_id=leave_id, is_approved=is_approved, note=note),
        done=_("请假已批准") if is_approved else _("请假未批准，已告知本人"),
    )
    return redirect("fieldwork:leave-list")


@login_required
@require_POST
def leave_withdraw(request: HttpRequest, leave_id: int) -> HttpResponse:
    """Takes a leave back."""
    actor = actor_of(request)
    tell(
        request,
        lambda: leaves.withdraw_leave(actor, leave_id=leave_id),
        done=_("请假已撤回"),
    )
    return redirect("fieldwork:leave-list")
