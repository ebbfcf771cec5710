"""Held changes: who may check which, and what each person sees of them."""

import re
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.approvals.registry import Proposal, all_acts, get_act
from apps.accounts.models import HeldChange, Organization, User
from apps.accounts.reach import AdminReach, admin_reach, administrators
from apps.common import clock
from apps.common.errors import NotFound, Refused
from apps.common.memory import Memory

State = HeldChange.State
WAITING = (State.PENDING, State.UNREVIEWED)
TABS = ("waiting", "filed", "decided")
_MOBILE = re.compile(r"1\d{10}")
_PEOPLE = ("accounts.User", "accounts.Appointment", "accounts.Post", "accounts.Role")
_waiting: Memory[int] = Memory(of=("accounts.HeldChange", *_PEOPLE))


# --- Who may check --------------------------------------------------------------------


def checkers(maker: User, proposal: Proposal) -> list[User]:
    """Will give who could check such a change: other people with the right over the unit."""
    act = get_act(proposal.act)
    barred = [user for user in (maker, proposal.concerned) if user is not None]
    concerns = act.concerns(proposal.payload)
    return [
        user
        for user in administrators(act.checker_permission, proposal.organization)
        if user.pk not in concerns and not any(is_same_person(user, other) for other in barred)
    ]


def checkers_of(change: HeldChange) -> list[User]:
    """Will give who could check this change today."""
    return checkers(
        change.maker,
        Proposal(
            act=change.act,
            subject_type=change.subject_type,
            subject_id=change.subject_id,
            subject_label=change.subject_label,
            organization=change.organization,
            payload=change.payload,
            concerned=change.concerned,
        ),
    )


def audit_administrators(organization: Organization) -> list[User]:
    """Will give who reads the log of the body this unit belongs to."""
    return administrators("audit.read_audit", organization)


def is_same_person(one: User, other: User) -> bool:
    """Will tell whether two accounts are one person's: same mobile, or same name and number."""
    if one.pk == other.pk:
        return True
    mobile = _mobile(one)
    number = one.employee_number.strip()
    return bool(mobile and mobile == _mobile(other)) or bool(
        number and number == other.employee_number.strip() and one.full_name == other.full_name
    )


def obstacle(viewer: User, change: HeldChange) -> str:
    """Will say why the viewer may not check this change, in a sentence; empty: they may."""
    if is_same_person(viewer, change.maker):
        return _("提交人不能复核自己提交的申请，用本人的另一个账号也不行。")
    act = get_act(change.act)
    gains = change.concerned is not None and is_same_person(viewer, change.concerned)
    if gains or viewer.pk in act.concerns(change.payload):
        return _("这项申请与您本人有关，须由他人复核。")
    if not _covers(admin_reach(viewer, act.checker_permission), change.organization):
        return _("您没有复核这项申请的权限。")
    return ""


# --- What a person sees ---------------------------------------------------------------


def waiting_for(viewer: User) -> QuerySet[HeldChange]:
    """Will give what waits for the viewer's check, what runs out first on top."""
    found = _all().filter(_may_check(viewer), state__in=WAITING)
    barred = Q(maker=viewer) | Q(concerned=viewer)
    if mobile := _mobile(viewer):
        barred |= Q(maker__phone=mobile) | Q(concerned__phone=mobile, concerned__isnull=False)
    return found.exclude(barred).order_by("expires_at", "id")


def count_waiting(viewer: User) -> int:
    """Will give the number of changes that wait for the viewer, as of a moment ago."""
    return _waiting.get(viewer.pk, lambda: waiting_for(viewer).count())


def visible_to(viewer: User) -> QuerySet[HeldChange]:
    """Will give what the viewer filed, checked, may check, or oversees as an auditor."""
    audited = _covered_q(admin_reach(viewer, "audit.read_audit"))
    return _all().filter(Q(maker=viewer) | Q(checker=viewer) | _may_check(viewer) | audited)


def list_changes(
    viewer: User, *, tab: str, query: str = "", act: str = "", state: str = ""
) -> QuerySet[HeldChange]:
    """Will give one of the three lists, narrowed.

    tab: "waiting" for the viewer, "filed" by them, "decided" (by whomever, as far as the
    viewer sees). query: part of the subject, the reason or a name.
    """
    if tab == "waiting":
        found = waiting_for(viewer)
    elif tab == "filed":
        found = _all().filter(maker=viewer)
    else:
        found = visible_to(viewer).exclude(state__in=WAITING).order_by("-decided_at", "-id")
    if text := query.strip():
        found = found.filter(
            Q(subject_label__icontains=text)
            | Q(reason__icontains=text)
            | Q(maker__full_name__icontains=text)
            | Q(checker__full_name__icontains=text)
        )
    if act:
        found = found.filter(act=act)
    return found.filter(state=state) if state else found


def get_change(viewer: User, change_id: int) -> HeldChange:
    """Will give one change the viewer may look at. Raises: NotFound."""
    change = visible_to(viewer).filter(pk=change_id).first()
    if change is None:
        raise NotFound(_("没有找到该申请。"))
    return change


def approved_for(maker: User, *, act: str, change_id: int) -> HeldChange:
    """Will give a change of one's own that was approved within the last day.

    Raises: NotFound (nothing of the kind, or somebody else's); Refused (too long ago).
    """
    change = _all().filter(pk=change_id, maker=maker, act=act, state=State.APPROVED).first()
    if change is None or change.executed_at is None:
        raise NotFound(_("没有找到已批准的申请。"))
    if clock.now() - change.executed_at > timedelta(hours=settings.APPROVAL_USE_HOURS):
        raise Refused(_("已超过批准后的使用期限，请重新申请。"), code="approval_used_up")
    return change


def find_pending(*, act: str, subject_id: Any) -> HeldChange | None:
    """Will give the newest change of this kind that waits for a check, if there is one."""
    return _all().filter(act=act, subject_id=str(subject_id), state=State.PENDING).first()


def pending_for(*, subject_type: str, subject_id: str) -> list[HeldChange]:
    """Will give what waits for a check about one subject, newest first."""
    found = _all().filter(subject_type=subject_type, subject_id=subject_id, state=State.PENDING)
    return list(found)


def _all() -> QuerySet[HeldChange]:
    return HeldChange.objects.select_related("maker", "checker", "concerned", "organization")


def _may_check(viewer: User) -> Q:
    condition = Q(pk__in=[])
    acts: dict[str, list[str]] = {}
    for act in all_acts():
        acts.setdefault(act.checker_permission, []).append(act.code)
    for permission, codes in acts.items():
        # Asked first: most people hold none of these rights, and this costs no query.
        if viewer.has_perm(permission):
            condition |= Q(act__in=codes) & _covered_q(admin_reach(viewer, permission))
    return condition


def _covered_q(reach: AdminReach) -> Q:
    """By the posts held only: to be a superuser makes nobody a checker."""
    condition = Q(organization__tenant_id__in=reach.tenant_ids)
    for path in reach.paths:
        condition |= Q(organization__path__startswith=path)
    return condition


def _covers(reach: AdminReach, organization: Organization) -> bool:
    return organization.tenant_id in reach.tenant_ids or any(
        organization.path.startswith(path) for path in reach.paths
    )


def _mobile(user: User) -> str:
    phone = user.phone.replace(" ", "").replace("-", "")
    return phone if _MOBILE.fullmatch(phone) else ""
