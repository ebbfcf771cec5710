"""Things of the town that alarms are about, and people who handle them."""

from datetime import datetime, timedelta
from typing import Any

from apps.accounts.models import Organization, User
from apps.alarms.enums import Level
from apps.alarms.models import Alarm
from apps.alarms.services import raise_alarm
from apps.assets.models import Asset, AssetClass
from apps.common import clock
from apps.places.geometry import point
from apps.places.models import Area
from tests.cast import Cast
from tests.people import appointed

RIGHTS = {
    "reader": ["view_alarms"],
    "operator": ["view_alarms", "handle_alarms"],
    "chief": ["view_alarms", "handle_alarms", "arrange_alarms", "edit_alarm_rules"],
    "publisher": ["view_alarms", "publish_alarm_rules"],
}


def person(name: str, role: str, unit: Organization) -> User:
    """Will give somebody of the unit with the rights of a role of ``RIGHTS``."""
    rights = [f"alarms.{right}" for right in RIGHTS[role]]
    return appointed(name, unit, role=f"alarm-{role}", rights=rights)


def asset(cast: Cast, name: str = "东区一号水位计", *, west: bool = False, cell: int = 0) -> Asset:
    """Will give a thing in a cell of the eastern (or western) district, kept by its works."""
    kind, _made = AssetClass.objects.get_or_create(
        code="0101", defaults={"name": "水位计", "large_class": "公用设施"}
    )
    area: Area = cast.cells["west" if west else "east"][cell]
    lon, lat = Cast.inside_west() if west else Cast.inside_east()
    serial = Asset.objects.count() + 1
    return Asset.objects.create(
        kind=kind,
        region_code="990101",
        serial=serial,
        code=f"9901010101{serial:06d}",
        name=name,
        point=point(lon, lat),
        area=area,
        owner_unit=cast.west_works if west else cast.east_works,
    )


def raised(thing: Asset | None, **changes: Any) -> Alarm:
    """Will give an alarm about a thing: orange, of the present moment."""
    at: datetime = changes.pop("at", clock.now())
    said: dict[str, Any] = {
        "source": "device",
        "kind": "water_high",
        "title": "水位过高",
        "asset": thing,
        "level": Level.ORANGE,
        "at": at,
        "sentence": "水位3.6米，不低于3.5米，已持续60秒。",
        "facts": {"level_m": 3.6},
    }
    return raise_alarm(**(said | changes))


def minutes(count: float) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=count)
