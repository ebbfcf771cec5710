"""Who waits for an agent, since when, and how it ended (GB/T 33358: three minutes)."""

from datetime import datetime

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.messaging.enums import ConversationState
from apps.messaging.models import Conversation, Wait
from apps.messaging.permissions import ANSWER
from apps.notices import services as notices


def begin_wait(conversation: Conversation, *, at: datetime) -> None:
    """Will have a citizen wait, unless they do already; whoever may answer sees it at once.

    The conversation is locked by the caller.
    """
    if conversation.state == ConversationState.CLOSED:
        conversation.state, conversation.agent = ConversationState.WAITING, None
    if conversation.waiting_since is None:
        conversation.waiting_since = at
        Wait.objects.create(conversation=conversation, since=at)
    conversation.save(update_fields=["state", "agent", "waiting_since"])
    audience = (
        [conversation.agent_id]
        if conversation.agent_id is not None
        else users_with_permission(
            ANSWER, organization=conversation.account.unit, include_below=False
        ).values_list("pk", flat=True)[:200]
    )
    notices.tell_pages(audience, topic="message", data={"conversation": conversation.pk})


def end_wait(conversation: Conversation, *, at: datetime, agent: User | None) -> None:
    """Will stop the clock of whoever waits; agent: who answered, None where nobody did."""
    found = Wait.objects.filter(conversation=conversation, ended_at=None)
    if agent is None:
        found.update(ended_at=at)
    else:
        found.update(ended_at=at, answered_at=at, agent=agent)
    conversation.waiting_since = None
