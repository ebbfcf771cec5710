"""The catalogue of services as people and clients look it up. Source: GW-03."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.common.errors import NotFound
from apps.gateway.enums import PersonalField, ServiceKind
from apps.gateway.models import Service, ServiceCheck
from apps.gateway.registry import all_resources

CHECKS_SHOWN = 50


def list_services(viewer: User, *, query: str = "", kind: str = "") -> QuerySet[Service]:
    """Will give what is offered to everybody and to the viewer's bodies."""
    scope = scope_of(viewer)
    found = Service.objects.filter(retired_at=None).select_related("tenant", "owner", "connector")
    if not scope.everything:
        found = found.filter(_offered(scope.tenant_ids))
    return _narrowed(found, query, kind)


def find_services(tenant_id: int, *, query: str = "", kind: str = "") -> QuerySet[Service]:
    """Will give what is offered to everybody and to one body; for its programs."""
    found = Service.objects.filter(_offered([tenant_id]), retired_at=None).select_related("owner")
    return _narrowed(found, query, kind)


def get_service(viewer: User, service_id: int) -> Service:
    """Will give one service the viewer may look up. Raises: NotFound."""
    found = list_services(viewer).filter(pk=service_id).first()
    if found is None:
        raise NotFound(_("没有这个服务"))
    return found


def get_service_by_code(tenant_id: int, code: str) -> Service:
    """Will give one service offered to a body. Raises: NotFound."""
    found = find_services(tenant_id).filter(code=code).first()
    if found is None:
        raise NotFound(_("没有这个服务"))
    return found


def personal_of(service: Service) -> tuple[PersonalField, ...]:
    """Will give the personal data the answers of an own API carry, masked unless granted."""
    found = next((one for one in all_resources() if one.code == service.code), None)
    return found.personal if found is not None and service.kind == ServiceKind.OWN else ()


def list_checks(service: Service) -> list[ServiceCheck]:
    """Will give the last looks at a service, newest first."""
    return list(service.checks.order_by("-at")[:CHECKS_SHOWN])


def _offered(tenant_ids: Iterable[int]) -> Q:
    return Q(tenant=None) | Q(tenant_id__in=list(tenant_ids))


def _narrowed(found: QuerySet[Service], query: str, kind: str) -> QuerySet[Service]:
    if text := query.strip():
        found = found.filter(
            Q(name__icontains=text) | Q(description__icontains=text) | Q(code__icontains=text)
        )
    return found.filter(kind=kind) if kind else found
