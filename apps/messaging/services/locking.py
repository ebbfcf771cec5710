"""Conversations locked for a deed."""

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.common.errors import NotFound
from apps.messaging.models import Conversation
from apps.messaging.permissions import reach_q


def lock_conversation_of(actor: User, conversation_id: int) -> Conversation:
    """Will lock a conversation in the actor's reach until commit. Raises: NotFound."""
    conversation = (
        Conversation.objects.select_for_update(of=("self",))
        # Never the agent: the row is read anew after a wait for the lock, what is joined is not.
        .select_related("account__unit", "account__tenant")
        .filter(reach_q(actor, field="account__unit"), pk=conversation_id)
        .first()
    )
    if conversation is None:
        raise NotFound(_("没有这个会话"))
    return conversation
