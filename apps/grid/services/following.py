"""What is due after an action on an event's case: looks, proof, stages. Done by the outbox."""

from datetime import datetime

from django.db import transaction

from apps.common import clock
from apps.grid.enums import EventKind
from apps.grid.models import GridEvent
from apps.grid.selectors.classes import latest_class
from apps.grid.selectors.events import event_of
from apps.grid.services.looks import offer_look
from apps.grid.services.proof import judge
from apps.grid.services.stages import start_stages
from apps.matters.models import Case

FOLLOW = "grid.follow"


@transaction.atomic
def follow_event(case_id: int, action: str, *, at: datetime) -> None:
    """Will do what an action at a moment calls for; safe to run twice. Locks the case.

    open: verification where the report needs one. dispatch: the stages begin. feed_back: the
    pictures are judged and a check is offered.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("area").get(pk=case_id)
    event = event_of(case) or _adopt(case)
    event.case = case
    if action == "dispatch":
        start_stages(event, at=at)
    if action == "feed_back":
        judge(event)
    if action in {"open", "feed_back"}:
        offer_look(event.pk)


def _adopt(case: Case) -> GridEvent:
    """A case somebody else opened (a listener, an outside system): looked at before it is filed."""
    found = latest_class(case.class_code) if case.class_code else None
    return GridEvent.objects.create(
        case=case,
        kind=found.kind if found is not None else EventKind.EVENT,
        grid_class=found,
        found_at=min(case.opened_at, clock.now()),
        needs_look=True,
    )
