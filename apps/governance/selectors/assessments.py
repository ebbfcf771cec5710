"""Risk assessments and their templates as a viewer sees them. GR-19."""

import hashlib
import json

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_for
from apps.common.errors import NotFound
from apps.governance import permissions, risk
from apps.governance.models import RiskAssessment, RiskTemplate

RIGHTS = (permissions.ASSESS, permissions.APPROVE_RISK, permissions.VIEW)


def list_assessments(viewer: User) -> QuerySet[RiskAssessment]:
    """Will give the assessments of the viewer's bodies, the newest first."""
    scope = scope_for(viewer, *RIGHTS)
    found = RiskAssessment.objects.select_related("unit", "template").order_by("-id")
    return found if scope.everything else found.filter(tenant_id__in=scope.tenant_ids)


def get_assessment(viewer: User, assessment_id: int) -> RiskAssessment:
    """Will give one with all that belongs to it. Raises: NotFound."""
    found = (
        list_assessments(viewer)
        .filter(pk=assessment_id)
        .select_related("unit", "template", "tenant")
        .prefetch_related("scores", "opinions", "measures__unit", "partners")
        .first()
    )
    if found is None:
        raise NotFound(_("没有这份风险评估"))
    return found


def list_templates(tenant: Tenant) -> QuerySet[RiskTemplate]:
    """Will give every version of a body, the newest first."""
    return RiskTemplate.objects.filter(tenant=tenant).order_by("-number")


def get_template(viewer: User, template_id: int) -> RiskTemplate:
    """Will give one version of the viewer's bodies. Raises: NotFound."""
    scope = scope_for(viewer, *RIGHTS)
    found = RiskTemplate.objects.filter(pk=template_id).first()
    if found is None or not scope.covers_tenant(found.tenant_id):
        raise NotFound(_("没有这个版本"))
    return found


def conclusion_of(assessment: RiskAssessment) -> risk.Conclusion:
    """Will add up an assessment as it stands."""
    opinions = list(assessment.opinions.all())
    return risk.conclude(
        risk.parse(assessment.template.body),
        {score.code: score.score for score in assessment.scores.all()},
        supporting=sum(o.supporting for o in opinions),
        opposing=sum(o.opposing for o in opinions),
    )


def content_digest(assessment: RiskAssessment) -> str:
    """Will give 64 characters that differ when anything the conclusion rests on has changed."""
    said = [
        assessment.title,
        assessment.decision,
        assessment.conclusion,
        assessment.template_id,
        [[s.code, s.score, s.reason] for s in assessment.scores.order_by("code")],
        [[o.pk, o.supporting, o.opposing] for o in assessment.opinions.order_by("pk")],
        assessment.state,
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
