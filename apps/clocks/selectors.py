"""Reads: which calendar, how much is left, why this deadline."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.clocks.engine import Limit, WorkCalendar
from apps.clocks.enums import ClockState, IntervalKind, LimitUnit
from apps.clocks.ledger import Projection, project
from apps.clocks.models import Calendar, CalendarRevision, Clock, ClockInterval
from apps.common import clock as city_clock
from apps.common.errors import Refused
from apps.common.memory import Memory
from apps.common.questions import Question
from apps.places.models import Area

DEFAULT_SOON = timedelta(days=1)
_newest: Memory[list[CalendarRevision]] = Memory(of=("clocks.Calendar", "clocks.CalendarRevision"))
_revisions: Memory[CalendarRevision] = Memory(of=("clocks.CalendarRevision",))
# Kept on a row in hand, for its next reader.
_JUST_READ, _AS_TEXT = "_just_read", "_snapshot_text"


# --- Calendars -----------------------------------------------------------------------


def calendar_for(area: Area | None) -> Calendar:
    """Will give the calendar of the area, else of its nearest ancestor, else the default.

    Raises: Refused (no calendar fits and there is no default).
    """
    path = [int(part) for part in area.path.split("/") if part] if area else []
    newest = _newest.get("", _read_newest)
    by_area = {r.calendar.area_id: r for r in newest if r.calendar.area_id is not None}
    found = next((by_area[pk] for pk in reversed(path) if pk in by_area), None)
    found = found or next((r for r in newest if r.calendar.is_default), None)
    if found is None:
        raise Refused(_("还没有设置默认工作日历，请先在“工作日历”中设置"), code="no_calendar")
    # Opening a clock asks for the revision next: it need not be read twice.
    found.calendar.__dict__[_JUST_READ] = found
    return found.calendar


def _read_newest() -> list[CalendarRevision]:
    """A city has a handful: one, and one for each area that keeps its own."""
    newest = CalendarRevision.objects.filter(number=F("calendar__revision"))
    return list(newest.select_related("calendar"))


def list_calendars() -> QuerySet[Calendar]:
    """Will give every calendar, the default first."""
    return Calendar.objects.select_related("area", "parent")


def get_revision(calendar: Calendar) -> CalendarRevision:
    """Will give the calendar as it stands now. Raises: Refused (nothing was published)."""
    just_read: CalendarRevision | None = calendar.__dict__.pop(_JUST_READ, None)
    if just_read is not None:
        return just_read
    found = CalendarRevision.objects.filter(calendar=calendar).order_by("-number").first()
    if found is None:
        raise Refused(_("工作日历“%s”还没有工作时段") % calendar.name, code="no_revision")
    return found


def revision(pk: int) -> CalendarRevision:
    """Will give a revision by its key; to be read only."""
    return _revisions.get(pk, lambda: CalendarRevision.objects.get(pk=pk))


def work_calendar(revision: CalendarRevision) -> WorkCalendar:
    """Will give the working time of a revision, ready to compute with; cached by content."""
    text: str | None = revision.__dict__.get(_AS_TEXT)
    if text is None:
        text = revision.__dict__[_AS_TEXT] = json.dumps(revision.snapshot, sort_keys=True)
    return _built(text)


@lru_cache(maxsize=64)
def _built(snapshot_text: str) -> WorkCalendar:
    snapshot = json.loads(snapshot_text)
    return WorkCalendar(
        weekly=snapshot["weekly"],
        days={date.fromisoformat(day): spans for day, spans in snapshot["days"].items()},
        zone=snapshot["zone"],
        day_rule=snapshot["day_rule"],
    )


# --- Clocks --------------------------------------------------------------------------


def get_clock(subject_type: str, subject_id: int, name: str) -> Clock | None:
    """Will give the newest clock of this name of the subject, or None."""
    found = Clock.objects.filter(subject_type=subject_type, subject_id=subject_id, name=name)
    return found.order_by("-id").first()


def clocks_of(subject_type: str, subject_ids: Iterable[int]) -> dict[int, list[Clock]]:
    """Will give the clocks of many subjects in one query, oldest first; none: an empty list."""
    ids = list(subject_ids)
    grouped: dict[int, list[Clock]] = {pk: [] for pk in ids}
    found = Clock.objects.filter(subject_type=subject_type, subject_id__in=ids)
    for clock in found.order_by("id"):
        grouped[clock.subject_id].append(clock)
    return grouped


def open_clocks(subject_type: str, subject_id: int) -> list[Clock]:
    """Will give the clocks of one subject that have not stopped, oldest first."""
    return _open_clocks(subject_type).all(subject_id)


@cache
def _open_clocks(subject_type: str) -> Question[Clock]:
    return Question(
        lambda subject: (
            Clock.objects.filter(subject_type=subject_type, subject_id=subject)
            .exclude(state=ClockState.STOPPED)
            .order_by("id")
        )
    )


def list_due_soon(subject_type: str, *, until: datetime) -> QuerySet[Clock]:
    """Will give the running clocks due by ``until``, overdue ones included, soonest first."""
    return Clock.objects.filter(
        subject_type=subject_type, state=ClockState.RUNNING, due_at__lte=until
    ).order_by("due_at")


def list_overdue(subject_type: str, *, at: datetime) -> QuerySet[Clock]:
    """Will give the running clocks whose deadline has passed at ``at``, the longest first."""
    return Clock.objects.filter(
        subject_type=subject_type, state=ClockState.RUNNING, due_at__lt=at
    ).order_by("due_at")


def projection_of(clock: Clock) -> Projection:
    """Will compute the clock's deadline anew from its ledger and its own calendar revision."""
    lines = [i.entry() for i in clock.intervals.filter(round=clock.round).order_by("sequence")]
    return project(lines, work_calendar(clock.calendar_revision))


# --- Words ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Remaining:
    """How a clock stands: a few words, and a level that chooses the colour.

    level: ok, soon, over, paused or done.
    """

    text: str
    level: str


def remaining_text(
    due_at: datetime | None,
    state: str,
    now: datetime,
    *,
    soon_at: datetime | None = None,
) -> Remaining:
    """Will put into words what is left until ``due_at``, by the wall clock.

    Pure: for lists that carry due_at and state themselves. soon_at: from when it counts as
    due soon (default: 24 hours before).
    """
    if state == ClockState.STOPPED or due_at is None:
        return Remaining(_("已结束"), "done")
    if state == ClockState.SUSPENDED:
        return Remaining(_("已暂停"), "paused")
    if now > due_at:
        return Remaining(_("超 %s") % duration_text(now - due_at), "over")
    soon = now >= (soon_at or due_at - DEFAULT_SOON)
    return Remaining(_("剩 %s") % duration_text(due_at - now), "soon" if soon else "ok")


def remaining(clock: Clock, at: datetime | None = None) -> Remaining:
    """Will put into words how the clock stands at ``at`` (default: now)."""
    moment = at or city_clock.now()
    if clock.state == ClockState.STOPPED:
        return Remaining(_("超时办结") if clock.breached_at else _("按时办结"), "done")
    return remaining_text(clock.due_at, clock.state, moment, soon_at=clock.soon_at)


def duration_text(length: timedelta) -> str:
    """Will write a length of time in its two largest units: "1 天 2 小时", "3 小时 20 分"."""
    minutes = int(length.total_seconds()) // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, _days), (hours, _hours)] if days else [(hours, _hours), (rest, _minutes)]
    words = [word(number) for number, word in parts if number]
    return " ".join(words) or _("不到 1 分")


def _days(n: int) -> str:
    return ngettext("%(n)d 天", "%(n)d 天", n) % {"n": n}


def _hours(n: int) -> str:
    return ngettext("%(n)d 小时", "%(n)d 小时", n) % {"n": n}


def _minutes(n: int) -> str:
    return ngettext("%(n)d 分", "%(n)d 分", n) % {"n": n}


def limit_text(limit: Limit) -> str:
    """Will write a limit: "5 个工作日"."""
    number = f"{Decimal(limit.amount).normalize():f}"
    return f"{number} {LimitUnit(limit.unit).label}"


def moment_text(at: datetime) -> str:
    """Will write a moment in the city's time: "11月20日 14:05"; with the year if not this one."""
    local = timezone.localtime(at)
    words = {"y": local.year, "m": local.month, "d": local.day, "t": f"{local:%H:%M}"}
    if local.year != city_clock.today().year:
        return _("%(y)s年%(m)s月%(d)s日 %(t)s") % words
    return _("%(m)s月%(d)s日 %(t)s") % words


def explain(clock: Clock) -> list[str]:
    """Will tell how the deadline came about, one sentence per line of the ledger."""
    lines = clock.intervals.select_related("calendar_revision__calendar").order_by("sequence")
    told = [sentence for line in lines if (sentence := _sentence(line))]
    return [*told, _ending(clock)]


def _sentence(line: ClockInterval) -> str:
    words = {
        "at": moment_text(line.from_at),
        "why": line.reason,
        "who": line.by_name,
        "due": moment_text(line.due_after),
        "calendar": line.calendar_revision.calendar.name,
        "n": line.calendar_revision.number,
        "limit": "" if line.amount is None else limit_text(Limit(line.amount, line.unit)),
    }
    if line.kind == IntervalKind.RUN and line.amount is not None:
        if line.round > 1:
            return _("%(at)s 重新开始计时：%(why)s，时限 %(limit)s（%(calendar)s）") % words
        return _("%(at)s 开始计时，时限 %(limit)s（%(calendar)s）") % words
    if line.kind == IntervalKind.RUN:
        return _("%(at)s 恢复计时，到期时间顺延至 %(due)s") % words
    if line.kind == IntervalKind.SUSPENDED:
        return _("%(at)s 挂起：%(why)s（%(who)s）") % words
    if line.kind == IntervalKind.EXTENDED:
        return _("%(at)s 延期 %(limit)s：%(why)s（%(who)s），到期时间改为 %(due)s") % words
    if line.kind == IntervalKind.RELIMITED:
        return _("%(at)s 时限改为 %(limit)s：%(why)s（%(who)s），到期时间改为 %(due)s") % words
    if line.kind == IntervalKind.RECOMPUTED:
        return _("%(at)s 按日历第 %(n)s 版重新计算：%(why)s（%(who)s），到期时间 %(due)s") % words
    if line.amount is not None:
        return _("%(at)s 加急，限 %(limit)s：%(why)s（%(who)s），到期时间改为 %(due)s") % words
    words["share"] = f"{(line.factor or Decimal(1)) * 100:.0f}%"
    return (
        _("%(at)s 加急，剩余时限缩至 %(share)s：%(why)s（%(who)s），到期时间改为 %(due)s") % words
    )


def _ending(clock: Clock) -> str:
    words = {"due": moment_text(clock.due_at)}
    if clock.state == ClockState.SUSPENDED:
        return _("计时已挂起；如现在恢复，剩余时限不变")
    if clock.state == ClockState.RUNNING or clock.stopped_at is None:
        return _("应于 %(due)s 前办结") % words
    words["at"] = moment_text(clock.stopped_at)
    if clock.breached_at:
        return _("%(at)s 停止计时，应于 %(due)s 前办结，已超时") % words
    return _("%(at)s 停止计时，应于 %(due)s 前办结，按时") % words
