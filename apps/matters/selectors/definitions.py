"""Reads of matter types and their versions, for those who define and publish them."""

from datetime import datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.common import clock
from apps.common.errors import NotAllowed, NotFound
from apps.gateway.models import ApiClient
from apps.matters import permissions
from apps.matters.enums import VersionState
from apps.matters.models import MatterType, MatterVersion


def in_force_q(at: datetime) -> Q:
    """Will match the versions valid at ``at`` (aware)."""
    return Q(
        Q(effective_until__isnull=True) | Q(effective_until__gt=at),
        state__in=[VersionState.PUBLISHED, VersionState.RETIRED],
        effective_from__lte=at,
    )


def version_in_force(code: str, at: datetime | None = None) -> MatterVersion | None:
    """Will give the version of a matter in force at ``at`` (aware; default: now), or None."""
    found = MatterVersion.objects.filter(in_force_q(at or clock.now()), matter_type__code=code)
    return found.select_related("matter_type").first()


def list_matter_types(viewer: User) -> QuerySet[MatterType]:
    """Will give every matter type to whoever may see definitions, by code.

    Annotated: ``in_force_number``, ``in_force_from``, ``newest_number``, ``newest_state``,
    ``offer_count``.
    """
    if not permissions.can_view_matters(viewer):
        return MatterType.objects.none()
    versions = MatterVersion.objects.filter(matter_type=OuterRef("pk"))
    in_force = versions.filter(in_force_q(clock.now()))
    newest = versions.order_by("-number")
    found = MatterType.objects.select_related("domain").order_by("code")
    return found.annotate(
        in_force_number=Subquery(in_force.values("number")[:1]),
        in_force_from=Subquery(in_force.values("effective_from")[:1]),
        newest_number=Subquery(newest.values("number")[:1]),
        newest_state=Subquery(newest.values("state")[:1]),
        offer_count=Count("offers", filter=Q(offers__is_active=True)),
    )


def get_matter_type(viewer: User, *, code: str) -> MatterType:
    """Raises: NotAllowed (no right to see definitions), NotFound."""
    if not permissions.can_view_matters(viewer):
        raise NotAllowed(_("您没有查看事项定义的权限"))
    found = list_matter_types(viewer).filter(code=code).first()
    if found is None:
        raise NotFound(_("没有这个事项"))
    return found


def list_versions(matter_type: MatterType) -> QuerySet[MatterVersion]:
    """Will give every version, the newest first, without the bodies."""
    return (
        MatterVersion.objects.filter(matter_type=matter_type)
        .select_related("author", "reviewer")
        .defer("body")
        .order_by("-number")
    )


def get_version(viewer: User, *, code: str, number: int) -> MatterVersion:
    """Raises: NotAllowed, NotFound."""
    matter_type = get_matter_type(viewer, code=code)
    version = (
        MatterVersion.objects.filter(matter_type=matter_type, number=number)
        .select_related("matter_type__domain", "author", "reviewer")
        .first()
    )
    if version is None:
        raise NotFound(_("没有这个版本"))
    return version


def list_clients(viewer: User) -> QuerySet[ApiClient]:
    """Will give the programs of the viewer's tenants that may be linked to a matter."""
    found = ApiClient.objects.filter(revoked_at__isnull=True)
    scope = scope_of(viewer)
    return found if scope.everything else found.filter(tenant_id__in=scope.tenant_ids)
