"""Who checks, and whom they must not check."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, Tenant, User
from apps.accounts.selectors import users_with_permission
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.inspection import permissions
from apps.inspection.enums import ObjectKind
from apps.inspection.models import Conflict, Inspector, SupervisedObject
from apps.matters.enums import MatterKind
from apps.matters.models import MatterType


@dataclass(frozen=True)
class NewInspector:
    """What the file of an inspector says. subjects: supervision matters."""

    user: User
    unit: Organization
    certificate: str
    subjects: Sequence[MatterType]
    valid_to: date | None = None
    is_active: bool = True


#: What the log says of an inspector who changes.
_STATED = ("user", "unit", "certificate", "valid_to", "is_active", "subjects")


@transaction.atomic
def save_inspector(
    actor: Actor, *, tenant: Tenant, new: NewInspector, inspector_id: int | None = None
) -> Inspector:
    """Will enter or change an inspector. Locks an existing one.

    Raises: NotFound; NotAllowed; InvalidInput (user: lacks the right to record results, or is
        an inspector already; unit; certificate; subjects).
    """
    _require(actor, tenant.pk, new.unit)
    known = None
    if inspector_id is not None:
        known = _lock(inspector_id)
        _require(actor, known.tenant_id, known.unit)
    _check(tenant, new)
    inspector = known or Inspector(tenant=tenant)
    before = audit.snapshot(inspector, *_STATED)
    inspector.user, inspector.unit = new.user, new.unit
    inspector.certificate = new.certificate.strip()
    inspector.valid_to, inspector.is_active = new.valid_to, new.is_active
    try:
        with transaction.atomic():
            inspector.save()
    except IntegrityError as error:
        raise InvalidInput(_("该人员或执法证号已登记为检查人员"), field="certificate") from error
    inspector.subjects.set(new.subjects)
    changed = audit.changes(before, audit.snapshot(inspector, *_STATED))
    _record(actor, "inspector.saved", inspector, **changed)
    return inspector


def _check(tenant: Tenant, new: NewInspector) -> None:
    if new.unit.tenant_id != tenant.pk:
        raise InvalidInput(_("所在单位不属于本级"), field="unit")
    certificate = new.certificate.strip()
    if not certificate or len(certificate) > 40:
        raise InvalidInput(_("请填写执法证号"), field="certificate")
    if not new.subjects:
        raise InvalidInput(_("请至少选择一个可检查的事项"), field="subjects")
    if any(subject.kind != MatterKind.SUPERVISION for subject in new.subjects):
        raise InvalidInput(_("只能选择监管事项"), field="subjects")
    able = users_with_permission(permissions.RECORD, organization=new.unit, include_below=True)
    if new.is_active and not able.filter(pk=new.user.pk).exists():
        raise InvalidInput(
            _("%(name)s在%(unit)s没有“执法检查人员”岗位，请先在人员组织中授岗")
            % {"name": new.user.display_name, "unit": new.unit},
            field="user",
        )


@transaction.atomic
def declare_conflict(
    actor: Actor,
    *,
    inspector_id: int,
    reason: str,
    supervised: SupervisedObject | None = None,
    kind: str = "",
) -> Conflict:
    """Will keep an inspector from checking one object, or every object of a kind.

    Inspectors declare their own; keepers of the register anybody's in their areas. Locks the
    inspector. Raises: NotFound; NotAllowed; InvalidInput (reason; neither or both of object and
        kind); Refused (declared already).
    """
    inspector = _lock(inspector_id)
    if inspector.user_id != actor.pk:
        _require(actor, inspector.tenant_id, inspector.unit)
    if (supervised is None) == (not kind) or (kind and kind not in ObjectKind.values):
        raise InvalidInput(_("请选择一个对象或一种对象类型"), field="kind")
    if supervised is not None and supervised.tenant_id != inspector.tenant_id:
        raise NotFound(_("没有这个监管对象，或您无权查看"))
    if not reason.strip():
        raise InvalidInput(_("请填写回避原因"), field="reason")
    if inspector.conflicts.filter(supervised=supervised, kind=kind, lifted_at=None).exists():
        raise Refused(_("该回避已登记"))
    conflict = Conflict.objects.create(
        inspector=inspector,
        supervised=supervised,
        kind=kind,
        reason=reason.strip()[:200],
        declared_at=clock.now(),
        declared_by_name=actor.display_name[:100],
    )
    _record(actor, "conflict.declared", inspector, object=supervised.ref if supervised else kind)
    return conflict


@transaction.atomic
def lift_conflict(actor: Actor, *, conflict_id: int, reason: str) -> Conflict:
    """Will end a conflict; nobody lifts their own. Locks the conflict.

    Raises: NotFound; NotAllowed; Refused (lifted already); InvalidInput (reason).
    """
    conflict = (
        Conflict.objects.select_for_update(of=("self",))
        .select_related("inspector__unit__area")
        .filter(pk=conflict_id)
        .first()
    )
    if conflict is None:
        raise NotFound(_("没有这条回避登记"))
    _require(actor, conflict.inspector.tenant_id, conflict.inspector.unit)
    if conflict.inspector.user_id == actor.pk:
        raise NotAllowed(_("不能解除自己的回避"))
    if conflict.lifted_at is not None:
        raise Refused(_("该回避已解除"))
    if not reason.strip():
        raise InvalidInput(_("请填写解除原因"), field="reason")
    conflict.lifted_at, conflict.lifted_reason = clock.now(), reason.strip()[:200]
    conflict.lifted_by_name = actor.display_name[:100]
    conflict.save(update_fields=["lifted_at", "lifted_reason", "lifted_by_name"])
    _record(actor, "conflict.lifted", conflict.inspector, reason=conflict.lifted_reason)
    return conflict


def _lock(inspector_id: int) -> Inspector:
    found = (
        Inspector.objects.select_for_update(of=("self",))
        .select_related("unit__area")
        .filter(pk=inspector_id)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这名检查人员，或您无权查看"))
    return found


def _require(actor: Actor, tenant_id: int, unit: Organization) -> None:
    path = unit.area.path if unit.area is not None else ""
    permissions.require(actor, permissions.KEEP, tenant_id=tenant_id, area_path=path)


def _record(actor: Actor, action: str, inspector: Inspector, **data: object) -> None:
    audit.record(
        actor,
        action,
        object_type="inspector",
        object_id=inspector.pk,
        object_label=inspector.ref,
        data=data,
    )
