"""Which form an agent has begun, and for whom an agent registers."""

from uuid import UUID

from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import main_post_of
from apps.common.errors import NotAllowed
from apps.hotline.models import Call, DeskDraft


def find_draft(agent: User, token: UUID | None = None) -> DeskDraft | None:
    """Will find the agent's draft of this form, or the newest one begun."""
    drafts = DeskDraft.objects.filter(agent=agent).select_related("call")
    if token is not None:
        return drafts.filter(token=token).first()
    return drafts.order_by("-saved_at").first()


def list_drafts(agent: User) -> list[DeskDraft]:
    """Will give the forms the agent began and did not register, newest first."""
    return list(DeskDraft.objects.filter(agent=agent).order_by("-saved_at")[:20])


def require_tenant(agent: User) -> Tenant:
    """Will give the tenant of the agent's main post. Raises: NotAllowed (no post today)."""
    post = main_post_of(agent)
    if post is None:
        raise NotAllowed(_("您今天没有任职岗位，不能登记诉求"))
    return post.organization.tenant


def find_draft_of_call(agent: User, call: Call) -> DeskDraft | None:
    """Will find the form begun for a call."""
    return DeskDraft.objects.filter(agent=agent, call=call).order_by("-saved_at").first()
