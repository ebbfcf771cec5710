"""What supervised objects did, and what it makes of their credit (MT-19)."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotFound, Refused
from apps.common.models import StoredFile
from apps.inspection import credit, permissions
from apps.inspection.models import (
    BehaviourRecord,
    CreditChange,
    SupervisedObject,
)
from apps.inspection.selectors.register import counting_points, scale_of
from apps.matters.models import Case


@transaction.atomic
def record_behaviour(
    actor: Actor,
    *,
    object_id: int,
    code: str,
    happened_on: date,
    text: str,
    file: StoredFile | None = None,
    file_name: str = "",
) -> BehaviourRecord:
    """Will write down what an object did, and its credit anew. Locks the object.

    code: of the scale in force. Raises: NotFound; NotAllowed; InvalidInput (code, happened_on,
        text).
    """
    found = _lock(object_id)
    permissions.require(
        actor, permissions.KEEP, tenant_id=found.tenant_id, area_path=found.area_path
    )
    if not text.strip():
        raise InvalidInput(_("请说明具体情况"), field="text")
    behaviour = credit.behaviour_of(scale_of(found.tenant_id).body, code)
    if behaviour is None:
        raise InvalidInput(_("评分表中没有这种行为"), field="code")
    if happened_on > clock.today():
        raise InvalidInput(_("发生日期不能晚于今天"), field="happened_on")
    return write_behaviour(
        actor,
        found,
        behaviour=behaviour,
        happened_on=happened_on,
        text=text,
        file=file,
        file_name=file_name,
    )


def write_behaviour(
    actor: Actor,
    supervised: SupervisedObject,
    *,
    behaviour: Any,
    happened_on: date,
    text: str,
    case: Case | None = None,
    file: StoredFile | None = None,
    file_name: str = "",
) -> BehaviourRecord:
    """Will write a record of a locked object and assess it anew; the caller has checked rights."""
    record = BehaviourRecord.objects.create(
        supervised=supervised,
        code=behaviour["code"],
        label=behaviour["label"],
        points=behaviour["points"],
        happened_on=happened_on,
        text=text.strip()[:500],
        case=case,
        file=file,
        file_name=file_name[:120],
        recorded_at=clock.now(),
        recorded_by_name=actor.display_name[:100],
    )
    _record(actor, "behaviour.recorded", supervised, code=record.code, points=record.points)
    _assess(actor, supervised, because=record.label)
    return record


@transaction.atomic
def withdraw_behaviour(actor: User, *, record_id: int, reason: str) -> BehaviourRecord:
    """Will take a record back, with its effect on credit; it stays readable. Locks the object.

    Raises: NotFound; NotAllowed; Refused (withdrawn already); InvalidInput (reason).
    """
    known = BehaviourRecord.objects.filter(pk=record_id).first()
    if known is None:
        raise NotFound(_("没有这条行为记录"))
    supervised = _lock(known.supervised_id)
    permissions.require(
        actor, permissions.KEEP, tenant_id=supervised.tenant_id, area_path=supervised.area_path
    )
    if not reason.strip():
        raise InvalidInput(_("请填写撤销原因"), field="reason")
    record = BehaviourRecord.objects.select_for_update().get(pk=record_id)
    if record.withdrawn_at is not None:
        raise Refused(_("该记录已撤销"))
    record.withdrawn_at, record.withdrawn_by = clock.now(), actor
    record.withdrawn_reason = reason.strip()[:200]
    record.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    _record(actor, "behaviour.withdrawn", supervised, reason=record.withdrawn_reason)
    _assess(actor, supervised, because=_("撤销“%s”") % record.label)
    return record


def begin_credit(actor: Actor, supervised: SupervisedObject) -> None:
    """Will give a new object the standing of one without records."""
    _assess(actor, supervised, because=_("登记入册"), is_first=True)


def renew_credit(actor: Actor, supervised: SupervisedObject, *, because: str) -> None:
    """Will assess a locked object anew, after records and scales went on without it."""
    _assess(actor, supervised, because=because)


def _assess(
    actor: Actor, supervised: SupervisedObject, *, because: str, is_first: bool = False
) -> None:
    scale = scale_of(supervised.tenant_id)
    standing = credit.assess(scale.body, scale.number, counting_points(supervised, scale.body))
    before = "" if is_first else supervised.grade
    if (before, supervised.points) == (standing.grade, standing.points):
        return
    supervised.grade, supervised.points = standing.grade, standing.points
    supervised.save(update_fields=["grade", "points"])
    CreditChange.objects.create(
        supervised=supervised,
        at=clock.now(),
        from_grade=before,
        to_grade=standing.grade,
        points=standing.points,
        scale=scale.number,
        reason=f"{because}：{standing.reason}"[:300],
        by_name=actor.display_name[:100],
    )


def _lock(object_id: int) -> SupervisedObject:
    found = SupervisedObject.objects.select_for_update().filter(pk=object_id).first()
    if found is None:
        raise NotFound(_("没有这个监管对象，或您无权查看"))
    return found


def _record(actor: Actor, action: str, row: SupervisedObject, **data: Any) -> None:
    audit.record(
        actor,
        action,
        object_type="supervised_object",
        object_id=row.pk,
        object_label=row.ref,
        data=data,
    )
