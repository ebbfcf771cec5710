"""What the pages of this app share."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Tenant, User
from apps.accounts.signed_in import actor_of
from apps.common.errors import NotAllowed
from apps.common.pages import tabs_of
from apps.retention import permissions, selectors

PAGES = (
    ("schedule-list", gettext_lazy("保存期限表")),
    ("hold-list", gettext_lazy("案件保全")),
    ("run-list", gettext_lazy("到期处理")),
    ("tombstone-list", gettext_lazy("墓碑")),
)


def reader_of(request: HttpRequest) -> User:
    """Will give the signed-in person who may look on; behind ``login_required`` only.

    Raises: NotAllowed.
    """
    person = actor_of(request)
    if not any(person.has_perm(right) for right in permissions.READERS):
        raise NotAllowed(_("您没有使用此功能的权限"))
    return person


def tenant_with(person: User, right: str) -> Tenant:
    """Will give the first city in which the person holds the right. Raises: NotAllowed."""
    tenant = selectors.tenants_for(person, right).first()
    if tenant is None:
        raise NotAllowed(_("您没有使用此功能的权限"))
    return tenant


def tabs(current: str) -> list[dict[str, Any]]:
    """Will give the tabs of this group of pages."""
    return tabs_of("retention", current, PAGES)
