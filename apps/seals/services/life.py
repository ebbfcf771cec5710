"""The life of a seal but for its use: each step one deed, the grave ones by two people.

Keys are made and destroyed by workers (``making``); a page only orders it. Source: ES-05,
国办发〔2025〕33号 (申请、制作、备案、使用、停用、注销).
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, Refused
from apps.seals import permissions
from apps.seals.crypto.certificates import pem_of, read_certificate
from apps.seals.crypto.stores import DEVICE
from apps.seals.enums import Algorithm, KeepingLevel, SealKind, SealState
from apps.seals.models import Seal
from apps.seals.pdf import impressions
from apps.seals.services._shared import before, lock_seal, note, require_state
from apps.seals.services.waking import wake

SHORTEST_REASON = 4


@dataclass(frozen=True)
class NewSeal:
    """A seal applied for. picture: a scan on white paper, or a transparent PNG."""

    unit: Organization
    name: str
    kind: str
    purpose: str
    basis: str
    algorithm: str
    picture: bytes
    width_mm: float
    height_mm: float
    key_store: str = "software"
    level: str = KeepingLevel.BASIC


@transaction.atomic
def apply_seal(actor: User, *, new: NewSeal) -> Seal:
    """Will apply for a seal of a unit; nothing is made before somebody else approves.

    Raises: NotAllowed; InvalidInput (fields "unit", "name", "kind", "algorithm", "picture",
        "width_mm", "height_mm", "key_store", "level").
    """
    permissions.require_over(actor, permissions.APPLY, new.unit)
    if not new.unit.is_active:
        raise InvalidInput(_("该单位已停用，不能刻制印章"), field="unit")
    name = new.name.strip()
    if len(name) < 4:
        raise InvalidInput(_("请填写印章全称"), field="name")
    if new.kind not in SealKind.values:
        raise InvalidInput(_("请选择印章类别"), field="kind")
    if new.algorithm not in Algorithm.values:
        raise InvalidInput(_("请选择签名算法"), field="algorithm")
    if new.level not in KeepingLevel.values:
        raise InvalidInput(_("请选择保存级别"), field="level")
    if new.key_store == DEVICE:
        raise InvalidInput(
            _("GM/T 0016 密码设备的接口尚未接通，请选其他密钥存储"),
            field="key_store", code="device_closed",
        )  # fmt: skip
    if new.algorithm == Algorithm.SM2 and new.key_store != "software":
        raise InvalidInput(_("该密钥存储不支持 SM2"), field="key_store")
    alive = Seal.objects.filter(unit=new.unit, name=name).exclude(
        state__in=(SealState.REFUSED, SealState.DESTROYED)
    )
    if alive.exists():
        raise InvalidInput(_("该单位已有同名印章"), field="name")
    made = impressions.normalise(new.picture, width_mm=new.width_mm, height_mm=new.height_mm)
    seal = Seal.objects.create(
        code="", name=name, kind=new.kind, unit=new.unit, unit_name=new.unit.name,
        purpose=new.purpose.strip()[:200], basis=new.basis.strip()[:200],
        algorithm=new.algorithm, key_store=new.key_store, level=new.level, width_mm=made.width_mm,
        height_mm=made.height_mm, picture=made.png, applied_by=actor, applied_at=clock.now(),
    )  # fmt: skip
    seal.code = f"YZ{seal.pk:08d}"
    seal.save(update_fields=["code"])
    note(actor, seal, "applied", {}, text=seal.basis)
    return seal


@transaction.atomic
def approve_seal(actor: User, *, seal_id: int) -> Seal:
    """Will let a seal be made. Locks it. Raises: NotFound; NotAllowed (also the applicant);
    Refused (not waiting)."""
    seal = _decide(actor, seal_id)
    was = before(seal)
    seal.state, seal.approved_by, seal.approved_at = SealState.APPROVED, actor, clock.now()
    seal.save(update_fields=["state", "approved_by", "approved_at"])
    note(actor, seal, "approved", was)
    return seal


@transaction.atomic
def refuse_seal(actor: User, *, seal_id: int, reason: str) -> Seal:
    """Will turn an application down. Locks it. Raises: as ``approve_seal``; InvalidInput."""
    why = require_reason(reason)
    seal = _decide(actor, seal_id)
    was = before(seal)
    seal.state, seal.approved_by, seal.approved_at = SealState.REFUSED, actor, clock.now()
    seal.save(update_fields=["state", "approved_by", "approved_at"])
    note(actor, seal, "refused", was, text=why)
    return seal


@transaction.atomic
def order_making(actor: User, *, seal_id: int, reason: str = "") -> Seal:
    """Will have a worker make the seal's key, or make it anew (重制) with a reason.

    A seal made anew signs with the old key until the new one is filed no more: from this
    moment it is out of use. Locks it. Raises: NotFound; NotAllowed; Refused; InvalidInput.
    """
    seal = lock_seal(seal_id)
    permissions.require_over(actor, permissions.KEEP, seal.unit)
    require_state(seal, SealState.APPROVED, SealState.FILED, SealState.ACTIVE, SealState.SUSPENDED)
    why = "" if seal.state == SealState.APPROVED else require_reason(reason)
    require_same_unit(seal)
    was = before(seal)
    seal.state, seal.ordered_by, seal.failure = SealState.MAKING, actor, ""
    seal.pending_label = seal.pending_request = seal.pending_certificate = ""
    seal.save(
        update_fields=[
            "state", "ordered_by", "failure", "pending_label", "pending_request",
            "pending_certificate",
        ]
    )  # fmt: skip
    note(actor, seal, "making_ordered", was, text=why)
    transaction.on_commit(wake, robust=True)
    return seal


@transaction.atomic
def bring_certificate(actor: User, *, seal_id: int, certificate: bytes) -> Seal:
    """Will hand the certificate of the city's authority to the making that waits for it.

    Locks it. Raises: NotFound; NotAllowed; Refused; InvalidInput (field "certificate").
    """
    seal = lock_seal(seal_id)
    permissions.require_over(actor, permissions.KEEP, seal.unit)
    require_state(seal, SealState.MAKING)
    if not seal.pending_request:
        raise Refused(_("密钥还在生成，请稍后再试"))
    brought = pem_of(read_certificate(certificate).dump())
    was = before(seal)
    seal.pending_certificate = brought
    seal.save(update_fields=["pending_certificate"])
    note(actor, seal, "certificate_brought", was)
    transaction.on_commit(wake, robust=True)
    return seal


@transaction.atomic
def file_seal(actor: User, *, seal_id: int, number: str, authority: str, on: date) -> Seal:
    """Will note that the seal was filed (备案). Locks it. Raises: NotFound; NotAllowed; Refused;
    InvalidInput (fields "number", "authority", "on")."""
    seal = lock_seal(seal_id)
    permissions.require_over(actor, permissions.KEEP, seal.unit)
    require_state(seal, SealState.MADE)
    if len(number.strip()) < 4:
        raise InvalidInput(_("请填写备案编号"), field="number")
    if len(authority.strip()) < 2:
        raise InvalidInput(_("请填写备案机关"), field="authority")
    if on > clock.today():
        raise InvalidInput(_("备案日期不能晚于今天"), field="on")
    was = before(seal)
    seal.filing_number, seal.filing_authority = number.strip()[:60], authority.strip()[:100]
    seal.filed_on, seal.state = on, SealState.FILED
    seal.save(update_fields=["filing_number", "filing_authority", "filed_on", "state"])
    note(actor, seal, "filed", was, text=seal.filing_number)
    return seal


@transaction.atomic
def activate_seal(actor: User, *, seal_id: int) -> Seal:
    """Will put a filed seal into use. Locks it. Raises: NotFound; NotAllowed; Refused."""
    seal = lock_seal(seal_id)
    permissions.require_over(actor, permissions.KEEP, seal.unit)
    require_state(seal, SealState.FILED)
    require_same_unit(seal)
    was = before(seal)
    seal.state, seal.attention = SealState.ACTIVE, ""
    seal.save(update_fields=["state", "attention"])
    note(actor, seal, "activated", was)
    return seal


@transaction.atomic
def suspend_seal(actor: User, *, seal_id: int, reason: str) -> Seal:
    """Will put a seal out of use at once; what waits to be sealed is refused. Locks it.

    Raises: NotFound; NotAllowed; Refused; InvalidInput (field "reason").
    """
    why = require_reason(reason)
    seal = lock_seal(seal_id)
    if not any(
        permissions.may_over(actor, right, seal.unit)
        for right in (permissions.KEEP, permissions.APPROVE)
    ):
        raise NotAllowed(_("您在该单位没有这项印章权限"))
    require_state(seal, SealState.ACTIVE, SealState.FILED)
    was = before(seal)
    seal.state, seal.attention = SealState.SUSPENDED, why
    seal.save(update_fields=["state", "attention"])
    note(actor, seal, "suspended", was, text=why)
    return seal


@transaction.atomic
def resume_seal(actor: User, *, seal_id: int, reason: str) -> Seal:
    """Will put a suspended seal back into use. Locks it.

    Raises: NotFound; NotAllowed; Refused (also: its unit is closed or called otherwise now);
        InvalidInput.
    """
    why = require_reason(reason)
    seal = lock_seal(seal_id)
    permissions.require_over(actor, permissions.KEEP, seal.unit)
    require_state(seal, SealState.SUSPENDED)
    require_same_unit(seal)
    if not seal.filed_on:
        raise Refused(_("印章尚未备案，不能启用"))
    was = before(seal)
    seal.state, seal.attention = SealState.ACTIVE, ""
    seal.save(update_fields=["state", "attention"])
    note(actor, seal, "resumed", was, text=why)
    return seal


@transaction.atomic
def ask_ending(actor: User, *, seal_id: int, reason: str) -> Seal:
    """Will ask that a seal be destroyed; it is out of use meanwhile. Locks it.

    Raises: NotFound; NotAllowed; Refused; InvalidInput (field "reason").
    """
    why = require_reason(reason)
    seal = lock_seal(seal_id)
    permissions.require_over(actor, permissions.KEEP, seal.unit)
    require_state(
        seal, SealState.APPROVED, SealState.MADE, SealState.FILED, SealState.ACTIVE,
        SealState.SUSPENDED,
    )  # fmt: skip
    was = before(seal)
    if seal.state == SealState.ACTIVE:
        seal.state = SealState.SUSPENDED
    seal.ending_asked_by, seal.ending_reason = actor, why
    seal.save(update_fields=["ending_asked_by", "ending_reason", "state"])
    note(actor, seal, "ending_asked", was, text=why)
    return seal


@transaction.atomic
def approve_ending(actor: User, *, seal_id: int) -> Seal:
    """Will have a worker destroy the seal's key. A second person, never who asked. Locks it.

    Raises: NotFound; NotAllowed; Refused (nobody asked).
    """
    seal = lock_seal(seal_id)
    permissions.require_over(actor, permissions.APPROVE, seal.unit)
    if seal.ending_asked_by_id is None or seal.state in (
        SealState.DESTROYING, SealState.DESTROYED, SealState.MAKING,
    ):  # fmt: skip
        raise Refused(_("没有待批准的销毁申请"))
    if seal.ending_asked_by_id == actor.pk:
        raise NotAllowed(_("提出销毁的人不能自己批准"))
    was = before(seal)
    seal.state, seal.ended_by = SealState.DESTROYING, actor
    seal.save(update_fields=["state", "ended_by"])
    note(actor, seal, "ending_approved", was, text=seal.ending_reason)
    transaction.on_commit(wake, robust=True)
    return seal


def require_reason(reason: str) -> str:
    """Will give the reason without blanks around it. Raises: InvalidInput (field "reason")."""
    why = reason.strip()[:200]
    if len(why) < SHORTEST_REASON:
        raise InvalidInput(
            _("请写明原因，至少 %(n)d 个字") % {"n": SHORTEST_REASON}, field="reason"
        )
    return why


def unit_fault(seal: Seal) -> str:
    """Will say what happened to the seal's unit that forbids its use, "" for nothing."""
    if not seal.unit.is_active:
        return _("所属单位已撤销或合并，印章须销毁")
    if seal.unit.name != seal.unit_name:
        return _("所属单位已更名为“%(name)s”，印章须重新申请") % {"name": seal.unit.name}
    return ""


def require_same_unit(seal: Seal) -> None:
    """Raises: Refused (the unit is closed, merged or called otherwise than on the seal)."""
    if fault := unit_fault(seal):
        raise Refused(fault, code="seal_unit")


def _decide(actor: User, seal_id: int) -> Seal:
    seal = lock_seal(seal_id)
    permissions.require_over(actor, permissions.APPROVE, seal.unit)
    require_state(seal, SealState.APPLIED)
    if seal.applied_by_id == actor.pk:
        raise NotAllowed(_("申请人不能审批自己的申请"))
    return seal
