"""The shift desk (值班长): the same step for many events at once, each with its own answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.common.errors import DomainError, InvalidInput, NotAllowed, Refused
from apps.grid import permissions
from apps.grid.models import GridEvent
from apps.grid.selectors.events import visible_events
from apps.grid.services.looks import offer_look, open_task_of, wanted
from apps.matters.services import perform, perform_many

MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Outcome:
    """What became of one event. error: empty when it was done."""

    event: GridEvent
    error: str = ""


def file_many(actor: User, *, event_ids: Sequence[int]) -> list[Outcome]:
    """Will file (立案) each visible event by the class and priority it has; tells of each.

    An event without a class, or not verified, is refused with its reason; the others go on.
    Raises: InvalidInput (none, or more than 200).
    """
    return _each(actor, event_ids, lambda event: _file(actor, event))


def send_many(
    actor: User, *, event_ids: Sequence[int], unit_id: int | None = None, reason: str = ""
) -> list[Outcome]:
    """Will dispatch (派遣) each as the rules propose, or all to one unit; tells of each.

    reason: why this unit, asked for where the rules propose another one.
    Raises: InvalidInput (none, or more than 200).
    """
    events = {event.case_id: event for event in _found(actor, event_ids)}
    data = {"unit": unit_id, "override_reason": reason.strip()} if unit_id else {}
    sent = perform_many(actor, case_ids=list(events), action="dispatch", data=data)
    return [Outcome(events[one.case.pk], one.error) for one in sent]


def ask_many(actor: User, *, event_ids: Sequence[int]) -> list[Outcome]:
    """Will have each verified or checked by the nearest worker on duty; tells of each.

    Raises: InvalidInput (none, or more than 200).
    """
    return _each(actor, event_ids, lambda event: _ask(actor, event))


def close_many(actor: User, *, event_ids: Sequence[int], note: str) -> list[Outcome]:
    """Will close (结案) each that was checked, with the same words; tells of each.

    Raises: InvalidInput (none, or more than 200; note is empty).
    """
    if not note.strip():
        raise InvalidInput(_("请填写结案说明"), field="note")
    return _each(
        actor,
        event_ids,
        lambda event: perform(actor, case_id=event.case_id, action="close", data={"note": note}),
    )


def _each(
    actor: User, event_ids: Sequence[int], deed: Callable[[GridEvent], object]
) -> list[Outcome]:
    outcomes = []
    for event in _found(actor, event_ids):
        try:
            deed(event)
        except DomainError as error:
            outcomes.append(Outcome(event, str(error)))
        else:
            outcomes.append(Outcome(event))
    return outcomes


def _found(actor: User, event_ids: Sequence[int]) -> list[GridEvent]:
    if not 1 <= len(event_ids) <= MOST_AT_ONCE:
        raise InvalidInput(_("请选择1至%s件") % MOST_AT_ONCE, field="events")
    return list(visible_events(actor).filter(pk__in=event_ids).order_by("pk"))


def _file(actor: User, event: GridEvent) -> None:
    if not event.case.class_code:
        raise InvalidInput(_("尚未选择分类，请逐件立案"), field="class_code")
    perform(
        actor,
        case_id=event.case_id,
        action="accept",
        data={"class_code": event.case.class_code, "priority": event.case.priority},
    )


@transaction.atomic
def _ask(actor: User, event: GridEvent) -> None:
    if not permissions.can_order_look(actor, event):
        raise NotAllowed(_("您没有执行该操作的权限"))
    if wanted(event) is None:
        raise Refused(_("该事件目前不需要核实核查"))
    task = open_task_of(event.case)
    if task is not None:
        raise Refused(_("已派给%s，尚未答复") % task.person)
    look = offer_look(event.pk)
    if look is None:
        raise Refused(_("附近没有在岗网格员可派，请逐件安排"))
    audit.record(
        actor,
        "grid_look.ordered",
        object_type="grid_event",
        object_id=event.pk,
        object_label=f"{event.case.number} {event.case.title}",
        data={"before": {"worker": None}, "after": {"worker": look.worker.log_name}},
    )
