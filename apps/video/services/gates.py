"""Gate cameras: entered by keepers, counted by their servers, hour by hour. Source: VD-13."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.video import permissions
from apps.video.models import Camera, Gate, GateHour

MOST_ROWS = 1000
MOST_PASSES = 100_000  # of an hour: more never fit through a gate
OLDEST = timedelta(days=35)


@dataclass(frozen=True)
class HourSaid:
    """An hour as a server tells it. camera: its code; hour: aware, a whole hour."""

    camera: str
    hour: datetime
    passes: int
    read: int
    fault: str = ""


@dataclass(frozen=True)
class RowRefused:
    """A row that was not taken. index: from 0; reason: a code."""

    index: int
    field: str
    reason: str


@transaction.atomic
def save_gate(
    actor: Actor, *, camera_id: int, plate_norm: float = 0.9, is_active: bool = True
) -> Gate:
    """Will make a camera a gate, or write what is wanted of it. Locks the camera; audited.

    Raises: NotFound; NotAllowed; InvalidInput (field "plate_norm").
    """
    found = Camera.objects.select_for_update(of=("self",)).select_related("asset__area")
    camera = found.filter(pk=camera_id).first()
    if camera is None:
        raise NotFound(_("没有这台摄像机"))
    permissions.require_keep_in(actor, camera.asset.area)
    if not 0 < plate_norm <= 1:
        raise InvalidInput(_("识别率标准须大于 0、不超过 1"), field="plate_norm")
    gate = Gate.objects.filter(camera=camera).first() or Gate(camera=camera, created_at=clock.now())
    names = ("plate_norm", "is_active")
    before = audit.snapshot(gate, *names) if gate.pk else {}
    gate.plate_norm, gate.is_active = plate_norm, is_active
    gate.save()
    audit.record(
        actor,
        "gate.changed" if before else "gate.created",
        object_type="gate",
        object_id=gate.pk,
        object_label=camera.asset.name,
        data=audit.document_changes(before, audit.snapshot(gate, *names)),
    )
    return gate


@transaction.atomic
def take_hours(rows: Sequence[HourSaid]) -> tuple[int, list[RowRefused]]:
    """Will write hours and give how many, and which rows were not taken; the others are.

    The same hour again is written over: a server corrects itself when plates come late. Locks the
    gates in order of their keys.
    """
    now = clock.now()
    codes = {row.camera for row in rows}
    locked = Gate.objects.select_for_update(of=("self",)).filter(is_active=True)
    gates = {
        gate.camera.gb_code: gate
        for gate in locked.filter(camera__gb_code__in=codes).select_related("camera").order_by("pk")
    }
    taken: dict[tuple[int, datetime], GateHour] = {}
    refused = []
    for index, row in enumerate(rows):
        wrong = _wrong(row, gates, now)
        if wrong is not None:
            refused.append(RowRefused(index, *wrong))
            continue
        gate = gates[row.camera]
        gate.heard_at, gate.fault = now, row.fault.strip()[:120]
        taken[gate.pk, row.hour] = GateHour(
            gate=gate, hour=row.hour, passes=row.passes, read=row.read, written_at=now
        )
    GateHour.objects.bulk_create(
        taken.values(),
        update_conflicts=True,
        unique_fields=["gate", "hour"],
        update_fields=["passes", "read", "written_at"],
    )
    Gate.objects.bulk_update(gates.values(), ["heard_at", "fault"])
    return len(taken), refused


def forget_hours() -> int:
    """Will drop hours of more than two years ago."""
    return GateHour.objects.filter(hour__lt=clock.now() - timedelta(days=730)).delete()[0]


def _wrong(row: HourSaid, gates: dict[str, Gate], now: datetime) -> tuple[str, str] | None:
    if row.camera not in gates:
        return "camera", "no_gate"
    if row.hour.minute or row.hour.second or row.hour.microsecond:
        return "hour", "not_whole"
    if not now - OLDEST <= row.hour <= now:
        return "hour", "out_of_range"
    if not 0 <= row.passes <= MOST_PASSES:
        return "passes", "out_of_range"
    if not 0 <= row.read <= row.passes:
        return "read", "more_than_passed"
    return None
