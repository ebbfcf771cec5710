"""Two accounts of one colleague become one; the other is closed and points at it.

What runs on moves: posts from today, work in hand, delegations, unread notices (by signal).
What opened doors ends: sessions, keys, cards, shares. What is past stays where it was, so that
"who could see it on that day" is still true of the account that could. AC-01.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts import permissions
from apps.accounts.deputies.services import open_delegations
from apps.accounts.models import Appointment, Delegation, Post, User
from apps.accounts.registry import endings, open_works
from apps.accounts.services.appointments import end_appointment, put_on_post
from apps.accounts.services.separation import admin_kinds, require_separate
from apps.accounts.signals import AccountsMerged, accounts_merged
from apps.audit.services import SYSTEM, Actor, changes, record, snapshot
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.common.phrases import series

SHORTEST_REASON = 4
_FILLED = ("employee_number", "phone", "email")  # of the kept file, from the dropped one
_GIVEN_UP = ("is_active", "merged_into", "employee_number")


@dataclass(frozen=True)
class MergePlan:
    """What a merger would do. works, ends: label and number, nothing left out is zero.

    posts: that move. held_twice: that the kept account holds already; they only end.
    """

    kept: User
    dropped: User
    posts: tuple[Appointment, ...]
    held_twice: tuple[Appointment, ...]
    works: tuple[tuple[str, int], ...]
    delegations: int
    ends: tuple[tuple[str, int], ...]


def plan_merge(actor: Actor, *, kept_id: int, dropped_id: int) -> MergePlan:
    """Will say what a merger would do; writes nothing.

    Raises: NotFound; NotAllowed (not a keeper of these files; oneself); Refused (one account,
        two bodies, closed, a superuser, an administrator's post, two main posts at once);
        AdminRolesExclude.
    """
    found = User.objects.select_related("tenant").in_bulk([kept_id, dropped_id])
    if kept_id not in found or dropped_id not in found:
        raise NotFound(_("没有找到该人员。"))
    return _plan(actor, found[kept_id], found[dropped_id])


@transaction.atomic
def merge_users(
    actor: Actor, *, kept_id: int, dropped_id: int, reason: str, checker: User | None = None
) -> User:
    """Will make one account of two; for approved changes.

    Locks both, by key. Announces ``accounts_merged`` inside the transaction. Audited on both.

    Raises: as ``plan_merge``; InvalidInput (reason).
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise InvalidInput(_("请写明合并理由。"), field="reason")
    pair = User.objects.select_for_update().filter(pk__in=[kept_id, dropped_id]).order_by("pk")
    locked = {user.pk: user for user in pair}
    if kept_id not in locked or dropped_id not in locked:
        raise NotFound(_("没有找到该人员。"))
    kept, dropped = locked[kept_id], locked[dropped_id]
    was, had = snapshot(dropped, *_GIVEN_UP), snapshot(kept, *_FILLED)
    plan = _plan(actor, kept, dropped)
    _move_posts(actor, plan, checker)
    _move_delegations(plan)
    for work in open_works():
        keys = sorted(item.key for item in work.list_of(dropped))
        if keys:
            work.hand_over(actor, dropped, kept, keys, _("账号合并"))
    for ending in endings():
        ending.end(SYSTEM, dropped)
    dropped = _fill_file(kept, dropped)
    accounts_merged.send(sender=User, event=AccountsMerged(kept_id=kept_id, dropped_id=dropped_id))
    changed = changes(was, snapshot(dropped, *_GIVEN_UP))
    _note(actor, "user.merged", dropped, kept, reason, plan, checker, **changed)
    changed = changes(had, snapshot(kept, *_FILLED))
    _note(actor, "user.merged_from", kept, dropped, reason, plan, checker, **changed)
    return kept


def _plan(actor: Actor, kept: User, dropped: User) -> MergePlan:
    _require_possible(actor, kept, dropped)
    own, others = _open_posts(kept), _open_posts(dropped)
    administrators = [a.post for a in (*own, *others) if admin_kinds([a.post])]
    if administrators:
        raise Refused(
            _("“%(post)s”是管理员岗位，请先由安全管理员办理离任再合并。")
            % {"post": administrators[0]}
        )
    held = {a.post_id for a in own}
    moving = tuple(a for a in others if a.post_id not in held)
    mains = [a for a in (*own, *moving) if a.is_primary]
    if len({a.user_id for a in mains}) > 1:
        raise Refused(
            _("两个账号同时各任主岗：%(posts)s。请先办理其中一个的离任，或改为兼任。")
            % {"posts": series(a.post for a in mains)}
        )
    posts = Post.objects.filter(pk__in=[a.post_id for a in (*own, *moving)])
    require_separate(list(posts), person=kept.full_name)
    works = ((str(work.label), len(work.list_of(dropped))) for work in open_works())
    ends = ((str(e.label), e.count(dropped)) for e in endings() if e.code not in _MOVED)
    return MergePlan(
        kept,
        dropped,
        posts=moving,
        held_twice=tuple(a for a in others if a.post_id in held),
        works=tuple(pair for pair in works if pair[1]),
        delegations=open_delegations(dropped).count(),
        ends=tuple(pair for pair in ends if pair[1]),
    )


_MOVED = {"accounts.posts", "accounts.delegations"}


def _require_possible(actor: Actor, kept: User, dropped: User) -> None:
    for user in (kept, dropped):
        if not permissions.can_manage_people(actor, user.tenant_id):
            raise NotAllowed(_("您没有管理该单位人员的权限。"))
        if actor.pk == user.pk:
            raise NotAllowed(_("不能合并自己的账号，请由另一名管理员办理。"))
    if kept.pk == dropped.pk:
        raise Refused(_("请选择两个不同的账号。"))
    if kept.tenant_id != dropped.tenant_id:
        raise Refused(_("两个账号属于不同的租户，不能合并。"))
    if not (kept.is_active and dropped.is_active):
        raise Refused(_("只能合并启用中的账号。"))
    if kept.is_superuser or dropped.is_superuser:
        raise Refused(_("超级账号不能合并。"))


def _open_posts(user: User) -> list[Appointment]:
    """Posts held now or later; they may be suspended."""
    found = Appointment.objects.filter(user=user).exclude(to_on__lt=clock.today())
    return list(found.select_related("post__organization__tenant").order_by("pk"))


def _move_posts(actor: Actor, plan: MergePlan, checker: User | None) -> None:
    today = clock.today()
    for appointment in (*plan.held_twice, *plan.posts):
        first = max(appointment.from_on, today)
        end_appointment(actor, appointment=appointment)
        if appointment in plan.held_twice:
            continue
        moved = put_on_post(
            actor,
            user=plan.kept,
            post=appointment.post,
            from_on=first,
            to_on=appointment.to_on,
            is_primary=appointment.is_primary,
            checker=checker,
            kind=appointment.kind,
        )
        if appointment.suspended_at is not None:  # what was suspended does not come back by this
            moved.suspended_at = appointment.suspended_at
            moved.suspended_for = appointment.suspended_for
            moved.save(update_fields=["suspended_at", "suspended_for"])


def _move_delegations(plan: MergePlan) -> None:
    """One between the two accounts has no sense any more and ends with the rest."""
    kept, dropped = plan.kept, plan.dropped
    between = Q(giver=kept) | Q(deputy=kept)
    rows = open_delegations(dropped).exclude(between).select_for_update(of=("self",))
    for delegation in rows.order_by("pk"):
        side = "giver" if delegation.giver_id == dropped.pk else "deputy"
        Delegation.objects.filter(pk=delegation.pk).update(**{side: kept})


def _fill_file(kept: User, dropped: User) -> User:
    """The kept file lacks something the other has; the number is free for it then.

    Gives the dropped one as the endings left it.
    """
    number = dropped.employee_number
    dropped = User.objects.get(pk=dropped.pk)
    dropped.merged_into, dropped.employee_number = kept, ""
    dropped.save(update_fields=["merged_into", "employee_number"])
    User.objects.filter(merged_into=dropped).update(merged_into=kept)
    kept.employee_number = kept.employee_number or number
    kept.phone, kept.email = kept.phone or dropped.phone, kept.email or dropped.email
    kept.save(update_fields=_FILLED)
    return dropped


def _note(
    actor: Actor,
    action: str,
    user: User,
    other: User,
    reason: str,
    plan: MergePlan,
    checker: User | None,
    **changed: Any,
) -> None:
    record(
        actor,
        action,
        object_type="accounts.user",
        object_id=user.pk,
        object_label=user.display_name,
        data={
            "other": other.pk,
            "username": other.username,
            "reason": reason.strip(),
            "posts": [str(a.post) for a in plan.posts],
            "works": dict(plan.works),
            "delegations": plan.delegations,
            "ended": dict(plan.ends),
            "checker": checker.display_name if checker else "",
            **changed,
        },
    )
