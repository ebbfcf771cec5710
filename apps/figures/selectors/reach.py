"""Whose cases are counted, and which."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import area_scope_q, scope_for
from apps.common.periods import Period
from apps.figures.selectors.measures import ENDED
from apps.matters.models import Case, CaseEvent, MatterType

PERMISSION = "figures.view_figures"


@dataclass(frozen=True)
class Reach:
    """Whose cases are counted: all of them, or those that match ``condition``.

    depth: how many areas lie above the viewer's district in a path, the city included.
    matters: a matter type, or with a dot at its end all below it; empty: every matter.
    """

    condition: Q
    depth: int = 1
    matters: str = ""


def reach_of(viewer: User, *, permission: str = PERMISSION, matters: str = "") -> Reach:
    """Will give how far the viewer's posts with the permission reach."""
    scope = scope_for(viewer, permission)
    if scope.everything:
        return Reach(Q(), _depth_of(Tenant.objects.all()), matters)
    within = Q(tenant_id__in=scope.tenant_ids) & area_scope_q(scope, field="area_path")
    depth = _depth_of(Tenant.objects.filter(pk__in=scope.tenant_ids))
    return Reach(within, depth, matters)


def list_matters() -> list[tuple[str, str]]:
    """Will give the matters one may count: (what ``Reach.matters`` takes, name)."""
    types = MatterType.objects.order_by("name").values_list("code", "name")
    return [("", _("全部事项")), *types]


def _depth_of(tenants: QuerySet[Tenant]) -> int:
    paths = tenants.filter(area__isnull=False).values_list("area__path", flat=True)
    return min((path.strip("/").count("/") + 1 for path in paths), default=1)


def cases_of(reach: Reach, period: Period) -> QuerySet[Case]:
    """Will give the cases of the reach registered in the period, voided ones left out."""
    return not_voided(Case.objects.all()).filter(
        reach.condition,
        _matters_q(reach.matters),
        opened_at__gte=period.start,
        opened_at__lt=period.end,
    )


def not_voided(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Will leave out the cases that ended by being voided."""
    voided = CaseEvent.objects.filter(case=OuterRef("pk"), action="void")
    return cases.exclude(Q(category=ENDED, answered_at__isnull=True) & Exists(voided))


def _matters_q(matters: str) -> Q:
    if not matters:
        return Q()
    if matters.endswith("."):
        return Q(matter_type__code__startswith=matters)
    return Q(matter_type__code=matters)
