"""Work orders of the demo city in every state: firms, contracts, hand-ups, repairs, upkeep."""

import io
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from apps.accounts import services as accounts
from apps.accounts.models import Organization, OrganizationKind, Role, Tenant, User
from apps.alarms.enums import Level, Source
from apps.alarms.services import open_ordered_case, raise_alarm
from apps.assets.models import Asset
from apps.audit.services import SYSTEM
from apps.common import clock, files
from apps.common.models import StoredFile
from apps.demo import texts
from apps.demo.stages.people import DEMO_PASSWORD, SINCE
from apps.demo.world import CENTER, TENANT
from apps.matters.services import ensure_shipped_matter
from apps.ops import services as ops
from apps.ops.models import FaultKind, WorkOrder

#: code, name, tier; each covers all of the city.
FIRMS = (
    ("demo-ops-own", "市设施运维队", "own"),
    ("demo-ops-firm", "恒通运维服务公司", "contractor"),
    ("demo-ops-vendor", "海川视讯（厂商）", "vendor"),
)
STAFF = (
    ("ops_manager", CENTER, "ops-manager1", "运维管理员"),
    ("ops_reporter", CENTER, "ops-reporter1", "故障上报员"),
    ("maintainer", "demo-ops-own", "maintainer1", "维修人员"),
    ("maintainer", "demo-ops-firm", "maintainer2", "维修人员"),
    ("vendor_maintainer", "demo-ops-vendor", "vendor1", "维保单位人员"),
)
FAULTS = (
    ("device-offline", "设备持续无心跳，远程重启无效。"),
    ("power", "所在灯杆断电，设备与补光灯均无电。"),
    ("network", "接入交换机端口无信号，同箱设备正常。"),
    ("device-broken", "护罩破损进水，画面模糊。"),
    ("camera-picture", "画面偏色，夜间无法辨认车牌。"),
)


def load_ops(*, until: datetime, seed: int) -> int:
    """Will lay down firms, contracts, plans and orders in every state; gives how many orders."""
    tenant = Tenant.objects.get(code=TENANT)
    rng = random.Random(f"{seed}-ops")
    with clock.at(until - timedelta(days=40)):
        ensure_shipped_matter(SYSTEM, shipped=texts.read("ops/matter"))
        firms = _firms(tenant)
        people = _people(tenant, firms, rng)
        _contracts(people["ops-manager1"], tenant, firms, until.date())
    things = list(
        Asset.objects.filter(area__isnull=False, area__path__startswith=_path(tenant))
        .select_related("kind", "area")
        .order_by("code")[:24:2]
    )
    if things:
        _orders(people, things, until)
        _plan(people["ops-manager1"], tenant, things[0], until)
    return WorkOrder.objects.count()


def _path(tenant: Tenant) -> str:
    return tenant.area.path if tenant.area is not None else ""


def _firms(tenant: Tenant) -> dict[str, Organization]:
    assert tenant.area is not None
    return {
        code: accounts.create_organization(
            SYSTEM, tenant=tenant, code=code, name=name, kind=OrganizationKind.VENDOR,
            area=tenant.area, parent=None,
        )
        for code, name, _tier in FIRMS
    }  # fmt: skip


def _people(tenant: Tenant, firms: dict[str, Organization], rng: random.Random) -> dict[str, User]:
    made = accounts.enrol_people(
        SYSTEM,
        tenant=tenant,
        people=[
            accounts.NewPerson(
                username=login, full_name=texts.person_name(rng), phone=texts.phone_number(rng),
                employee_number=f"Y{number:05d}",
            )
            for number, (_role, _unit, login, _title) in enumerate(STAFF, start=1)
        ],
        password=DEMO_PASSWORD,
        must_change_password=False,
    )  # fmt: skip
    found = {user.username: user for user in made}
    for role, code, login, title in STAFF:
        unit = firms.get(code) or Organization.objects.get(tenant=tenant, code=code)
        post = accounts.create_post(SYSTEM, organization=unit, name=title)
        accounts.set_roles(SYSTEM, post=post, roles=[Role.objects.get(code=role)])
        accounts.appoint(SYSTEM, user=found[login], post=post, from_on=SINCE)
    return found


def _contracts(keeper: User, tenant: Tenant, firms: dict[str, Organization], today: date) -> None:
    for number, (code, name, tier) in enumerate(FIRMS, start=1):
        ops.save_contract(
            keeper,
            tenant=tenant,
            spec=ops.ContractSpec(
                number=f"YW-{today.year}-{number:02d}",
                name=f"{name}维保",
                vendor=firms[code],
                tier=tier,
                from_on=date(today.year - 1, 1, 1),
                to_on=date(today.year + 1, 12, 31),
                respond=(1, "calendar_hours") if tier == "vendor" else None,
            ),
        )
    for first, waiting, minutes, then in (
        ("own", "respond", 30, "contractor"),
        ("contractor", "respond", 60, "vendor"),
        ("own", "restore", 480, "contractor"),
    ):
        ops.save_rule(keeper, tenant=tenant, spec=ops.RuleSpec(first, waiting, minutes, then))


def _orders(people: dict[str, User], things: list[Asset], until: datetime) -> None:
    """One after another in time; each story ends in another state."""
    manager, repairer = people["ops-manager1"], people["maintainer1"]
    stories: list[tuple[float, Callable[[WorkOrder, datetime], object]]] = [
        (200, lambda order, at: _closed(order, at, manager, repairer)),
        (150, lambda order, at: _closed(order, at, manager, repairer, sent_back=True)),
        (100, lambda order, at: _closed(order, at, manager, repairer, hours=30)),
        (60, lambda order, at: _rejected(order, at, manager)),
        (30, lambda order, at: _suspended(order, at, manager, repairer)),
        (9, lambda order, at: _answered(order, at, manager, repairer)),
        (5, lambda order, at: _taken(order, at, manager, repairer)),
        (1.2, lambda order, at: _confirmed(order, at, manager)),
        (0.4, lambda order, at: order),
        (0.2, lambda order, at: order),
    ]
    for number, (hours, story) in enumerate(stories):
        at = until - timedelta(hours=hours)
        story(_reported(people["ops-reporter1"], things[number % len(things)], number, at), at)
    with clock.at(until - timedelta(hours=0.1)):
        _bad_data(things[-1])
    with clock.at(until):
        ops.hand_up_due()


def _bad_data(thing: Asset) -> None:
    """An alarm of gaps in the data of a thing has opened an order by itself (OP-27)."""
    alarm = raise_alarm(
        source=Source.DATA, kind="data_gaps", asset=thing, level=Level.BLUE, at=clock.now(),
        sentence="一小时内只收到应报数据的24%。", facts={"whole": 0.24}, rule="sensing.quality",
    )  # fmt: skip
    open_ordered_case(alarm.pk)


def _reported(reporter: User, thing: Asset, number: int, at: datetime) -> WorkOrder:
    kind, text = FAULTS[number % len(FAULTS)]
    with clock.at(at):
        tenant = Tenant.objects.get(code=TENANT)
        assert tenant.area is not None
        return ops.report_fault(
            reporter,
            key=f"demo-{number}",
            tenant=tenant,
            report=ops.FaultReport(
                fault_kind=kind, text=text, source="monitoring" if number % 2 else "home",
                asset_id=thing.pk, files=[_picture(number, works=False)],
            ),
        )  # fmt: skip


def _confirmed(order: WorkOrder, at: datetime, manager: User) -> None:
    assert order.contract_id is not None
    with clock.at(at + timedelta(minutes=9)):
        said = ops.Confirmation(order.level.number, order.contract_id, order.cause)
        ops.confirm_order(manager, order_id=order.pk, said=said)


def _taken(order: WorkOrder, at: datetime, manager: User, repairer: User) -> None:
    _confirmed(order, at, manager)
    with clock.at(at + timedelta(minutes=24)):
        ops.do(repairer, order_id=order.pk, action="sign", data={})


def _answered(
    order: WorkOrder, at: datetime, manager: User, repairer: User, *, hours: float = 3
) -> None:
    if order.case.state == "reported":
        _taken(order, at, manager, repairer)
    _repaired(order, at + timedelta(hours=hours), repairer)


def _repaired(order: WorkOrder, at: datetime, repairer: User) -> None:
    with clock.at(at):
        ops.feed_back(
            repairer,
            order_id=order.pk,
            said=ops.RepairSpec(
                text="更换电源适配器并重新接线，观察十分钟正常。",
                cause=order.cause or "equipment",
                from_at=at - timedelta(minutes=50),
                to_at=at - timedelta(minutes=5),
                cost=Decimal(120),
                parts=[ops.PartSpec("12V电源适配器", Decimal(1), Decimal(85))],
                before=[_picture(order.pk, works=False)],
                after=[_picture(order.pk, works=True)],
            ),
        )


def _closed(
    order: WorkOrder,
    at: datetime,
    manager: User,
    repairer: User,
    *,
    hours: float = 3,
    sent_back: bool = False,
) -> None:
    _answered(order, at, manager, repairer, hours=hours)
    later = at + timedelta(hours=hours + 1)
    if sent_back:
        with clock.at(later):
            ops.do(manager, order_id=order.pk, action="redo", data={"reason": "夜间仍偏色，请复查"})
        later += timedelta(hours=2)
        _repaired(order, later, repairer)
        later += timedelta(minutes=30)
    with clock.at(later):
        ops.do(manager, order_id=order.pk, action="close", data={"note": "已核对画面，恢复正常"})


def _rejected(order: WorkOrder, at: datetime, manager: User) -> None:
    with clock.at(at + timedelta(minutes=20)):
        reason = "该设备按计划停用，不属故障"
        ops.do(manager, order_id=order.pk, action="void", data={"reason": reason})


def _suspended(order: WorkOrder, at: datetime, manager: User, repairer: User) -> None:
    _taken(order, at, manager, repairer)
    with clock.at(at + timedelta(hours=1)):
        wake = clock.today() + timedelta(days=6)
        asked = {"reason_code": "construction", "reason": "道路开挖，无法到位", "wake_on": wake}
        ops.do(repairer, order_id=order.pk, action="request_suspension", data=asked)
    with clock.at(at + timedelta(hours=2)):
        ruled = {"decision": "approve", "opinion": "同意，恢复通行后立即处理"}
        ops.do(manager, order_id=order.pk, action="rule_suspension", data=ruled)


def _plan(keeper: User, tenant: Tenant, thing: Asset, until: datetime) -> None:
    assert tenant.area is not None
    with clock.at(until):
        ops.save_plan(
            keeper,
            tenant=tenant,
            spec=ops.PlanSpec(
                name="季度清洁与紧固",
                text="清洁外壳与镜头，检查接地和紧固件。",
                area=tenant.area,
                fault_kind=FaultKind.objects.get(code="upkeep"),
                beat="months",
                every=3,
                first_on=clock.today() + timedelta(days=2),
                asset_id=thing.pk,
            ),
        )
        ops.make_due()


def _picture(number: int, *, works: bool) -> StoredFile:
    """A drawn picture of a box on a pole, dark or with its lamp on."""
    image = Image.new("RGB", (480, 360), (206, 214, 224) if works else (120, 126, 134))
    pen = ImageDraw.Draw(image)
    left = 170 + number % 60
    pen.rectangle((left, 90, left + 120, 210), fill=(240, 240, 240), outline=(60, 60, 60), width=4)
    pen.rectangle((left + 52, 210, left + 68, 350), fill=(90, 90, 90))
    pen.ellipse((left + 45, 130, left + 75, 160), fill=(40, 170, 80) if works else (40, 40, 40))
    drawn = io.BytesIO()
    image.save(drawn, "JPEG", quality=80)
    return files.store(ContentFile(drawn.getvalue(), name="photo.jpg"), allow=frozenset({"image"}))
