"""Clients as their managers see them: those of the bodies they manage clients of."""

from collections.abc import Iterable

from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Appointment, Organization, Tenant, User
from apps.accounts.selectors import Scope, in_force_q, scope_for
from apps.common.errors import NotFound
from apps.gateway.models import ApiClient
from apps.gateway.services.guarding import MANAGE_CLIENTS


def client_scope(viewer: User) -> Scope:
    """Will give how far the viewer manages clients."""
    return scope_for(viewer, MANAGE_CLIENTS)


def list_clients(viewer: User) -> QuerySet[ApiClient]:
    """Will give the clients the viewer manages, with ``used_at``, the last use of any key."""
    scope = client_scope(viewer)
    found = ApiClient.objects.all()
    if not scope.everything:
        found = found.filter(tenant_id__in=scope.tenant_ids)
    return found.select_related("tenant", "owner", "owner_person", "service_user").annotate(
        used_at=Max("keys__last_used_at")
    )


def get_client(viewer: User, client_id: int) -> ApiClient:
    """Will give one client the viewer manages. Raises: NotFound."""
    found = list_clients(viewer).filter(pk=client_id).first()
    if found is None:
        raise NotFound(_("没有这个接口客户端"))
    return found


def list_clients_of(tenants: Iterable[Tenant]) -> QuerySet[ApiClient]:
    """Will give the clients in use of some bodies, for a connector to be one of."""
    return ApiClient.objects.filter(tenant__in=tenants, revoked_at=None).order_by("name")


def list_owner_people(viewer: User) -> QuerySet[User]:
    """Will give who may answer for a client of the viewer's bodies: people with a post there."""
    held = Appointment.objects.filter(
        in_force_q(),
        user=OuterRef("pk"),
        post__organization__tenant__in=list_client_tenants(viewer),
    )
    return User.objects.filter(Exists(held), is_active=True).order_by("full_name", "username")


def list_client_tenants(viewer: User) -> QuerySet[Tenant]:
    """Will give the bodies whose clients the viewer manages."""
    scope = client_scope(viewer)
    found = Tenant.objects.order_by("name")
    return found if scope.everything else found.filter(pk__in=scope.tenant_ids)


def list_owners(viewer: User) -> QuerySet[Organization]:
    """Will give the units a client of the viewer's bodies may belong to."""
    return Organization.objects.filter(tenant__in=list_client_tenants(viewer)).order_by("path")


def list_service_accounts(viewer: User) -> QuerySet[User]:
    """Will give the active accounts of those bodies a client may act as."""
    return User.objects.filter(
        tenant__in=list_client_tenants(viewer), is_active=True, is_superuser=False
    ).order_by("username")
