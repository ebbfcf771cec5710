"""A view of a base library on the map, and a 3D model whose objects are street furniture."""

from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import connection

from apps.accounts.models import Organization, User
from apps.assets.selectors import list_assets
from apps.audit.services import SYSTEM
from apps.geodata import services
from apps.geodata.permissions import can_keep
from apps.geodata.services import ModelData, ViewData

WELLS = 60
LINKED = 24
_LIBRARY = """
    create schema if not exists layers;
    create table if not exists layers.demo_wells (
        id bigint primary key, "井号" text not null, "井深_米" numeric(6, 1), "建成" date,
        place geometry(Point, 4326) not null
    );
    truncate layers.demo_wells;
"""


def load_library(keeper: User, center: Organization) -> None:
    """Will make a library of wells and register it, register a model and link some assets."""
    assets = list(list_assets(keeper)[: max(WELLS, LINKED)])
    if assets and "layers" in settings.GEODATA_VIEW_SCHEMAS and _may_create():
        _register_wells(center, [asset.point for asset in assets[:WELLS]])
    if not can_keep(keeper, center):
        return
    model = services.register_model(
        keeper,
        unit=center,
        data=ModelData(
            name="中心城区三维模型（模拟）",
            edition="2026年上半年",
            viewer_url="https://cim.example.org/view?object={object}",
            description="演示用，浏览组件不在本系统内",
        ),
    )
    for number, asset in enumerate(assets[:LINKED], start=1):
        services.link_object(
            keeper,
            model_id=model.pk,
            object_id=f"CIM-{number:05d}",
            kind="asset",
            target_code=asset.code,
        )


def _may_create() -> bool:
    """A role that may not make schemas has a library of its own to show, or none."""
    with connection.cursor() as cursor:
        cursor.execute("select has_database_privilege(current_database(), 'create')")
        return bool(cursor.fetchone()[0])


def _register_wells(center: Organization, points: list[Point]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LIBRARY)
        cursor.executemany(
            "insert into layers.demo_wells"
            " values (%s, %s, %s, %s, ST_SetSRID(ST_Point(%s, %s), 4326))",
            [
                (n, f"SJ{n:03d}", 40 + n % 60, f"20{10 + n % 15}-05-01", point.x + 3e-4, point.y)
                for n, point in enumerate(points, start=1)
            ],
        )
    place = {"schema": "layers", "relation": "demo_wells"}
    services.register_view(
        SYSTEM,
        unit=center,
        reading=services.propose_reading(center, key="id", geometry="place", **place),
        **place,
        data=ViewData(
            name="水利普查机井",
            description="虚构的基础库视图，不复制数据",
            visibility="tenant",
            source="虚构水利基础库",
        ),
    )
