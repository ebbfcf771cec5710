"""Applications in the register of protected resources. Source: AC-07, AC-02."""

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.protected.registry import (
    DefaultPolicy,
    ProtectedEntry,
    ResourceKind,
    ResourceSource,
    register_source,
)
from apps.accounts.protected.selectors import reach_of
from apps.signon.models import Application


def _rows(viewer: User, text: str) -> QuerySet[Application]:
    scope = reach_of(viewer)
    found = Application.objects.select_related("owner").prefetch_related("roles", "units")
    if not scope.everything:
        found = found.filter(owner__tenant_id__in=scope.tenant_ids)
    if text:
        found = found.filter(Q(name__icontains=text) | Q(client_id__icontains=text))
    return found.order_by("name", "pk")


def _entry(row: Application) -> ProtectedEntry:
    named = [*map(str, row.roles.all()), *map(str, row.units.all())]
    if not row.is_live:
        policy, opened_by = DefaultPolicy.DENIED, _("上线后才能登录")
    elif row.is_shared and not named:
        policy, opened_by = DefaultPolicy.STAFF, ""
    else:
        policy = DefaultPolicy.GRANT if named else DefaultPolicy.SCOPE
        body = _("全市人员") if row.is_shared else _("归属机构人员")
        opened_by = "：".join([body, "、".join(named)]) if named else body
    return ProtectedEntry(
        ResourceKind.APPLICATION,
        row.client_id,
        row.name,
        str(row.owner),
        policy,
        opened_by=opened_by,
        state=row.get_state_display(),
        url=reverse("signon:application-detail", args=[row.pk]),
    )


def register() -> None:
    """Will make the applications known."""
    register_source(ResourceSource("signon", ResourceKind.APPLICATION, _rows, _entry))
