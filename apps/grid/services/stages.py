"""Stages of handling with limits of their own (阶段时限): some classes have several."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.clocks import selectors as clocks
from apps.clocks.services import Limit
from apps.common import clock
from apps.common.errors import NotAllowed, NotFound, Refused
from apps.grid import permissions
from apps.grid.models import EventStage, GridEvent
from apps.grid.selectors.classes import stages_of
from apps.grid.selectors.events import get_event


def start_stages(event: GridEvent, *, at: datetime) -> list[EventStage]:
    """Will give this round its stages, counted from the dispatch; twice is harmless.

    The caller holds the case.
    """
    if event.grid_class is None:
        return []
    case = event.case
    limits = stages_of(event.grid_class, tenant_id=case.tenant_id, day=timezone.localdate(at))
    days = clocks.work_calendar(clocks.get_revision(clocks.calendar_for(case.area)))
    rows = [
        EventStage(
            event=event,
            round=case.round,
            number=limit.stage,
            label=limit.label,
            due_at=days.add(at, Limit(limit.amount, limit.unit)),
        )
        for limit in limits
    ]
    return EventStage.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def finish_stage(actor: User, *, stage_id: int) -> EventStage:
    """Will note that the unit has done a stage. Locks it.

    Raises: NotFound; NotAllowed (not of the unit that handles it); Refused (done before).
    """
    known = EventStage.objects.filter(pk=stage_id).first()
    if known is None:
        raise NotFound(_("没有这个阶段"))
    event = get_event(actor, known.event_id)
    if not permissions.can_finish_stage(actor, event):
        raise NotAllowed(_("您没有执行该操作的权限"))
    stage = EventStage.objects.select_for_update().get(pk=stage_id)
    if stage.done_at is not None:
        raise Refused(_("这个阶段已经完成"))
    stage.done_at, stage.done_by_name = clock.now(), actor.log_name[:100]
    stage.save(update_fields=["done_at", "done_by_name"])
    audit.record(
        actor,
        "grid_stage.finished",
        object_type="grid_event",
        object_id=event.pk,
        object_label=f"{event.case.number} {event.case.title}",
        data={
            "stage": stage.label,
            "before": {"done_at": None},
            "after": {"done_at": stage.done_at.isoformat()},
        },
    )
    return stage
