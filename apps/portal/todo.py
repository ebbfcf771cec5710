"""What waits for one person: to do, to read, under oversight, warnings (PT-05)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.approvals import selectors as approvals
from apps.accounts.approvals.registry import get_act
from apps.accounts.models import User
from apps.alarms.permissions import HANDLE as HANDLE_ALARMS
from apps.alarms.selectors import list_waiting
from apps.common import clock
from apps.common.paging import CappedCount
from apps.common.phrases import labelled
from apps.matters.models import Case
from apps.matters.selectors import (
    Queue,
    Tab,
    count_tabs,
    list_queue,
    queues_for,
)
from apps.notices.models import Notice
from apps.notices.selectors import list_notices, unread_count

SHOWN = 6
WARNING_TABS = ("late", "soon")
# The piles that wait for the viewer's own deed; they never overlap, so their sum is true.
WORK = {
    "intake": ("waiting",),
    "routing": ("waiting", "returns", "extensions"),
    "unit": ("waiting", "running"),
    "callback": ("waiting",),
}


@dataclass(frozen=True)
class Duty:
    """One line of the page."""

    title: str
    url: str
    text: str = ""
    due_at: datetime | None = None
    is_paused: bool = False
    at: datetime | None = None


@dataclass(frozen=True)
class DutySection:
    """A section: ``count`` of all there are, ``duties`` the first of them."""

    code: str
    label: str
    icon: str
    count: object
    duties: list[Duty]
    url: str
    level: str
    empty: str


@dataclass(frozen=True)
class Pile:
    """One pile of one queue of the viewer, with its address."""

    queue: Queue
    tab: Tab
    count: CappedCount

    @property
    def url(self) -> str:
        return f"{reverse('matters:queue', args=[self.queue.code])}?tab={self.tab.code}"


@dataclass(frozen=True)
class Todo:
    """The page: the sections, and the piles behind the first figures."""

    sections: list[DutySection]
    piles: list[Pile]


def todo_for(viewer: User) -> Todo:
    """Will gather what waits for the viewer; each list at most six rows, counts capped."""
    piles = [
        Pile(queue, tab, counts[tab.code])
        for queue in queues_for(viewer)
        for counts in [count_tabs(viewer, queue)]
        for tab in queue.tabs
        if tab.code in counts
    ]
    to_do = [p for p in piles if p.tab.code in WORK.get(p.queue.code, ())]
    watched = [p for p in piles if p.queue.code == "oversight" and p.tab.code == "ordered"]
    # Who oversees is warned of all lateness, everybody else of that in their own work.
    late = [p for p in piles if p.tab.code in WARNING_TABS]
    warned = [p for p in late if p.queue.code == "oversight"] or late
    sections = [
        _section(viewer, "todo", _("待办"), "list-check", "action", to_do),
        _alarms(viewer),
        _to_check(viewer),
        _unread(viewer),
        _section(viewer, "oversight", _("督办"), "flag", "soon", watched),
        _section(viewer, "warning", _("预警"), "alert-triangle", "over", warned),
    ]
    return Todo([s for s in sections if s is not None], to_do + warned)


def _section(
    viewer: User, code: str, label: str, icon: str, level: str, piles: list[Pile]
) -> DutySection | None:
    if not piles:
        return None
    found = [case for p in piles if p.count.value for case in _first(viewer, p)]
    nearest = sorted({c.pk: c for c in found}.values(), key=_urgency)[:SHOWN]
    total = CappedCount(sum(p.count.value for p in piles))
    fullest = max(piles, key=lambda p: p.count.value)
    empties = {
        "todo": _("没有等您办理的案件。新案件到达时会在这里出现，并由铃铛提醒。"),
        "oversight": _("没有督办、催办中的案件。"),
        "warning": _("没有超期或即将到期的案件。"),
    }
    return DutySection(
        code=code,
        label=label,
        icon=icon,
        count=total,
        duties=list(_duties(nearest)),
        url=fullest.url,
        level=level if total.value else "",
        empty=empties[code],
    )


def _first(viewer: User, pile: Pile) -> Iterable[Case]:
    return list_queue(viewer, pile.queue, pile.tab)[:SHOWN]


def _urgency(case: Case) -> tuple[bool, datetime, int]:
    return (case.due_at is None, case.due_at or clock.now(), case.pk)


def _duties(cases: Iterable[Case]) -> Iterable[Duty]:
    for case in cases:
        place = case.class_label or case.matter_type.name
        yield Duty(
            title=case.title,
            url=reverse("matters:case-detail", args=[case.pk]),
            text=" · ".join([case.number, place, case.area.name]),
            due_at=case.due_at,
            is_paused=case.clock_paused,
        )


def _alarms(viewer: User) -> DutySection | None:
    """Alarms that are the viewer's own or that nobody has answered. Shown to who handles some."""
    if not viewer.has_perm(HANDLE_ALARMS):
        return None
    waiting = list_waiting(viewer)
    return DutySection(
        code="alarms",
        label=_("告警"),
        icon="alarm",
        count=waiting.count(),
        duties=[
            Duty(
                title=f"{alarm.about} · {alarm.title}",
                url=reverse("alarms:alarm-detail", args=[alarm.pk]),
                text=alarm.sentence,
                at=alarm.raised_at,
            )
            for alarm in waiting[:SHOWN]
        ],
        url=reverse("alarms:alarm-list"),
        level="over" if waiting.exists() else "",
        empty=_("没有等您处理的告警。"),
    )


def _to_check(viewer: User) -> DutySection | None:
    """Changes that need a second person: the viewer. Shown to nobody who has none."""
    waiting = approvals.waiting_for(viewer)
    count = approvals.count_waiting(viewer)
    if not count:
        return None
    duties = [
        Duty(
            title=labelled(get_act(change.act).label, change.subject_label),
            url=reverse("accounts:approval-detail", args=[change.pk]),
            text=change.reason,
            due_at=change.expires_at,
        )
        for change in waiting[:SHOWN]
    ]
    return DutySection(
        code="approvals",
        label=_("双人复核"),
        icon="checks",
        count=count,
        duties=duties,
        url=reverse("accounts:approval-list"),
        level="action",
        empty="",
    )


def _unread(viewer: User) -> DutySection:
    def duty(notice: Notice) -> Duty:
        address = reverse("notices:notice-open", args=[notice.pk])
        return Duty(title=notice.title, url=address, text=notice.body, at=notice.created_at)

    return DutySection(
        code="unread",
        label=_("待阅"),
        icon="bell",
        count=unread_count(viewer),
        duties=[duty(n) for n in list_notices(viewer, unread=True)[:SHOWN]],
        url=reverse("notices:notice-list"),
        level="",
        empty=_("没有未读的消息。"),
    )
