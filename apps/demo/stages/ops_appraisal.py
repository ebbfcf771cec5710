"""Two months of operations in the demo city, one frozen, one open to appeals.

Cameras of three vendors, their outages with causes, what was recorded, targets, appeals.
"""

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts import services as accounts
from apps.accounts.models import Organization, OrganizationKind, Role, Tenant, User
from apps.appraisal import services as appraisal
from apps.appraisal.models import PointFact, Run
from apps.appraisal.selectors.runs import month_of
from apps.appraisal.selectors.targets import list_repair_posts
from apps.appraisal.services.targets import NewTarget
from apps.assets.models import Asset
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.files import store
from apps.common.periods import Period
from apps.demo.stages.people import DEMO_PASSWORD, SINCE
from apps.monitoring.enums import OutageCause, OutageKind
from apps.monitoring.services import begin_outage, end_outage, judge_outage, note_unknown
from apps.places import selectors as places
from apps.places.geometry import point
from apps.video.models import Camera
from apps.video.services import CameraSpec, register_camera
from apps.video.services.recording import record_presence

#: The first two also repair what is reported; see the stage of work orders.
VENDORS = ("海川视讯（厂商）", "恒通运维服务公司", "城网科技")
MANAGER, PUBLISHER = "appraisal-manager1", "appraisal-publisher1"
#: How often each vendor's cameras fail in a month, in the mean, and for how many hours.
TROUBLE = dict(zip(VENDORS, ((0.6, 5.0), (1.4, 9.0), (1.0, 14.0)), strict=True))
CAUSES = (
    (OutageCause.EQUIPMENT, "设备故障"),
    (OutageCause.VENDOR, "未按期保养"),
    (OutageCause.POWER, "市电停电"),
    (OutageCause.NETWORK, "传输线路中断"),
    (OutageCause.WORKS, "道路施工挖断光缆"),
)
BODY = {
    "weights": {"online": 40, "recording": 30, "repair": 20, "picture": 10},
    "excused": ["power", "works"],
    "appeal_days": 5,
}
NOTICE = b"%PDF-1.4\n% demo notice of a power cut\n"


def load_ops_appraisal(
    centers: Sequence[tuple[float, float]], *, tenant: str, until: datetime, seed: int
) -> tuple[int, int]:
    """Will lay down cameras, outages and two months; gives how many cameras and outages."""
    dice = random.Random(seed)
    body = Tenant.objects.get(code=tenant)
    last = month_of(until.date().replace(day=1) - timedelta(days=1))
    before = month_of(last.first - timedelta(days=1))
    _vendors(body)
    with clock.at(before.start - timedelta(days=20)):
        cameras = [_camera(nth, center, body) for nth, center in enumerate(centers)]
    told = sum(_trouble(cameras, period, dice) for period in (before, last))
    for period in (before, last):
        _record(cameras, period, dice)
    _scheme(body, before.first)
    _frozen(body, before, last)
    _open(body, last, until)
    return len(cameras), told


def _vendors(body: Tenant) -> None:
    """A unit and a contact of each vendor; one that is there already is taken as it is."""
    for nth, name in enumerate(VENDORS, 1):
        unit = Organization.objects.filter(tenant=body, name=name).first()
        unit = unit or accounts.create_organization(
            SYSTEM, tenant=body, code=f"vendor-{nth}", name=name, kind=OrganizationKind.ENTERPRISE
        )
        post = accounts.create_post(SYSTEM, organization=unit, name="考核联系人")
        accounts.set_roles(SYSTEM, post=post, roles=[Role.objects.get(code="appraisal_vendor")])
        user = accounts.create_user(
            SYSTEM, tenant=body, username=f"vendor-contact{nth}", full_name=f"{name[:2]}联系人",
            password=DEMO_PASSWORD, must_change_password=False,
        )  # fmt: skip
        accounts.appoint(SYSTEM, user=user, post=post, from_on=SINCE, is_primary=True)


def _camera(nth: int, center: tuple[float, float], body: Tenant) -> Camera:
    here = point(*center)
    area = places.locate(here)
    assert area is not None
    spec = CameraSpec(
        name=f"{area.name}路口摄像机",
        gb_code=f"{area.code[:6]}00001310{900_000 + nth:06d}",
        point=here,
        vendor=VENDORS[nth % len(VENDORS)],
        consent_owner="演示业主",
        consent_on=clock.today(),
    )
    return register_camera(SYSTEM, spec=spec)


def _trouble(cameras: Sequence[Camera], period: Period, dice: random.Random) -> int:
    """A month's outages: each camera's own, a power cut of a street, planned work, a blind hour."""
    count = 0
    for camera in cameras:
        often, hours = TROUBLE[camera.asset.vendor]
        began = period.start + timedelta(hours=dice.uniform(10, 200))
        for _nth in range(min(int(dice.expovariate(1 / often)), 4)):
            lasting = timedelta(hours=dice.expovariate(1 / hours) + 0.2)
            cause, text = dice.choice(CAUSES)
            _out(camera.asset, began, lasting, cause, text)
            began += lasting + timedelta(hours=dice.uniform(20, 120))
            count += 1
    # Entered as the equipment's; its vendor has a notice that says otherwise.
    doubted = period.start + timedelta(days=12)
    _out(cameras[1].asset, doubted, timedelta(hours=7), OutageCause.EQUIPMENT, "无应答")
    cut = period.start + timedelta(days=17, hours=9)
    for camera in cameras[:5]:
        _out(camera.asset, cut, timedelta(hours=6), OutageCause.POWER, "变电站检修停电")
    work = period.start + timedelta(days=26, hours=22)
    for camera in cameras[5:8]:
        _out(camera.asset, work, timedelta(hours=4), OutageCause.WORKS, "割接", is_planned=True)
    blind = period.start + timedelta(days=3)
    note_unknown(
        cameras[-1].asset, since=blind, until=blind + timedelta(hours=5), source="demo",
        text="监控服务停机，无法判明",
    )  # fmt: skip
    return count + len(cameras[:8]) + 2


def _out(
    asset: Asset,
    began: datetime,
    lasting: timedelta,
    cause: OutageCause,
    text: str,
    *,
    is_planned: bool = False,
) -> None:
    made = begin_outage(asset, kind=OutageKind.OFFLINE, at=began, source="demo")
    end_outage(asset, kind=OutageKind.OFFLINE, at=began + lasting)
    judge_outage(SYSTEM, outage_id=made.pk, cause=cause, is_planned=is_planned, text=text)


def _record(cameras: Sequence[Camera], period: Period, dice: random.Random) -> None:
    """What eight recorders kept: mostly all of it, here and there an hour less."""
    for camera in cameras[:8]:
        for nth in range(period.days):
            hours = [3600 if dice.random() > 0.02 else dice.randrange(3600) for _h in range(24)]
            record_presence(camera.pk, on=period.first + timedelta(days=nth), seconds=hours)


def _scheme(body: Tenant, month: date) -> None:
    manager, publisher = _person(body, MANAGER), _person(body, PUBLISHER)
    with clock.at(month_of(month).start - timedelta(days=5)):
        draft = appraisal.draft_scheme(
            manager, tenant=body, name="运维月度考核", basis="演示办法", body=BODY,
            effective_from=month,
        )  # fmt: skip
        appraisal.submit_scheme(manager, scheme_id=draft.pk)
        appraisal.decide_scheme(publisher, scheme_id=draft.pk, publish=True)
        for vendor in VENDORS:
            for first in (month, (month + timedelta(days=32)).replace(day=1)):
                new = NewTarget(first, vendor, quantity=4, hours=Decimal(8), cost=Decimal(6000))
                appraisal.set_target(manager, tenant=body, new=new)
        _posts(body, manager, month)


def _posts(body: Tenant, manager: User, month: date) -> None:
    """What is expected of everybody on a post that repairs, in both months."""
    for post in list_repair_posts(body):
        for first in (month, (month + timedelta(days=32)).replace(day=1)):
            new = NewTarget(first, quantity=3, hours=Decimal(6), cost=Decimal(900), post=post)
            appraisal.set_target(manager, tenant=body, new=new)


def _computed(body: Tenant, period: Period) -> Run:
    appraisal.order_pass(_person(body, MANAGER), tenant=body, month=period.first)
    appraisal.compute_due()
    return Run.objects.get(tenant=body, month=period.first)


def _frozen(body: Tenant, period: Period, after: Period) -> None:
    with clock.at(after.start + timedelta(days=1, hours=10)):
        run = _computed(body, period)
        appraisal.open_run(_person(body, MANAGER), run_id=run.pk)
    with clock.at(after.start + timedelta(days=9)):
        appraisal.freeze_run(_person(body, PUBLISHER), run_id=run.pk)


def _open(body: Tenant, period: Period, until: datetime) -> None:
    """Two appeals of the last month: one granted and computed in, one waiting."""
    vendor = _person(body, "vendor-contact2")
    # Never before the month is over, on whatever day the city is loaded.
    opened = max(until - timedelta(days=2), period.end + timedelta(minutes=5))
    with clock.at(opened):
        run = appraisal.open_run(_person(body, MANAGER), run_id=_computed(body, period).pk)
        mine = Asset.objects.filter(vendor=VENDORS[1], camera__isnull=False)
        rows = PointFact.objects.filter(
            of=run.shown, kind="outage", asset__in=mine, cause__in=["equipment", "network"]
        )
        appeals = [
            appraisal.file_appeal(
                vendor, fact_id=fact.pk, wish="recause", cause="power",
                reason="供电公司有停电通知，见附件。",
                files=[store(SimpleUploadedFile("停电通知.pdf", NOTICE))],
            )
            for fact in rows.order_by("began_at", "pk")[:2]
        ]  # fmt: skip
    if appeals:
        with clock.at(max(until - timedelta(days=1), opened + timedelta(minutes=5))):
            appraisal.rule_appeal(
                _person(body, PUBLISHER), appeal_id=appeals[0].pk, grant=True, ruling="通知属实"
            )
            _computed(body, period)


def _person(body: Tenant, username: str) -> User:
    return User.objects.get(username=username, tenant=body)
