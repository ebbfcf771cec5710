"""The only writers of delegations (代办): set one up, end one."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts import permissions
from apps.accounts.deputies.reading import possible_deputies
from apps.accounts.models import Delegation, Role, User
from apps.accounts.selectors import appointments_in_force
from apps.accounts.services.sensitive import is_administrator
from apps.accounts.signals import WordToPeople, word_to_people
from apps.audit.services import Actor, record
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.phrases import series

LONGEST_DAYS = 30


@transaction.atomic
def delegate(
    giver: User,
    *,
    deputy: User,
    from_on: date,
    to_on: date,
    roles: Collection[Role] = (),
    reason: str,
) -> Delegation:
    """Will let a colleague do the giver's work from a day to a day, both included.

    roles: of the giver's own posts; none: all of them. At most 30 days. Sensitive rights never
    pass. Locks both people; both are told.

    Raises: InvalidInput (days, deputy, roles, reason); Refused (an administrator of the three,
        nothing to hand over, the same deputy has one in that time). Source: AC-15.
    """
    people = User.objects.select_for_update().filter(pk__in=[giver.pk, deputy.pk]).order_by("pk")
    list(people)
    _require_span(from_on, to_on)
    if not reason.strip():
        raise InvalidInput(_("请填写事由。"), field="reason")
    if is_administrator(giver) or is_administrator(deputy):
        raise Refused(
            _("系统管理员、安全管理员、审计管理员的职责不得委托，也不得接受委托。"), field="deputy"
        )
    if not possible_deputies(giver).filter(pk=deputy.pk).exists():
        raise InvalidInput(_("只能委托本单位或下级单位的在岗同事。"), field="deputy")
    handed = _roles_of(giver, roles)
    overlapping = Delegation.objects.filter(
        giver=giver, deputy=deputy, ended_at__isnull=True, from_on__lte=to_on, to_on__gte=from_on
    )
    if overlapping.exists():
        raise Refused(_("这段时间已委托该同事，请先结束原有委托。"), field="deputy")
    delegation = Delegation.objects.create(
        giver=giver, deputy=deputy, from_on=from_on, to_on=to_on,
        reason=reason.strip()[:200], made_at=clock.now(),
    )  # fmt: skip
    delegation.roles.set(handed)
    record(giver, "delegation.made", **_object(delegation), data=_data(delegation, handed))
    _tell(delegation, handed)
    return delegation


@transaction.atomic
def end_delegation(actor: Actor, *, delegation_id: int) -> Delegation:
    """Will end a delegation before its last day; counts at the deputy's next request.

    The giver, the deputy and whoever keeps the giver's file may. Locks it; twice is once.
    Raises: NotFound (not there, or not for the actor).
    """
    locked = (
        Delegation.objects.select_for_update(of=("self",))
        .select_related("giver", "deputy")
        .filter(pk=delegation_id)
        .first()
    )
    if locked is None:
        raise NotFound(_("没有找到该委托。"))
    is_own = actor.pk is not None and actor.pk in (locked.giver_id, locked.deputy_id)
    if not is_own and not permissions.can_manage_people(actor, locked.giver.tenant_id):
        raise NotFound(_("没有找到该委托。"))
    if locked.ended_at is None and locked.to_on >= clock.today():
        locked.ended_at, locked.ended_by_name = clock.now(), actor.display_name[:100]
        locked.save(update_fields=["ended_at", "ended_by_name"])
        record(actor, "delegation.ended", **_object(locked))
    return locked


def end_delegations_of(actor: Actor, person: User) -> int:
    """Will end every delegation given to or by a person and give how many."""
    open_ones = open_delegations(person).order_by("pk").select_for_update(of=("self",))
    found = list(open_ones.select_related("giver", "deputy"))
    for delegation in found:
        delegation.ended_at, delegation.ended_by_name = clock.now(), actor.display_name[:100]
        delegation.save(update_fields=["ended_at", "ended_by_name"])
        record(actor, "delegation.ended", **_object(delegation))
    return len(found)


def open_delegations(person: User) -> QuerySet[Delegation]:
    """Will give the delegations of a person, either way, that count now or later."""
    return Delegation.objects.filter(
        Q(giver=person) | Q(deputy=person), ended_at__isnull=True, to_on__gte=clock.today()
    )


def _require_span(first: date, last: date) -> None:
    if first < clock.today():
        raise InvalidInput(_("开始日期不能早于今天。"), field="from_on")
    if last < first:
        raise InvalidInput(_("结束日期不能早于开始日期。"), field="to_on")
    if last - first >= timedelta(days=LONGEST_DAYS):
        raise InvalidInput(_("委托最长 %(days)s 天。") % {"days": LONGEST_DAYS}, field="to_on")


def _roles_of(giver: User, chosen: Collection[Role]) -> list[Role]:
    posts = [appointment.post_id for appointment in appointments_in_force(giver)]
    own = list(Role.objects.filter(posts__in=posts).distinct().order_by("code"))
    if not own:
        raise Refused(_("您目前没有可委托的岗位职责。"))
    if not chosen:
        return own
    if foreign := [role for role in chosen if role not in own]:
        raise InvalidInput(
            _("只能委托自己岗位上的职责：%(roles)s不在其中。") % {"roles": series(foreign)},
            field="roles",
        )
    return list(chosen)


def _object(delegation: Delegation) -> dict[str, Any]:
    return {
        "object_type": "accounts.user",
        "object_id": delegation.giver_id,
        "object_label": delegation.giver.display_name,
    }


def _data(delegation: Delegation, roles: Collection[Role]) -> dict[str, Any]:
    return {
        "deputy_id": delegation.deputy_id,
        "deputy": delegation.deputy.display_name,
        "roles": [role.code for role in roles],
        "from_on": delegation.from_on.isoformat(),
        "to_on": delegation.to_on.isoformat(),
        "reason": delegation.reason,
    }


def _tell(delegation: Delegation, roles: Collection[Role]) -> None:
    word_to_people.send(
        sender=Delegation,
        event=WordToPeople(
            user_ids=(delegation.giver_id, delegation.deputy_id),
            kind="delegation",
            title=_("%(deputy)s代办%(giver)s的工作")
            % {"deputy": delegation.deputy.full_name, "giver": delegation.giver.full_name},
            body=_("%(first)s 至 %(last)s，职责：%(roles)s。到期自动结束，敏感权限不在其中。")
            % {
                "first": delegation.from_on.isoformat(),
                "last": delegation.to_on.isoformat(),
                "roles": series(role.name for role in roles),
            },
            url="/personnel/me/deputies/",
            key=f"delegation:{delegation.pk}",
        ),
    )
