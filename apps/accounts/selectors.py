"""Who a user is to the city today, and whom and what they may see."""

from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from apps.accounts.models import Appointment, Organization, User
from apps.common import clock


@dataclass(frozen=True)
class Scope:
    """How far a viewer reaches.

    tenant_ids, organization_ids: of the posts held today.
    organization_paths: path prefixes; the viewer's units and everything below them.
    area_paths: path prefixes of the duty areas of the posts held (or of their units).
    everything: a superuser, or nobody in particular acting as the system.
    """

    user_id: int | None = None
    everything: bool = False
    tenant_ids: frozenset[int] = frozenset()
    organization_ids: frozenset[int] = frozenset()
    organization_paths: tuple[str, ...] = ()
    area_paths: tuple[str, ...] = ()
    permissions: frozenset[str] = field(default_factory=frozenset)

    def covers_organization(self, path: str) -> bool:
        """Will tell whether an organisation with this path is one of the viewer's or below."""
        return self.everything or any(path.startswith(p) for p in self.organization_paths)

    def covers_area(self, path: str) -> bool:
        """Will tell whether an area with this path lies in a duty area of the viewer."""
        return self.everything or any(path.startswith(p) for p in self.area_paths)


def appointments_in_force(user: User) -> QuerySet[Appointment]:
    """Will give the appointments held today, main post first."""
    today = clock.today()
    return (
        Appointment.objects.filter(user=user, from_on__lte=today)
        .filter(Q(to_on__isnull=True) | Q(to_on__gte=today))
        .select_related("post__organization__tenant", "post__organization__area", "post__area")
        .order_by("-is_primary", "id")
    )


def scope_of(user: User) -> Scope:
    """Will give the viewer's reach; two queries, remembered on the user object."""
    remembered: Scope | None = getattr(user, "_scope", None)
    if remembered is not None:
        return remembered
    held = list(appointments_in_force(user)) if user.pk else []
    organizations = [a.post.organization for a in held]
    areas = [a.post.area or a.post.organization.area for a in held]
    scope = Scope(
        user_id=user.pk,
        everything=user.is_active and user.is_superuser,
        tenant_ids=frozenset(o.tenant_id for o in organizations),
        organization_ids=frozenset(o.pk for o in organizations),
        organization_paths=tuple(dict.fromkeys(o.path for o in organizations)),
        area_paths=tuple(dict.fromkeys(a.path for a in areas if a is not None)),
        permissions=frozenset(user.get_all_permissions()) if user.is_active else frozenset(),
    )
    user._scope = scope  # type: ignore[attr-defined]  # remembered for this request
    return scope


def list_organizations(viewer: User) -> QuerySet[Organization]:
    """Will give the active organisations of the viewer's tenants, in tree order."""
    scope = scope_of(viewer)
    found = Organization.objects.filter(is_active=True)
    return found if scope.everything else found.filter(tenant_id__in=scope.tenant_ids)
