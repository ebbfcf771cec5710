"""Passwords: remember the old ones, hand out a temporary one."""

import secrets

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts import permissions
from apps.accounts.errors import SecondPersonNeeded
from apps.accounts.models import OldPassword, User
from apps.accounts.services.access import close_everything
from apps.accounts.services.sensitive import acts_for_system, checked_by, is_administrator
from apps.audit.services import Actor, record
from apps.common import clock
from apps.common.errors import NotAllowed, Refused

# Letters and digits that nobody mistakes for one another when read out or written down.
_CAPITALS, _SMALL, _DIGITS = "ABCDEFGHJKMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789"


def temporary_password() -> str:
    """Will make a random password of 14 characters that passes the rules."""
    groups = [(_CAPITALS, 4), (_SMALL, 6), (_DIGITS, 3)]
    characters = [secrets.choice(letters) for letters, count in groups for _turn in range(count)]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters[:7]) + "-" + "".join(characters[7:])


@transaction.atomic
def remember_password_change(user: User, *, must_change: bool = False) -> None:
    """Will note that the user's present password was set now and forget all but the last few.

    The number kept is ``settings.PASSWORD_HISTORY``. Saves only the fields it owns.
    """
    moment = clock.now()
    user.must_change_password, user.password_changed_at = must_change, moment
    user.save(update_fields=["must_change_password", "password_changed_at"])
    OldPassword.objects.create(user=user, password_hash=user.password, set_at=moment)
    newest = user.old_passwords.order_by("-set_at", "-id")
    kept = list(newest.values_list("pk", flat=True)[: settings.PASSWORD_HISTORY])
    user.old_passwords.exclude(pk__in=kept).delete()


@transaction.atomic
def reset_password(actor: Actor, *, user: User) -> str:
    """Will give a temporary password to read out once; every session ends at once.

    The person must change it at the next sign-in. Locks the user.

    Raises: SecondPersonNeeded (an administrator's); NotAllowed (the actor keeps no files of
        this tenant); Refused (one's own: that is changed with the old one).
    """
    _require_right_over(actor, user)
    if not acts_for_system(actor) and is_administrator(user):
        raise SecondPersonNeeded(_("重置管理员的密码须提交申请，由安全管理员复核。"))
    return give_temporary_password(actor, user=user)


@transaction.atomic
def give_temporary_password(actor: Actor, *, user: User, checker: User | None = None) -> str:
    """Will do what ``reset_password`` does once nobody else need agree.

    checker: who agreed, for the log. Raises: as there, but for SecondPersonNeeded.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    _require_right_over(actor, locked)
    password = temporary_password()
    locked.set_password(password)
    locked.save(update_fields=["password"])
    remember_password_change(locked, must_change=True)
    close_everything(locked, reason="password_reset")
    record(
        actor,
        "user.password_reset",
        object_type="accounts.user",
        object_id=locked.pk,
        object_label=locked.display_name,
        data=checked_by(checker),
    )
    return password


def _require_right_over(actor: Actor, user: User) -> None:
    if not permissions.can_manage_people(actor, user.tenant_id):
        raise NotAllowed(_("您没有管理该单位人员的权限。"))
    if user.pk == actor.pk:
        raise Refused(_("请在“修改密码”页面修改自己的密码。"), code="own_account")
