"""Whose cases are counted, and which."""

from dataclasses import dataclass

from django.db.models import (
    Exists,
    OuterRef,
    Q,
    QuerySet,
)
from django.utils.translation import gettext as _t

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import area_scope_q, scope_for
from apps.hotline.statistics.periods import Period
from apps.matters.enums import (
    StateCategory,
)
from apps.matters.models import Case, CaseEvent, MatterType

PERMISSION = "hotline.view_statistics"
MATTERS = "hotline."
ENDED = StateCategory.ENDED.value


@dataclass(frozen=True)
class Reach:
    """Whose cases are counted: all of them, or those that match ``condition``.

    depth: how many areas lie above the viewer's district in a path, the city included.
    matters: a matter type, or with a dot at its end all below it; empty: every matter.
    """

    condition: Q
    depth: int = 1
    matters: str = MATTERS


def reach_of(viewer: User, *, matters: str = MATTERS) -> Reach:
    """Will give how far the viewer's posts with the statistics permission reach."""
    scope = scope_for(viewer, PERMISSION)
    if scope.everything:
        return Reach(Q(), _depth_of(Tenant.objects.all()), matters)
    within = Q(tenant_id__in=scope.tenant_ids) & area_scope_q(scope, field="area_path")
    depth = _depth_of(Tenant.objects.filter(pk__in=scope.tenant_ids))
    return Reach(within, depth, matters)


def list_matters() -> list[tuple[str, str]]:
    """Will give the matters one may count: (what ``Reach.matters`` takes, name)."""
    types = MatterType.objects.order_by("name").values_list("code", "name")
    return [(MATTERS, _t("热线诉求")), ("", _t("全部事项")), *types]


def _depth_of(tenants: QuerySet[Tenant]) -> int:
    paths = tenants.filter(area__isnull=False).values_list("area__path", flat=True)
    return min((path.strip("/").count("/") + 1 for path in paths), default=1)


def cases_of(reach: Reach, period: Period) -> QuerySet[Case]:
    """Will give the cases of the reach registered in the period, voided ones left out."""
    voided = CaseEvent.objects.filter(case=OuterRef("pk"), action="void")
    return Case.objects.filter(
        reach.condition,
        _matters_q(reach.matters),
        opened_at__gte=period.start,
        opened_at__lt=period.end,
    ).exclude(Q(category=ENDED, answered_at__isnull=True) & Exists(voided))


def _matters_q(matters: str) -> Q:
    if not matters:
        return Q()
    if matters.endswith("."):
        return Q(matter_type__code__startswith=matters)
    return Q(matter_type__code=matters)
