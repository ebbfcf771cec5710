"""People of appraisal, points, outages and a month that was computed. Small and plain."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.gis.geos import Point
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import Organization, User
from apps.appraisal import services
from apps.appraisal.models import Run, Scheme
from apps.appraisal.selectors.runs import month_of
from apps.assets.models import Asset, AssetClass
from apps.assets.services import AssetSpec, define_classes, register_asset
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.files import store
from apps.common.models import StoredFile
from apps.common.periods import Period
from apps.monitoring.models import Outage
from apps.video.models import Camera, RecordingDay
from tests.cast import Cast
from tests.people import appointed

BODY: dict[str, Any] = {
    "weights": {"online": 40, "recording": 30, "repair": 20, "picture": 10},
    "excused": ["power", "works"],
    "unknown_is_down": False,
    "kinds": [],
    "appeal_days": 5,
}
PAPER = b"%PDF-1.4\n%outage\n"
HOUR = timedelta(hours=1)


def person(username: str, role: str, unit: Organization) -> User:
    """Will put somebody with a standard role of appraisal on a post of a unit."""
    return appointed(username, unit, role=role)


def staff(cast: Cast) -> Cast:
    """Will add manager, publisher and the contact of a vendor; the neighbours' as well."""
    vendors = {
        name: Organization.objects.create(
            tenant=cast.tenant, code=code, name=name, kind="enterprise", path=""
        )
        for code, name in (("vendor-a", "甲维保"), ("vendor-b", "乙维保"))
    }
    for unit in vendors.values():
        unit.path = f"/{unit.pk}/"
        unit.save(update_fields=["path"])
    cast.people |= {
        "manager": person("manager", "appraisal_manager", cast.center),
        "rater": person("rater", "appraisal_publisher", cast.center),
        "manager_west": person("manager_west", "appraisal_manager", cast.west_works),
        "vendor_a": person("vendor_a", "appraisal_vendor", vendors["甲维保"]),
        "vendor_b": person("vendor_b", "appraisal_vendor", vendors["乙维保"]),
    }
    return cast


def last_month() -> Period:
    """Will give the month before this one."""
    return month_of(clock.today().replace(day=1) - timedelta(days=1))


def point(cast: Cast, *, side: str = "east", vendor: str = "甲维保", name: str = "路口") -> Asset:
    """Will register a camera's asset in a district."""
    define_classes(SYSTEM)
    lon, lat = cast.inside_east() if side == "east" else cast.inside_west()
    nth = Asset.objects.count()
    spec = AssetSpec(
        _kind(), f"{name}{nth}", Point(lon + nth * 1e-6, lat, srid=4326),
        vendor=vendor, owner_unit=getattr(cast, f"{side}_works"),
    )  # fmt: skip
    return register_asset(SYSTEM, spec=spec)


def _kind() -> str:
    return AssetClass.objects.order_by("code").values_list("code", flat=True)[0]


def camera(asset: Asset, *, since: datetime | None = None) -> Camera:
    """Will make an asset a camera, known long before the month."""
    return Camera.objects.create(
        asset=asset,
        gb_code=f"{asset.pk:020d}",
        network="networked",
        registered_at=since or last_month().start - timedelta(days=90),
    )


def outage(
    asset: Asset, after: timedelta, lasting: timedelta | None, cause: str = "equipment", **more: Any
) -> Outage:
    """Will enter an outage that began so long after the month did."""
    began = last_month().start + after
    return Outage.objects.create(
        asset=asset,
        kind=more.pop("kind", "offline"),
        began_at=began,
        ended_at=None if lasting is None else began + lasting,
        cause=cause,
        source="test",
        **more,
    )


def known_for_long(asset: Asset) -> Outage:
    """Will enter an outage long ago, so that the thing counts as watched all month."""
    return outage(asset, timedelta(days=-60), HOUR)


def recorded(made: Camera, hours: Sequence[int | None], day: date | None = None) -> RecordingDay:
    """Will enter what was recorded on a day."""
    return RecordingDay.objects.create(
        camera=made, on=day or last_month().first, seconds=list(hours), written_at=clock.now()
    )


def scheme(cast: Cast, **changed: Any) -> Scheme:
    """Will publish a scheme that has been in force for long."""
    draft = services.draft_scheme(
        cast.manager,
        tenant=cast.tenant,
        name="月度运维考核",
        basis="测试办法",
        body=BODY | changed,
        effective_from=date(2020, 1, 1),
    )
    services.submit_scheme(cast.manager, scheme_id=draft.pk)
    return services.decide_scheme(cast.rater, scheme_id=draft.pk, publish=True)


def computed(cast: Cast, month: date | None = None) -> Run:
    """Will compute a month, last month unless told otherwise."""
    month = month or last_month().first
    services.order_pass(cast.manager, tenant=cast.tenant, month=month)
    services.compute_due()
    return Run.objects.get(tenant=cast.tenant, month=month)


def paper() -> StoredFile:
    """Will store a piece of evidence."""
    return store(SimpleUploadedFile("停电证明.pdf", PAPER), allow=frozenset({"document"}))
