"""Writes an invented city through the services of places and assets."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.contrib.gis.geos import LinearRing, LineString, MultiPolygon, Point, Polygon
from django.db import transaction

from apps.assets import services as assets
from apps.audit.services import SYSTEM
from apps.demo.geography.city import City
from apps.demo.geography.city import Polygon as Rings
from apps.places import services as places
from apps.places.enums import GazetteerKind, MapFeatureKind
from apps.places.models import Area

SOURCE = "synthetic-demo"
LEVELS = (
    places.LevelSpec("city", "市", 4),
    places.LevelSpec("district", "区", 2),
    places.LevelSpec("street", "街道", 3),
    places.LevelSpec("community", "社区", 3),
    places.LevelSpec("cell", "网格", 3, is_cell=True),
)
ROAD_MIN_ZOOM = {1: 11, 2: 13, 3: 15}


@dataclass(frozen=True)
class Loaded:
    """How many rows were written. areas: by whole code."""

    areas: dict[str, Area]
    entries: int
    features: int
    assets: int


@transaction.atomic
def load_geography(city: City, *, valid_from: date) -> Loaded:
    """Will write areas, gazetteer, base map and street furniture; once per database.

    Raises: Refused (the codes of the invented city are in use already).
    """
    places.define_levels(SYSTEM, levels=LEVELS)
    made = places.register_areas(SYSTEM, areas=_areas(city), valid_from=valid_from)
    by_code = {area.code: area for area in made}
    entries = places.register_entries(SYSTEM, entries=_entries(city, by_code))
    features = places.add_base_map(SYSTEM, features=_features(city))
    assets.define_classes(SYSTEM)
    count = assets.register_assets(
        SYSTEM,
        specs=[
            assets.AssetSpec(
                kind=f.class_code,
                name=f.name,
                point=_point(f.point),
                area=by_code[f.cell_code],
                source=SOURCE,
            )
            for f in city.assets
        ],
    )
    return Loaded(by_code, entries, features, count)


def _areas(city: City) -> Iterator[places.AreaSpec]:
    for zone in city.zones:
        yield places.AreaSpec(zone.level, zone.code, zone.name, _multi(zone.polygons), SOURCE)


def _entries(city: City, areas: dict[str, Area]) -> Iterator[places.EntrySpec]:
    for road in city.roads:
        middle = road.line[len(road.line) // 2]
        yield places.EntrySpec(
            GazetteerKind.ROAD,
            road.name,
            _point(middle),
            geometry=LineString(road.line, srid=4326),
            ref=road.ref,
            source=SOURCE,
        )
    for address in city.addresses:
        yield places.EntrySpec(
            GazetteerKind.NUMBER,
            address.text,
            _point(address.point),
            area_id=areas[address.cell_code].pk,
            parent_ref=address.road_ref,
            house_number=address.number,
            source=SOURCE,
        )
    for estate in city.estates:
        yield places.EntrySpec(
            GazetteerKind.ESTATE,
            estate.name,
            _point(estate.point),
            geometry=Polygon(estate.outline, srid=4326),
            aliases=estate.aliases,
            area_id=areas[estate.cell_code].pk,
            ref=estate.ref,
            source=SOURCE,
        )
    for building in city.buildings:
        if building.name:
            yield places.EntrySpec(
                GazetteerKind.BUILDING,
                building.name,
                _point(building.point),
                geometry=Polygon(building.outline, srid=4326),
                area_id=areas[building.cell_code].pk,
                parent_ref=building.estate_ref,
                house_number=building.number,
                source=SOURCE,
            )
    kinds = {"junction": GazetteerKind.JUNCTION, "stop": GazetteerKind.STOP}
    for poi in city.pois:
        yield places.EntrySpec(
            kinds.get(poi.kind, GazetteerKind.POI),
            poi.name,
            _point(poi.point),
            aliases=poi.aliases,
            area_id=areas[poi.cell_code].pk,
            source=SOURCE,
        )


def _features(city: City) -> Iterator[places.BaseMapSpec]:
    for ground in city.grounds:
        shape = LineString(ground.line, srid=4326) if ground.line else _multi(ground.polygons)
        large = ground.kind != MapFeatureKind.GREEN or len(ground.polygons[0][0]) > 6
        yield places.BaseMapSpec(
            ground.kind, shape, ground.name, 0 if large else 14, 1, source=SOURCE
        )
    for road in city.roads:
        yield places.BaseMapSpec(
            MapFeatureKind.ROAD,
            LineString(road.line, srid=4326),
            road.name,
            ROAD_MIN_ZOOM[road.rank],
            road.rank,
            source=SOURCE,
        )
    for building in city.buildings:
        yield places.BaseMapSpec(
            MapFeatureKind.BUILDING,
            Polygon(building.outline, srid=4326),
            building.name,
            16,
            5,
            source=SOURCE,
        )
    for poi in city.pois:
        if poi.kind not in {"junction", "stop"}:
            yield places.BaseMapSpec(
                MapFeatureKind.LABEL, _point(poi.point), poi.name, 16, 4, source=SOURCE
            )


def _point(spot: tuple[float, float]) -> Point:
    return Point(*spot, srid=4326)


def _multi(polygons: tuple[Rings, ...]) -> MultiPolygon:
    return MultiPolygon(
        [Polygon(*(LinearRing(ring) for ring in rings)) for rings in polygons], srid=4326
    )
