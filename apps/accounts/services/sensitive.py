"""What nobody may hand out alone: the permissions that open other doors (双人复核).

The table is the one place where this is decided; every line says why. Source: AC-09.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.errors import SecondPersonNeeded
from apps.accounts.models import Post, Role, User
from apps.accounts.reach import labels_of
from apps.accounts.selectors import appointments_in_force
from apps.accounts.services.separation import admin_kinds
from apps.audit.services import Actor
from apps.common.phrases import series

SENSITIVE: dict[str, Promise] = {
    "accounts.manage_people": _("可开立账号、重置口令"),
    "accounts.manage_roles": _("可给岗位授权"),
    "accounts.unlock_users": _("可解锁账号"),
    "accounts.approve_exports": _("可放行批量导出"),
    "audit.read_audit": _("可查阅全部审计记录"),
    "common.manage_outbox": _("可重放系统间的消息"),
    "evidence.rotate_key": _("可更换存证签名密钥"),
    "evidence.set_alarm_rules": _("可放宽安全告警"),
    "gateway.manage_clients": _("可发放接口密钥"),
    "gateway.manage_connectors": _("可向外部系统送出数据"),
    "matters.export_cases": _("可批量导出案件"),
    "matters.publish_matters": _("可改变全部案件的办理流程"),
    "matters.approve_listeners": _("可改变事项间的自动联动"),
    "residents.manage_accounts": _("可冻结、合并公众账户"),
    "signon.manage_applications": _("可让外部系统凭本市账号登录"),
    "rules.publish_rules": _("可改变自动派单的规则"),
}


def sensitive_among(permissions: Iterable[str]) -> list[str]:
    """Will give those of these permissions that need a second person, in order."""
    return sorted(SENSITIVE.keys() & set(permissions))


def why_permissions(permissions: Iterable[str]) -> list[str]:
    """Will say why handing these out needs a second person; empty: it does not."""
    return [str(SENSITIVE[label]) for label in sensitive_among(permissions)]


def why_roles(roles: Iterable[Role]) -> list[str]:
    """Will say why giving these roles needs a second person; empty: it does not."""
    return why_permissions(labels_of(roles))


def why_post(post: Post) -> list[str]:
    """Will say why appointing to this post needs a second person; empty: it does not."""
    return why_roles(post.roles.all())


def sensitive_roles() -> frozenset[int]:
    """Will give the keys of all roles that carry a sensitive permission."""
    wanted = Q(pk__in=[])
    for label in SENSITIVE:
        app_label, _dot, codename = label.partition(".")
        wanted |= Q(permissions__codename=codename, permissions__content_type__app_label=app_label)
    return frozenset(Role.objects.filter(wanted).values_list("pk", flat=True))


def sensitive_posts() -> frozenset[int]:
    """Will give the keys of all posts that carry such a role."""
    held = Post.roles.through.objects.filter(role_id__in=sensitive_roles())
    return frozenset(held.values_list("post_id", flat=True))


def is_administrator(user: User) -> bool:
    """Will tell whether this person is one of the three administrators today, or a superuser."""
    posts = [a.post for a in appointments_in_force(user)]
    return user.is_superuser or bool(admin_kinds(posts))


def acts_for_system(actor: Actor) -> bool:
    """Will tell whether nobody in particular acts: the installation, the demo city."""
    return not isinstance(actor, User)


def require_no_second_person(reasons: list[str]) -> None:
    """Will refuse to do alone what has such reasons. Raises: SecondPersonNeeded."""
    if reasons:
        raise SecondPersonNeeded(
            _("涉及敏感权限（%(why)s），须提交申请，由另一人复核。") % {"why": series(reasons)}
        )


def checked_by(checker: User | None) -> dict[str, Any]:
    """Will name the second person for an entry in the log; nothing without one."""
    if checker is None:
        return {}
    return {"checker_id": checker.pk, "checker": checker.display_name}
