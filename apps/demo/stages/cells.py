"""Special grids, a checked grid, a re-drawing that waits, and components surveyed."""

from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from django.contrib.gis.geos import LineString, Polygon
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.assets import services as assets
from apps.assets.models import Asset
from apps.assets.permissions import SURVEY
from apps.common import clock
from apps.demo.geography import City
from apps.places import services as places
from apps.places.geometry import moved
from apps.places.models import Area

#: Name, kind, and half the side in metres.
SPECIAL = (
    ("云帆大厦", "building", 25),
    ("启明实验学校", "school", 30),
    ("安康医院", "hospital", 30),
    ("海创产业园", "park", 35),
)
FINDINGS = ("fine", "fine", "damaged", "fine", "missing")
NOTES = {"damaged": "外壳破损，须维修", "missing": "只剩底座"}
WORKERS = 8


def load_cells(city: City, *, until: datetime) -> tuple[int, int]:
    """Will lay down all of it and give the numbers of special grids and surveys."""
    keeper = User.objects.get(username="grid-keeper1")
    district = Area.objects.get(code=city.districts[0].code)
    communities = list(
        Area.objects.filter(path__startswith=district.path, level__depth=4).order_by("code")
    )
    with clock.at(until - timedelta(days=9)):
        grids = _special(keeper, communities)
        surveys = _surveys()
    with clock.at(until - timedelta(hours=5)):
        places.check_cells(keeper, area_id=district.pk)
        _redrawing(keeper, communities[-1], until)
    return grids, surveys


def _special(keeper: User, communities: list[Area]) -> int:
    made = 0
    for (name, kind, half), community in zip(SPECIAL, communities, strict=False):
        assert community.center is not None
        low = moved(community.center, east_m=-half, north_m=-half)
        high = moved(community.center, east_m=half, north_m=half)
        data = places.SpecialData(
            name=name,
            kind=kind,
            boundary=Polygon.from_bbox((low.x, low.y, high.x, high.y)),
            contact_name="物业值班室",
            contact_phone="0000-1000001",
        )
        data.boundary.srid = 4326
        places.add_special_grid(
            keeper,
            community_id=community.pk,
            data=data,
            valid_from=clock.today(),
            source="synthetic-demo",
        )
        made += 1
    return made


def _surveys() -> int:
    made = 0
    workers = User.objects.filter(username__startswith="gridworker", is_active=True)
    for worker in workers.order_by("pk")[:WORKERS]:
        paths = scope_for(worker, SURVEY).area_paths
        for path in paths[:1]:
            standing = Asset.objects.filter(area__path__startswith=path).order_by("code")
            for asset, finding in zip(standing, FINDINGS, strict=False):
                assets.survey_asset(
                    worker,
                    key=str(uuid5(NAMESPACE_URL, f"demo-survey-{asset.code}")),
                    asset_id=asset.pk,
                    kind_code="",
                    finding=finding,
                    lon=asset.point.x,
                    lat=asset.point.y,
                    accuracy_m=6.0,
                    at=clock.now(),
                    note=NOTES.get(finding, ""),
                )
                made += 1
    return made


def _redrawing(keeper: User, community: Area, until: datetime) -> None:
    """The widest cell is to be cut in two, next month."""
    cells = Area.objects.filter(parent=community, valid_to=None, boundary__isnull=False)
    cell = max(cells, key=lambda area: area.boundary.area if area.boundary else 0)
    assert cell.boundary is not None
    west, south, east, north = cell.boundary.extent
    middle = (west + east) / 2
    line = LineString((middle, south - 0.001), (middle, north + 0.001), srid=4326)
    places.draft_split(
        keeper,
        cell_id=cell.pk,
        line=line,
        on=timezone.localdate(until + timedelta(days=30)),
        reason="新楼入住，户数超过一个网格的上限",
    )
