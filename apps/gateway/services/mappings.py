"""Field mappings of a connector: their versions, and what sending and receiving make of them.

A version is never changed. A message takes the version in force when it is sent, and keeps
which one that was; sent again after a correction it takes the corrected one. Source: GW-06.
"""

import json
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import InvalidInput, Refused, Stale
from apps.common.phrases import labelled
from apps.gateway.enums import MappingDirection
from apps.gateway.mapping import Row, apply, check_rows, rows_of
from apps.gateway.models import Connector, Delivery, FieldMapping
from apps.gateway.payloads import mask_payload
from apps.gateway.selectors import find_mapping
from apps.gateway.services.connectors import lock_connector

#: Topics about the line itself have no fields to map; the test is left out of reconciliation.
OF_THE_LINE = "connector."
PING = "connector.ping"
#: What ``put_into_shape`` sets on a delivery.
MAPPED_FIELDS = ("mapping", "sent_body")
MOST_BYTES = 256 * 1024


@transaction.atomic
def set_mapping(
    actor: User,
    *,
    connector_id: int,
    direction: str,
    rows: Sequence[Row],
    seen_version: int,
    note: str = "",
) -> FieldMapping:
    """Will put the next version of a mapping in force; audited. No rows: nothing is mapped.

    seen_version: of the one the change was made from, 0 where there was none; note: at most 200
    characters. Locks the connector. Raises: NotFound; NotAllowed; InvalidInput (``rows``, with
    the number of the row and the column in ``data``); Stale (somebody was faster); Refused
    (nothing changed).
    """
    connector = lock_connector(actor, connector_id)
    if direction not in MappingDirection.values:
        raise InvalidInput(gettext_lazy("没有这个方向"), field="direction")
    check_rows(rows, direction)
    before = find_mapping(connector, direction)
    if (before.version if before else 0) != seen_version:
        raise Stale(gettext_lazy("映射已被他人修改，请重新打开后再改"))
    kept = [row.as_json() for row in rows]
    if kept == (before.rows if before else []):
        raise Refused(gettext_lazy("映射没有变化"))
    made = FieldMapping.objects.create(
        connector=connector,
        direction=direction,
        version=seen_version + 1,
        rows=kept,
        note=note.strip()[:200],
        created_at=clock.now(),
        created_by_name=actor.display_name[:100],
    )
    audit.record(
        actor,
        "connector.mapping_changed",
        object_type="gateway.connector",
        object_id=connector.pk,
        object_label=connector.name,
        data={
            "direction": direction,
            "version": made.version,
            "note": made.note,
            **audit.document_changes({"rows": before.rows if before else []}, {"rows": kept}),
        },
    )
    return made


def put_into_shape(connector: Connector, delivery: Delivery) -> str:
    """Will set what is sent of a delivery by the mapping in force; saves nothing.

    Gives why it cannot be sent, in a sentence; "" when it can.
    """
    mapping = find_mapping(connector, MappingDirection.OUT)
    delivery.mapping, delivery.sent_body = mapping, ""
    if mapping is None or not mapping.rows or delivery.topic.startswith(OF_THE_LINE):
        delivery.mapping = None
        return ""
    event = json.loads(delivery.body)
    mapped = apply(rows_of(mapping.rows), event, direction=MappingDirection.OUT)
    if mapped.refusal:
        return labelled(_("字段映射第 %d 版") % mapping.version, mapped.refusal)
    body = json.dumps(mapped.values, ensure_ascii=False)
    if len(body.encode()) > MOST_BYTES:
        return labelled(_("字段映射第 %d 版") % mapping.version, _("要发送的内容超过 256 KB"))
    delivery.sent_body = body
    return ""


def map_result(code: str, values: Any) -> Any:
    """Will put a result another system sent into our shape, as it came where nothing is mapped.

    code: of the connector whose secret signed it; values: plain JSON.
    Raises: InvalidInput (a required field is missing, with the reason; audited).
    """
    connector = Connector.objects.filter(code=code).first()
    mapping = find_mapping(connector, MappingDirection.IN) if connector is not None else None
    if connector is None or mapping is None or not mapping.rows:
        return values
    mapped = apply(rows_of(mapping.rows), values, direction=MappingDirection.IN)
    if not mapped.refusal:
        return mapped.values
    lacking = next(lack for lack in mapped.lacks if lack.required)
    audit.record(
        SYSTEM,
        "connector.result_unmapped",
        object_type="gateway.connector",
        object_id=connector.pk,
        object_label=connector.name,
        data=mask_payload({"version": mapping.version, "reason": mapped.refusal[:500]}),
    )
    raise InvalidInput(
        labelled(_("字段映射第 %d 版") % mapping.version, mapped.refusal), field=lacking.target
    )
