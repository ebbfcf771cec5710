"""Field mappings as they stand, and an event to try them with."""

import json
from typing import Any

from django.db.models import QuerySet

from apps.gateway.enums import MappingDirection
from apps.gateway.models import Connector, Delivery, FieldMapping

#: What is tried where nothing was sent yet: the shape of ``case.state`` (docs/api.md).
SAMPLE_EVENT: dict[str, Any] = {
    "id": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "topic": "case.state",
    "at": "2026-11-21T10:05:00+08:00",
    "data": {
        "number": "2026112100017",
        "matter_type": "hotline.demand",
        "seq": 4,
        "action": "sign",
        "from_state": "dispatched",
        "state": "handling",
        "state_label": "办理中",
        "category": "running",
        "title": "路面井盖松动",
        "class_code": "road.cover",
        "class_label": "井盖",
        "unit": "east-cgj",
        "unit_name": "东区城市管理局",
        "area": "330199001",
        "round": 1,
        "public_text": "已签收，正在办理。",
        "opened_at": "2026-11-21T09:30:00+08:00",
        "due_at": "2026-11-24T09:30:00+08:00",
        "closed_at": None,
        "at": "2026-11-21T10:05:00+08:00",
    },
}
SAMPLE_RESULT: dict[str, Any] = {
    "caseNo": "2026112100017",
    "orderNo": "SW-20261121-17",
    "result": "2",
    "remark": "已更换阀门，恢复供水。",
    "finishTime": "2026-11-21 10:05:00",
}


def find_mapping(connector: Connector, direction: str) -> FieldMapping | None:
    """Will give the version in force, None where there never was one."""
    return connector.mappings.filter(direction=direction).order_by("-version").first()


def list_mappings(connector: Connector, direction: str) -> QuerySet[FieldMapping]:
    """Will give all versions, the newest first."""
    return connector.mappings.filter(direction=direction).order_by("-version")


def sample_of(connector: Connector, direction: str) -> str:
    """Will give JSON to try a mapping with: what was sent last where there is such."""
    if direction == MappingDirection.IN:
        return _text(SAMPLE_RESULT)
    newest = (
        Delivery.objects.filter(connector=connector)
        .exclude(topic__startswith="connector.")
        .order_by("-id")
        .first()
    )
    return _text(json.loads(newest.body) if newest is not None else SAMPLE_EVENT)


def _text(values: Any) -> str:
    return json.dumps(values, ensure_ascii=False, indent=2)
