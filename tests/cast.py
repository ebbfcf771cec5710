"""The named cast of the tests: a town of two districts, its units, one person per role.

The town is the square 0..4 x 0..2 (hundredths of a degree) around lon 120, lat 36, two
districts side by side, each with one street, one community and four cells::

    +--------+--------+
    | east   | west   |
    +--------+--------+

Everything goes through the same services as in life where history matters; places and
organisations are laid down directly.
"""

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.gis.geos import MultiPolygon, Polygon

from apps.accounts.models import Appointment, Organization, Post, Role, Tenant, User
from apps.audit.services import SYSTEM
from apps.clocks.services import ensure_default_calendar
from apps.common.models import Dictionary, DictionaryEntry
from apps.matters.enums import MatterKind
from apps.matters.limits import write_limit
from apps.matters.models import MatterDomain, MatterType
from apps.matters.services import create_matter_type, publish_version, save_draft
from apps.places.models import Area, AreaLevel
from apps.rules import services as rules

PROFILES = Path(__file__).parent.parent / "fixtures" / "profiles"
SINCE = date(2020, 1, 1)
WEST, SOUTH, STEP = 120.00, 36.00, 0.01
PASSWORD = "Cast-2026-pass"

ROLES = {
    "acceptor": ["matters.accept_case", "hotline.take_calls", "matters.reveal_reporter"],
    "dispatcher": ["matters.dispatch_case", "matters.view_tenant_cases"],
    "handler": ["matters.handle_case", "matters.fill_inventory"],
    "head": ["matters.handle_case", "matters.head_case", "matters.fill_inventory"],
    "callback": ["matters.callback_case", "matters.reveal_reporter"],
    "supervisor": [
        "matters.supervise_case",
        "matters.view_tenant_cases",
        "matters.export_cases",
        "matters.reveal_reporter",
        "hotline.view_statistics",
        "figures.view_figures",
    ],
    "leader": ["matters.instruct_case", "matters.view_tenant_cases"],
    "author": [
        "rules.view_ruletable",
        "rules.edit_rules",
        "matters.edit_matters",
        "matters.edit_listeners",
    ],
    "publisher": [
        "rules.view_ruletable",
        "rules.publish_rules",
        "matters.publish_matters",
        "matters.approve_listeners",
    ],
    "grid_worker": ["matters.view_area_cases", "matters.check_case", "phone.use_phone"],
}


@dataclass
class Cast:
    """The town. east, west: districts; people by role, ``*_west`` for the neighbour's."""

    tenant: Tenant
    city: Area
    east: Area
    west: Area
    cells: dict[str, list[Area]]
    center: Organization
    east_works: Organization
    west_works: Organization
    people: dict[str, User] = field(default_factory=dict)

    def __getattr__(self, name: str) -> User:
        try:
            return self.__dict__["people"][name]
        except KeyError:
            raise AttributeError(name) from None

    @staticmethod
    def inside_east() -> tuple[float, float]:
        """A point well inside a cell of the eastern district: lon, lat."""
        return (120.012, 36.012)

    @staticmethod
    def inside_west() -> tuple[float, float]:
        """A point well inside a cell of the western district: lon, lat."""
        return (120.032, 36.012)

    @staticmethod
    def outside() -> tuple[float, float]:
        """A point outside the town: lon, lat."""
        return (121.5, 37.5)


def square(column: float, row: float, width: float = 1, height: float = 1) -> MultiPolygon:
    """Will give a rectangle of the town's grid, in steps of a hundredth of a degree."""
    west, south = WEST + column * STEP, SOUTH + row * STEP
    east, north = west + width * STEP, south + height * STEP
    return MultiPolygon(Polygon.from_bbox((west, south, east, north)), srid=4326)


def build_cast() -> Cast:
    """Will lay down the town, its organisations, its people and its hotline matter."""
    areas = _areas()
    ensure_default_calendar(SYSTEM)
    tenant = Tenant.objects.create(code="testville", name="测试市", area=areas["city"])
    center = _organization(tenant, None, "center", "市民热线受理中心", "center", areas["city"])
    east = _organization(tenant, None, "east-cgj", "东区城市管理局", "department", areas["east"])
    west = _organization(tenant, None, "west-cgj", "西区城市管理局", "department", areas["west"])
    cast = Cast(
        tenant=tenant,
        city=areas["city"],
        east=areas["east"],
        west=areas["west"],
        cells={"east": areas["east_cells"], "west": areas["west_cells"]},
        center=center,
        east_works=east,
        west_works=west,
    )
    for name, role, unit, full_name in (
        ("acceptor", "acceptor", center, "陈静"),
        ("dispatcher", "dispatcher", center, "刘洋"),
        ("callback", "callback", center, "赵敏"),
        ("supervisor", "supervisor", center, "周正"),
        ("handler", "handler", east, "王强"),
        ("colleague", "handler", east, "孙丽"),
        ("head", "head", east, "李建国"),
        ("handler_west", "handler", west, "吴涛"),
        ("dispatcher_west", "dispatcher", west, "郑爽"),
        ("grid_worker", "grid_worker", east, "冯军"),
        ("author", "author", center, "何文"),
        ("publisher", "publisher", center, "高明"),
    ):
        cast.people[name] = _person(name, full_name, role, unit)
    cast.people["outsider"] = User.objects.create_user(
        username="outsider", password=PASSWORD, full_name="欧阳无关"
    )
    _hotline_matter(cast)
    return cast


def _areas() -> dict[str, Any]:
    levels = {
        code: AreaLevel.objects.create(
            code=code, name=name, depth=depth, code_length=length, is_cell=code == "cell"
        )
        for depth, (code, name, length) in enumerate(
            [
                ("city", "市", 4),
                ("district", "区", 2),
                ("street", "街道", 3),
                ("community", "社区", 3),
                ("cell", "单元网格", 3),
            ]
        )
    }
    city = _area(levels["city"], None, "测试市", "9901", square(0, 0, 4, 2))
    found: dict[str, Any] = {"city": city}
    for number, (side, name, column) in enumerate([("east", "东区", 0), ("west", "西区", 2)], 1):
        district = _area(levels["district"], city, name, f"{number:02d}", square(column, 0, 2, 2))
        street = _area(levels["street"], district, f"{name}一街道", "001", square(column, 0, 2, 2))
        community = _area(
            levels["community"], street, f"{name}一社区", "001", square(column, 0, 2, 2)
        )
        found[side] = district
        found[f"{side}_cells"] = [
            _area(
                levels["cell"],
                community,
                f"{name}{serial:03d}网格",
                f"{serial:03d}",
                square(column + c, r),
            )
            for serial, (c, r) in enumerate([(0, 1), (1, 1), (0, 0), (1, 0)], 1)
        ]
    return found


def _area(
    level: AreaLevel, parent: Area | None, name: str, part: str, boundary: MultiPolygon
) -> Area:
    area = Area.objects.create(
        level=level,
        parent=parent,
        name=name,
        code_part=part,
        code=(parent.code if parent else "") + part,
        path="",
        boundary=boundary,
        center=boundary.centroid,
        valid_from=SINCE,
    )
    area.path = f"{parent.path if parent else '/'}{area.pk}/"
    area.save(update_fields=["path"])
    return area


def _organization(
    tenant: Tenant, parent: Organization | None, code: str, name: str, kind: str, area: Area
) -> Organization:
    unit = Organization.objects.create(
        tenant=tenant, parent=parent, code=code, name=name, kind=kind, path="", area=area
    )
    unit.path = f"{parent.path if parent else '/'}{unit.pk}/"
    unit.save(update_fields=["path"])
    return unit


def _person(username: str, full_name: str, role: str, unit: Organization) -> User:
    user = User.objects.create_user(username=username, password=PASSWORD, full_name=full_name)
    post, _created = Post.objects.get_or_create(organization=unit, name=role)
    if _created:
        post.roles.add(role_named(role))
    Appointment.objects.create(user=user, post=post, from_on=SINCE)
    return user


def role_named(code: str) -> Role:
    """Will give one of ``ROLES`` as a row with its permissions."""
    role, created = Role.objects.get_or_create(code=code, defaults={"name": code})
    if created:
        for permission in ROLES[code]:
            app_label, codename = permission.split(".")
            role.permissions.add(
                Permission.objects.get(content_type__app_label=app_label, codename=codename)
            )
    return role


def _hotline_matter(cast: Cast) -> None:
    profile = json.loads((PROFILES / "shandong.json").read_text(encoding="utf-8"))
    classes = Dictionary.objects.create(code="demand-class", name="诉求分类")
    DictionaryEntry.objects.bulk_create(
        DictionaryEntry(dictionary=classes, code=code, label=label, position=order)
        for order, (code, label) in enumerate(profile["classes"])
    )
    domain = MatterDomain.objects.create(code="livelihood", name="民生服务")
    matter_type: MatterType = create_matter_type(
        SYSTEM, code="hotline.demand", name="民生诉求", kind=MatterKind.OPERATION, domain=domain
    )
    body = profile["matter"]
    draft = save_draft(SYSTEM, matter_type_id=matter_type.pk, body=body)
    publish_version(SYSTEM, version_id=draft.pk)
    _dispatch_table(cast, profile)


def _dispatch_table(cast: Cast, profile: dict[str, Any]) -> None:
    """Sends everything in a district to its works, as the duties of the profile limit it."""
    rows = []
    for side, unit, area in (
        ("east", cast.east_works, cast.east),
        ("west", cast.west_works, cast.west),
    ):
        rows += [
            {
                "key": f"{side}-{number}",
                "cells": {
                    "class": {"op": "in", "values": duty["classes"]},
                    "area": {"op": "within", "areas": [{"path": area.path, "label": area.name}]},
                },
                "outputs": {
                    "unit": unit.code,
                    "limit": write_limit(duty["limit"]),
                },
            }
            for number, duty in enumerate(profile["duties"], 1)
        ]
    body = {
        "hit_policy": "first",
        "inputs": ["class", "area"],
        "outputs": ["unit", "limit"],
        "rows": rows,
    }
    table = rules.create_table(
        cast.author, code="hotline-dispatch", name="派单规则", vocabulary="matters.dispatch"
    )
    draft = rules.save_draft(cast.author, table=table, body=body)
    rules.add_test_case(
        cast.author,
        table=table,
        name="东区井盖",
        facts={"class": "road.manhole", "area": cast.east.path},
        expected=[rows[0]["outputs"]],
    )
    rules.submit(cast.author, version=draft)
    rules.publish(cast.publisher, version=draft)


def allowed(cast: Cast, name: str, *labels: str) -> User:
    """Will let somebody of the cast do more."""
    person: User = cast.people[name]
    role = role_named(person.appointments.get().post.name)
    for label in labels:
        app, codename = label.split(".")
        role.permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return User.objects.get(pk=person.pk)
