"""The cases of a conversation: made of it, or reported from its phone."""

from datetime import timedelta

from django.db.models import Q

from apps.common import clock
from apps.matters.models import Case
from apps.messaging.models import Conversation, Turn

MOST = 20
RECENT = timedelta(days=365)  # a phone may be somebody else's after that


def cases_of(conversation: Conversation) -> list[Case]:
    """Will give at most 20 cases of the last year, newest first.

    Those the conversation became, and those reported from the phone it is bound to.
    """
    account = conversation.account
    keys = Turn.objects.filter(conversation=conversation).order_by("-id")
    mine = Q(source_key__in=list(keys.values_list("source_key", flat=True)[:100]))
    if conversation.phone:
        mine |= Q(demand__reporter_phone=conversation.phone)
    return list(
        Case.objects.filter(mine, tenant_id=account.tenant_id, opened_at__gte=clock.now() - RECENT)
        .select_related("version", "unit", "matter_type", "tenant", "area")
        .defer("search", "form_data")
        .distinct()
        .order_by("-id")[:MOST]
    )
