"""Units merge, split, are renamed or moved on a day; rehearsed before, put back within a week.

What is filed is only a plan. Another person approves it; on its day the worker carries it out
in one transaction. Open work follows the successor, closed work keeps the old unit and its
name. Rolling back moves the same things back and nothing that came later.
Source: AC-01, AC-13.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Appointment, Organization, Post, User
from apps.accounts.registry import followers
from apps.accounts.selectors import in_force_q
from apps.accounts.services import (
    close_into,
    create_organization,
    hand_posts,
    move_organization,
    reopen_organization,
    update_organization,
    update_post,
)
from apps.audit.services import SYSTEM, Actor, record
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotAllowed, NotFound, Refused
from apps.personnel import permissions
from apps.personnel.enums import ChangeKind, ChangeState
from apps.personnel.models import Reorganisation
from apps.personnel.services.telling import clerks, heads, tell

logger = logging.getLogger(__name__)
FURTHEST = timedelta(days=366)
MOST_AT_ONCE = 100  # pieces of open work moved while somebody waits for the page


@dataclass(frozen=True)
class Part:
    """A unit that is split off: its code, its name, the posts that go with it."""

    code: str
    name: str
    posts: tuple[int, ...]


@dataclass(frozen=True)
class Line:
    """One line of a rehearsal. follows: it goes along by itself; else people must mend it."""

    label: str
    count: int
    follows: bool
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rehearsal:
    """What would change. problem: why it could not be done today; empty if it could."""

    lines: list[Line]
    problem: str


@transaction.atomic
def file_reorganisation(
    actor: User,
    *,
    kind: str,
    unit: Organization,
    on: date,
    reason: str,
    target: Organization | None = None,
    new_name: str = "",
    new_short_name: str = "",
    parts: Collection[Part] = (),
) -> Reorganisation:
    """Will plan a change of a unit; nothing is changed before another person approves.

    Raises: NotAllowed (units of others); InvalidInput (a field); Refused (one is planned
        already, or it could not be done).
    """
    permissions.require(permissions.can_manage(actor, unit))
    if target is not None:
        permissions.require(permissions.can_manage(actor, target))
    if kind not in ChangeKind.values:
        raise InvalidInput(_("请选择调整方式。"), field="kind")
    if not clock.today() <= on <= clock.today() + FURTHEST:
        raise InvalidInput(_("生效日期须在今天至一年之内。"), field="on")
    if not reason.strip():
        raise InvalidInput(_("请填写依据文件。"), field="reason")
    _require_fitting(kind, unit, target, new_name, parts)
    try:
        with transaction.atomic():
            change = Reorganisation.objects.create(
                kind=kind,
                unit=unit,
                target=target,
                new_name=new_name.strip(),
                new_short_name=new_short_name.strip(),
                parts=[{"code": p.code, "name": p.name, "posts": list(p.posts)} for p in parts],
                on=on,
                reason=reason.strip()[:300],
                former_name=unit.name,
                filed_by=actor,
                filed_at=clock.now(),
            )
    except IntegrityError as error:
        raise Refused(_("该单位已有待生效的调整。"), code="filed_already") from error
    if problem := rehearse(change).problem:
        raise Refused(problem, code="cannot_be_done")
    _note(actor, "reorganisation.filed", change)
    return change


def rehearse(change: Reorganisation) -> Rehearsal:
    """Will tell what the change would touch, by doing it and taking it back."""
    unit = change.unit
    posts = list(Post.objects.filter(organization=unit).values_list("pk", flat=True))
    moved = posts if change.kind == ChangeKind.MERGE else _posts_of_parts(change)
    people = _people_on(moved if change.kind in _HANDS_OVER else posts)
    children = list(unit.children.filter(is_active=True).values_list("name", flat=True))
    lines = [
        Line(_("岗位"), len(moved if change.kind in _HANDS_OVER else posts), True),
        Line(_("人员"), len(people), True, tuple(p.full_name for p in people[:5])),
        Line(_("下级单位"), len(children), True, tuple(children[:5])),
    ]
    only = {p.pk for p in people} if change.kind == ChangeKind.SPLIT else None
    for follower in followers():
        keys = follower.keys(unit, only)
        stays = change.kind in (ChangeKind.RENAME, ChangeKind.MOVE)
        lines.append(Line(str(follower.label), len(keys), stays or follower.move is not None))
    return Rehearsal(lines, _problem(change))


@transaction.atomic
def approve_reorganisation(actor: User, *, change_id: int) -> Reorganisation:
    """Will let the change happen on its day. Locks it.

    Today it happens at once, with much open work by the worker within a minute.

    Raises: NotFound; NotAllowed (one's own plan, no right); Refused (decided, or not possible).
    """
    change = _lock(change_id)
    permissions.require(permissions.can_approve(actor, change.unit))
    if change.target is not None:
        permissions.require(permissions.can_approve(actor, change.target))
    if actor.pk == change.filed_by_id:
        raise NotAllowed(_("不能审批自己提出的调整。"))
    _require_state(change, ChangeState.DRAFT)
    if problem := _problem(change):
        raise Refused(problem, code="cannot_be_done")
    change.state, change.approved_by, change.approved_at = (
        ChangeState.APPROVED,
        actor,
        clock.now(),
    )
    change.save(update_fields=["state", "approved_by", "approved_at"])
    _note(actor, "reorganisation.approved", change)
    if change.on <= clock.today() and _followers_of(change) <= MOST_AT_ONCE:
        _carry_out(change)
    return change


@transaction.atomic
def cancel_reorganisation(actor: User, *, change_id: int) -> Reorganisation:
    """Will drop a plan that has not happened yet. Raises: NotFound; NotAllowed; Refused."""
    change = _lock(change_id)
    may = permissions.can_manage(actor, change.unit) or permissions.can_approve(actor, change.unit)
    permissions.require(may)
    if change.state not in (ChangeState.DRAFT, ChangeState.APPROVED):
        raise Refused(_("该调整已生效或已撤销。"), code="stale")
    change.state = ChangeState.CANCELLED
    change.save(update_fields=["state"])
    _note(actor, "reorganisation.cancelled", change)
    return change


def follow_reorganisations() -> int:
    """Will carry out what is approved and due. For the worker; gives how many were done."""
    due = Reorganisation.objects.filter(state=ChangeState.APPROVED, on__lte=clock.today())
    return sum(_try(pk) for pk in list(due.order_by("on", "pk").values_list("pk", flat=True)))


@transaction.atomic
def roll_back(actor: User, *, change_id: int, reason: str) -> Reorganisation:
    """Will put everything back that the change moved, within the days allowed. Locks it.

    Cases that have ended meanwhile stay where they ended.
    Raises: NotFound; NotAllowed; InvalidInput (no reason); Refused (too late, not done, or
        something stands in the way).
    """
    change = _lock(change_id)
    permissions.require(permissions.can_approve(actor, change.unit))
    if not reason.strip():
        raise InvalidInput(_("请写明回退理由。"), field="reason")
    _require_state(change, ChangeState.DONE)
    if clock.now() > rollback_until(change):
        raise Refused(_("已超过可回退的期限，请另行办理机构调整。"), code="too_late")
    _UNDO[ChangeKind(change.kind)](change)
    change.state, change.outcome = ChangeState.ROLLED_BACK, reason.strip()[:300]
    change.save(update_fields=["state", "outcome"])
    _note(actor, "reorganisation.rolled_back", change, why=reason.strip())
    _tell(change, _("机构调整已回退：%(unit)s") % {"unit": change.former_name})
    return change


def rollback_until(change: Reorganisation) -> Any:
    """Will give the moment until which a change that happened may be put back."""
    assert change.done_at is not None
    return change.done_at + timedelta(days=settings.REORGANISATION_ROLLBACK_DAYS)


# --- Doing ------------------------------------------------------------------------------

_HANDS_OVER = (ChangeKind.MERGE, ChangeKind.SPLIT)


def _try(change_id: int) -> int:
    try:
        with transaction.atomic():
            change = _lock(change_id)
            if change.state == ChangeState.APPROVED:
                _carry_out(change)
    except DomainError as error:
        logger.warning("reorganisation %s failed: %s", change_id, error)
        with transaction.atomic():
            change = _lock(change_id)
            change.state, change.outcome = ChangeState.FAILED, str(error)[:300]
            change.save(update_fields=["state", "outcome"])
            _note(SYSTEM, "reorganisation.failed", change, why=change.outcome)
            _tell(change, _("机构调整未能生效：%(unit)s") % {"unit": change.former_name})
        return 0
    return 1


def _carry_out(change: Reorganisation) -> None:
    change.undo = _DO[ChangeKind(change.kind)](change, is_real=True)
    change.state, change.done_at = ChangeState.DONE, clock.now()
    change.save(update_fields=["undo", "state", "done_at"])
    _note(SYSTEM, "reorganisation.done", change, approved_by=_name(change.approved_by))
    _tell(change, _("机构调整已生效：%(unit)s") % {"unit": change.former_name})


def _problem(change: Reorganisation) -> str:
    """Tries what may be refused; the work that follows is only counted, it may be thousands."""

    class TakenBack(Exception):
        pass

    try:
        with transaction.atomic():
            _DO[ChangeKind(change.kind)](change, is_real=False)
            raise TakenBack
    except TakenBack:
        return ""
    except DomainError as error:
        return str(error)


def _rename(change: Reorganisation, *, is_real: bool) -> dict[str, Any]:
    unit = _fresh(change.unit_id)
    _set_name(unit, change.new_name, change.new_short_name)
    return {"name": unit.name, "short_name": unit.short_name}


def _unrename(change: Reorganisation) -> None:
    _set_name(_fresh(change.unit_id), change.undo["name"], change.undo["short_name"])


def _set_name(unit: Organization, name: str, short_name: str) -> None:
    update_organization(
        SYSTEM, organization=unit, name=name, short_name=short_name, kind=unit.kind,
        area=unit.area, phone=unit.phone,
    )  # fmt: skip


def _move(change: Reorganisation, *, is_real: bool) -> dict[str, Any]:
    unit = _fresh(change.unit_id)
    move_organization(SYSTEM, organization=unit, parent=change.target)
    return {"parent_id": unit.parent_id}


def _unmove(change: Reorganisation) -> None:
    parent_id = change.undo["parent_id"]
    parent = _fresh(parent_id) if parent_id else None
    move_organization(SYSTEM, organization=_fresh(change.unit_id), parent=parent)


def _merge(change: Reorganisation, *, is_real: bool) -> dict[str, Any]:
    unit, target = _fresh(change.unit_id), _fresh(change.target_id)
    moved = _move_followers(unit, target, None) if is_real else {}
    children = list(unit.children.filter(is_active=True).order_by("pk"))
    for child in children:
        move_organization(SYSTEM, organization=child, parent=target)
    posts = hand_posts(SYSTEM, posts=_post_ids(unit), to=_fresh(target.pk))
    close_into(SYSTEM, organization=_fresh(unit.pk), successor=_fresh(target.pk))
    return {"moved": moved, "children": [c.pk for c in children], "posts": posts}


def _unmerge(change: Reorganisation) -> None:
    unit = reopen_organization(SYSTEM, organization=_fresh(change.unit_id))
    target = _fresh(change.target_id)
    _posts_back(change.undo["posts"], unit)
    for child_id in change.undo["children"]:
        move_organization(SYSTEM, organization=_fresh(child_id), parent=_fresh(unit.pk))
    _followers_back(target, _fresh(unit.pk), change.undo["moved"])


def _split(change: Reorganisation, *, is_real: bool) -> dict[str, Any]:
    unit, parts = _fresh(change.unit_id), []
    for part in change.parts:
        made = create_organization(
            SYSTEM, tenant=unit.tenant, code=part["code"], name=part["name"], kind=unit.kind,
            parent=unit.parent, area=unit.area, phone=unit.phone,
        )  # fmt: skip
        people = [user.pk for user in _people_on(part["posts"])]
        moved = _move_followers(unit, made, people) if is_real else {}
        posts = hand_posts(SYSTEM, posts=part["posts"], to=made)
        parts.append({"unit_id": made.pk, "moved": moved, "posts": posts})
    return {"parts": parts}


def _unsplit(change: Reorganisation) -> None:
    unit = _fresh(change.unit_id)
    for part in change.undo["parts"]:
        made = _fresh(part["unit_id"])
        _posts_back(part["posts"], unit)
        # What reached the new unit meanwhile comes too: it is about to close.
        _move_followers(made, unit, None)
        close_into(SYSTEM, organization=_fresh(made.pk), successor=unit)


_DO = {
    ChangeKind.RENAME: _rename,
    ChangeKind.MOVE: _move,
    ChangeKind.MERGE: _merge,
    ChangeKind.SPLIT: _split,
}
_UNDO = {
    ChangeKind.RENAME: _unrename,
    ChangeKind.MOVE: _unmove,
    ChangeKind.MERGE: _unmerge,
    ChangeKind.SPLIT: _unsplit,
}


def _followers_of(change: Reorganisation) -> int:
    if change.kind not in _HANDS_OVER:
        return 0
    return sum(len(f.keys(change.unit, None)) for f in followers() if f.move is not None)


def _move_followers(
    old: Organization, new: Organization, people: Collection[int] | None
) -> dict[str, list[int]]:
    return {
        follower.code: follower.move(SYSTEM, old, new, follower.keys(old, people))
        for follower in followers()
        if follower.move is not None
    }


def _followers_back(now_at: Organization, back: Organization, moved: dict[str, list[int]]) -> None:
    for follower in followers():
        if follower.move is not None:
            follower.move(SYSTEM, now_at, back, moved.get(follower.code, []))


def _posts_back(former: dict[str, str], unit: Organization) -> None:
    keys = [int(key) for key in former]
    hand_posts(SYSTEM, posts=keys, to=unit)
    for post in Post.objects.filter(pk__in=keys).select_related("area"):
        name = former[str(post.pk)]
        taken = unit.posts.filter(name=name).exclude(pk=post.pk).exists()
        if post.name != name and not taken:
            update_post(SYSTEM, post=post, name=name, area=post.area)


# --- Asking -----------------------------------------------------------------------------


def _require_fitting(
    kind: str,
    unit: Organization,
    target: Organization | None,
    new_name: str,
    parts: Collection[Part],
) -> None:
    if not unit.is_active:
        raise InvalidInput(_("该单位已停用。"), field="unit")
    if kind == ChangeKind.RENAME and not new_name.strip():
        raise InvalidInput(_("请填写新名称。"), field="new_name")
    if kind == ChangeKind.MERGE and target is None:
        raise InvalidInput(_("请选择并入的单位。"), field="target")
    if target is not None and target.tenant_id != unit.tenant_id:
        raise InvalidInput(_("目标单位不属于同一机关。"), field="target")
    if target is not None and (target.pk == unit.pk or target.path.startswith(unit.path)):
        raise InvalidInput(_("目标单位不能是本单位或其下级。"), field="target")
    if kind == ChangeKind.SPLIT:
        _require_parts(unit, parts)


def _require_parts(unit: Organization, parts: Collection[Part]) -> None:
    if not parts:
        raise InvalidInput(_("请填写拆出的单位。"), field="parts")
    own = set(_post_ids(unit))
    seen: set[int] = set()
    for part in parts:
        if not part.name.strip() or not part.code.strip():
            raise InvalidInput(_("拆出的单位须有代码和名称。"), field="parts")
        if not part.posts or not set(part.posts) <= own or seen & set(part.posts):
            raise InvalidInput(_("每个拆出的单位须选本单位的岗位，且不重复。"), field="parts")
        seen |= set(part.posts)


def _require_state(change: Reorganisation, state: ChangeState) -> None:
    if change.state != state:
        raise Refused(
            _("该调整的状态为“%(state)s”，不能这样处理。") % {"state": change.get_state_display()},
            code="stale",
        )


def _post_ids(unit: Organization) -> list[int]:
    return list(Post.objects.filter(organization=unit).order_by("pk").values_list("pk", flat=True))


def _posts_of_parts(change: Reorganisation) -> list[int]:
    return [post for part in change.parts for post in part["posts"]]


def _people_on(posts: Collection[int]) -> list[User]:
    held = Appointment.objects.filter(in_force_q(), post_id__in=posts)
    people = User.objects.filter(pk__in=held.values("user_id"), is_active=True)
    return list(people.order_by("name_pinyin", "pk"))


def _fresh(unit_id: int | None) -> Organization:
    found = Organization.objects.select_related("tenant", "parent", "area")
    return found.get(pk=unit_id or 0)


def _lock(change_id: int) -> Reorganisation:
    found = Reorganisation.objects.select_for_update(of=("self",)).select_related(
        "unit__tenant", "target__tenant", "filed_by", "approved_by"
    )
    change = found.filter(pk=change_id).first()
    if change is None:
        raise NotFound(_("没有找到该机构调整。"))
    return change


def _name(user: User | None) -> str:
    return user.display_name if user is not None else ""


def _note(actor: Actor, action: str, change: Reorganisation, **data: Any) -> None:
    record(
        actor,
        action,
        object_type="personnel.reorganisation",
        object_id=change.pk,
        object_label=f"{change.former_name} {change.get_kind_display()}",
        data={"on": change.on.isoformat(), "reason": change.reason} | data,
    )


def _tell(change: Reorganisation, title: str) -> None:
    units = [unit for unit in (change.unit, change.target) if unit is not None]
    people = [u for unit in units for u in (*heads(unit), *clerks(unit))]
    tell(
        [*people, change.filed_by],
        title=title,
        body=change.outcome or change.reason,
        url=f"/personnel/reorganisations/{change.pk}/",
        key=f"reorganisation:{change.pk}:{change.state}",
    )
