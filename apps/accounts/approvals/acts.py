"""The dangerous acts of this app: who may do what, and an administrator's password.

Each has a function that makes the proposal and the four answers the engine asks for. A
payload names things by key and by what they were called when it was filed.
"""

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts import permissions
from apps.accounts.approvals.registry import (
    Act,
    Difference,
    Execution,
    Proposal,
    Result,
    register_act,
)
from apps.accounts.models import Appointment, Organization, Post, Role, User
from apps.accounts.reach import labels_of
from apps.accounts.selectors import appointments_in_force, permission_names
from apps.accounts.services import appointments, passwords, roles
from apps.accounts.services.sensitive import sensitive_among, why_permissions
from apps.accounts.services.separation import admin_kinds
from apps.common import clock
from apps.common.errors import NotAllowed
from apps.common.phrases import series

APPOINT = "accounts-appoint"
POST_ROLES = "accounts-post-roles"
ROLE_PERMISSIONS = "accounts-role-permissions"
RESET_PASSWORD = "accounts-reset-password"  # noqa: S105  the code of an act
CHECKS = "accounts.manage_roles"


def register() -> None:
    """Will make the acts of this app known."""
    for act in (_APPOINT, _POST_ROLES, _ROLE_PERMISSIONS, _RESET_PASSWORD):
        register_act(act)


# --- Appointing to a post with a sensitive right ----------------------------------------


def appointment(
    *, user: User, post: Post, from_on: date, to_on: date | None = None, is_primary: bool = True
) -> Proposal:
    """Will propose to put a person on a post."""
    held = list(post.roles.all())
    payload = {
        "user_id": user.pk,
        "post_id": post.pk,
        "post": str(post),
        "posts_now": [str(a.post) for a in appointments_in_force(user)],
        "roles": [role.name for role in held],
        "sensitive": sensitive_among(labels_of(held)),
        "from_on": from_on.isoformat(),
        "to_on": to_on.isoformat() if to_on else None,
        "is_primary": is_primary,
    }
    return Proposal(
        act=APPOINT,
        subject_type="accounts.user",
        subject_id=user.pk,
        subject_label=user.display_name,
        organization=post.organization,
        payload=payload,
        concerned=user,
    )


def _may_appoint(maker: User, organization: Organization, payload: dict[str, Any]) -> bool:
    if admin_kinds([_post(payload)]):
        return permissions.can_grant_in(maker, organization)
    return permissions.can_appoint_in(maker, organization)


def _appointment_version(payload: dict[str, Any]) -> str:
    post = _post(payload, lock=True)
    user = User.objects.select_for_update().get(pk=payload["user_id"])
    held = Appointment.objects.filter(user=user).exclude(to_on__lt=clock.today())
    return _token(user.is_active, sorted(held.values_list("pk", flat=True)), _rights(post))


def _describe_appointment(payload: dict[str, Any]) -> list[Difference]:
    words = {"first": payload["from_on"], "last": payload["to_on"]}
    span = _("%(first)s 至 %(last)s") if payload["to_on"] else _("自 %(first)s 起，长期")
    return [
        Difference(_("岗位"), _list(payload["posts_now"]), payload["post"]),
        Difference(_("任期"), _NONE, span % words),
        Difference(_("由此获得的角色"), _NONE, _list(payload["roles"])),
        _sensitive_line(payload),
    ]


def _appoint(execution: Execution) -> Result:
    payload = execution.payload
    to_on = payload["to_on"]
    made = appointments.put_on_post(
        execution.maker,
        user=User.objects.get(pk=payload["user_id"]),
        post=_post(payload),
        from_on=date.fromisoformat(payload["from_on"]),
        to_on=date.fromisoformat(to_on) if to_on else None,
        is_primary=payload["is_primary"],
        checker=execution.checker,
    )
    return Result(_("已任命：%(appointment)s。") % {"appointment": made})


# --- Giving a post a role with a sensitive right ----------------------------------------


def post_roles(*, post: Post, roles_wanted: Iterable[Role]) -> Proposal:
    """Will propose to make these the roles of a post."""
    wanted = sorted(roles_wanted, key=lambda role: role.code)
    payload = {
        "post_id": post.pk,
        "role_ids": [role.pk for role in wanted],
        "before": [role.name for role in post.roles.all()],
        "after": [role.name for role in wanted],
        "sensitive": sensitive_among(labels_of(roles.added_roles(post, wanted))),
        "holders": [a.user.display_name for a in _holders(post)],
        "holder_ids": [a.user_id for a in _holders(post)],
    }
    return Proposal(
        act=POST_ROLES,
        subject_type="accounts.post",
        subject_id=post.pk,
        subject_label=str(post),
        organization=post.organization,
        payload=payload,
    )


def _may_grant(maker: User, organization: Organization, payload: dict[str, Any]) -> bool:
    return permissions.can_grant_in(maker, organization)


def _post_version(payload: dict[str, Any]) -> str:
    post = _post(payload, lock=True)
    wanted = Role.objects.filter(pk__in=payload["role_ids"])
    holders = sorted(a.user_id for a in _holders(post))
    return _token(_rights(post), sorted(labels_of(wanted)), wanted.count(), holders)


def _describe_post_roles(payload: dict[str, Any]) -> list[Difference]:
    return [
        Difference(_("角色"), _list(payload["before"]), _list(payload["after"])),
        _sensitive_line(payload),
        Difference(_("现任人员"), _list(payload["holders"]), _list(payload["holders"])),
    ]


def _put_roles(execution: Execution) -> Result:
    post = roles.put_roles_on_post(
        execution.maker,
        post=_post(execution.payload),
        roles=Role.objects.filter(pk__in=execution.payload["role_ids"]),
        checker=execution.checker,
    )
    return Result(_("已授权：%(post)s。") % {"post": post})


# --- Giving a role a sensitive right ----------------------------------------------------


def role_permissions(maker: User, *, role: Role, permissions_held: Iterable[str]) -> Proposal:
    """Will propose to make these the permissions of a role.

    Concerns the unit by whose post the maker grants, else the first unit that uses the role.
    Raises: NotAllowed (there is no such unit).
    """
    wanted, held = set(permissions_held), labels_of([role])
    payload = {
        "role_id": role.pk,
        "permissions": sorted(wanted),
        "added": sorted(wanted - held),
        "removed": sorted(held - wanted),
        "sensitive": sensitive_among(wanted - held),
    }
    return Proposal(
        act=ROLE_PERMISSIONS,
        subject_type="accounts.role",
        subject_id=role.pk,
        subject_label=role.name,
        organization=_granting_unit(maker, role),
        payload=payload,
    )


def _granting_unit(maker: User, role: Role) -> Organization:
    own = [a.post.organization for a in appointments_in_force(maker)]
    granting = [unit for unit in own if permissions.can_grant_in(maker, unit)]
    found = granting[0] if granting else Organization.objects.filter(posts__roles=role).first()
    if found is None:
        raise NotAllowed(_("请以安全管理员的岗位办理。"))
    return found


def _role_version(payload: dict[str, Any]) -> str:
    role = Role.objects.select_for_update().get(pk=payload["role_id"])
    return _token(sorted(labels_of([role])))


def _describe_role(payload: dict[str, Any]) -> list[Difference]:
    lines = [Difference(_("权限"), _NONE, name) for name in permission_names(payload["added"])]
    lines += [
        Difference(_("权限"), name, _("取消")) for name in permission_names(payload["removed"])
    ]
    return [*lines, _sensitive_line(payload)]


def _put_permissions(execution: Execution) -> Result:
    role = roles.put_permissions_on_role(
        execution.maker,
        role=Role.objects.get(pk=execution.payload["role_id"]),
        permissions_held=execution.payload["permissions"],
        checker=execution.checker,
    )
    return Result(_("角色“%(role)s”的权限已改。") % {"role": role})


# --- An administrator's password --------------------------------------------------------


def password_reset(*, user: User) -> Proposal:
    """Will propose to give an administrator a temporary password.

    Raises: NotAllowed (a superuser without a post: reset on the server, not here).
    """
    posts = [a.post for a in appointments_in_force(user)]
    if not posts:
        raise NotAllowed(_("该账号没有任职，其密码只能在服务器上重置。"))
    return Proposal(
        act=RESET_PASSWORD,
        subject_type="accounts.user",
        subject_id=user.pk,
        subject_label=user.display_name,
        organization=posts[0].organization,
        payload={"user_id": user.pk, "posts": [str(post) for post in posts]},
        concerned=user,
    )


def _may_reset(maker: User, organization: Organization, payload: dict[str, Any]) -> bool:
    return permissions.can_manage_people(maker, organization.tenant_id)


def _password_version(payload: dict[str, Any]) -> str:
    user = User.objects.select_for_update().get(pk=payload["user_id"])
    return _token(user.is_active, user.password)


def _describe_reset(payload: dict[str, Any]) -> list[Difference]:
    return [
        Difference(_("密码"), _("本人设定的密码"), _("临时密码，首次登录须修改")),
        Difference(_("现有登录"), _("保持"), _("全部结束")),
        Difference(_("任职"), _list(payload["posts"]), _list(payload["posts"])),
    ]


def _reset(execution: Execution) -> Result:
    password = passwords.give_temporary_password(
        execution.maker,
        user=User.objects.get(pk=execution.payload["user_id"]),
        checker=execution.checker,
    )
    return Result(_("已生成临时密码，由复核人当面交给本人。"), secret=password)


# --- Shared -----------------------------------------------------------------------------

_NONE = "—"


def _list(names: Iterable[str]) -> str:
    return series(names) or _NONE


def _sensitive_line(payload: dict[str, Any]) -> Difference:
    return Difference(_("敏感权限"), _NONE, _list(why_permissions(payload["sensitive"])))


def _post(payload: dict[str, Any], *, lock: bool = False) -> Post:
    found = Post.objects.select_related("organization__tenant")
    if lock:
        found = found.select_for_update(of=("self",))
    return found.get(pk=payload["post_id"])


def _holders(post: Post) -> list[Appointment]:
    return list(
        Appointment.objects.filter(post=post)
        .exclude(to_on__lt=clock.today())
        .select_related("user")
        .order_by("user_id")
    )


def _rights(post: Post) -> list[Any]:
    held = list(post.roles.order_by("pk"))
    return [[role.pk for role in held], sorted(labels_of(held))]


def _token(*facts: Any) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()


_APPOINT = Act(
    code=APPOINT,
    label=gettext_lazy("任命到敏感岗位"),
    checker_permission=CHECKS,
    may_make=_may_appoint,
    version=_appointment_version,
    describe=_describe_appointment,
    execute=_appoint,
    may_act_alone=True,
)
_POST_ROLES = Act(
    code=POST_ROLES,
    label=gettext_lazy("授予岗位敏感角色"),
    checker_permission=CHECKS,
    may_make=_may_grant,
    version=_post_version,
    describe=_describe_post_roles,
    execute=_put_roles,
    may_act_alone=True,
    concerns=lambda payload: frozenset(payload["holder_ids"]),
)
_ROLE_PERMISSIONS = Act(
    code=ROLE_PERMISSIONS,
    label=gettext_lazy("给角色增加敏感权限"),
    checker_permission=CHECKS,
    may_make=_may_grant,
    version=_role_version,
    describe=_describe_role,
    execute=_put_permissions,
)
_RESET_PASSWORD = Act(
    code=RESET_PASSWORD,
    label=gettext_lazy("重置管理员密码"),
    checker_permission=CHECKS,
    may_make=_may_reset,
    version=_password_version,
    describe=_describe_reset,
    execute=_reset,
    is_rehearsed=False,  # ends sessions, which a rollback would not bring back
)
