"""What the message centre knows beside a case."""

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.matters.models import Case
from apps.messaging.enums import Direction
from apps.messaging.models import Message, Transfer


def links_of_case(viewer: User, case: Case) -> list[tuple[str, str]]:
    """Implements ``matters.registry.CaseLinks``: the citizen's messages about a case."""
    count = messages_of_case(case).count()
    if not count:
        return []
    label = _("市民来信和外线往来（%s）") % count
    return [(label, reverse("messaging:case-messages", args=[case.pk]))]


def messages_of_case(case: Case) -> QuerySet[Message]:
    """Will list what citizens and other hotlines wrote about a case, oldest first."""
    found = Message.objects.filter(case=case, direction=Direction.IN)
    return found.select_related("account").prefetch_related("files__file").order_by("id")


def transfers_of(case: Case) -> QuerySet[Transfer]:
    """Will list to and from which hotlines the case went."""
    found = Transfer.objects.filter(case=case).select_related("conversation__account", "by")
    return found.order_by("-id")
