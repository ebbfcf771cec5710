"""Writing contracts, levels, kinds and hand-up rules; each change audited."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, Tenant, User
from apps.assets.models import AssetClass
from apps.audit import services as audit
from apps.audit.services import changes, snapshot
from apps.clocks.models import Calendar
from apps.common.errors import InvalidInput, NotFound
from apps.ops import permissions
from apps.ops.enums import LimitUnit, Tier, Waiting
from apps.ops.models import FaultKind, FaultLevel, HandUpRule, MaintenanceContract
from apps.ops.registry import find_proof
from apps.places.models import Area

_CONTRACT = (
    "number", "name", "vendor", "tier", "calendar", "respond_amount", "respond_unit",
    "restore_amount", "restore_unit", "from_on", "to_on", "is_active", "kinds", "areas",
)  # fmt: skip
_LEVEL = (
    "name", "description", "respond_amount", "respond_unit", "restore_amount", "restore_unit",
    "first_tier",
)  # fmt: skip
_KIND = ("name", "level", "cause", "needs_photo", "proof", "is_active")
_RULE = ("level", "from_tier", "waiting", "after_minutes", "to_tier", "is_active")


@dataclass(frozen=True)
class ContractSpec:
    """What a contract says, as ``MaintenanceContract`` keeps it."""

    number: str
    name: str
    vendor: Organization
    tier: str
    from_on: date
    to_on: date
    kinds: Sequence[AssetClass] = field(default_factory=tuple)
    areas: Sequence[Area] = field(default_factory=tuple)
    calendar: Calendar | None = None
    respond: tuple[int, str] | None = None
    restore: tuple[int, str] | None = None
    is_active: bool = True


@transaction.atomic
def save_contract(
    actor: User, *, tenant: Tenant, spec: ContractSpec, contract_id: int | None = None
) -> MaintenanceContract:
    """Will keep a contract; orders sent under it stay with it and with the limits they had.

    Raises: NotFound; NotAllowed; InvalidInput (number, name, vendor, tier, to_on, respond,
        restore). Source: OP-18.
    """
    permissions.require_keep(actor, tenant_id=tenant.pk)
    _check_contract(tenant, spec, contract_id)
    contract = MaintenanceContract(tenant=tenant)
    if contract_id is not None:
        there = MaintenanceContract.objects.select_for_update().filter(
            pk=contract_id, tenant=tenant
        )
        found = there.first()
        if found is None:
            raise NotFound(_("没有这份合同"))
        contract = found
    before = snapshot(contract, *_CONTRACT)
    contract.number, contract.name = spec.number.strip(), spec.name.strip()
    contract.vendor, contract.tier, contract.calendar = spec.vendor, spec.tier, spec.calendar
    contract.from_on, contract.to_on, contract.is_active = spec.from_on, spec.to_on, spec.is_active
    contract.respond_amount, contract.respond_unit = spec.respond or (None, "")
    contract.restore_amount, contract.restore_unit = spec.restore or (None, "")
    contract.save()
    contract.kinds.set(spec.kinds)
    contract.areas.set(spec.areas)
    _note(actor, "contract.saved", contract, changes(before, snapshot(contract, *_CONTRACT)))
    return contract


def _check_contract(tenant: Tenant, spec: ContractSpec, contract_id: int | None) -> None:
    if not spec.number.strip() or not spec.name.strip():
        raise InvalidInput(_("请填写合同号和名称"), field="number")
    taken = MaintenanceContract.objects.filter(tenant=tenant, number=spec.number.strip())
    if taken.exclude(pk=contract_id or 0).exists():
        raise InvalidInput(_("合同号“%s”已登记") % spec.number, field="number")
    if spec.vendor.tenant_id != tenant.pk or not spec.vendor.is_active:
        raise InvalidInput(_("请选择本单位登记的维保单位"), field="vendor")
    if spec.tier not in Tier.values:
        raise InvalidInput(_("请选择维保层级"), field="tier")
    if spec.to_on < spec.from_on:
        raise InvalidInput(_("截止日期不能早于生效日期"), field="to_on")
    for name, limit in (("respond", spec.respond), ("restore", spec.restore)):
        if limit is not None:
            _check_limit(*limit, field=name)


def _check_limit(amount: int, unit: str, *, field: str) -> None:
    if unit not in LimitUnit.values or not 1 <= amount <= 10_000:
        raise InvalidInput(_("时限须为1至10000的整数，并选择单位"), field=field)


@dataclass(frozen=True)
class LevelSpec:
    """What a level says. respond, restore: amount and unit."""

    name: str
    description: str
    respond: tuple[int, str]
    restore: tuple[int, str]
    first_tier: str = ""


@transaction.atomic
def save_level(actor: User, *, number: int, spec: LevelSpec) -> FaultLevel:
    """Will keep a fault level; running orders keep the limits they were given.

    Raises: NotAllowed; InvalidInput (number, name, respond, restore, first_tier). Source: OP-22.
    """
    permissions.require_keep(actor)
    if not 1 <= number <= 9:
        raise InvalidInput(_("等级须在1至9之间"), field="number")
    if not spec.name.strip():
        raise InvalidInput(_("请填写名称"), field="name")
    if spec.first_tier and spec.first_tier not in Tier.values:
        raise InvalidInput(_("请选择维保层级"), field="first_tier")
    for name, limit in (("respond", spec.respond), ("restore", spec.restore)):
        _check_limit(*limit, field=name)
    level = FaultLevel.objects.select_for_update().filter(number=number).first()
    level = level or FaultLevel(number=number)
    before = snapshot(level, *_LEVEL)
    level.name, level.description = spec.name.strip(), spec.description.strip()
    level.respond_amount, level.respond_unit = spec.respond
    level.restore_amount, level.restore_unit = spec.restore
    level.first_tier = spec.first_tier
    level.save()
    _note(actor, "fault_level.saved", level, changes(before, snapshot(level, *_LEVEL)))
    return level


@dataclass(frozen=True)
class KindSpec:
    """What a kind of fault says, as ``FaultKind`` keeps it."""

    name: str
    level: FaultLevel
    cause: str = ""
    needs_photo: bool = True
    proof: str = ""
    is_active: bool = True


@transaction.atomic
def save_kind(actor: User, *, code: str, spec: KindSpec) -> FaultKind:
    """Will keep a kind of fault. Raises: NotAllowed; InvalidInput (code, name, proof)."""
    permissions.require_keep(actor)
    if not code or len(code) > 40:
        raise InvalidInput(_("请填写代码，不超过40个字符"), field="code")
    if not spec.name.strip():
        raise InvalidInput(_("请填写名称"), field="name")
    kind = FaultKind.objects.select_for_update().filter(code=code).first() or FaultKind(code=code)
    if spec.proof and spec.proof != kind.proof and find_proof(spec.proof) is None:
        raise InvalidInput(_("没有这种自动佐证"), field="proof")
    before = snapshot(kind, *_KIND)
    for name in _KIND:
        setattr(kind, name, getattr(spec, name))
    kind.save()
    _note(actor, "fault_kind.saved", kind, changes(before, snapshot(kind, *_KIND)))
    return kind


@dataclass(frozen=True)
class RuleSpec:
    """What a hand-up rule says, as ``HandUpRule`` keeps it."""

    from_tier: str
    waiting: str
    after_minutes: int
    to_tier: str
    level: FaultLevel | None = None
    is_active: bool = True


@transaction.atomic
def save_rule(actor: User, *, tenant: Tenant, spec: RuleSpec) -> HandUpRule:
    """Will keep the hand-up rule of a tier, level and condition; there is one of each.

    Raises: NotAllowed; InvalidInput (from_tier, waiting, after_minutes, to_tier). Source: OP-18.
    """
    permissions.require_keep(actor, tenant_id=tenant.pk)
    if spec.from_tier not in Tier.values:
        raise InvalidInput(_("请选择维保层级"), field="from_tier")
    if spec.to_tier not in Tier.values or spec.to_tier == spec.from_tier:
        raise InvalidInput(_("请选择另一个维保层级"), field="to_tier")
    if spec.waiting not in Waiting.values:
        raise InvalidInput(_("请选择升级条件"), field="waiting")
    if not 1 <= spec.after_minutes <= 100_000:
        raise InvalidInput(_("分钟数须在1至100000之间"), field="after_minutes")
    of = {"level": spec.level, "from_tier": spec.from_tier, "waiting": spec.waiting}
    found = HandUpRule.objects.select_for_update(of=("self",)).filter(tenant=tenant, **of).first()
    rule = found or HandUpRule(tenant=tenant, **of)
    before = snapshot(rule, *_RULE)
    rule.after_minutes, rule.to_tier = spec.after_minutes, spec.to_tier
    rule.is_active = spec.is_active
    rule.save()
    _note(actor, "hand_up_rule.saved", rule, changes(before, snapshot(rule, *_RULE)))
    return rule


def _note(actor: User, action: str, row: object, data: dict[str, dict[str, object]]) -> None:
    audit.record(
        actor, action, object_type=f"ops.{action.split('.')[0]}",
        object_id=row.pk,  # type: ignore[attr-defined]  # every row kept here has a key
        object_label=str(row), data=data,
    )  # fmt: skip
