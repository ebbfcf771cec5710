"""Who sees, mediates, assesses, appraises. Pure predicates over loaded rows."""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import organization_scope_q, scope_for
from apps.common.errors import NotAllowed
from apps.governance.models import Centre, Dispute

VIEW = "governance.view_governance"
KEEP_CENTRES = "governance.keep_centres"
MEDIATE = "governance.mediate_disputes"
REVEAL = "governance.reveal_parties"
SITUATION = "governance.view_situation"
ASSESS, APPROVE_RISK = "governance.keep_assessments", "governance.approve_assessments"
DRAFT, APPROVE = "governance.draft_appraisal", "governance.approve_appraisal"
FILE, RULE = "governance.file_appeals", "governance.rule_appeals"
BURDEN, REASONS = "governance.view_burden", "governance.keep_reasons"
#: Whoever works with any part of governance.
READERS = (
    VIEW, MEDIATE, SITUATION, ASSESS, APPROVE_RISK, DRAFT, APPROVE, FILE, RULE, BURDEN, REASONS,
)  # fmt: skip
#: Whoever reads appraisal: its makers, those it is about, those who rule.
APPRAISAL_READERS = (DRAFT, APPROVE, FILE, RULE, SITUATION)


def can_mediate(actor: User, dispute: Dispute) -> bool:
    """Will tell whether a post of the actor mediates in the centre where the dispute lies."""
    return can_mediate_in(actor, dispute.centre)


def can_mediate_in(actor: User, centre: Centre) -> bool:
    """Will tell whether a post of the actor mediates in this centre or above it."""
    return scope_for(actor, MEDIATE).covers_organization(centre.unit.path)


def can_reveal(actor: User, dispute: Dispute) -> bool:
    """Will tell whether the actor may read the parties of this dispute as they are."""
    scope = scope_for(actor, REVEAL)
    return scope.everything or (
        scope.covers_tenant(dispute.tenant_id)
        and scope.covers_organization(dispute.centre.unit.path)
    )


def can_keep_centres(actor: User, tenant_id: int) -> bool:
    """Will tell whether the actor arranges the centres of a body."""
    return scope_for(actor, KEEP_CENTRES).covers_tenant(tenant_id)


def centres_q(viewer: User) -> Q:
    """Will give the condition "a centre of the viewer's units, or of the bodies overseen"."""
    watching, mediating = scope_for(viewer, VIEW), scope_for(viewer, MEDIATE)
    if watching.everything:
        return Q()
    condition = organization_scope_q(mediating, "unit__path")
    for path in watching.area_paths:
        condition |= Q(tenant_id__in=watching.tenant_ids, unit__area__path__startswith=path)
    return condition


def require(allowed: bool, message: str = "") -> None:
    """Raises: NotAllowed (with the message, or a plain one)."""
    if not allowed:
        raise NotAllowed(message or _("您没有执行该操作的权限"))
