"""The calendar pages: a year at a glance, the calculator, edits, the yearly notice."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.clocks import selectors, services
from apps.clocks.engine import NoWorkingTime, WorkCalendar, format_spans
from apps.clocks.forms import CalculatorForm, DayForm, NoticeForm, WeekForm
from apps.clocks.models import Calendar
from apps.clocks.notice import read_notice
from apps.clocks.year import months_of
from apps.common import clock
from apps.common.errors import DomainError

FIRST_YEAR, LAST_YEAR = 2000, 2100
EDIT = "clocks.edit_calendars"
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
            messages.success(request, _("已保存;已经开始的计时不受影响"))
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
            messages.success(request, _("已保存;已经开始的计时不受影响"))
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
                form.add_error("file", str(refusal))
    return render(request, "clocks/calendar_import.html", context)


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
        form.add_error("amount", _("按此日历,天数须为整数"))
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
