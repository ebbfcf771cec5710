"""Warnings and automatic dispatches as their readers may see them."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.common.errors import NotAllowed
from apps.hotline.enums import AutoDispatch
from apps.hotline.learning.permissions import tenant_ids
from apps.hotline.models import Reading
from apps.matters.models import Case
from apps.matters.selectors import visible_cases


def list_alerts(viewer: User, *, state: str = "", severity: str = "") -> QuerySet[Reading]:
    """Will give the demands with a warning the viewer may see, the newest first.

    state: "" not looked at, "seen", "all". severity: "1" or "2".
    """
    found = _visible(viewer).filter(severity__gt=0)
    if state != "all":
        found = found.filter(seen_at__isnull=state != "seen")
    return found.filter(severity=severity) if severity else found


def list_dispatched(viewer: User) -> QuerySet[Reading]:
    """Will give the demands that could have gone out with no person, and why (not)."""
    return _visible(viewer).exclude(dispatch=AutoDispatch.OFF)


def reading_of(case: Case) -> Reading | None:
    """Will find what was made of a case's text; lists fetch it beforehand."""
    reading: Reading | None = getattr(case, "reading", None)
    return reading


def home_tenant(viewer: User, *rights: str) -> Tenant:
    """Will give the body whose data the viewer keeps. Raises: NotAllowed (of none)."""
    found = Tenant.objects.order_by("pk")
    reached = tenant_ids(viewer, *rights)
    tenant = (found if reached is None else found.filter(pk__in=reached)).first()
    if tenant is None:
        raise NotAllowed(_("您没有执行该操作的权限"))
    return tenant


def _visible(viewer: User) -> QuerySet[Reading]:
    found = Reading.objects.filter(case__in=visible_cases(viewer))
    return found.select_related("case__area", "case__unit", "seen_by").order_by("-id")
