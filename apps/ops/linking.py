"""The order beside the case and the report beside the thing. Source: AL-06, OP-09."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.matters.models import Case
from apps.matters.registry import register_case_links
from apps.ops import permissions
from apps.ops.models import WorkOrder


def register() -> None:
    """Will show the link on case pages."""
    register_case_links(order_beside)


def order_beside(viewer: User, case: Case) -> Sequence[tuple[str, str]]:
    """Will give the work order of a case, where the viewer may open it."""
    found = WorkOrder.objects.filter(permissions.within_reach(viewer), case=case).first()
    if found is None:
        return []
    return [(_("运维工单：%s") % found.about, reverse("ops:order-detail", args=[found.pk]))]
