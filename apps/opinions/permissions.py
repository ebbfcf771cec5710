"""Who drafts, who publishes, who lets ideas through and who answers them.

Papers belong to a unit: its people and those above it see them; ``view_papers`` sees the city's.
Who drafted never publishes, who wrote the summary never publishes that (second person).
"""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import organization_scope_q, scope_for
from apps.common.errors import NotAllowed
from apps.opinions.models import Collection, Idea, SurveyVersion

DRAFT = "opinions.draft_papers"
PUBLISH = "opinions.publish_papers"
VIEW = "opinions.view_papers"
MODERATE = "opinions.moderate_ideas"
ANSWER = "opinions.answer_ideas"
PAPER_READERS = (DRAFT, PUBLISH, VIEW)
IDEA_READERS = (MODERATE, ANSWER, VIEW)


def _seen_q(viewer: User, *, wide: tuple[str, ...], narrow: tuple[str, ...]) -> Q:
    """wide: rights over all of a tenant; narrow: over the own unit and below."""
    whole, own = scope_for(viewer, *wide), scope_for(viewer, *narrow)
    if whole.everything or own.everything:
        return Q()
    return Q(tenant_id__in=whole.tenant_ids) | organization_scope_q(own)


def sees_city(viewer: User, tenant_id: int) -> bool:
    """Will tell whether the viewer sees the papers of the whole city."""
    return scope_for(viewer, VIEW).covers_tenant(tenant_id)


def papers_q(viewer: User) -> Q:
    """Will match the collections and surveys the viewer may read."""
    return _seen_q(viewer, wide=(VIEW,), narrow=(DRAFT, PUBLISH))


def ideas_q(viewer: User) -> Q:
    """Will match the ideas the viewer may read: moderators the city's, units their own."""
    return _seen_q(viewer, wide=(VIEW, MODERATE), narrow=(ANSWER,))


def holds_over(actor: User, right: str, unit_path: str) -> bool:
    """Will tell whether the actor has a right by a post in this unit or above it."""
    return scope_for(actor, right).covers_organization(unit_path)


def require_over(actor: User, right: str, unit_path: str) -> None:
    """Raises: NotAllowed (the right is not held over this unit)."""
    if not holds_over(actor, right, unit_path):
        raise NotAllowed(_("您没有该单位的此项权限"))


def can_publish(actor: User, paper: Collection | SurveyVersion, unit_path: str) -> bool:
    """Will tell whether the actor is a second person who publishes for this unit."""
    return paper.author_id != actor.pk and holds_over(actor, PUBLISH, unit_path)


def can_moderate(actor: User, idea: Idea) -> bool:
    """Will tell whether the actor lets ideas of this city through."""
    return scope_for(actor, MODERATE).covers_tenant(idea.tenant_id)


def require_moderate(actor: User, idea: Idea) -> None:
    """Raises: NotAllowed."""
    if not can_moderate(actor, idea):
        raise NotAllowed(_("您没有审核市民创意的权限"))


def can_answer(actor: User, idea: Idea) -> bool:
    """Will tell whether the actor answers for the unit the idea is before."""
    return bool(idea.unit_path) and holds_over(actor, ANSWER, idea.unit_path)
