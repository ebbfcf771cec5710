"""Organisations, posts and people of the demo city."""

import random
from dataclasses import dataclass
from datetime import date
from typing import Any

from apps.accounts import services as accounts
from apps.accounts.models import Organization, OrganizationKind, Post, Role, Tenant, User
from apps.audit.services import SYSTEM
from apps.common.national_codes import load_national_codes
from apps.demo import texts
from apps.demo.geography import City
from apps.demo.world import CENTER, MARKET, TENANT, department_code
from apps.places.models import Area

#: The one password of all demo people; printed by ``demo_accounts``, used nowhere else.
DEMO_PASSWORD = "Demo-City-2026"  # noqa: S105  documented, for invented people only
SINCE = date(2024, 1, 1)
ENTERPRISES = {"slj", "rqj", "rlj", "gdj"}
TITLES = {
    "acceptor": "受理员",
    "dispatcher": "派单员",
    "callback_clerk": "回访员",
    "callback_lead": "回访班长",
    "supervisor": "督查员",
    "leader": "分管领导",
    "knowledge_editor": "知识管理员",
    "knowledge_approver": "知识审核员",
    "text_keeper": "文本模型管理员",
    "text_releaser": "文本模型发布员",
    "department_staff": "承办人",
    "department_head": "负责人",
    "grid_worker": "网格员",
    "system_admin": "系统管理员",
    "security_admin": "安全管理员",
    "audit_admin": "审计管理员",
    "rule_author": "规则编制员",
    "rule_publisher": "规则发布员",
    "window_clerk": "窗口人员",
    "guide_editor": "指南编制员",
    "guide_publisher": "指南发布员",
    "inspection_planner": "抽查计划员",
    "inspection_runner": "抽查执行员",
    "inspector": "执法检查员",
    "personnel_clerk": "人事专员",
    "personnel_approver": "人事审批员",
    "resident_clerk": "公众账户管理员",
    "map_keeper": "地图管理员",
    "registry_keeper": "采集管理员",
    "map_approver": "地图审核员",
    "grid_keeper": "网格管理员",
    "grid_leader": "网格长",
    "governance_clerk": "综治专员",
    "alarm_operator": "告警值班员",
    "siting_planner": "点位规划员",
    "siting_approver": "点位规划审批人",
    "product_keeper": "数据产品管理员",
    "alarm_keeper": "告警管理员",
    "device_operator": "设备操作员",
    "appraisal_manager": "运维考核管理员",
    "appraisal_publisher": "运维考核审定人",
    "monitor_watcher": "运行监控员",
    "monitor_keeper": "监控管理员",
    "runbook_keeper": "运维手册编写员",
    "channel_keeper": "渠道管理员",
    "shift_leader": "话务班长",
    "quality_inspector": "话务质检员",
    "seal_applicant": "印章申请人",
    "seal_approver": "印章审批人",
    "seal_keeper": "印章管理员",
    "seal_user": "用印人",
    "video_operator": "视频操作员",
    "video_keeper": "视频档案管理员",
    "video_approver": "视频审核员",
    "media_keeper": "执法视音频管理员",
    "picture_checker": "视频质检员",
    "algorithm_keeper": "算法管理员",
    "algorithm_publisher": "算法发布员",
    "analysis_keeper": "视频分析管理员",
}
#: Seats of the centre: role, unit, easy login name, how many.
CENTER_SEATS = (
    ("acceptor", CENTER, "acceptor", 8),
    ("dispatcher", CENTER, "dispatcher", 4),
    ("callback_clerk", CENTER, "callback", 4),
    ("callback_lead", CENTER, "callbacklead", 1),
    ("supervisor", CENTER, "supervisor", 2),
    ("leader", CENTER, "leader", 2),
    ("knowledge_editor", "demo-knowledge", "editor", 2),
    ("knowledge_approver", "demo-knowledge", "approver", 1),
    ("system_admin", "demo-operations", "sysadmin", 1),
    ("security_admin", "demo-operations", "secadmin", 1),
    ("audit_admin", "demo-operations", "audadmin", 1),
    ("rule_author", "demo-rules", "author", 1),
    ("rule_publisher", "demo-rules", "publisher", 1),
    ("window_clerk", CENTER, "window", 2),
    ("guide_editor", "demo-rules", "guide-editor", 1),
    ("guide_publisher", "demo-rules", "guide-publisher", 1),
)
#: Seats that came later; behind all others, so that those keep their names.
LATER_SEATS = (
    ("inspection_planner", CENTER, "inspection-planner", 1),
    ("inspection_runner", CENTER, "inspection-runner", 1),
)
#: And later still: whoever checks what the first security administrator files.
LAST_SEATS = (
    ("security_admin", "demo-operations", "secadmin-second", 1),
    ("personnel_clerk", "demo-operations", "personnel", 1),
    ("personnel_approver", "demo-operations", "personnel-approver", 1),
    ("resident_clerk", CENTER, "resident-clerk", 2),
    ("map_keeper", CENTER, "map-keeper", 1),
    ("map_approver", CENTER, "map-approver", 1),
    ("grid_keeper", "demo-operations", "grid-keeper", 2),
    ("governance_clerk", CENTER, "governance", 1),
    ("registry_keeper", CENTER, "registry-keeper", 1),
    ("alarm_operator", CENTER, "alarm-operator", 2),
    ("alarm_keeper", CENTER, "alarm-keeper", 1),
    ("device_operator", CENTER, "device-operator", 1),
    ("algorithm_keeper", CENTER, "algorithm-keeper", 1),
    ("algorithm_publisher", CENTER, "algorithm-publisher", 1),
    ("analysis_keeper", CENTER, "analysis-keeper", 1),
    ("video_operator", CENTER, "video-operator", 1),
    ("video_keeper", CENTER, "video-keeper", 1),
    ("picture_checker", CENTER, "picture-checker", 1),
    ("video_approver", CENTER, "video-approver", 1),
    ("media_keeper", CENTER, "media-keeper", 1),
    ("monitor_watcher", "demo-operations", "monitor", 1),
    ("monitor_keeper", "demo-operations", "monitor-keeper", 1),
    ("appraisal_manager", "demo-operations", "appraisal-manager", 1),
    ("appraisal_publisher", "demo-operations", "appraisal-publisher", 1),
    ("runbook_keeper", "demo-operations", "runbook-keeper", 1),
    ("seal_applicant", CENTER, "seal-applicant", 1),
    ("seal_approver", CENTER, "seal-approver", 1),
    ("seal_keeper", CENTER, "seal-keeper", 1),
    ("seal_user", CENTER, "seal-user", 1),
    ("text_keeper", CENTER, "text-keeper", 1),
    ("text_releaser", CENTER, "text-releaser", 1),
    ("channel_keeper", CENTER, "channel-keeper", 1),
    ("shift_leader", CENTER, "shift-leader", 1),
    ("quality_inspector", CENTER, "quality", 2),
    ("siting_planner", CENTER, "siting-planner", 1),
    ("siting_approver", CENTER, "siting-approver", 1),
    ("product_keeper", CENTER, "product-keeper", 1),
)
INSPECTORS = 8
CENTER_OFFICES = (
    ("knowledge", "知识管理科"),
    ("operations", "运行保障科"),
    ("rules", "规则管理科"),
)
#: Who writes and who approves rules does the same for matters.
ALSO = {"rule_author": "matter_author", "rule_publisher": "matter_publisher"}
#: How many people each kind of unit has: role, number.
UNIT_SEATS = {
    "department": (("department_head", 1), ("department_staff", 3)),
    "street": (("department_head", 1), ("department_staff", 2)),
    "community": (("grid_worker", 1),),
}


@dataclass(frozen=True)
class Seat:
    """Somebody to be put on a post."""

    unit: Organization
    role: str
    username: str


def load_people(city: City, profile: dict[str, Any], areas: dict[str, Area], seed: int) -> None:
    """Will write the tenant, its tree of units, the posts with roles, and everybody on them."""
    accounts.seed_roles(SYSTEM)
    load_national_codes(SYSTEM)
    tenant = accounts.create_tenant(
        SYSTEM, code=TENANT, name=city.city.name, area=areas[city.city.code]
    )
    units = _units(tenant, city, profile, areas)
    seats = _seats(units, city)
    people = _people(tenant, seats, random.Random(seed))
    _appoint(seats, people, units)


def _units(
    tenant: Tenant, city: City, profile: dict[str, Any], areas: dict[str, Area]
) -> dict[str, Organization]:
    units: dict[str, Organization] = {}

    def add(code: str, name: str, kind: OrganizationKind, area: str, parent: str = "") -> None:
        units[code] = accounts.create_organization(
            SYSTEM, tenant=tenant, code=code, name=name, kind=kind, area=areas[area],
            parent=units[parent] if parent else None,
        )  # fmt: skip

    top = city.city.code
    add(CENTER, "市民热线受理中心", OrganizationKind.CENTER, top)
    for code, name in (
        ("knowledge", "知识管理科"),
        ("operations", "运行保障科"),
        ("rules", "规则管理科"),
    ):
        add(f"demo-{code}", name, OrganizationKind.CENTER, top, CENTER)
    zones = {"city": (city.city,), "district": city.districts, "street": city.streets}
    for department in profile["departments"]:
        level = department["level"]
        kind = OrganizationKind.DEPARTMENT
        if department["code"] in ENTERPRISES:
            kind = OrganizationKind.ENTERPRISE
        for zone in zones[level]:
            code = department_code(department["code"], level, zone.code)
            if level == "street":
                add(code, f"{zone.name}办事处", OrganizationKind.STREET, zone.code)
            else:
                prefix = "市" if level == "city" else zone.name
                add(code, f"{prefix}{department['name']}", kind, zone.code)
    for zone in city.communities:
        above = department_code("street", "street", zone.code)
        add(f"c{zone.code}", f"{zone.name}居委会", OrganizationKind.COMMUNITY, zone.code, above)
    return units


def _seats(units: dict[str, Organization], city: City) -> list[Seat]:
    share = 2 if city.size == "small" else 1
    seats = [
        Seat(units[unit], role, f"{login}{number}")
        for role, unit, login, count in CENTER_SEATS
        for number in range(1, max(1, count // share) + 1)
    ]
    first = f"d{city.districts[0].code}-cgj"
    numbers = {"department_staff": 1, "department_head": 1, "grid_worker": 1}
    logins = {"department_staff": "handler", "department_head": "head", "grid_worker": "gridworker"}
    for unit in sorted(units.values(), key=lambda u: (u.code != first, u.pk)):
        kind = "department" if unit.kind == OrganizationKind.ENTERPRISE else unit.kind
        for role, count in UNIT_SEATS.get(kind, ()):
            for _turn in range(count):
                seats.append(Seat(unit, role, f"{logins[role]}{numbers[role]}"))
                numbers[role] += 1
    seats += [Seat(units[u], role, f"{login}{n}") for role, u, login, n in LATER_SEATS]
    market = units[department_code(MARKET, "district", city.districts[0].code)]
    seats += [Seat(market, "inspector", f"inspector{n}") for n in range(1, INSPECTORS + 1)]
    return (
        seats
        + [
            Seat(units[u], role, f"{login}{n}")
            for role, u, login, count in LAST_SEATS
            for n in range(1, count + 1)
        ]
        + _grid_seats(units)
    )


def _grid_seats(units: dict[str, Organization]) -> list[Seat]:
    """Who leads the grid workers of each street."""
    streets = sorted(
        (unit for unit in units.values() if unit.kind == OrganizationKind.STREET),
        key=lambda unit: unit.pk,
    )
    return [Seat(unit, "grid_leader", f"gridleader{n}") for n, unit in enumerate(streets, start=1)]


def _people(tenant: Tenant, seats: list[Seat], rng: random.Random) -> dict[str, User]:
    made = accounts.enrol_people(
        SYSTEM,
        tenant=tenant,
        people=[
            accounts.NewPerson(
                username=seat.username,
                full_name=texts.person_name(rng),
                phone=texts.phone_number(rng),
                employee_number=f"D{number:05d}",
                is_staff=seat.role == "system_admin",
            )
            for number, seat in enumerate(seats, start=1)
        ],
        password=DEMO_PASSWORD,
        must_change_password=False,
    )
    return {user.username: user for user in made}


def _appoint(seats: list[Seat], people: dict[str, User], units: dict[str, Organization]) -> None:
    roles = {role.code: role for role in Role.objects.all()}
    posts: dict[tuple[int, str], Post] = {}
    for seat in seats:
        key = (seat.unit.pk, seat.role)
        if key not in posts:
            posts[key] = accounts.create_post(
                SYSTEM, organization=seat.unit, name=TITLES[seat.role]
            )
            held = [seat.role, ALSO[seat.role]] if seat.role in ALSO else [seat.role]
            accounts.set_roles(SYSTEM, post=posts[key], roles=[roles[code] for code in held])
        accounts.appoint(SYSTEM, user=people[seat.username], post=posts[key], from_on=SINCE)
    center = units[CENTER].pk
    # Part-time: the second call-back clerk helps at the desk, the second leader supervises.
    for username, role in (("callback2", "acceptor"), ("leader2", "supervisor")):
        if username in people:
            accounts.appoint(
                SYSTEM, user=people[username], post=posts[center, role], from_on=SINCE,
                is_primary=False,
            )  # fmt: skip
