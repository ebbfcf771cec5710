"""Handing over what somebody has in hand: one thing or many, to a colleague or the unit."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.registry import OpenWork, WorkItem, open_works
from apps.accounts.selectors import appointments_in_force
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.phrases import points
from apps.personnel import permissions
from apps.personnel.enums import LeavingState
from apps.personnel.models import HandOver, Leaving, Transfer
from apps.personnel.services.leaving import lock, settle, unit_of
from apps.personnel.services.telling import note


@dataclass(frozen=True)
class Pile:
    """What a person has in hand of one kind."""

    work: OpenWork
    items: tuple[WorkItem, ...]


def piles_of(person: User) -> list[Pile]:
    """Will give what a person has in hand, kinds with nothing left out."""
    found = (Pile(work, tuple(work.list_of(person))) for work in open_works())
    return [pile for pile in found if pile.items]


@transaction.atomic
def hand_over_for_leaving(
    actor: Actor, *, leaving_id: int, chosen: Iterable[str], to: User | None
) -> int:
    """Will give what a leaver has in hand to a colleague, or to the unit's queue (None).

    chosen: "<kind>:<key>" of each thing. All or nothing: one that the colleague may not do
    refuses the lot and says which. Locks the leaving. Gives how many things moved.

    Raises: NotFound; NotAllowed; InvalidInput (nothing chosen, the colleague); Refused.
    """
    leaving = lock(leaving_id)
    permissions.require(permissions.can_ask(actor, leaving.unit))
    if leaving.state not in (LeavingState.PLANNED, LeavingState.ENDED):
        raise Refused(_("该离职登记已办结或已撤销。"))
    count = _hand_over(
        actor, leaving.person, chosen, to, reason=_("离职"), cause={"leaving": leaving}
    )
    settle(leaving)
    return count


@transaction.atomic
def hand_over_for_transfer(
    actor: Actor, *, transfer_id: int, chosen: Iterable[str], to: User | None
) -> int:
    """Will give what somebody who moves has in hand to a colleague, or to the unit's queue.

    As ``hand_over_for_leaving``. Locks the transfer.
    """
    found = Transfer.objects.select_for_update(of=("self",)).select_related(
        "person", "old_post__organization__tenant", "new_post__organization__tenant"
    )
    transfer = found.filter(pk=transfer_id).first()
    if transfer is None:
        raise NotFound(_("没有找到该调动。"))
    post = transfer.old_post or transfer.new_post
    permissions.require(permissions.can_ask(actor, post.organization))
    return _hand_over(
        actor, transfer.person, chosen, to, reason=_("调动"), cause={"transfer": transfer}
    )


def _hand_over(
    actor: Actor,
    person: User,
    chosen: Iterable[str],
    to: User | None,
    *,
    reason: str,
    cause: dict[str, Leaving | Transfer],
) -> int:
    wanted = set(chosen)
    if not wanted:
        raise InvalidInput(_("请先勾选要移交的事项。"), field="chosen")
    _require_colleague(person, to)
    moved = 0
    for pile in piles_of(person):
        items = {i.key: i for i in pile.items if f"{pile.work.code}:{i.key}" in wanted}
        if not items:
            continue
        _require_able(pile.work, items.values(), to)
        keys = pile.work.hand_over(actor, person, to, sorted(items), reason)
        _keep(actor, person, to, pile.work, items, keys, cause)
        moved += len(keys)
    if not moved:
        raise Refused(_("所选事项已办结或已移交，请刷新页面。"), code="stale")
    note(actor, "work.handed_over", person, to=to.display_name if to else "", count=moved)
    return moved


def _keep(
    actor: Actor,
    person: User,
    to: User | None,
    work: OpenWork,
    items: dict[int, WorkItem],
    keys: Collection[int],
    cause: dict[str, Leaving | Transfer],
) -> None:
    HandOver.objects.bulk_create(
        HandOver(
            **cause,
            work=work.code,
            item_key=key,
            item_label=items[key].label[:200],
            person=person,
            to=to,
            done_at=clock.now(),
            done_by_name=actor.display_name[:100],
        )
        for key in keys
    )


def _require_colleague(person: User, to: User | None) -> None:
    if to is None:
        return
    if to.pk == person.pk or not to.is_active or not appointments_in_force(to).exists():
        raise InvalidInput(_("接办人须是另一位在岗人员。"), field="to")
    if Leaving.objects.filter(person=to, state=LeavingState.PLANNED).exists():
        raise InvalidInput(_("接办人本人即将离职，请另选他人。"), field="to")
    if _tenant(person) != _tenant(to):
        raise InvalidInput(_("接办人不属于同一机关。"), field="to")


def _tenant(person: User) -> int | None:
    unit = unit_of(person)
    return unit.tenant_id if unit is not None else person.tenant_id


def _require_able(work: OpenWork, items: Iterable[WorkItem], to: User | None) -> None:
    if to is None:
        return
    refused = dict.fromkeys(why for item in items if (why := work.why_not(to, item)))
    if refused:
        raise InvalidInput(points(refused), field="to")
