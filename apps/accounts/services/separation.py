"""三员分立: the three administrators exclude one another.

The system administrator keeps people and settings and grants nothing, the security
administrator grants and unlocks and keeps no files, the audit administrator reads the log
and changes nothing. Judged by the permissions a post carries, so a renamed or newly made
role cannot slip through. Source: GB/T 22239-2019 8.1.5; AC-06.
"""

from collections.abc import Iterable

from django.contrib.auth.models import Permission
from django.db.models import Value
from django.utils.translation import gettext_lazy as _

from apps.accounts.errors import AdminRolesExclude
from apps.accounts.models import Post, Role

ADMIN_PERMISSIONS = {
    "system_admin": frozenset({"accounts.manage_people"}),
    "security_admin": frozenset({"accounts.manage_roles", "accounts.unlock_users"}),
    "audit_admin": frozenset({"audit.read_audit"}),
}
_CODENAMES = [label.partition(".")[2] for own in ADMIN_PERMISSIONS.values() for label in own]


def kinds_of(permissions: Iterable[str]) -> set[str]:
    """Will give which of the three administrators these permissions belong to."""
    held = set(permissions)
    return {kind for kind, own in ADMIN_PERMISSIONS.items() if own & held}


def admin_kinds(posts: Iterable[Post]) -> set[str]:
    """Will give which of the three administrators these posts make somebody."""
    roles = Role.objects.filter(posts__in=[post.pk for post in posts])
    named = roles.filter(code__in=ADMIN_PERMISSIONS).order_by()
    carried = Permission.objects.filter(roles__in=roles, codename__in=_CODENAMES)
    found = named.values_list(Value(""), "code").union(
        carried.order_by().values_list("content_type__app_label", "codename")
    )
    pairs = list(found)  # asked several times for every appointment: one question
    return {code for label, code in pairs if not label} | kinds_of(
        f"{label}.{codename}" for label, codename in pairs
    )


def require_separate(posts: Iterable[Post], *, person: str) -> None:
    """Will refuse posts that make one person two of the three.

    Raises: AdminRolesExclude.
    """
    if len(admin_kinds(posts)) > 1:
        raise AdminRolesExclude(
            _("系统管理员、安全管理员、审计管理员须由不同的人担任(%(person)s)。")
            % {"person": person},
            field="post",
        )
