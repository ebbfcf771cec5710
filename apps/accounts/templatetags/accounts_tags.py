from django import template
from django.utils.translation import gettext_lazy as _

from apps.accounts import permissions
from apps.accounts.models import Appointment, User

register = template.Library()


@register.filter
def may_manage_people(viewer: User, tenant_id: int) -> bool:
    """Will tell a template what ``permissions.can_manage_people`` says."""
    return permissions.can_manage_people(viewer, tenant_id)


@register.filter
def may_manage_roles(viewer: User, tenant_id: int) -> bool:
    """Will tell a template what ``permissions.can_manage_roles`` says."""
    return permissions.can_manage_roles(viewer, tenant_id)


@register.filter
def may_end(viewer: User, appointment: Appointment) -> bool:
    """Will tell whether to offer ending an appointment; the service has the last word."""
    return permissions.can_appoint(viewer, appointment.post.organization.tenant_id)


@register.filter
def may_unlock(viewer: User, tenant_id: int) -> bool:
    """Will tell a template what ``permissions.can_unlock`` says."""
    return permissions.can_unlock(viewer, tenant_id)


@register.filter
def may_open_people(viewer: User) -> bool:
    """Will tell a template what ``permissions.can_open_people`` says."""
    return permissions.can_open_people(viewer)


_SIGN_IN_WORDS = {
    "sign_in.succeeded": _("登录"),
    "sign_in.ended": _("退出"),
    "sign_in.failed": _("登录失败"),
    "sign_in.locked": _("账号锁定"),
    "sign_in.unlocked": _("账号解锁"),
    "sign_in.sessions_ended": _("结束登录"),
}


@register.filter
def sign_in_word(action: str) -> str:
    """Will say in a word what an entry about signing in tells."""
    return str(_SIGN_IN_WORDS.get(action, action))
