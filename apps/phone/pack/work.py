"""Sections of what is to be done today: tasks, patrols, visits, and open cases nearby."""

import base64
from collections.abc import Mapping
from typing import Any

from apps.common.errors import NotFound
from apps.common.files import open_thumbnail
from apps.common.masking import mask_address
from apps.fieldwork.selectors import patrols_for
from apps.grid.selectors import looks_for, visible_events
from apps.matters.enums import AttachmentPurpose, StateCategory
from apps.matters.models import Case, CaseAttachment, Task
from apps.ops.models import WorkOrder
from apps.ops.selectors import Dial, dials_of, orders_to_repair
from apps.phone.pack.holder import Holder
from apps.registry.selectors import visits_due

MOST_TASKS = 60
MOST_NEAR = 200
PICTURES_PER_TASK = 3
PICTURES_LIMIT_BYTES = 1_200_000  # of all tasks together; the rest is seen on the spot


def tasks(holder: Holder) -> list[dict[str, Any]]:
    """The verifications and checks waiting for this worker, with the pictures from before."""
    found = list(looks_for(holder.user)[:MOST_TASKS])
    pictures = _pictures([task.case_id for task in found])
    return [_task(task, pictures.get(task.case_id, [])) for task in found]


def _task(task: Task, pictures: list[str]) -> dict[str, Any]:
    case = task.case
    look = getattr(task, "grid_look", None)
    return {
        "id": task.pk,
        "purpose": look.purpose if look else "check",
        "number": case.number,
        "title": case.title,
        "text": case.text,
        "address": case.address,
        "instruction": task.instruction,
        "due_at": task.due_at.isoformat() if task.due_at else None,
        "pictures": pictures,
        **_place(case),
    }


def _pictures(case_ids: list[int]) -> dict[int, list[str]]:
    """Small pictures as data addresses by case, those from before, as long as there is room."""
    found: dict[int, list[str]] = {}
    room = PICTURES_LIMIT_BYTES
    rows = CaseAttachment.objects.filter(
        case_id__in=case_ids, purpose=AttachmentPurpose.BEFORE
    ).exclude(file__thumbnail_path="")
    for row in rows.select_related("file").order_by("pk"):
        held = found.setdefault(row.case_id, [])
        if len(held) >= PICTURES_PER_TASK or room <= 0:
            continue
        try:
            with open_thumbnail(row.file) as file:
                text = base64.b64encode(file.read()).decode()
        except NotFound:  # a restored database without its files
            continue
        held.append(f"data:image/webp;base64,{text}")
        room -= len(text)
    return found


def patrols(holder: Holder) -> list[dict[str, Any]]:
    """Today's patrols with their points."""
    return [
        {
            "id": patrol.pk,
            "title": patrol.plan.title,
            "starts_at": patrol.starts_at.isoformat(),
            "ends_at": patrol.ends_at.isoformat(),
            "points": [
                {
                    "id": stop.pk,
                    "name": stop.name,
                    "lon": stop.point.x,
                    "lat": stop.point.y,
                    "radius_m": stop.radius_m,
                    "state": stop.state,
                }
                for stop in sorted(patrol.stops.all(), key=lambda stop: stop.position)
            ],
        }
        for patrol in patrols_for(holder.user, holder.day)
    ]


def visits(holder: Holder) -> list[dict[str, Any]]:
    """The visits to be made by this worker, names masked, with the form of each."""
    return [
        {
            "id": due.due.pk,
            "file_id": due.enrolment.file_id,
            "enrolment_id": due.enrolment.pk,
            "kind": due.due.kind,
            "label": due.label,
            "title": due.title,
            "address": mask_address(due.enrolment.file.address),
            "due_on": due.due.due_on.isoformat(),
            "days_late": due.days_late,
            "form": due.enrolment.type.body.get("visit_fields", []),
        }
        for due in visits_due(holder.user, holder.day)
    ]


def orders(holder: Holder) -> list[dict[str, Any]]:
    """The work orders this person's unit is to repair, with both deadlines."""
    found = list(orders_to_repair(holder.user)[:MOST_TASKS])
    dials = dials_of(found)
    return [_order(order, dials.get(order.pk, {})) for order in found]


def _order(order: WorkOrder, dials: Mapping[str, Dial]) -> dict[str, Any]:
    due = {
        name: dials[name].clock.due_at.isoformat() if name in dials else None
        for name in ("respond", "restore")
    }
    return {
        "id": order.pk,
        "number": order.case.number,
        "title": f"{order.fault_kind.name} · {order.about}",
        "code": order.asset.code if order.asset is not None else "",
        "asset_id": order.asset_id,
        "text": order.case.text,
        "level": str(order.level),
        "cause": order.cause,
        "needs_photo": order.fault_kind.needs_photo,
        "area": order.case.area.name,
        "due": due,
        **_place(order.case),
    }


def near(holder: Holder) -> list[dict[str, Any]]:
    """Open events of the own cells, offered before somebody reports the same again."""
    paths = [cell.path for cell in holder.cells]
    if not paths:
        return []
    found = visible_events(holder.user).exclude(case__category=StateCategory.ENDED)
    mine = [
        event
        for event in found.filter(case__area__in=holder.cells)[:MOST_NEAR]
        if event.case.point is not None
    ]
    return [
        {
            "number": event.case.number,
            "title": event.case.title,
            "class_code": event.grid_class.code if event.grid_class else "",
            **_place(event.case),
        }
        for event in mine
    ]


def _place(case: Case) -> dict[str, Any]:
    point = case.point
    return {"lon": point.x if point else None, "lat": point.y if point else None}
