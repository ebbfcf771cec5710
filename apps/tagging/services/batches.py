"""Batches of food that are followed. Source: IO-14."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound
from apps.tagging.models import Batch
from apps.tagging.permissions import require_keep


@dataclass(frozen=True)
class BatchSpec:
    """A batch as it shall be; see ``Batch``."""

    code: str
    product: str
    origin: str
    producer: str
    unit: Organization
    made_on: date | None = None
    note: str = ""
    gap_hours: int = 24


@transaction.atomic
def save_batch(actor: Actor, *, spec: BatchSpec, batch_id: int | None = None) -> Batch:
    """Will write a batch, new or over the one given. Locks it.

    Raises: NotAllowed (not a unit of the actor); NotFound; InvalidInput ("code", "made_on",
        "gap_hours").
    """
    require_keep(actor, spec.unit)
    known = _lock(actor, batch_id) if batch_id is not None else None
    if Batch.objects.filter(code=spec.code).exclude(pk=batch_id or 0).exists():
        raise InvalidInput(_("该批次号已登记"), field="code")
    if spec.made_on is not None and spec.made_on > clock.today():
        raise InvalidInput(_("生产日期不能晚于今天"), field="made_on")
    if not 1 <= spec.gap_hours <= 720:
        raise InvalidInput(_("应为 1 至 720 小时"), field="gap_hours")
    batch = known or Batch(created_at=clock.now())
    names = tuple(BatchSpec.__dataclass_fields__)
    before = audit.snapshot(batch, *names) if known else {}
    for name in names:
        setattr(batch, name, getattr(spec, name))
    batch.save()
    action = "tag_batch.changed" if known else "tag_batch.registered"
    audit.record_row(actor, action, batch, **audit.changes(before, audit.snapshot(batch, *names)))
    return batch


def _lock(actor: Actor, batch_id: int) -> Batch:
    found = Batch.objects.select_for_update(of=("self",)).select_related("unit")
    batch = found.filter(pk=batch_id).first()
    if batch is None:
        raise NotFound(_("没有这个追溯批次"))
    require_keep(actor, batch.unit)
    return batch
