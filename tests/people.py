"""Somebody on a post, for tests of rights: the standard roles, or a role with rights of its own."""

from collections.abc import Iterable

from apps.accounts.models import Appointment, Organization, Post, Role, User
from apps.accounts.services.standard_roles import ROLE_SEED, find_permissions
from tests.cast import PASSWORD, SINCE

_STANDARD = {code: (name, rights) for code, name, rights in ROLE_SEED}


def appointed(username: str, unit: Organization, *, role: str, rights: Iterable[str] = ()) -> User:
    """Will give somebody on a post of the unit that carries the role.

    rights: "app.codename", for a role of the test's own; a standard role brings its rights.
    """
    name, own = (role, tuple(rights)) if rights else _STANDARD[role]
    held, created = Role.objects.get_or_create(code=role, defaults={"name": name})
    if created:
        found, unknown = find_permissions(own)
        assert not unknown, unknown
        held.permissions.set(found)
    user = User.objects.create_user(
        username=username, full_name=f"测{username}", password=PASSWORD, tenant=unit.tenant
    )
    post, _created = Post.objects.get_or_create(organization=unit, name=name)
    post.roles.add(held)
    Appointment.objects.create(user=user, post=post, from_on=SINCE)
    return user
