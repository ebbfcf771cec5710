"""Months, lines, points and rows as far as a viewer may see them. Source: OP-16."""

from datetime import date, timedelta

from django.db.models import Case, Q, QuerySet, When
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_for
from apps.appraisal import permissions
from apps.appraisal.enums import FactKind, RunState, SubjectKind
from apps.appraisal.models import (
    Appeal,
    FigureChange,
    Pass,
    PointFact,
    PointFigure,
    Run,
    SubjectLine,
)
from apps.common.errors import NotFound
from apps.common.periods import Period

#: What people look for first among a point's rows; a day of recording comes last.
_FIRST = (FactKind.OUTAGE, FactKind.ORDER, FactKind.LOOK)


def month_of(day: date) -> Period:
    """Will give the whole calendar month a day lies in."""
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1))


def find_run(tenant: Tenant, month: date) -> Run | None:
    """Will give the appraisal of a month, None where nobody asked for one."""
    found = Run.objects.filter(tenant=tenant, month=month.replace(day=1))
    return found.select_related("shown__scheme", "tenant__area").first()


def find_pass(run: Run | None) -> Pass | None:
    """Will give the newest computation of a month, done or not."""
    return None if run is None else run.passes.order_by("-pk").first()


def get_pass(viewer: User, pass_id: int) -> Pass:
    """Will give a computation of the viewer's body. Raises: NotFound."""
    found = Pass.objects.select_related("run").filter(pk=pass_id).first()
    scope = scope_for(viewer, *permissions.READERS)
    if found is None or not scope.covers_tenant(found.run.tenant_id):
        raise NotFound(_("没有这次计算"))
    return found


def list_lines(viewer: User, run: Run, kind: str) -> QuerySet[SubjectLine]:
    """Will give one ranking as far as the viewer may see it.

    Frozen, everybody who watches sees it whole; before, only lines of the own area. Vendors are
    ranked over the whole city: seen by whoever watches all of it. A vendor sees its own line.
    """
    lines = SubjectLine.objects.filter(of=run.shown_id, kind=kind)
    if permissions.is_watcher(viewer):
        scope = scope_for(viewer, *permissions.WATCHERS)
        everywhere = run.tenant.area is None or scope.covers_area(run.tenant.area.path)
        mine = scope.covers_tenant(run.tenant_id)
        if scope.everything or (mine and (everywhere or run.state == RunState.FROZEN)):
            return lines
        if kind != SubjectKind.VENDOR:
            return lines.filter(permissions.reach_q(viewer, vendor="key"))
    return lines.filter(kind=SubjectKind.VENDOR, key__in=permissions.vendors_of(viewer))


def get_line(viewer: User, line_id: int) -> SubjectLine:
    """Will give a line with its month. Raises: NotFound."""
    found = SubjectLine.objects.select_related("of__run__tenant__area", "of__scheme")
    line = found.filter(pk=line_id).first()
    if line is None or line.of.run.shown_id != line.of_id:
        raise NotFound(_("没有这份考核结果"))
    if not list_lines(viewer, line.of.run, line.kind).filter(pk=line.pk).exists():
        raise NotFound(_("没有这份考核结果"))
    return line


def points_of(viewer: User, line: SubjectLine) -> QuerySet[PointFigure]:
    """Will give the points of a line the viewer may open, the worst first."""
    found = PointFigure.objects.filter(permissions.reach_q(viewer), of=line.of_id)
    if line.kind == SubjectKind.VENDOR:
        found = found.filter(vendor=line.key)
    else:
        found = found.filter(area_path__startswith=line.area_path)
    return found.order_by("score", "code", "began_at")


def slices_of(viewer: User, run: Run, asset_id: int) -> list[PointFigure]:
    """Will give the parts of one point's month the viewer may see. Raises: NotFound."""
    found = PointFigure.objects.filter(
        permissions.reach_q(viewer), of=run.shown_id, asset_id=asset_id
    )
    parts = list(found.order_by("began_at"))
    if not parts:
        raise NotFound(_("没有这个点位的考核结果"))
    return parts


def facts_of(parts: list[PointFigure]) -> QuerySet[PointFact]:
    """Will give the rows counted within these parts of a point's month, outages first."""
    during = Q(pk__in=[])
    for part in parts:
        during |= Q(began_at__lt=part.ended_at) & (
            Q(ended_at__isnull=True) | Q(ended_at__gt=part.began_at)
        )
    first = parts[0]
    found = PointFact.objects.filter(during, of=first.of_id, asset_id=first.asset_id)
    order = [When(kind=kind, then=place) for place, kind in enumerate(_FIRST)]
    return found.order_by(Case(*order, default=len(_FIRST)), "began_at", "key")


def get_fact(viewer: User, fact_id: int) -> tuple[PointFact, PointFigure]:
    """Will give a row with the part of its point's month it lies in. Raises: NotFound."""
    fact = PointFact.objects.select_related("of__run", "asset").filter(pk=fact_id).first()
    if fact is None or fact.of.run.shown_id != fact.of_id:
        raise NotFound(_("没有这条考核依据"))
    parts = slices_of(viewer, fact.of.run, fact.asset_id)
    if not facts_of(parts).filter(pk=fact.pk).exists():
        raise NotFound(_("没有这条考核依据"))
    during = [one for one in parts if one.began_at <= fact.began_at < one.ended_at]
    return fact, during[0] if during else parts[0]


def list_changes(viewer: User, run: Run) -> QuerySet[FigureChange]:
    """Will give what the last computation changed, of points in the viewer's reach."""
    seen = PointFigure.objects.filter(permissions.reach_q(viewer), of=run.shown_id)
    return FigureChange.objects.filter(of=run.shown_id, code__in=seen.values("code"))


def list_appeals(viewer: User) -> QuerySet[Appeal]:
    """Will give the appeals the viewer rules on, watches or filed, waiting ones first."""
    scope = scope_for(viewer, *permissions.WATCHERS)
    mine = Q(filed_by_id=viewer.pk) | Q(vendor__in=permissions.vendors_of(viewer))
    seen = permissions.reach_q(viewer) & Q(tenant_id__in=scope.tenant_ids)
    wanted = Q() if scope.everything else mine | seen
    return Appeal.objects.filter(wanted).prefetch_related("evidence").order_by("-state", "-pk")


def get_appeal(viewer: User, appeal_id: int) -> Appeal:
    """Will give one of them. Raises: NotFound."""
    found = list_appeals(viewer).filter(pk=appeal_id).first()
    if found is None:
        raise NotFound(_("没有这份申诉"))
    return found
