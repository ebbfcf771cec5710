"""How far somebody administers: the whole body, or the own unit and what lies below it.

A post in a centre (指挥受理中心) that answers for the whole area of its body, or in an office
of such a centre, administers the body at every level. A post anywhere else administers its
unit and the units below, never a neighbour or what lies above. Source: AC-06, CO-06.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet

from apps.accounts.models import Appointment, Organization, OrganizationKind, Role, User
from apps.accounts.permission_keys import carries
from apps.accounts.selectors import in_force_q


@dataclass(frozen=True)
class AdminReach:
    """Where some rights of one person hold. everything: a superuser."""

    everything: bool = False
    tenant_ids: frozenset[int] = frozenset()
    paths: tuple[str, ...] = ()

    @property
    def is_anywhere(self) -> bool:
        """Whether anything at all is administered."""
        return self.everything or bool(self.paths)

    def covers(self, organization: Organization) -> bool:
        """Will tell whether this unit is administered."""
        return self.covers_whole(organization.tenant_id) or any(
            organization.path.startswith(path) for path in self.paths
        )

    def covers_whole(self, tenant_id: int | None) -> bool:
        """Will tell whether the body is administered at every level."""
        return self.everything or tenant_id in self.tenant_ids


def admin_reach(user: User, *permissions: str) -> AdminReach:
    """Will give where the posts of today that carry one of these permissions reach."""
    if not user.pk or not user.is_active:
        return AdminReach()
    held = _holding(permissions).filter(user=user)
    return _reach([a.post.organization for a in held], everything=user.is_superuser)


def administrators(permission: str, organization: Organization) -> list[User]:
    """Will give the active people whose post carries the right over this unit, by key.

    Superusers hold no post and are not among them.
    """
    held = _holding([permission]).filter(
        post__organization__tenant_id=organization.tenant_id, user__is_active=True
    )
    found = {a.user_id: a.user for a in held if _reach([a.post.organization]).covers(organization)}
    return [found[key] for key in sorted(found)]


def grantable_permissions(
    user: User, organizations: Iterable[Organization]
) -> frozenset[str] | None:
    """Will give what this grantor may hand out in these units; None: every permission.

    Who administers the whole body hands out everything. Anybody else only what they hold
    themselves, or what somebody above has already given to a post in their own subtree.
    """
    reach = admin_reach(user, "accounts.manage_roles")
    bodies = {organization.tenant_id for organization in organizations} or reach.tenant_ids
    if reach.everything or (bodies and all(reach.covers_whole(body) for body in bodies)):
        return None
    below = Q(pk__in=[])
    for path in reach.paths:
        below |= Q(posts__organization__path__startswith=path)
    return frozenset(labels_of(Role.objects.filter(below))) | frozenset(user.get_all_permissions())


def labels_of(roles: Iterable[Role]) -> set[str]:
    """Will give the permissions of these roles together, "app.codename" each."""
    found = Permission.objects.filter(roles__in=roles)
    return {
        f"{app}.{codename}"
        for app, codename in found.values_list("content_type__app_label", "codename")
    }


def _holding(permissions: Iterable[str]) -> QuerySet[Appointment]:
    return (
        Appointment.objects.filter(in_force_q(), carries(permissions))
        .select_related("user", "post__organization__tenant")
        .order_by("pk")
    )


def _reach(organizations: Iterable[Organization], *, everything: bool = False) -> AdminReach:
    units = list(organizations)
    return AdminReach(
        everything=everything,
        tenant_ids=frozenset(unit.tenant_id for unit in units if stands_for_all(unit)),
        paths=tuple(dict.fromkeys(unit.path for unit in units)),
    )


def stands_for_all(unit: Organization) -> bool:
    """Will tell whether posts in this unit administer the whole body."""
    return unit.kind == OrganizationKind.CENTER and unit.area_id == unit.tenant.area_id
