"""What an alarm may come from, each guess with the evidence it rests on. Source: AL-05.

A guess is a count over alarms, dependencies and announced work that anybody can look up again;
nothing is learned and nothing is decided by it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.alarms.enums import DependencyKind, Outcome, Source
from apps.alarms.models import Alarm, Dependency
from apps.alarms.registry import kind_label
from apps.alarms.selectors.alarms import SIMILAR_WITHIN, visible_alarms

MOST = 4
#: Alarms that began so near one another have one cause more often than not.
TOGETHER = timedelta(minutes=10)
_BESIDE = 2  # other children of one parent
_AROUND = 3  # other alarms of the kind in the district
_SAME_HOUR = 3  # of the last thirty days
_PAST = 2  # with the same outcome


@dataclass(frozen=True)
class Cause:
    """One guess. text: the cause; evidence: what speaks for it; alarms: to look at, at most 10."""

    text: str
    evidence: str
    alarms: tuple[Alarm, ...] = ()


def probable_causes(viewer: User, alarm: Alarm) -> list[Cause]:
    """Will give up to four guesses, those nearest to the thing first; none where nothing speaks.

    Only alarms the viewer may see are counted.
    """
    guesses = (_announced, _parents, _siblings, _its_own_data, _around, _same_hour, _as_before)
    found = (cause for guess in guesses for cause in guess(viewer, alarm))
    return [cause for cause, _number in zip(found, range(MOST), strict=False)]


def _announced(viewer: User, alarm: Alarm) -> Iterator[Cause]:
    if alarm.silence is not None:
        yield Cause(_("已登记的作业或维护"), str(alarm.silence))


def _parents(viewer: User, alarm: Alarm) -> Iterator[Cause]:
    """A thing it hangs on is out."""
    for link in _links(child_id=alarm.asset_id) if alarm.asset_id else ():
        out = (
            visible_alarms(viewer)
            .filter(asset_id=link.parent_id, is_outage=True)
            .filter(Q(ended_at__isnull=True) | Q(ended_at__gte=alarm.raised_at))
            .filter(raised_at__lte=alarm.raised_at + TOGETHER)
            .first()
        )
        if out is not None:
            yield Cause(
                _("%(kind)s中断：%(parent)s")
                % {"kind": DependencyKind(link.kind).label, "parent": link.parent.name},
                _("其%(kind)s来自该对象，该对象 %(at)s 起失联")
                % {"kind": DependencyKind(link.kind).label, "at": _moment(out)},
                (out,),
            )


def _siblings(viewer: User, alarm: Alarm) -> Iterator[Cause]:
    """Others on the same parent fell out with it, and the parent itself says nothing."""
    if not alarm.is_outage or alarm.asset_id is None:
        return
    for link in _links(child_id=alarm.asset_id):
        others = Dependency.objects.filter(parent_id=link.parent_id, kind=link.kind)
        children = others.exclude(child_id=alarm.asset_id).values("child_id")
        fallen = _together(viewer, alarm).filter(is_outage=True, asset_id__in=children)
        shown = tuple(fallen[:10])
        if len(shown) >= _BESIDE and not fallen.filter(inhibited_by__isnull=False).exists():
            yield Cause(
                _("%(parent)s的%(kind)s故障")
                % {"kind": DependencyKind(link.kind).label, "parent": link.parent.name},
                _("同一上级对象下另有 %(n)d 个对象在前后10分钟内失联，上级对象本身没有告警")
                % {"n": fallen.count()},
                shown,
            )


def _its_own_data(viewer: User, alarm: Alarm) -> Iterator[Cause]:
    """What the thing says is doubted already."""
    if alarm.asset_id is None or alarm.source == Source.DATA:
        return
    doubts = visible_alarms(viewer).filter(
        asset_id=alarm.asset_id, source=Source.DATA, ended_at__isnull=True
    )
    shown = tuple(doubts.order_by("-raised_at")[:3])
    if shown:
        yield Cause(
            _("设备自身：读数不可信"),
            _("该对象的数据质量告警尚未恢复：%s") % "、".join(str(one.title) for one in shown),
            shown,
        )


def _around(viewer: User, alarm: Alarm) -> Iterator[Cause]:
    """Many of its kind at once in the district: power, network or weather rather than the thing."""
    steps = alarm.area_path.strip("/").split("/")[:2]
    if len(steps) < 2:
        return
    near = _together(viewer, alarm).filter(
        source=alarm.source, kind=alarm.kind, area_path__startswith=f"/{'/'.join(steps)}/"
    )
    count = near.count()
    if count >= _AROUND:
        yield Cause(
            _("片区性原因（供电、网络或天气）"),
            _("同一区内另有 %(n)d 个对象在前后10分钟内出现“%(kind)s”")
            % {"n": count, "kind": kind_label(alarm.kind, alarm.title)},
            tuple(near.order_by("raised_at")[:10]),
        )


def _same_hour(viewer: User, alarm: Alarm) -> Iterator[Cause]:
    """It comes back at the same hour of the day: something scheduled, or the load of that hour."""
    since = alarm.raised_at - timedelta(days=30)
    hour = timezone.localtime(alarm.first_at).hour
    past = _alike(alarm).filter(raised_at__gte=since).values_list("first_at", flat=True)
    days = {timezone.localtime(at).date() for at in past if timezone.localtime(at).hour == hour}
    if len(days) >= _SAME_HOUR:
        yield Cause(
            _("每天同一时段的规律性原因"),
            _("近30天有 %(n)d 天在 %(hour)02d 时出现同样的告警") % {"n": len(days), "hour": hour},
        )


def _as_before(viewer: User, alarm: Alarm) -> Iterator[Cause]:
    """How people said the same one ended before."""
    ended = _alike(alarm).filter(ended_at__isnull=False).exclude(outcome="").order_by()
    counted = ended.values("outcome").annotate(n=Count("pk")).order_by("-n", "outcome")
    total = sum(row["n"] for row in counted)
    best = counted.first()
    if best is not None and best["n"] >= _PAST:
        last = ended.filter(outcome=best["outcome"]).order_by("-raised_at").first()
        yield Cause(
            _("以往多为：%s") % Outcome(best["outcome"]).label,
            _("近半年登记过处理结果的 %(all)d 次中有 %(n)d 次；最近一次：%(text)s")
            % {"all": total, "n": best["n"], "text": last.result if last is not None else ""},
            (last,) if last is not None else (),
        )


def _links(**of: int | None) -> QuerySet[Dependency]:
    return Dependency.objects.filter(**of).select_related("parent").order_by("parent_id", "kind")


def _alike(alarm: Alarm) -> QuerySet[Alarm]:
    """The same trouble of the same thing before: visible to whoever sees this one."""
    return Alarm.objects.filter(
        tenant_id=alarm.tenant_id, source=alarm.source, kind=alarm.kind, subject=alarm.subject,
        raised_at__lt=alarm.raised_at, raised_at__gte=alarm.raised_at - SIMILAR_WITHIN,
    )  # fmt: skip


def _together(viewer: User, alarm: Alarm) -> QuerySet[Alarm]:
    span = (alarm.raised_at - TOGETHER, alarm.raised_at + TOGETHER)
    return visible_alarms(viewer).filter(raised_at__range=span).exclude(pk=alarm.pk)


def _moment(alarm: Alarm) -> str:
    return f"{timezone.localtime(alarm.first_at):%m-%d %H:%M}"
