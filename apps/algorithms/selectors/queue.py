"""Work that waits, runs or is done, why it waits, what it cost."""

from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.selectors import scope_for
from apps.algorithms.enums import WorkState
from apps.algorithms.models import CostLine, Quota, Worker, WorkItem
from apps.algorithms.permissions import READERS, units_q
from apps.common import clock

ALIVE_S = 120


def list_work(viewer: User, *, state: str = "", text: str = "") -> QuerySet[WorkItem]:
    """Will list the work of units in the viewer's reach: open first, then newest."""
    found = WorkItem.objects.filter(units_q(viewer)).select_related("version__algorithm", "unit")
    if state:
        found = found.filter(state=state)
    if text:
        found = found.filter(title__icontains=text)
    return found.order_by("-pk")


def reasons_of(items: Iterable[WorkItem]) -> dict[int, str]:
    """Will say in words why each of these waits; nothing for those that do not.

    The reasons: not yet its time, no worker with its label alive, its unit's quota, others first.
    """
    waiting = [item for item in items if item.state == WorkState.WAITING]
    if not waiting:
        return {}
    now = clock.now()
    alive = [w for w in Worker.objects.all() if (now - w.seen_at).total_seconds() < ALIVE_S]
    labels = {label for worker in alive for label in worker.labels}
    over = _over_quota({item.unit_id for item in waiting})
    return {item.pk: _reason(item, bool(alive), labels, over) for item in waiting}


def _reason(item: WorkItem, has_workers: bool, labels: set[str], over: set[int]) -> str:
    if item.not_before > clock.now():
        return _("未到开始时间") if not item.attempts else _("上次失败，等待重试")
    if not has_workers:
        return _("没有在线的工作节点")
    if item.label and item.label not in labels:
        return _("没有带“%(label)s”标签的在线节点") % {"label": item.label}
    if item.unit_id in over:
        return _("单位算力配额已用完或同时运行数已满")
    return _("前面还有优先级更高或更早的作业")


def _over_quota(units: set[int]) -> set[int]:
    now = clock.now()
    month, over = clock.today().replace(day=1), set()
    for quota in Quota.objects.filter(unit__in=units):
        spent = CostLine.objects.filter(unit=quota.unit_id, month=month)
        ms = spent.aggregate(ms=Sum("ms", default=0))["ms"]
        running = WorkItem.objects.filter(
            unit=quota.unit_id, state=WorkState.RUNNING, claimed_until__gte=now
        ).count()
        if ms >= quota.seconds_a_month * 1000 or running >= quota.at_once:
            over.add(quota.unit_id)
    return over


def list_workers() -> QuerySet[Worker]:
    """Will list the workers that ever asked for work, the last seen first."""
    return Worker.objects.order_by("-seen_at")


def list_costs(viewer: User, *, month: date | None = None) -> QuerySet[CostLine]:
    """Will list what units in the viewer's reach were charged, newest month first."""
    found = CostLine.objects.filter(units_q(viewer)).select_related("version__algorithm", "unit")
    if month is not None:
        found = found.filter(month=month)
    return found.order_by("-month", "unit__path", "version")


def list_quotas(viewer: User) -> QuerySet[Quota]:
    """Will list the quotas of units in the viewer's reach."""
    return Quota.objects.filter(units_q(viewer)).select_related("unit").order_by("unit__path")


def units_of(viewer: User, *rights: str) -> QuerySet[Organization]:
    """Will list the units for which the viewer holds one of the rights."""
    scope = scope_for(viewer, *(rights or READERS))
    found = Organization.objects.filter(is_active=True).order_by("path")
    if scope.everything:
        return found
    paths = [unit.pk for unit in found if scope.covers_organization(unit.path)]
    return found.filter(pk__in=paths)
