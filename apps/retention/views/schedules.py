"""Versions of the schedule: the list, one with what it would do now, the draft, the deeds."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.signed_in import actor_of
from apps.common import clock
from apps.common.pages import paged, status_of, take, tell
from apps.retention import permissions, selectors, services
from apps.retention.enums import ScheduleState
from apps.retention.forms import (
    LineFormSet,
    NoteForm,
    ReasonForm,
    initial_lines,
    matter_choices,
    specs_of,
)
from apps.retention.views._common import reader_of, tabs, tenant_with


@login_required
@require_GET
def schedule_list(request: HttpRequest) -> HttpResponse:
    """Every version, the newest first."""
    person = reader_of(request)
    context = paged(request, selectors.list_schedules(person).prefetch_related("lines")) | {
        "tabs": tabs("schedule-list"),
        "may_draft": person.has_perm(permissions.DRAFT),
    }
    return render(request, "retention/schedule_list.html", context)


@login_required
@require_GET
def schedule_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One version, and what a pass under it would do now (dry run); changes nothing."""
    person = reader_of(request)
    schedule = selectors.get_schedule(person, pk)
    found = selectors.preview(schedule, clock.now())
    may_agree = permissions.can(person, permissions.AGREE, schedule.tenant_id)
    matters = dict(matter_choices())
    lines = [
        (line, matters.get(line.matter, line.matter), found.due[line.position])
        for line in schedule.lines.all()
    ]
    context = {
        "schedule": schedule,
        "lines": lines,
        "preview": found,
        "may_draft": permissions.can(person, permissions.DRAFT, schedule.tenant_id),
        "may_agree": may_agree and schedule.author_id != person.pk,
        "may_withdraw": may_agree and schedule.state == ScheduleState.IN_FORCE,
        "reason_form": ReasonForm(),
    }
    return render(request, "retention/schedule_detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def schedule_edit(request: HttpRequest) -> HttpResponse:
    """The version in hand, or the next one beginning with the lines of the one in force."""
    person = actor_of(request)
    tenant = tenant_with(person, permissions.DRAFT)
    mine = selectors.list_schedules(person).filter(tenant=tenant)
    draft = mine.filter(state=ScheduleState.DRAFT).first()
    base = draft or mine.filter(state=ScheduleState.IN_FORCE).first()
    form = NoteForm(request.POST or None, initial={"note": draft.note if draft else ""})
    lines = LineFormSet(request.POST or None, initial=initial_lines(base), prefix="lines")
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        saved = take(
            form,
            lambda: services.save_draft(
                person, tenant=tenant, note=form.cleaned_data["note"], lines=specs_of(lines)
            ),
        )
        if saved is not None:
            messages.success(request, _("已保存草稿 %s") % saved)
            return redirect("retention:schedule-detail", pk=saved.pk)
    context = {"form": form, "lines": lines, "draft": draft}
    status = 422 if lines.is_bound and not lines.is_valid() else status_of(form)
    return render(request, "retention/schedule_edit.html", context, status=status)


@login_required
@require_POST
def schedule_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    """Submits, agrees, sends back or ends a version."""
    person = actor_of(request)
    reason = request.POST.get("reason", "")
    deeds = {
        "submit": (lambda: services.submit(person, schedule_id=pk), _("已提交复核")),
        "agree": (lambda: services.agree(person, schedule_id=pk), _("已复核，开始执行")),
        "send-back": (
            lambda: services.send_back(person, schedule_id=pk, reason=reason),
            _("已退回起草人"),
        ),
        "withdraw": (lambda: services.withdraw(person, schedule_id=pk), _("已停用")),
    }
    if deed not in deeds:
        raise Http404
    do, done = deeds[deed]
    tell(request, do, done=done)
    return redirect("retention:schedule-detail", pk=pk)
