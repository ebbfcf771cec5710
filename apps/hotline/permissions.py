"""Who may take calls, hear recordings, write and approve knowledge. Pure predicates."""

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.common.errors import NotAllowed
from apps.hotline.enums import OVERSEE_CALLS
from apps.hotline.models import Article, Call


def tenant_ids(actor: User) -> frozenset[int]:
    """Will give the tenants whose hotline the actor works for."""
    return scope_of(actor).tenant_ids


def can_take_calls(actor: User) -> bool:
    """Will tell whether the actor answers the telephone."""
    return actor.is_active and actor.has_perm("hotline.take_calls")


def can_oversee_calls(actor: User) -> bool:
    """Will tell whether the actor sees the calls of all agents."""
    scope = scope_of(actor)
    return scope.everything or bool(scope.permissions & OVERSEE_CALLS)


def can_play(actor: User, call: Call) -> bool:
    """Will tell whether the actor may hear this call: an own one, or as its supervisor."""
    if not call.recording:
        return False
    scope = scope_of(actor)
    if scope.everything:
        return True
    if call.line.tenant_id not in scope.tenant_ids:
        return False
    return call.agent_id == actor.pk or can_oversee_calls(actor)


def can_see_phone(actor: User, call: Call) -> bool:
    """Will tell whether the number of the call is shown unmasked: to the agent on it."""
    return call.agent_id == actor.pk


def can_edit_knowledge(actor: User) -> bool:
    """Will tell whether the actor writes knowledge articles."""
    return actor.has_perm("hotline.edit_knowledge")


def can_approve(actor: User, article: Article, *, author_id: int | None) -> bool:
    """Will tell whether the actor may approve a wording: a second person of the tenant."""
    return (
        actor.has_perm("hotline.approve_knowledge")
        and actor.pk != author_id
        and _of_tenant(actor, article.tenant_id)
    )


def require_take_calls(actor: User) -> None:
    """Raises: NotAllowed."""
    if not can_take_calls(actor):
        raise NotAllowed(_("您没有接听来电的权限"))


def require_own_call(actor: User, call: Call) -> None:
    """Raises: NotAllowed."""
    if call.agent_id != actor.pk:
        raise NotAllowed(_("这不是您接听的来电"))


def require_play(actor: User, call: Call) -> None:
    """Raises: NotAllowed."""
    if not can_play(actor, call):
        raise NotAllowed(_("您无权调听此录音"))


def require_edit_knowledge(actor: User, *, tenant_id: int) -> None:
    """Raises: NotAllowed."""
    if not can_edit_knowledge(actor) or not _of_tenant(actor, tenant_id):
        raise NotAllowed(_("您没有编写知识的权限"))


def require_approve(actor: User, article: Article, *, author_id: int | None) -> None:
    """Raises: NotAllowed (not an approver; the author)."""
    if actor.pk == author_id:
        raise NotAllowed(_("编写人不能审核自己的内容，请由另一人审核"))
    if not can_approve(actor, article, author_id=author_id):
        raise NotAllowed(_("您没有审核知识的权限"))


def _of_tenant(actor: User, tenant_id: int) -> bool:
    scope = scope_of(actor)
    return scope.everything or tenant_id in scope.tenant_ids
