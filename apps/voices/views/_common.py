"""What the pages of this app share."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import appointments_in_force
from apps.accounts.signed_in import actor_of
from apps.common.errors import NotAllowed
from apps.voices import permissions


def reader_of(request: HttpRequest) -> User:
    """Will give the signed-in person; behind ``login_required`` only. Raises: NotAllowed."""
    viewer = actor_of(request)
    permissions.require_read(viewer)
    return viewer


def tenant_of(viewer: User) -> Tenant:
    """Will give the tenant of the viewer's main post, the only one for who holds none.

    Raises: NotAllowed (no post today, and more tenants than one).
    """
    held = appointments_in_force(viewer).first()
    if held is not None:
        return held.post.organization.tenant
    tenants = list(Tenant.objects.filter(area__isnull=False)[:2]) if viewer.is_superuser else []
    if len(tenants) != 1:
        raise NotAllowed(_("您今天没有任职岗位"))
    return tenants[0]
