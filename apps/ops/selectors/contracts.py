"""Which contract an order goes to, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.assets.models import Asset
from apps.common import clock
from apps.ops import permissions
from apps.ops.enums import Tier
from apps.ops.models import AutoOrder, FaultKind, FaultLevel, HandUpRule, MaintenanceContract
from apps.places.models import Area

_ORDER = {Tier.OWN: 0, Tier.CONTRACTOR: 1, Tier.VENDOR: 2}


@dataclass(frozen=True)
class Choice:
    """A contract that covers something, and why it is the one."""

    contract: MaintenanceContract
    because: str


@dataclass(frozen=True)
class Need:
    """What has to be covered. area: where it is, or None; on: the day."""

    tenant_id: int
    asset: Asset | None
    area: Area | None
    level: FaultLevel
    on: date


def choose_contract(need: Need, *, tier: str = "", without: Iterable[int] = ()) -> Choice | None:
    """Will give the contract the rule names, or None where nothing covers the need.

    Of the contracts in force that cover the kind and the place: first those of the tier the
    level wants, then the nearest tier, then the one that names the kind, then the smallest
    area, then by number. tier: only of this tier. without: contracts of these keys not.
    Source: OP-18.
    """
    found = [
        each
        for each in in_force(need.tenant_id, need.on)
        if each.pk not in set(without) and (not tier or each.tier == tier) and _covers(each, need)
    ]
    if not found:
        return None
    chosen = min(found, key=lambda each: _rank(each, need))
    return Choice(chosen, _because(chosen, need, others=len(found) - 1))


def in_force(tenant_id: int, on: date) -> list[MaintenanceContract]:
    """Will give the contracts of a body that count on a day."""
    return list(
        MaintenanceContract.objects.filter(
            tenant_id=tenant_id, is_active=True, from_on__lte=on, to_on__gte=on,
            vendor__is_active=True,
        )
        .select_related("vendor", "calendar")
        .prefetch_related("kinds", "areas")
    )  # fmt: skip


def _covers(contract: MaintenanceContract, need: Need) -> bool:
    kinds = [kind.pk for kind in contract.kinds.all()]
    if kinds and (need.asset is None or need.asset.kind_id not in kinds):
        return False
    areas = [area.path for area in contract.areas.all()]
    path = need.area.path if need.area is not None else ""
    return not areas or any(path.startswith(each) for each in areas)


def _depth(contract: MaintenanceContract, need: Need) -> int:
    path = need.area.path if need.area is not None else ""
    return max(
        (each.path.count("/") for each in contract.areas.all() if path.startswith(each.path)),
        default=0,
    )


def _rank(contract: MaintenanceContract, need: Need) -> tuple[Any, ...]:
    return (
        contract.tier != need.level.first_tier if need.level.first_tier else False,
        _ORDER[Tier(contract.tier)],
        not contract.kinds.all(),
        -_depth(contract, need),
        contract.number,
    )


def _because(contract: MaintenanceContract, need: Need, *, others: int) -> str:
    parts = []
    if need.level.first_tier and contract.tier == need.level.first_tier:
        parts.append(
            _("%(level)s优先交%(tier)s")
            % {"level": need.level, "tier": contract.get_tier_display()}
        )
    if contract.kinds.all() and need.asset is not None:
        parts.append(_("合同承保“%s”") % need.asset.kind.name)
    else:
        parts.append(_("合同承保各类设备"))
    parts.append(_("服务区域含该位置") if contract.areas.all() else _("服务全部区域"))
    if others:
        parts.append(_("另有%d份合同可用") % others)
    return _("；").join(parts)[:300]


def limits_for(
    level: FaultLevel, contract: MaintenanceContract | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Will give the limits to respond and to restore, {"amount", "unit"} each: the contract's own
    where it has any, else the level's.
    """
    respond = {"amount": level.respond_amount, "unit": level.respond_unit}
    restore = {"amount": level.restore_amount, "unit": level.restore_unit}
    if contract is not None and contract.respond_amount is not None:
        respond = {"amount": contract.respond_amount, "unit": contract.respond_unit}
    if contract is not None and contract.restore_amount is not None:
        restore = {"amount": contract.restore_amount, "unit": contract.restore_unit}
    return respond, restore


def list_contracts(viewer: User) -> QuerySet[MaintenanceContract]:
    """Will list the contracts of the bodies the viewer keeps them for."""
    scope = scope_for(viewer, permissions.KEEP, permissions.CONFIRM)
    found = MaintenanceContract.objects.select_related("vendor", "calendar", "tenant")
    if not scope.everything:
        found = found.filter(tenant_id__in=scope.tenant_ids)
    return found.prefetch_related("kinds", "areas").order_by("-is_active", "number")


def usable_contracts(viewer: User, tenant_id: int) -> QuerySet[MaintenanceContract]:
    """Will list the contracts of a body in force today, for whoever confirms an order."""
    today = clock.today()
    return list_contracts(viewer).filter(
        tenant_id=tenant_id, is_active=True, from_on__lte=today, to_on__gte=today
    )


def list_hand_up_rules(viewer: User) -> QuerySet[HandUpRule]:
    """Will list the rules of the bodies the viewer keeps them for."""
    scope = scope_for(viewer, permissions.KEEP, permissions.CONFIRM)
    found = HandUpRule.objects.select_related("level", "tenant")
    return found if scope.everything else found.filter(tenant_id__in=scope.tenant_ids)


def list_levels() -> QuerySet[FaultLevel]:
    """Will list the levels, the gravest first."""
    return FaultLevel.objects.order_by("number")


def list_kinds(*, active: bool = False) -> QuerySet[FaultKind]:
    """Will list the kinds of fault; active: only those that may be chosen."""
    found = FaultKind.objects.select_related("level").order_by("level__number", "code")
    return found.filter(is_active=True) if active else found


def auto_order_of(tenant_id: int) -> AutoOrder:
    """Will give whether alarms of data quality become orders of a body by themselves.

    On, as version 1 and not kept, where nobody has changed it. Source: OP-27.
    """
    found = AutoOrder.objects.filter(tenant=tenant_id).first()
    return found or AutoOrder(tenant_id=tenant_id)
