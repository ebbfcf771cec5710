"""The inbox of results from outside systems."""

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.matters.enums import OutsideOutcome
from apps.matters.models import OutsideResult

MANAGE = "matters.manage_outside_results"


def list_outside_results(
    viewer: User, *, outcome: str = "", text: str = ""
) -> QuerySet[OutsideResult]:
    """Will give the results sent to the viewer's tenants, newest first.

    text: part of a receipt number or of the outside number.
    """
    scope = scope_for(viewer, MANAGE)
    mine = Q() if scope.everything else Q(client__tenant_id__in=scope.tenant_ids)
    found = OutsideResult.objects.filter(mine)
    if outcome in OutsideOutcome.values:
        found = found.filter(outcome=outcome)
    if text:
        found = found.filter(Q(number__startswith=text) | Q(outside_id__icontains=text))
    return found.select_related("client", "case").order_by("-id")
