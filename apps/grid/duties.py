"""Whose duty an event is: facts for the duty rule, which stays a table the city can change.

A component: its owner, then who maintains it, then the territory. An event: the territory,
then the department of its class. The table answers with the name of a fact ("=owner_unit"),
whose value is the code of the unit. Source: hotline-grid 3.2.
"""

from typing import Any

from apps.accounts.models import Organization, OrganizationKind
from apps.common.memory import Memory
from apps.grid.models import GridEvent
from apps.matters.enums import Priority
from apps.matters.models import Case

_territories: Memory[tuple[Organization, ...]] = Memory(of=("accounts.Organization",))
#: The facts that name a unit, in the order people think of them.
UNIT_FACTS = ("owner_unit", "maintainer_unit", "territory_unit", "responsible_unit")


def duty_facts(case: Case, event: GridEvent) -> dict[str, Any]:
    """Will give what is known of whose duty an event is; unknown units are left out.

    The department of the class comes from the list of responsibilities, as "responsible_unit",
    like that of every case.
    """
    facts: dict[str, Any] = {
        "grid_kind": event.kind,
        "level": event.grid_class.level if event.grid_class else Priority.NORMAL.value,
        "handled_on_spot": event.handled_on_spot,
    }
    if event.asset is not None:
        for name, unit in (
            ("owner_unit", event.asset.owner_unit),
            ("maintainer_unit", event.asset.maintainer),
        ):
            if unit is not None and unit.is_active and unit.tenant_id == case.tenant_id:
                facts[name] = unit.code
    territory = territory_of(case)
    if territory is not None:
        facts["territory_unit"] = territory.code
    for name in ("owner_unit", "maintainer_unit", "territory_unit"):
        facts[f"has_{name}"] = name in facts
    return facts


def territory_of(case: Case) -> Organization | None:
    """Will give the street or town whose area holds the case, the smallest one."""
    units = _territories.get(case.tenant_id, lambda: _read(case.tenant_id))
    holding = [u for u in units if u.area is not None and case.area_path.startswith(u.area.path)]
    return max(holding, key=lambda u: u.area.path.count("/") if u.area else 0, default=None)


def _read(tenant_id: int) -> tuple[Organization, ...]:
    return tuple(
        Organization.objects.filter(
            tenant_id=tenant_id,
            kind=OrganizationKind.STREET,
            is_active=True,
            area__isnull=False,
        )
        .select_related("area")
        .defer("area__boundary")
        .order_by("pk")
    )
