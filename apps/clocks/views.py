"""The calendar pages: a year at a glance, the calculator, edits, the yearly notice."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.clocks import registry, selectors, services
from apps.clocks.engine import NoWorkingTime, WorkCalendar, format_spans
from apps.clocks.forms import CalculatorForm, DayForm, FollowForm, NoticeForm, WeekForm
from apps.clocks.models import Calendar
from apps.clocks.notice import read_notice
from apps.clocks.permissions import EDIT
from apps.clocks.year import months_of
from apps.common import clock
from apps.common.errors import DomainError

FIRST_YEAR, LAST_YEAR = 2000, 2100
SHOWN_MOVES = 200
may_edit = permission_required(EDIT, raise_exception=True)


@login_required
@require_GET
def calendar_list(request: HttpRequest) -> HttpResponse:
    """The default calendar, or an empty page that says how to begin."""
    first = selectors.list_calendars().first()
    if first is None:
        return render(request, "clocks/calendar_empty.html", {"may_edit": _may_edit(request)})
    return redirect("clocks:calendar-detail", pk=first.pk)


@login_required
@may_edit
@require_POST
def calendar_start(request: HttpRequest) -> HttpResponse:
    calendar = services.ensure_default_calendar(request.user)  # type: ignore[arg-type]
    return redirect("clocks:calendar-detail", pk=calendar.pk)


@login_required
@require_GET
def calendar_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One year of a calendar; the calculator answers in the same page."""
    return _page(request, _calendar(pk))


@login_required
@may_edit
@require_POST
def day_set(request: HttpRequest, pk: int) -> HttpResponse:
    calendar, form = _calendar(pk), DayForm(request.POST)
    if form.is_valid():
        try:
            _set_day(request, calendar, form)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("已保存；已经开始的计时不受影响"))
            return redirect(f"{request.path.removesuffix('day/')}?year={form.day.on.year}")
    return _page(request, calendar, day_form=form)


@login_required
@may_edit
@require_POST
def week_set(request: HttpRequest, pk: int) -> HttpResponse:
    calendar, form = _calendar(pk), WeekForm(request.POST)
    if form.is_valid():
        try:
            services.set_week(
                request.user,  # type: ignore[arg-type]
                calendar_id=pk,
                week=form.week,
                reason=form.cleaned_data["reason"],
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("已保存；已经开始的计时不受影响"))
            return redirect("clocks:calendar-detail", pk=pk)
    return _page(request, calendar, week_form=form)


@login_required
@may_edit
def calendar_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Upload, look at what would change, confirm."""
    calendar = _calendar(pk)
    context: dict[str, Any] = {"calendar": calendar, "form": NoticeForm()}
    if request.method == "POST":
        form = context["form"] = NoticeForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                days = read_notice(form.cleaned_data["text"])
                context["changes"] = services.preview_days(calendar, days)
                context["text"] = form.cleaned_data["text"]
                if "confirm" in request.POST:
                    services.import_days(
                        request.user,  # type: ignore[arg-type]
                        calendar_id=pk,
                        days=days,
                        reason=form.cleaned_data["reason"],
                    )
                    messages.success(request, _("已导入 %d 天的安排") % len(days))
                    return redirect("clocks:calendar-detail", pk=pk)
            except DomainError as refusal:
                for told in refusal.data.get("problems", [str(refusal)]):
                    form.add_error("file", told)
    return render(request, "clocks/calendar_import.html", context)


@login_required
@may_edit
def calendar_running(request: HttpRequest, pk: int) -> HttpResponse:
    """The running deadlines an edit would move; the officer moves those chosen, with a reason."""
    calendar = _calendar(pk)
    form = FollowForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            outcomes = services.follow_calendar(
                request.user,  # type: ignore[arg-type]
                calendar=calendar,
                clock_ids=form.chosen(request.POST.getlist("clocks")),
                reason=form.cleaned_data["reason"],
            )
        except DomainError as refusal:
            form.add_error("reason" if refusal.field == "reason" else None, str(refusal))
        else:
            failed = [o for o in outcomes if o.error]
            messages.success(request, _("已重新计算%d个时限") % (len(outcomes) - len(failed)))
            for outcome in failed[:10]:
                messages.error(request, f"{outcome.clock}：{outcome.error}")
            return redirect("clocks:calendar-running", pk=pk)
    found = services.preview_following(calendar)
    context = {
        "calendar": calendar,
        "revision": selectors.get_revision(calendar),
        "form": form,
        "total": len(found),
        "rows": _described(found[:SHOWN_MOVES]),
        "shown": SHOWN_MOVES,
    }
    return render(request, "clocks/calendar_running.html", context)


def _described(found: list[services.Following]) -> list[dict[str, Any]]:
    by_type: dict[str, list[int]] = {}
    for each in found:
        by_type.setdefault(each.clock.subject_type, []).append(each.clock.subject_id)
    words: dict[tuple[str, int], tuple[str, str]] = {}
    for subject_type, ids in by_type.items():
        known = registry.find(subject_type)
        if known is not None and known.describe is not None:
            words |= {(subject_type, pk): told for pk, told in known.describe(ids).items()}
    rows = []
    for each in found:
        clock = each.clock
        label, url = words.get((clock.subject_type, clock.subject_id), (str(clock.subject_id), ""))
        length = selectors.duration_text(abs(each.moves_by))
        rows.append(
            {"following": each, "label": label, "url": url, "length": length}
            | {"is_earlier": each.due_after < clock.due_at}
        )
    return rows


def _page(
    request: HttpRequest,
    calendar: Calendar,
    *,
    day_form: DayForm | None = None,
    week_form: WeekForm | None = None,
) -> HttpResponse:
    year = _year(request)
    revision = selectors.get_revision(calendar)
    working = selectors.work_calendar(revision)
    asked = "amount" in request.GET
    calculator = CalculatorForm(request.GET) if asked else CalculatorForm.blank()
    context = {
        "calendar": calendar,
        "calendars": selectors.list_calendars(),
        "revision": revision,
        "year": year,
        "months": months_of(calendar, working, year),
        "weekly": [format_spans(spans) for spans in working.weekly],
        "calculator": calculator,
        "answer": _answer(calculator, working) if asked else "",
        "may_edit": _may_edit(request),
        "day_form": day_form or DayForm.about(calendar, request.GET.get("on", "")),
        "week_form": week_form or _week_form(working),
    }
    return render(request, "clocks/calendar_detail.html", context)


def _answer(form: CalculatorForm, working: WorkCalendar) -> str:
    if not form.is_valid():
        return ""
    try:
        due_at = working.add(form.cleaned_data["start"], form.limit)
    except NoWorkingTime:
        form.add_error(None, _("工作日历中没有足够的工作时间"))
    except ValueError:
        form.add_error("amount", _("按此日历，天数须为整数"))
    else:
        return _("应于 %s 前办结") % selectors.moment_text(due_at)
    return ""


def _set_day(request: HttpRequest, calendar: Calendar, form: DayForm) -> None:
    actor, reason = request.user, form.cleaned_data["reason"]
    if form.cleaned_data["kind"]:
        services.set_day(actor, calendar_id=calendar.pk, day=form.day, reason=reason)  # type: ignore[arg-type]
    else:
        services.remove_day(actor, calendar_id=calendar.pk, on=form.day.on, reason=reason)  # type: ignore[arg-type]


def _week_form(working: WorkCalendar) -> WeekForm:
    return WeekForm(
        initial={f"day{n}": format_spans(spans) for n, spans in enumerate(working.weekly)}
    )


def _calendar(pk: int) -> Calendar:
    return get_object_or_404(selectors.list_calendars(), pk=pk)


def _may_edit(request: HttpRequest) -> bool:
    return request.user.has_perm(EDIT)


def _year(request: HttpRequest) -> int:
    given = request.GET.get("year", "")
    year = int(given) if given.isdecimal() and len(given) == 4 else clock.today().year
    return min(max(year, FIRST_YEAR), LAST_YEAR)
