"""Keeping calendars. Every edit publishes a new revision, whole and immutable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit.services import Actor, record
from apps.clocks.engine import Spans, format_spans, parse_spans
from apps.clocks.enums import DayCounting, DayKind
from apps.clocks.models import Calendar, CalendarDay, CalendarRevision, WorkingSpan
from apps.clocks.notice import NoticeDay
from apps.common import clock as city_clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.places.models import Area

OFFICE_HOURS: Spans = ((9 * 60, 12 * 60), (13 * 60 + 30, 17 * 60 + 30))
OFFICE_WEEK: tuple[Spans, ...] = (OFFICE_HOURS,) * 5 + ((), ())


@transaction.atomic
def create_calendar(
    actor: Actor,
    *,
    code: str,
    name: str,
    week: Sequence[Spans] = (),
    area: Area | None = None,
    parent: Calendar | None = None,
    is_default: bool = False,
    day_rule: str = DayCounting.END_OF_DAY,
) -> Calendar:
    """Will add a calendar. week: seven ``Spans``, Monday first; empty: as in ``parent``.

    Raises: Refused (the code is taken, the area has a calendar, or there is a default);
        InvalidInput (no working time at all).
    """
    taken = Calendar.objects.filter(code=code).exists()
    if taken or (area is not None and Calendar.objects.filter(area=area).exists()):
        raise Refused(_("该代码或区域已有工作日历"), code="calendar_taken")
    if is_default and Calendar.objects.filter(is_default=True).exists():
        raise Refused(_("已有默认工作日历"), code="calendar_taken")
    calendar = Calendar.objects.create(
        code=code, name=name, area=area, parent=parent, is_default=is_default, day_rule=day_rule
    )
    _write_week(calendar, week)
    publish(actor, calendar=calendar, reason=_("新建"))
    return calendar


def ensure_default_calendar(actor: Actor, *, name: str = "") -> Calendar:
    """Will give the default calendar, made with ordinary office hours if there is none."""
    found = Calendar.objects.filter(is_default=True).first()
    return found or create_calendar(
        actor, code="default", name=name or _("默认工作日历"), week=OFFICE_WEEK, is_default=True
    )


@transaction.atomic
def set_week(actor: Actor, *, calendar_id: int, week: Sequence[Spans], reason: str) -> Calendar:
    """Will replace the weekly working time. Raises: NotFound, InvalidInput."""
    calendar = _lock(calendar_id)
    _write_week(calendar, week)
    publish(actor, calendar=calendar, reason=reason)
    return calendar


@transaction.atomic
def set_day(actor: Actor, *, calendar_id: int, day: NoticeDay, reason: str) -> CalendarDay:
    """Will mark a date as holiday or make-up workday. Raises: NotFound, InvalidInput."""
    calendar = _lock(calendar_id)
    row = _write_day(calendar, day)
    publish(actor, calendar=calendar, reason=reason)
    return row


@transaction.atomic
def remove_day(actor: Actor, *, calendar_id: int, on: date, reason: str) -> None:
    """Will make a date like its weekday again. Raises: NotFound, InvalidInput."""
    calendar = _lock(calendar_id)
    deleted, _by_model = CalendarDay.objects.filter(calendar=calendar, on=on).delete()
    if not deleted:
        raise NotFound(_("这一天没有特别安排"))
    publish(actor, calendar=calendar, reason=reason)


@dataclass(frozen=True)
class DayChange:
    """What an import would do to one date. what: added, changed or same."""

    what: str
    day: NoticeDay
    before: CalendarDay | None


def preview_days(calendar: Calendar, days: Sequence[NoticeDay]) -> list[DayChange]:
    """Will tell what ``import_days`` would change; writes nothing."""
    known = {d.on: d for d in calendar.dated.filter(on__in=[day.on for day in days])}
    changes = []
    for day in days:
        before = known.get(day.on)
        same = before and (before.kind, before.name, before.spans) == (
            day.kind,
            day.name,
            day.spans,
        )
        what = "same" if same else "changed" if before else "added"
        changes.append(DayChange(what, day, before))
    return changes


@transaction.atomic
def import_days(
    actor: Actor, *, calendar_id: int, days: Sequence[NoticeDay], reason: str
) -> list[DayChange]:
    """Will take over the yearly notice: dates in it are added or replaced, others stay.

    One revision for the whole notice; none if nothing changes.
    Raises: NotFound; InvalidInput (no reason, nothing to import).
    Source: SL-03.
    """
    if not days:
        raise InvalidInput(_("文件中没有日期"), field="file")
    calendar = _lock(calendar_id)
    changes = preview_days(calendar, days)
    for change in changes:
        if change.what != "same":
            _write_day(calendar, change.day)
    if any(change.what != "same" for change in changes):
        publish(actor, calendar=calendar, reason=reason)
    return changes


@transaction.atomic
def publish(actor: Actor, *, calendar: Calendar, reason: str) -> CalendarRevision | None:
    """Will write the calendar's rows as a new revision, and those of calendars below it.

    Gives None when nothing differs from the last revision. Locks the calendar.
    Clocks that were opened before keep the revision they have.
    Raises: InvalidInput (no reason; no working time; a circle of parents).
    """
    if not reason.strip():
        raise InvalidInput(_("请填写原因"), field="reason")
    calendar = _lock(calendar.pk)
    snapshot = snapshot_of(calendar)
    last = calendar.revisions.order_by("-number").first()
    made = None
    if last is None or last.snapshot != snapshot:
        made = CalendarRevision.objects.create(
            calendar=calendar,
            number=calendar.revision + 1,
            snapshot=snapshot,
            reason=reason.strip()[:200],
            by_id=actor.pk,
            by_name=actor.display_name[:100],
            created_at=city_clock.now(),
        )
        calendar.revision = made.number
        calendar.save(update_fields=["revision"])
        record(
            actor,
            "calendar.published",
            object_type="clocks.calendar",
            object_id=calendar.pk,
            object_label=calendar.name,
            data={"revision": made.number, "reason": reason},
        )
    for child in calendar.children.order_by("pk"):
        publish(actor, calendar=child, reason=reason)
    return made


def snapshot_of(calendar: Calendar) -> dict[str, Any]:
    """Will resolve a calendar with its parents into plain values.

    {"zone", "day_rule", "weekly": seven lists of [from, to] in minutes, Monday first,
    "days": {"2026-10-01": list of [from, to]}}; a holiday has an empty list.
    """
    chain = _with_parents(calendar)
    weekly = next((week for c in chain if any(week := _week_of(c))), None)
    if weekly is None:
        raise InvalidInput(_("请至少设置一个工作时段"), field="week")
    ordinary = next(spans for spans in weekly if spans)
    days: dict[str, list[list[int]]] = {}
    for each in reversed(chain):
        for day in each.dated.all():
            own = parse_spans(day.spans) or ordinary
            working = own if day.kind == DayKind.MAKEUP else ()
            days[day.on.isoformat()] = [list(span) for span in working]
    return {
        "zone": calendar.zone,
        "day_rule": calendar.day_rule,
        "weekly": [[list(span) for span in spans] for spans in weekly],
        "days": dict(sorted(days.items())),
    }


def _with_parents(calendar: Calendar) -> list[Calendar]:
    chain = [calendar]
    while (parent := chain[-1].parent) is not None:
        if parent in chain:
            raise InvalidInput(_("上级日历不能是自己或下级"), field="parent")
        chain.append(parent)
    return chain


def _week_of(calendar: Calendar) -> list[Spans]:
    by_day: Mapping[int, list[tuple[int, int]]] = {weekday: [] for weekday in range(7)}
    for span in calendar.spans.all():
        by_day[span.weekday].append((span.start_minute, span.end_minute))
    return [tuple(sorted(by_day[weekday])) for weekday in range(7)]


def _write_week(calendar: Calendar, week: Sequence[Spans]) -> None:
    calendar.spans.all().delete()
    try:
        checked = [parse_spans(format_spans(spans)) for spans in week]
    except ValueError as error:
        raise InvalidInput(_("工作时段不能重叠，且须在一天之内"), field="week") from error
    WorkingSpan.objects.bulk_create(
        WorkingSpan(calendar=calendar, weekday=weekday, start_minute=start, end_minute=end)
        for weekday, spans in enumerate(checked)
        for start, end in spans
    )


def _write_day(calendar: Calendar, day: NoticeDay) -> CalendarDay:
    row, _created = CalendarDay.objects.update_or_create(
        calendar=calendar,
        on=day.on,
        defaults={"kind": day.kind, "name": day.name, "spans": day.spans},
    )
    return row


def _lock(calendar_id: int) -> Calendar:
    try:
        return Calendar.objects.select_for_update().get(pk=calendar_id)
    except Calendar.DoesNotExist as error:
        raise NotFound(_("没有这个工作日历")) from error
