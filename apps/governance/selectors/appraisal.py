"""Appraisals as a viewer sees them: rankings, one's own line, the rows behind each figure."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import area_scope_q, scope_for
from apps.common.errors import NotFound
from apps.common.periods import Period
from apps.governance import permissions
from apps.governance.enums import RunState, Subject, TextState
from apps.governance.indicators import Indicator, for_subject
from apps.governance.models import (
    Appeal,
    AppraisalFact,
    AppraisalFormula,
    AppraisalLine,
    AppraisalRun,
)

#: Who sees every line in the own area, published or not.
WATCHERS = (permissions.SITUATION, permissions.DRAFT, permissions.APPROVE, permissions.RULE)


@dataclass(frozen=True)
class ShownFigure:
    """A figure with its indicator in words."""

    indicator: Indicator
    value: float | None
    count: int
    score: str | None
    weight: int


def month_of(day: date) -> Period:
    """Will give the whole calendar month a day lies in."""
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1))


def find_formula(tenant: Tenant, subject: str, month: date) -> AppraisalFormula | None:
    """Will give the formula in force in a month."""
    return (
        AppraisalFormula.objects.filter(
            tenant=tenant,
            subject=subject,
            state=TextState.PUBLISHED,
            effective_from__lte=month.replace(day=1),
        )
        .order_by("-effective_from", "-number")
        .first()
    )


def list_formulas(tenant: Tenant) -> QuerySet[AppraisalFormula]:
    """Will give every version of a body, by subject, the newest first."""
    return AppraisalFormula.objects.filter(tenant=tenant).order_by("subject", "-number")


def get_formula(viewer: User, formula_id: int) -> AppraisalFormula:
    """Will give one version of the viewer's bodies. Raises: NotFound."""
    scope = scope_for(viewer, *permissions.APPRAISAL_READERS)
    found = AppraisalFormula.objects.filter(pk=formula_id).first()
    if found is None or not scope.covers_tenant(found.tenant_id):
        raise NotFound(_("没有这个版本"))
    return found


def find_run(viewer: User, tenant: Tenant, subject: str, month: date) -> AppraisalRun | None:
    """Will give the run of a month the viewer may see something of, None where there is none."""
    found = AppraisalRun.objects.filter(
        tenant=tenant, subject=subject, month=month.replace(day=1)
    ).select_related("formula", "tenant")
    return found.first()


def list_lines(viewer: User, run: AppraisalRun) -> QuerySet[AppraisalLine]:
    """Will give the lines the viewer may see: of the own area, the own one, all once published."""
    scope = scope_for(viewer, *permissions.APPRAISAL_READERS)
    lines = run.lines.order_by("place", "subject_name", "id")
    if run.state == RunState.PUBLISHED and scope.covers_tenant(run.tenant_id):
        return lines
    return lines.filter(_open_to(viewer, run.subject))


def get_line(viewer: User, line_id: int) -> AppraisalLine:
    """Will give a line whose rows the viewer may open. Raises: NotFound."""
    line = AppraisalLine.objects.select_related("run__formula").filter(pk=line_id).first()
    if line is None or not _may_open(viewer, line):
        raise NotFound(_("没有这份考核结果，或您无权查看依据"))
    return line


def own_line(viewer: User, run: AppraisalRun) -> AppraisalLine | None:
    """Will give the line that is about the viewer."""
    if run.subject != Subject.WORKER:
        return None
    return run.lines.filter(subject_id=viewer.pk).first()


def figures_of(line: AppraisalLine) -> list[ShownFigure]:
    """Will give the figures of a line with their indicators."""
    known = for_subject(line.run.subject)
    return [
        ShownFigure(known[f["code"]], f["value"], f["count"], f["score"], f["weight"])
        for f in line.figures
        if f["code"] in known
    ]


def facts_of(line: AppraisalLine, indicator: str = "") -> QuerySet[AppraisalFact]:
    """Will give the rows a line, or one of its figures, was made of."""
    found = line.facts.order_by("indicator", "at", "id")
    return found.filter(indicator=indicator) if indicator else found


def may_appeal(viewer: User, line: AppraisalLine) -> bool:
    """Will tell whether the line is about the viewer, or of an area they lead."""
    scope = scope_for(viewer, permissions.FILE)
    if not scope.covers_tenant(line.run.tenant_id):
        return False
    mine = line.run.subject == Subject.WORKER and line.subject_id == viewer.pk
    leads = viewer.has_perm(permissions.SITUATION) and scope.covers_area(line.area_path)
    return mine or leads


def list_appeals(viewer: User) -> QuerySet[Appeal]:
    """Will give the appeals the viewer rules on, oversees or filed, waiting ones first."""
    ruling = scope_for(viewer, permissions.RULE, permissions.DRAFT, permissions.APPROVE)
    mine = (
        Q() if ruling.everything else Q(tenant_id__in=ruling.tenant_ids) | Q(filed_by_id=viewer.pk)
    )
    return Appeal.objects.filter(mine).prefetch_related("evidence").order_by("-state", "-id")


def get_appeal(viewer: User, appeal_id: int) -> Appeal:
    """Will give one of them. Raises: NotFound."""
    found = list_appeals(viewer).filter(pk=appeal_id).first()
    if found is None:
        raise NotFound(_("没有这份申诉"))
    return found


def digest_of(run: AppraisalRun) -> str:
    """Will give the SHA-256 over formula, lines and rows as they stand."""
    chain = hashlib.sha256(json.dumps(run.formula.body, sort_keys=True).encode())
    for line in run.lines.order_by("subject_id"):
        said = [line.subject_id, line.subject_name, str(line.score), line.place, line.figures]
        chain.update(json.dumps(said, ensure_ascii=False, sort_keys=True).encode())
    facts = AppraisalFact.objects.filter(line__run=run).order_by(
        "line__subject_id", "indicator", "kind", "object_id"
    )
    columns = ("line__subject_id", "indicator", "kind", "object_id", "value", "left_out")
    for row in facts.values_list(*columns):
        chain.update(json.dumps(row).encode())
    return chain.hexdigest()


def is_untouched(run: AppraisalRun) -> bool:
    """Will recompute the digest of a published month and tell whether it still holds."""
    return digest_of(run) == run.digest


def address_of(fact: AppraisalFact) -> str:
    """Will give the page of the thing a row is about; "" where it has none of its own."""
    if fact.kind == "case":
        return reverse("matters:case-detail", args=[fact.object_id])
    if fact.kind == "dispute":
        return reverse("governance:dispute", args=[fact.object_id])
    return ""


def _open_to(viewer: User, subject: str) -> Q:
    scope = scope_for(viewer, *WATCHERS)
    if scope.everything:
        return Q()
    seen = area_scope_q(scope, field="area_path")
    return seen | Q(subject_id=viewer.pk) if subject == Subject.WORKER else seen


def _may_open(viewer: User, line: AppraisalLine) -> bool:
    mine = line.run.subject == Subject.WORKER and line.subject_id == viewer.pk
    scope = scope_for(viewer, *WATCHERS)
    in_reach = scope.covers_tenant(line.run.tenant_id) and scope.covers_area(line.area_path)
    return mine or in_reach
