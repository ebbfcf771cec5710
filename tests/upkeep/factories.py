"""People who keep the platform."""

from django.contrib.auth.models import Permission

from apps.accounts.models import Appointment, Organization, Post, Role, User
from tests.cast import PASSWORD, SINCE

RIGHTS = {
    "reader": ["view_upkeep"],
    "keeper": ["view_upkeep", "keep_upkeep", "approve_runbooks"],
    "writer": ["view_upkeep", "write_runbooks"],
}


def person(name: str, role: str, unit: Organization) -> User:
    """Will give somebody of the unit with the rights of a role of ``RIGHTS``."""
    user = User.objects.create_user(
        username=name, full_name=f"测{name}", password=PASSWORD, tenant=unit.tenant
    )
    row, created = Role.objects.get_or_create(code=f"upkeep-{role}", defaults={"name": role})
    if created:
        row.permissions.set(
            Permission.objects.filter(content_type__app_label="upkeep", codename__in=RIGHTS[role])
        )
    post, _made = Post.objects.get_or_create(organization=unit, name=f"运维{role}")
    post.roles.add(row)
    Appointment.objects.create(user=user, post=post, from_on=SINCE)
    return user
