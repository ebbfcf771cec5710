"""Devices with hours of figures, products of them, and who keeps and reads them."""

from datetime import datetime, timedelta
from typing import Any

from apps.accounts.models import Organization, User
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.products import services
from apps.products.models import DataProduct
from apps.sensing.models import Datastream, DayFigure, Device, DeviceProfile, HourFigure
from apps.sensing.partitions import begin_of
from tests.cast import Cast
from tests.people import appointed
from tests.sensing.factories import device

FIELD = "pm25"


def keeper(cast: Cast, unit: Organization | None = None, name: str = "keeper1") -> User:
    return appointed(name, unit or cast.center, role="product_keeper")


def reader(cast: Cast, unit: Organization | None = None, name: str = "reader1") -> User:
    return appointed(name, unit or cast.east_works, role="department_staff")


def stations(cast: Cast) -> list[Device]:
    """Will give two stations in the east and one in the west."""
    places = [Cast.inside_east(), Cast.inside_east(), Cast.inside_west()]
    return [device(f"AQ-{n}", at=at) for n, at in enumerate(places, start=1)]


def series_of(made: Device) -> Datastream:
    found, _new = Datastream.objects.get_or_create(
        device=made, field=made.profile.fields.get(code=FIELD)
    )
    return found


def hour(made: Device, at: datetime, mean: float, *, counted: int = 10, count: int = 12) -> None:
    """Will write the figures of one hour, as the roll-up does."""
    HourFigure.objects.create(
        series_id=series_of(made).pk, hour=at, count=count, suspects=count - counted,
        low=mean - 1 if counted else None, high=mean + 1 if counted else None,
        total=mean * counted if counted else None, counted=counted,
    )  # fmt: skip


def day(made: Device, days_ago: int, mean: float, *, counted: int = 24) -> None:
    DayFigure.objects.create(
        series_id=series_of(made).pk, day=clock.today() - timedelta(days=days_ago),
        count=counted, suspects=0, low=mean, high=mean, total=mean * counted, counted=counted,
    )  # fmt: skip


def first_hour() -> datetime:
    """The first hour of yesterday in the city."""
    return begin_of(clock.today() - timedelta(days=1))


def spec(cast: Cast, **changes: Any) -> services.ProductSpec:
    said: dict[str, Any] = {
        "unit": cast.center,
        "code": "pm25-hours",
        "name": "细颗粒物小时值",
        "profiles": [DeviceProfile.objects.get(code="air")],
        "field_code": FIELD,
        "area": cast.city,
    }
    return services.ProductSpec(**(said | changes))


def product(cast: Cast, *, is_draft: bool = False, **changes: Any) -> DataProduct:
    made = services.save_product(SYSTEM, spec=spec(cast, **changes))
    return made if is_draft else services.publish_product(SYSTEM, product_id=made.pk)
