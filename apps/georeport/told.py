"""Rows as the standard names their fields. Moments are W3C datetimes in the city's zone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.common.personal import mask_personal
from apps.georeport.models import OpenService
from apps.georeport.selectors import DATATYPES, Asked, Shown, status_after
from apps.matters.models import CaseEvent

#: The seventeen fields of a request, in the order of the standard.
REQUEST_FIELDS = (
    "service_request_id",
    "status",
    "status_notes",
    "service_name",
    "service_code",
    "description",
    "agency_responsible",
    "service_notice",
    "requested_datetime",
    "updated_datetime",
    "expected_datetime",
    "address",
    "address_id",
    "zipcode",
    "lat",
    "long",
    "media_url",
)
#: What a bulk export adds. Source: GeoReport Bulk.
BULK_FIELDS = (
    *REQUEST_FIELDS,
    "closed_date",
    "status_description",
    "source",
    "service_subtype",
)


def moment(at: datetime | None) -> str | None:
    """Will write a moment with its zone, to the second; None stays."""
    return timezone.localtime(at).replace(microsecond=0).isoformat() if at is not None else None


def service_row(service: OpenService, *, metadata: bool) -> dict[str, Any]:
    """Will give one class as ``services`` lists it."""
    return {
        "service_code": service.code,
        "service_name": service.name,
        "description": service.description,
        "metadata": metadata,
        "type": service.answer,
        "keywords": ",".join(service.keywords),
        "group": service.group,
    }


def attribute_row(asked: Asked, order: int) -> dict[str, Any]:
    """Will give one question of a service. What the server gives itself is never asked for."""
    entry: Mapping[str, Any] = asked.entry
    is_given = asked.preset is not None
    row: dict[str, Any] = {
        "variable": not is_given,
        "code": asked.name,
        "datatype": DATATYPES[entry["type"]],
        "required": bool(entry.get("required")) and not is_given and not entry.get("show_if"),
        "datatype_description": entry.get("help", ""),
        "order": order,
        "description": entry["label"],
        "values": [{"key": key, "name": name} for key, name in asked.choices()],
    }
    return row | ({"automated": "server_set"} if is_given else {})


def request_row(shown: Shown, *, extended: bool = False) -> dict[str, Any]:
    """Will give one request in the seventeen fields, with the extensions where asked for.

    A picture is never given: nobody has looked whether a face or a number plate is on it.
    """
    case = shown.case
    lon, lat = case.point.coords if case.point is not None and shown.shows_place else (None, None)
    row = {
        "service_request_id": case.number,
        "status": shown.status,
        "status_notes": shown.status_notes,
        "service_name": shown.service.name,
        "service_code": shown.service.code,
        "description": shown.text,
        "agency_responsible": case.unit.name if case.unit else "",
        "service_notice": "",
        "requested_datetime": moment(case.opened_at),
        "updated_datetime": moment(case.updated_at),
        "expected_datetime": None if case.is_ended or case.clock_paused else moment(case.due_at),
        "address": shown.address,
        "address_id": None,
        "zipcode": None,
        "lat": lat,
        "long": lon,
        "media_url": None,
    }
    return row | _extensions(shown) if extended else row


def _extensions(shown: Shown) -> dict[str, Any]:
    return {
        "extended_attributes": {
            "detailed_status": shown.detailed_status,
            "state": shown.state_label,
            "class": shown.case.class_label,
            "area": shown.area_name,
        },
        "attributes": [
            {"code": name, "values": value if isinstance(value, list) else [value]}
            for name, value in shown.attributes().items()
        ],
        "notes": [
            {
                "datetime": moment(event.at),
                "description": mask_personal(event.public_text),
                "type": event.action,
            }
            for event in shown.notes
        ],
    }


def bulk_row(shown: Shown) -> dict[str, Any]:
    """Will give one request as a bulk export has it."""
    return request_row(shown) | {
        "closed_date": moment(shown.case.closed_at),
        "status_description": shown.state_label,
        "source": shown.case.get_channel_display(),
        "service_subtype": shown.case.class_label,
    }


def update_row(event: CaseEvent) -> dict[str, Any]:
    """Will give one public word about a case. Source: FixMyStreet's servicerequestupdates."""
    return {
        "update_id": str(event.pk),
        "service_request_id": event.case.number,
        "status": status_after(event),
        "updated_datetime": moment(event.at),
        "description": mask_personal(event.public_text),
        "media_url": None,
    }


def discovery_row(root: str, *, changed: datetime, contact: str) -> dict[str, Any]:
    """Will say where the interface is. root: its address, without a slash at the end.

    The test endpoint is the same one: a trial client's reports are taken back by themselves.
    """
    formats = ["text/xml", "application/json"]
    return {
        "changeset": moment(changed),
        "contact": contact,
        "key_service": _("密钥由接口客户端管理人发放，见 %s") % f"{root}/help",
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": root,
                "changeset": moment(changed),
                "type": kind,
                "formats": formats,
            }
            for kind in ("production", "test")
        ],
    }
