"""What units are measured by: the list of responsibilities and the formula of the three hotline.

Also the outside system that is told of everything, which the demo plays itself.
"""

from datetime import date
from typing import Any

from django.conf import settings

from apps.accounts.models import Tenant, User
from apps.common.errors import InvalidInput
from apps.common.imports import ImportRow, Parsed
from apps.demo.geography import City
from apps.demo.models import RECEIVER
from apps.demo.world import TENANT, department_code
from apps.gateway import services as gateway
from apps.gateway.enums import DateFormat, MappingDirection
from apps.gateway.services.connectors import ConnectorData
from apps.hotline import services as hotline
from apps.matters import services as matters

#: In nobody's list, so that the matrix has a gap to show; the rules send them all the same.
UNLISTED = frozenset({"other"})
#: Words of the simulated platform for what a state means.
STATUSES = {"waiting": "1", "running": "2", "checking": "3", "ended": "9", "*": "0"}
#: The shape the simulated platform wants a change of state in.
TO_PLATFORM = (
    gateway.MappingRow("topic", source="topic", required=True),
    gateway.MappingRow("data.caseNo", source="data.number", required=True),
    gateway.MappingRow("data.status", source="data.category", codes=STATUSES, required=True),
    gateway.MappingRow("data.statusName", source="data.state_label"),
    gateway.MappingRow("data.className", source="data.class_label"),
    gateway.MappingRow("data.deptName", source="data.unit_name"),
    gateway.MappingRow(
        "data.updateTime", source="data.at", format=DateFormat.STAMP.value, required=True
    ),
    gateway.MappingRow("data.source", fixed="12345"),
)
TRIAL, CURRENT = "三率考核办法（试行）", "三率考核办法"


def load_responsibilities(city: City, profile: dict[str, Any]) -> None:
    """Will write, as one edition, which unit answers for which class where."""
    tenant = Tenant.objects.get(code=TENANT)
    author = User.objects.get(username="author1")
    lines = _lines(city, profile)
    rows = [ImportRow(number, values) for number, values in enumerate(lines, 2)]
    matters.import_responsibilities(author, tenant=tenant, parsed=Parsed(rows), replaces=False)


def _lines(city: City, profile: dict[str, Any]) -> list[dict[str, Any]]:
    levels = {d["code"]: d["level"] for d in profile["departments"]}
    zones = {"city": (city.city,), "district": city.districts, "street": city.streets}
    return [
        {
            "class_code": class_code,
            "area": zone.code,
            "unit": department_code(duty["department"], levels[duty["department"]], zone.code),
            "legal_basis": f"《部门职责清单》第 {number} 项（演示）",
            "source": "部门职责清单（演示）",
        }
        for number, duty in enumerate(profile["duties"], 1)
        for class_code in duty["classes"]
        if class_code not in UNLISTED
        for zone in zones[levels[duty["department"]]]
    ]


def load_formulas(*, first: date, last: date) -> None:
    """Will put two versions of the formula in force: from the first month, and from the last."""
    tenant = Tenant.objects.get(code=TENANT)
    author = User.objects.get(username="supervisor1")
    leader = User.objects.get(username="leader1")
    versions: list[tuple[str, date, dict[str, str]]] = [(TRIAL, first.replace(day=1), {})]
    if last.replace(day=1) > first.replace(day=1):
        stricter = {"pool": "excluded", "duplicates": "once"}
        versions.append((CURRENT, last.replace(day=1), stricter))
    for number, (name, month, changes) in enumerate(versions, 1):
        draft = hotline.draft_formula(
            author,
            tenant=tenant,
            name=name,
            basis=f"市政务服务便民热线考核通知第 {number} 号（演示）",
            body=hotline.DEFAULT_FORMULA.as_body() | changes,
            effective_from=month,
        )
        hotline.submit_formula(author, formula_id=draft.pk)
        hotline.approve_formula(leader, formula_id=draft.pk)


def load_connector() -> bool:
    """Will register the simulated outside system; False where calls to it are not allowed."""
    manager = User.objects.get(username="sysadmin1")
    data = ConnectorData(
        name="城市管理平台（模拟）",
        url=settings.DEMO_RECEIVER,
        topics=["case.*"],
        matters=["hotline.demand"],
        reconcile_url=settings.DEMO_RECEIVER,
    )
    try:
        connector, _secret = gateway.create_connector(
            manager, code=RECEIVER, tenant=Tenant.objects.get(code=TENANT), data=data
        )
    except InvalidInput:
        return False
    gateway.set_mapping(
        manager,
        connector_id=connector.pk,
        direction=MappingDirection.OUT,
        rows=TO_PLATFORM,
        seen_version=0,
        note="按城市管理平台接口说明（演示）",
    )
    gateway.send(
        RECEIVER, topic="connector.hello", payload={"message": "演示城市已载入"}, key="demo:hello"
    )
    return True
