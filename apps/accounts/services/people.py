"""The file of a person: open it, correct it, close it, end the sessions."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts import permissions
from apps.accounts.models import Tenant, User
from apps.accounts.selectors import find_user
from apps.accounts.services.access import close_everything, close_session, end_access
from apps.accounts.services.passwords import remember_password_change
from apps.accounts.signals import UserDeactivated, user_deactivated
from apps.audit.services import Actor, changes, record, snapshot
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused

MINIMUM_PURPOSE_LENGTH = 2
_FILE = ("full_name", "phone", "email", "employee_number", "language", "is_staff")


@transaction.atomic
def create_user(
    actor: Actor,
    *,
    tenant: Tenant,
    username: str,
    full_name: str,
    password: str,
    phone: str = "",
    email: str = "",
    employee_number: str = "",
    language: str = "zh-hans",
    must_change_password: bool = True,
    is_active: bool = True,
) -> User:
    """Will open a person's file; they hold no right until appointed.

    is_active: off for somebody who may sign in only later, after training.

    password: a first one, handed over in person; must be changed at the first sign-in
    unless ``must_change_password`` is off (a seeded demo city).

    Raises: NotAllowed (the actor keeps no files of this tenant); InvalidInput (sign-in
        name or number taken, no name, password against the rules).
    """
    _require_people(actor, tenant.pk)
    user = User(
        tenant=tenant,
        username=username.strip(),
        full_name=full_name.strip(),
        phone=phone.strip(),
        email=email.strip(),
        employee_number=employee_number.strip(),
        language=language,
        must_change_password=must_change_password,
        is_active=is_active,
    )
    if not user.username:
        raise InvalidInput(_("请填写登录名。"), field="username")
    if find_user(user.username):
        raise InvalidInput(_("该登录名已被使用。"), field="username")
    _check_file(user)
    _check_password(user, password)
    user.set_password(password)
    user.save()
    remember_password_change(user, must_change=must_change_password)
    record(actor, "user.created", **_object(user), data={"username": user.username})
    return user


@transaction.atomic
def update_user(
    actor: Actor,
    *,
    user: User,
    full_name: str,
    phone: str,
    email: str,
    employee_number: str,
    is_staff: bool | None = None,
) -> User:
    """Will correct a person's file. Locks the user.

    is_staff: may open the console; leave out to keep it as it is.
    Raises: NotAllowed; InvalidInput (no name, number taken).
    """
    locked = _lock(user)
    _require_people(actor, locked.tenant_id)
    before = snapshot(locked, *_FILE)
    locked.full_name, locked.phone = full_name.strip(), phone.strip()
    locked.email, locked.employee_number = email.strip(), employee_number.strip()
    if is_staff is not None:
        locked.is_staff = is_staff
    _check_file(locked)
    locked.save(update_fields=["full_name", "phone", "email", "employee_number", "is_staff"])
    changed = changes(before, snapshot(locked, *_FILE))
    record(actor, "user.updated", **_object(locked), data=changed)
    return locked


@transaction.atomic
def update_own_profile(actor: User, *, phone: str, email: str, language: str) -> User:
    """Will change what people keep of themselves: how to reach them and their language.

    Raises: InvalidInput (a language the product does not speak).
    """
    if language not in dict(settings.LANGUAGES):
        raise InvalidInput(_("不支持该界面语言。"), field="language")
    locked = _lock(actor)
    before = snapshot(locked, *_FILE)
    locked.phone, locked.email, locked.language = phone.strip(), email.strip(), language
    locked.save(update_fields=["phone", "email", "language"])
    changed = changes(before, snapshot(locked, *_FILE))
    record(actor, "user.updated", **_object(locked), data=changed)
    return locked


@transaction.atomic
def deactivate_user(actor: Actor, *, user: User, reason: str = "") -> User:
    """Will close a person's file: no more sign-in, every session ended at once.

    Appointments stay as history and give nothing, because rights need an active user.
    Locks the user; announces ``user_deactivated``. Doing it twice changes nothing.

    Raises: NotAllowed; Refused (oneself). Source: AC-11.
    """
    locked = _lock(user)
    _require_people(actor, locked.tenant_id)
    if locked.pk == actor.pk:
        raise Refused(_("不能停用自己的账号。"), code="own_account")
    if not locked.is_active:
        return locked
    locked.is_active = False
    locked.save(update_fields=["is_active"])
    ended = close_everything(locked, reason="deactivated")
    record(actor, "user.deactivated", **_object(locked), data={"reason": reason, "sessions": ended})
    announcement = UserDeactivated(user_id=locked.pk)
    transaction.on_commit(
        lambda: user_deactivated.send_robust(sender=User, event=announcement) and None
    )
    return locked


@transaction.atomic
def reactivate_user(actor: Actor, *, user: User) -> User:
    """Will let a person sign in again. Locks the user.

    Raises: NotAllowed; Refused (merged into another account).
    """
    locked = _lock(user)
    _require_people(actor, locked.tenant_id)
    if locked.merged_into_id is not None:
        raise Refused(_("该账号已并入另一个账号，不能再启用。"), code="merged")
    if not locked.is_active:
        locked.is_active = True
        locked.save(update_fields=["is_active"])
        record(actor, "user.reactivated", **_object(locked))
    return locked


@transaction.atomic
def end_sessions(actor: Actor, *, user: User) -> int:
    """Will end every open session of a person and give the number.

    Raises: NotAllowed (neither oneself nor somebody of a tenant the actor administers).
    """
    return end_access(actor, person=user, reason="signed_out_everywhere")


@transaction.atomic
def end_session(actor: User, *, session_id: int) -> None:
    """Will end one of the actor's own sessions, for example on a forgotten computer.

    Raises: NotFound (not one of the actor's).
    """
    session = UserSession.objects.filter(user=actor, pk=session_id).first()
    if session is None:
        raise NotFound(_("该登录已结束。"))
    data = {"ip": session.ip}
    close_session(session, reason="ended_elsewhere")
    record(actor, "sign_in.sessions_ended", **_object(actor), data=data)


@transaction.atomic
def reveal_phone(actor: Actor, *, user: User, purpose: str) -> str:
    """Will give the unmasked phone number and note who looked and what for.

    Raises: NotAllowed; InvalidInput (no purpose given).
    """
    if not permissions.can_view_user(actor, user):
        raise NotAllowed(_("您不能查看该人员的手机号。"))
    if len(purpose.strip()) < MINIMUM_PURPOSE_LENGTH:
        raise InvalidInput(_("请写明查看用途。"), field="purpose")
    record(actor, "phone.revealed", **_object(user), data={"purpose": purpose.strip()[:200]})
    return user.phone


def _require_people(actor: Actor, tenant_id: int | None) -> None:
    if not permissions.can_manage_people(actor, tenant_id):
        raise NotAllowed(_("您没有管理该单位人员的权限。"))


def _lock(user: User) -> User:
    return User.objects.select_for_update().get(pk=user.pk)


def _check_file(user: User) -> None:
    if not user.full_name:
        raise InvalidInput(_("请填写姓名。"), field="full_name")
    taken = User.objects.filter(tenant=user.tenant_id, employee_number=user.employee_number)
    if user.employee_number and taken.exclude(pk=user.pk).exists():
        raise InvalidInput(_("该工号已被使用。"), field="employee_number")


def _check_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), field="password") from error


def _object(user: User) -> dict[str, Any]:
    return {
        "object_type": "accounts.user",
        "object_id": user.pk,
        "object_label": user.display_name,
    }
