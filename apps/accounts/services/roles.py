"""What the posts may do."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts import permissions
from apps.accounts.errors import AdminRolesExclude
from apps.accounts.models import Appointment, Organization, Post, Role, User
from apps.accounts.reach import admin_reach, grantable_permissions, labels_of
from apps.accounts.selectors import permission_names
from apps.accounts.services.sensitive import (
    acts_for_system,
    checked_by,
    require_no_second_person,
    why_permissions,
    why_roles,
)
from apps.accounts.services.separation import kinds_of, require_separate
from apps.accounts.services.standard_roles import find_permissions
from apps.audit.services import Actor, record
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.common.phrases import series


@transaction.atomic
def set_roles(actor: Actor, *, post: Post, roles: Iterable[Role]) -> Post:
    """Will make these the roles of a post. Locks the post, then the people who hold it.

    Counts at those people's next request.

    Raises: SecondPersonNeeded (a role it did not have carries a sensitive right);
        NotAllowed (no right over roles in this unit, or one's own post, or more than the
        actor may hand out); AdminRolesExclude (somebody on the post would become two of the
        three).
    """
    locked, wanted = _lock_post(post), list(roles)
    _require_right_over(actor, locked)
    if not acts_for_system(actor):
        require_no_second_person(why_roles(added_roles(locked, wanted)))
    return put_roles_on_post(actor, post=post, roles=wanted)


@transaction.atomic
def put_roles_on_post(
    actor: Actor, *, post: Post, roles: Iterable[Role], checker: User | None = None
) -> Post:
    """Will do what ``set_roles`` does once nobody else need agree; for approved changes.

    checker: who agreed, for the log. Raises: as ``set_roles``, but for SecondPersonNeeded.
    """
    locked, wanted = _lock_post(post), list(roles)
    _require_right_over(actor, locked)
    _require_grantable(actor, [locked.organization], labels_of(added_roles(locked, wanted)))
    holders = _lock_holders(Post.objects.filter(pk=locked.pk))
    if any(holder.pk == actor.pk for holder in holders):
        raise NotAllowed(_("不能给自己所任岗位授权。"))
    before = sorted(locked.roles.values_list("code", flat=True))
    locked.roles.set(wanted)
    require_separate([locked], person=str(locked))
    _require_all_separate(holders)
    after = sorted(locked.roles.values_list("code", flat=True))
    record(
        actor,
        "post.roles_set",
        object_type="accounts.post",
        object_id=locked.pk,
        object_label=str(locked),
        data={"before": before, "after": after} | checked_by(checker),
    )
    return locked


@transaction.atomic
def set_role_permissions(actor: Actor, *, role: Role, permissions_held: Iterable[str]) -> Role:
    """Will make these the permissions of a role, "app.codename" each.

    A role is shared by all bodies: who changes it must administer the roles of every unit
    that uses it. Locks the role, then the people who hold it.

    Raises: SecondPersonNeeded (a sensitive right is added); NotAllowed; InvalidInput (a
        permission nobody knows); AdminRolesExclude.
    """
    locked, wanted = Role.objects.select_for_update().get(pk=role.pk), set(permissions_held)
    _require_all_units(actor, locked)
    if not acts_for_system(actor):
        require_no_second_person(why_permissions(wanted - labels_of([locked])))
    return put_permissions_on_role(actor, role=role, permissions_held=wanted)


@transaction.atomic
def put_permissions_on_role(
    actor: Actor, *, role: Role, permissions_held: Iterable[str], checker: User | None = None
) -> Role:
    """Will do what ``set_role_permissions`` does once nobody else need agree.

    checker: who agreed, for the log. Raises: as there, but for SecondPersonNeeded.
    """
    locked = Role.objects.select_for_update().get(pk=role.pk)
    wanted, before = set(permissions_held), labels_of([locked])
    units = _require_all_units(actor, locked)
    if len(kinds_of(wanted)) > 1:
        raise AdminRolesExclude(_("一个角色不能兼有三员中两员的权限。"), field="permissions")
    found, missing = find_permissions(wanted)
    if missing:
        raise InvalidInput(
            _("没有这些权限:%(names)s。") % {"names": series(missing)}, field="permissions"
        )
    _require_grantable(actor, units, wanted - before)
    holders = _lock_holders(Post.objects.filter(roles=locked))
    locked.permissions.set(found)
    _require_all_separate(holders)
    record(
        actor,
        "role.permissions_set",
        object_type="accounts.role",
        object_id=locked.pk,
        object_label=locked.name,
        data={"added": sorted(wanted - before), "removed": sorted(before - wanted)}
        | checked_by(checker),
    )
    return locked


def added_roles(post: Post, roles: Iterable[Role]) -> list[Role]:
    """Will give those of these roles the post does not carry yet."""
    held = set(post.roles.values_list("pk", flat=True))
    return [role for role in roles if role.pk not in held]


def _lock_post(post: Post) -> Post:
    return (
        Post.objects.select_for_update(of=("self",))
        .select_related("organization__tenant")
        .get(pk=post.pk)
    )


def _require_right_over(actor: Actor, post: Post) -> None:
    if not permissions.can_grant_in(actor, post.organization):
        raise NotAllowed(_("您没有给该单位岗位授权的权限。"))


def _require_all_units(actor: Actor, role: Role) -> list[Organization]:
    """Every unit that uses the role must be one whose roles the actor administers."""
    units = list(Organization.objects.filter(posts__roles=role).select_related("tenant").distinct())
    if not isinstance(actor, User):
        if not permissions.can_manage_roles(actor, None):
            raise NotAllowed(_("您没有管理角色的权限。"))
        return units
    reach = admin_reach(actor, "accounts.manage_roles")
    if not reach.is_anywhere or not all(reach.covers(unit) for unit in units):
        raise NotAllowed(_("该角色由其他单位共用,您不能修改其权限。"))
    return units


def _require_grantable(
    actor: Actor, organizations: Iterable[Organization], labels: set[str]
) -> None:
    """Nobody hands out more than they hold or administer. Source: AC-06."""
    if not isinstance(actor, User):
        return
    most = grantable_permissions(actor, organizations)
    if most is None:
        return
    if beyond := labels - most:
        raise NotAllowed(
            _("超出您可授予的范围：%(names)s。须由上级安全管理员授予。")
            % {"names": series(permission_names(beyond))}
        )


def _still_to_come() -> QuerySet[Appointment]:
    return Appointment.objects.exclude(to_on__lt=clock.today())


def _lock_holders(posts: QuerySet[Post]) -> list[User]:
    ids = _still_to_come().filter(post__in=posts).values_list("user_id", flat=True)
    return list(User.objects.filter(pk__in=set(ids)).order_by("pk").select_for_update())


def _require_all_separate(holders: list[User]) -> None:
    for holder in holders:
        posts = Post.objects.filter(appointments__in=_still_to_come().filter(user=holder))
        require_separate(posts, person=holder.full_name)
