"""A city of squares around 123 E, 35 N: small, plain, every border on a round number."""

from datetime import date
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.gis.geos import LineString, MultiPolygon, Polygon

from apps.accounts.models import Appointment, Organization, Post, Role, Tenant, User
from apps.audit.services import SYSTEM
from apps.places.geometry import point
from apps.places.models import Area, GazetteerEntry
from apps.places.services import (
    AreaSpec,
    EntrySpec,
    LevelSpec,
    define_levels,
    register_areas,
    register_entries,
)

DAY = date(2020, 1, 1)
LEVELS = [
    LevelSpec("city", "市", 4),
    LevelSpec("district", "区", 2),
    LevelSpec("street", "街道", 3),
    LevelSpec("cell", "网格", 3, is_cell=True),
]


def square(
    west: float, south: float, size: float = 0.01, wide: float | None = None
) -> MultiPolygon:
    """Degrees; ``wide`` east to west if it is no square."""
    east, north = round(west + (wide or size), 6), round(south + size, 6)
    shape = Polygon.from_bbox((round(west, 6), round(south, 6), east, north))
    return MultiPolygon(shape, srid=4326)


def make_city() -> dict[str, Area]:
    """Two districts side by side, two streets each, two cells in each street; by code."""
    define_levels(SYSTEM, levels=LEVELS)
    specs = [AreaSpec("city", "9901", "测试市", square(123.0, 35.0, 0.02, 0.08), "synthetic-test")]
    for d in (1, 2):
        district, x = f"9901{d:02d}", 123.0 + (d - 1) * 0.04
        specs.append(AreaSpec("district", district, f"第{d}区", square(x, 35.0, 0.02, 0.04)))
        for s in (1, 2):
            street, sx = f"{district}{s:03d}", x + (s - 1) * 0.02
            name = f"{'甲乙丙丁'[d * 2 + s - 3]}街道"
            specs.append(AreaSpec("street", street, name, square(sx, 35.0, 0.02)))
            for c in (1, 2):
                low = 35.0 + (c - 1) * 0.01
                specs.append(
                    AreaSpec(
                        "cell",
                        f"{street}{c:03d}",
                        f"{name}第{c:03d}网格",
                        square(sx, low, 0.01, 0.02),
                    )
                )
    return {area.code: area for area in register_areas(SYSTEM, areas=specs, valid_from=DAY)}


def make_user(username: str = "clerk", *permissions: str, **fields: Any) -> User:
    """A person who holds the permissions (codenames) by a post, as in the city hall."""
    user = User.objects.create_user(username, password="x", full_name=username, **fields)
    if permissions:
        role = Role.objects.create(code=f"role-{username}", name=username)
        role.permissions.set(Permission.objects.filter(codename__in=permissions))
        tenant, _made = Tenant.objects.get_or_create(code="hall", defaults={"name": "市政府"})
        unit = Organization.objects.create(
            tenant=tenant, code=f"unit-{username}", name="中心", kind="center", path=f"/{username}/"
        )
        post = Post.objects.create(organization=unit, name="岗位")
        post.roles.add(role)
        Appointment.objects.create(user=user, post=post, from_on=DAY)
    return user


def make_streets(city: dict[str, Area]) -> dict[str, GazetteerEntry]:
    """A hand-made corner of the town in the cell 990101001001, by name."""
    cell, far = city["990101001001"].pk, city["990102002001"].pk
    road = LineString((123.001, 35.005), (123.019, 35.005), srid=4326)
    cross = LineString((123.01, 35.001), (123.01, 35.019), srid=4326)
    third = LineString((123.005, 35.001), (123.005, 35.009), srid=4326)
    register_entries(
        SYSTEM,
        entries=[
            EntrySpec("road", "海泊路", point(123.01, 35.005), geometry=road, ref="r1"),
            EntrySpec("road", "观澜路", point(123.01, 35.01), geometry=cross, ref="r2"),
            EntrySpec("road", "松台巷", point(123.005, 35.005), geometry=third, ref="r3"),
            EntrySpec(
                "number", "海泊路11号", point(123.004, 35.0051), None, (), cell, "", "r1", 11
            ),
            EntrySpec(
                "number", "海泊路15号", point(123.006, 35.0051), None, (), cell, "", "r1", 15
            ),
            EntrySpec(
                "estate", "云台花园", point(123.008, 35.003), None, ("云台小区",), cell, "e1"
            ),
            EntrySpec(
                "building", "云台花园3号楼", point(123.0085, 35.003), None, (), cell, "b3", "e1", 3
            ),
            EntrySpec(
                "unit", "云台花园3号楼2单元", point(123.0086, 35.003), None, (), cell, "", "b3", 2
            ),
            EntrySpec(
                "pole", "海泊路315号灯杆", point(123.007, 35.00505), None, (), cell, "", "r1", 315
            ),
            EntrySpec("poi", "和平小学", point(123.005, 35.008), area_id=cell),
            EntrySpec("poi", "和平小学", point(123.07, 35.008), area_id=far),
            EntrySpec("poi", "云台医院", point(123.006, 35.008), area_id=cell),
        ],
    )
    return {entry.name: entry for entry in GazetteerEntry.objects.order_by("-pk")}


def make_keeper(area: Area, username: str = "keeper", *permissions: str) -> User:
    """May manage areas, or hold other permissions, within one area."""
    user = make_user(username, *(permissions or ("manage_areas",)))
    Post.objects.filter(appointments__user=user).update(area=area)
    return User.objects.get(pk=user.pk)
