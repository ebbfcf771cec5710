"""Joining: a unit asks, somebody else approves, training is proved, then rights begin (AC-12).

An account is made when the request is approved and stays switched off until ``activate``.
A post with a sensitive right is never given here: that is the approval engine's affair.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import IO

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, Post, User
from apps.accounts.reach import administrators
from apps.accounts.selectors import find_user
from apps.accounts.services import (
    appoint,
    create_user,
    reactivate_user,
    temporary_password,
)
from apps.accounts.services.passwords import give_temporary_password
from apps.accounts.services.sensitive import why_post
from apps.accounts.services.separation import admin_kinds
from apps.audit.services import SYSTEM, record
from apps.common import clock, imports
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.imports import ImportColumn, Report
from apps.common.phrases import series
from apps.personnel import permissions
from apps.personnel.enums import JoinState
from apps.personnel.models import JoinRequest
from apps.personnel.selectors.training import missing_courses
from apps.personnel.services.telling import note, tell

FURTHEST = timedelta(days=366)
_PHONE = re.compile(r"1\d{10}|0\d{2,3}-?\d{7,8}")


@dataclass(frozen=True)
class NewColleague:
    """Who is asked for. ends_on: the last day on the post, open if None."""

    username: str
    full_name: str
    starts_on: date
    phone: str = ""
    employee_number: str = ""
    ends_on: date | None = None


@transaction.atomic
def ask_for(actor: User, *, post: Post, colleague: NewColleague, reason: str) -> JoinRequest:
    """Will ask for an account on a post. Whoever approves there is told.

    Raises: NotAllowed; InvalidInput (a field); Refused (the post needs the security
        administrator).
    """
    unit = post.organization
    permissions.require(permissions.can_ask(actor, unit))
    new = _checked(unit, colleague)
    if not reason.strip():
        raise InvalidInput(_("请填写事由。"), field="reason")
    _require_ordinary(post)
    if not unit.is_active:
        raise Refused(_("该单位已停用。"), field="post")
    try:
        with transaction.atomic():
            made = JoinRequest.objects.create(
                tenant=unit.tenant,
                post=post,
                username=new.username,
                full_name=new.full_name,
                phone=new.phone,
                employee_number=new.employee_number,
                starts_on=new.starts_on,
                ends_on=new.ends_on,
                reason=reason.strip()[:300],
                requested_by=actor,
                requested_at=clock.now(),
            )
    except IntegrityError as error:
        raise InvalidInput(_("该登录名已有待办的申请。"), field="username") from error
    _note(actor, "joining.asked", made)
    tell(
        [user for user in _approvers(unit) if user.pk != actor.pk],
        title=_("%(unit)s申请新增人员：%(name)s") % {"unit": unit.name, "name": new.full_name},
        body=_("岗位：%(post)s。请审批。") % {"post": post.name},
        url=f"/personnel/joinings/{made.pk}/",
        key=f"joining:{made.pk}:asked",
    )
    return made


@transaction.atomic
def approve_join(actor: User, *, request_id: int, text: str = "") -> JoinRequest:
    """Will open the account, switched off. Locks the request.

    Raises: NotFound; NotAllowed (one's own request, no right); Refused (decided, post now
        sensitive); InvalidInput (name or number taken meanwhile).
    """
    asked = _lock(request_id, JoinState.PENDING)
    _require_second(actor, asked)
    _require_ordinary(asked.post)
    account = create_user(
        SYSTEM,
        tenant=asked.tenant,
        username=asked.username,
        full_name=asked.full_name,
        password=temporary_password(),
        phone=asked.phone,
        employee_number=asked.employee_number,
        is_active=False,
    )
    asked.account = account
    _decide(actor, asked, JoinState.APPROVED, text)
    tell(
        [asked.requested_by],
        title=_("入职申请已批准：%(name)s") % {"name": asked.full_name},
        body=_("请登记培训考核后启用账号。"),
        url=f"/personnel/joinings/{asked.pk}/",
        key=f"joining:{asked.pk}:approved",
    )
    return asked


@transaction.atomic
def refuse_join(actor: User, *, request_id: int, text: str) -> JoinRequest:
    """Will turn a request down, with words. Locks it.

    Raises: NotFound; NotAllowed; InvalidInput (no words); Refused (decided already).
    """
    asked = _lock(request_id, JoinState.PENDING)
    _require_second(actor, asked)
    if not text.strip():
        raise InvalidInput(_("请写明不批准的理由。"), field="note")
    _decide(actor, asked, JoinState.REFUSED, text)
    tell(
        [asked.requested_by],
        title=_("入职申请未批准：%(name)s") % {"name": asked.full_name},
        body=text.strip(),
        url=f"/personnel/joinings/{asked.pk}/",
        key=f"joining:{asked.pk}:refused",
    )
    return asked


@transaction.atomic
def withdraw_join(actor: User, *, request_id: int) -> JoinRequest:
    """Will take back what one asked for oneself. Raises: NotFound; Refused (decided)."""
    asked = _lock(request_id, JoinState.PENDING)
    if asked.requested_by_id != actor.pk:
        raise NotFound(_("没有找到该申请。"))
    asked.state = JoinState.WITHDRAWN
    asked.save(update_fields=["state"])
    _note(actor, "joining.withdrawn", asked)
    return asked


@transaction.atomic
def activate(actor: User, *, request_id: int) -> tuple[JoinRequest, str]:
    """Will let the person begin: account on, post given; gives the first password.

    The password is shown once and must be changed at the first sign-in. Locks the request.

    Raises: NotFound; NotAllowed; Refused (not approved, not yet the day, training missing,
        the post became sensitive).
    """
    asked = _lock(request_id, JoinState.APPROVED)
    permissions.require(permissions.can_manage(actor, asked.post.organization))
    account = asked.account
    assert account is not None
    if clock.today() < asked.starts_on:
        raise Refused(_("到岗日期为 %(day)s，届时再启用。") % {"day": asked.starts_on})
    _require_ordinary(asked.post)
    if missing := missing_courses(account, asked.post):
        raise Refused(
            _("尚缺有效的培训考核：%(courses)s。") % {"courses": series(missing)},
            code="training_missing",
        )
    person = reactivate_user(SYSTEM, user=account)
    appoint(SYSTEM, user=person, post=asked.post, from_on=clock.today(), to_on=asked.ends_on)
    password = give_temporary_password(SYSTEM, user=person)
    asked.state, asked.activated_at = JoinState.ACTIVE, clock.now()
    asked.save(update_fields=["state", "activated_at"])
    note(actor, "joining.activated", person, request=asked.pk, post=str(asked.post))
    return asked, password


# --- Many at once -----------------------------------------------------------------------


def _columns() -> Sequence[ImportColumn]:
    return (
        ImportColumn("full_name", "姓名", imports.text(60), required=True),
        ImportColumn("username", "登录名", imports.text(60), required=True),
        ImportColumn("employee_number", "工号", imports.text(30)),
        ImportColumn("phone", "手机", imports.text(30)),
        ImportColumn("unit", "单位代码", imports.text(50), required=True),
        ImportColumn("post", "岗位", imports.text(60), required=True),
        ImportColumn("starts_on", "到岗日期", imports.day, required=True),
        ImportColumn("ends_on", "结束日期", imports.day),
    )


COLUMN_HEADERS = tuple(column.header for column in _columns())


def ask_for_many(actor: User, *, file: IO[bytes], reason: str) -> Report:
    """Will ask for everybody in a sheet, or nobody: each error names row and column.

    Raises: InvalidInput (the file cannot be read, no reason).
    """
    if not reason.strip():
        raise InvalidInput(_("请填写事由。"), field="reason")
    parsed = imports.read_rows(file, _columns())
    if not parsed.rows and not parsed.errors:
        raise InvalidInput(_("表格中没有人员。"), field="file")

    def write(row: dict[str, object]) -> None:
        post = Post.objects.select_related("organization__tenant").filter(
            permissions.reach_q(actor, "organization", permissions.MANAGE, permissions.LEAD),
            organization__code=row.pop("unit"),
            name=row.pop("post"),
        )
        found = post.first()
        if found is None:
            raise InvalidInput(_("没有找到该单位的岗位，或不归您管理。"), field="post")
        values = {name: value for name, value in row.items() if value is not None}
        ask_for(actor, post=found, colleague=NewColleague(**values), reason=reason)  # type: ignore[arg-type]

    report = imports.write_rows(parsed, write=write, partial=False)
    headers = {column.name: column.header for column in _columns()}
    return replace(
        report, errors=[replace(e, header=headers.get(e.header, e.header)) for e in report.errors]
    )


def _checked(unit: Organization, new: NewColleague) -> NewColleague:
    clean = replace(
        new,
        username=new.username.strip(),
        full_name=new.full_name.strip(),
        phone=new.phone.strip(),
        employee_number=new.employee_number.strip(),
    )
    if not clean.full_name:
        raise InvalidInput(_("请填写姓名。"), field="full_name")
    if not clean.username:
        raise InvalidInput(_("请填写登录名。"), field="username")
    if find_user(clean.username):
        raise InvalidInput(_("该登录名已被使用。"), field="username")
    taken = User.objects.filter(tenant=unit.tenant, employee_number=clean.employee_number)
    if clean.employee_number and taken.exists():
        raise InvalidInput(_("该工号已被使用。"), field="employee_number")
    if clean.phone and not _PHONE.fullmatch(clean.phone):
        raise InvalidInput(_("请填写 11 位手机号或带区号的固定电话。"), field="phone")
    today = clock.today()
    if not today - FURTHEST <= clean.starts_on <= today + FURTHEST:
        raise InvalidInput(_("到岗日期须在前后一年之内。"), field="starts_on")
    if clean.ends_on is not None and clean.ends_on < max(clean.starts_on, today):
        raise InvalidInput(_("结束日期不能早于到岗日期。"), field="ends_on")
    return clean


def _require_ordinary(post: Post) -> None:
    if why_post(post) or admin_kinds([post]):
        raise Refused(
            _("该岗位含敏感权限，须先安排普通岗位，再由安全管理员按双人复核任命。"),
            code="sensitive_post",
            field="post",
        )


def _require_second(actor: User, asked: JoinRequest) -> None:
    permissions.require(permissions.can_approve(actor, asked.post.organization))
    if actor.pk == asked.requested_by_id:
        raise NotAllowed(_("不能审批自己提出的申请。"))


def _decide(actor: User, asked: JoinRequest, state: JoinState, text: str) -> None:
    asked.state, asked.decided_by, asked.decided_at = state, actor, clock.now()
    asked.note = text.strip()[:300]
    asked.save(update_fields=["state", "decided_by", "decided_at", "note", "account"])
    _note(actor, f"joining.{state}", asked)


def _lock(request_id: int, state: JoinState) -> JoinRequest:
    found = JoinRequest.objects.select_for_update(of=("self",)).select_related(
        "post__organization__tenant", "tenant", "account", "requested_by"
    )
    asked = found.filter(pk=request_id).first()
    if asked is None:
        raise NotFound(_("没有找到该申请。"))
    if asked.state != state:
        raise Refused(
            _("该申请的状态为“%(state)s”，不能这样处理。") % {"state": asked.get_state_display()},
            code="stale",
        )
    return asked


def _approvers(unit: Organization) -> list[User]:
    return administrators(permissions.APPROVE, unit)


def _note(actor: User, action: str, asked: JoinRequest) -> None:
    record(
        actor,
        action,
        object_type="personnel.joinrequest",
        object_id=asked.pk,
        object_label=asked.full_name,
        data={"post": str(asked.post), "username": asked.username, "reason": asked.reason},
    )
