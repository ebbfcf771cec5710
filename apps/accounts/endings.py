"""What this app ends of a leaver: sessions, account, posts, shares, delegations, requests."""

from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermission

from apps.accounts.approvals import services as approvals
from apps.accounts.deputies.services import end_delegations_of, open_delegations
from apps.accounts.factors import certificates, phone
from apps.accounts.models import (
    Appointment,
    Certificate,
    HeldChange,
    PhoneFactor,
    StepUpTicket,
    User,
)
from apps.accounts.registry import Ending, register_ending
from apps.accounts.selectors import count_sessions
from apps.accounts.services.appointments import end_appointment, suspend_appointment
from apps.accounts.services.people import deactivate_user, end_sessions
from apps.accounts.services.sharing import unshare_everything
from apps.audit.services import Actor
from apps.common import clock


def register() -> None:
    """Will make the endings of this app known."""
    for ending in (
        _SESSIONS,
        _ACCOUNT,
        _POSTS,
        _SHARES,
        _DELEGATIONS,
        _REQUESTS,
        _CERTIFICATES,
        _PHONES,
    ):
        register_ending(ending)


def _end_sessions(actor: Actor, user: User) -> int:
    StepUpTicket.objects.filter(user=user, used_at__isnull=True).delete()
    return end_sessions(actor, user=user)


def _close_account(actor: Actor, user: User) -> int:
    was_active = User.objects.filter(pk=user.pk, is_active=True).exists()
    deactivate_user(actor, user=user, reason="leaving")
    return int(was_active)


def _open_posts(user: User) -> list[Appointment]:
    found = Appointment.objects.filter(user=user).exclude(to_on__lt=clock.today())
    return list(
        found.exclude(to_on=clock.today(), suspended_at__isnull=False)
        .select_related("post__organization__tenant")
        .order_by("pk")
    )


def _end_posts(actor: Actor, user: User) -> int:
    """Today is the last day on the post; suspended, it gives no right from this moment."""
    posts = _open_posts(user)
    for appointment in posts:
        suspend_appointment(actor, appointment=appointment, reason=str(_("离职")))
        end_appointment(actor, appointment=appointment, on=clock.today())
    return len(posts)


def _waiting_requests(user: User) -> list[HeldChange]:
    found = HeldChange.objects.filter(maker=user, state=HeldChange.State.PENDING)
    return list(found.order_by("pk"))


def _withdraw(actor: Actor, user: User) -> int:
    waiting = _waiting_requests(user)
    for change in waiting:
        approvals.withdraw_change(user, change_id=change.pk)
    return len(waiting)


_CERTIFICATES = Ending(
    "accounts.certificates",
    _("数字证书"),
    22,
    lambda actor, user: certificates.end_all(actor, user=user, reason=str(_("离职"))),
    lambda user: Certificate.objects.filter(user=user, ended_at=None).count(),
)
_PHONES = Ending(
    "accounts.phones",
    _("短信验证"),
    24,
    lambda actor, user: phone.remove(actor, user=user),
    lambda user: PhoneFactor.objects.filter(user=user).count(),
)
_SESSIONS = Ending("accounts.sessions", _("登录会话"), 10, _end_sessions, count_sessions)
_ACCOUNT = Ending(
    "accounts.account", _("登录账号"), 20, _close_account, lambda user: int(user.is_active)
)
_POSTS = Ending(
    "accounts.posts", _("任职与岗位权限"), 30, _end_posts, lambda user: len(_open_posts(user))
)
_SHARES = Ending(
    "accounts.shares",
    _("单独授权的记录"),
    40,
    lambda actor, user: unshare_everything(actor, user=user),
    lambda user: UserObjectPermission.objects.filter(user=user).count(),
)
_DELEGATIONS = Ending(
    "accounts.delegations",
    _("代办委托"),
    50,
    end_delegations_of,
    lambda user: open_delegations(user).count(),
)
_REQUESTS = Ending(
    "accounts.requests",
    _("待复核的申请"),
    60,
    _withdraw,
    lambda user: len(_waiting_requests(user)),
)
