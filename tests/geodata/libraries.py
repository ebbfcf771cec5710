"""A base library beside the project's own tables, as another department would keep it."""

from typing import Any

from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.geodata import services
from apps.geodata.catalogue import find_relation
from apps.geodata.models import SpatialView
from apps.geodata.services import Reading, ViewData
from apps.geodata.view_rows import offered_rules
from tests.cast import Cast
from tests.geodata.factories import grant

WELLS = """
    create schema if not exists layers;
    create table layers.wells (
        id bigint primary key, "名称" varchar(40), depth numeric(6,2), "checked" timestamp,
        is_open boolean, place geometry(Point, 4326)
    );
    insert into layers.wells
    values (1, '东一井', 12.50, '2026-05-01 08:00', true, 'SRID=4326;POINT(120.012 36.012)'),
        (2, '西一井', 8, null, false, 'SRID=4326;POINT(120.032 36.012)'),
        (3, '无处井', 9, null, false, null);
    create view layers.open_wells as select id, "名称", depth, checked, place from layers.wells;
"""


def library() -> None:
    """Will make a schema with a table of three wells, one without a place, and a view of it."""
    run(WELLS)


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def city_keeper(cast: Cast) -> User:
    """Will let somebody of the center keep map data of the whole body."""
    return grant(cast, "dispatcher", "geodata.keep_datasets")


def registered(
    cast: Cast, *, relation: str = "open_wells", schema: str = "layers", **said: Any
) -> SpatialView:
    """Will put the wells on the map as data of the eastern works."""
    unit = said.pop("unit", cast.east_works)
    key, geometry = said.pop("key", "id"), said.pop("geometry", "place")
    found = find_relation(cast.tenant.code, schema, relation)
    rules = said.pop("rules", tuple(offered_rules(found)) if found else ())
    return services.register_view(
        city_keeper(cast),
        unit=unit,
        schema=schema,
        relation=relation,
        reading=Reading(key, geometry, rules),
        data=ViewData(**({"name": "水井"} | said)),
    )
