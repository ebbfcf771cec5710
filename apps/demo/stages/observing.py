"""What is done with devices: a vehicle that crosses a fence, commands, warnings to the public.

Also the fields of their own that two classes of things have. Made up from end to end.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.contrib.gis.geos import Polygon

from apps.accounts.approvals import services as approvals
from apps.accounts.approvals.selectors import find_pending
from apps.accounts.models import Organization, Tenant, User
from apps.alarms import services as alarms
from apps.alarms.enums import Level
from apps.alarms.models import PublicWarning
from apps.assets import services as assets
from apps.assets.models import Asset
from apps.audit.services import SYSTEM
from apps.commanding import services as commands
from apps.commanding.enums import Outcome
from apps.commanding.models import Command
from apps.common import clock
from apps.demo.geography import City
from apps.demo.world import CENTER, TENANT
from apps.observing.enums import FenceRule
from apps.observing.services.fences import FenceSpec, save_fence
from apps.places.geometry import point
from apps.sensing.models import Device, DeviceProfile
from apps.sensing.services import NewDevice, register_devices, take_readings

VEHICLE = "DEMO-gps-1"
STEP = timedelta(seconds=30)
#: Half the side of the fence, and the way of the vehicle, in degrees (about 500 m and 3 km).
HALF, WAY, FIXES = 0.005, 0.03, 60
FIELDS: dict[str, list[dict[str, Any]]] = {
    "0110": [
        {"name": "pole_m", "label": "灯杆高度（米）", "type": "decimal", "min": 1, "max": 40},
        {"name": "light", "label": "光源", "type": "choice",
         "choices": [["led", "LED"], ["sodium", "高压钠灯"]]},
        {"name": "single", "label": "单灯控制", "type": "boolean"},
    ],
    "0111": [
        {"name": "thread", "label": "接口口径", "type": "choice",
         "choices": [["65", "DN65"], ["100", "DN100"]]},
        {"name": "pressed_on", "label": "上次试压日期", "type": "date"},
    ],
}  # fmt: skip
ANSWERS: dict[str, list[dict[str, Any]]] = {
    "0110": [
        {"pole_m": "8.5", "light": "led", "single": True},
        {"pole_m": "10", "light": "sodium"},
    ],
    "0111": [{"thread": "100", "pressed_on": "2026-04-18"}, {"thread": "65"}],
}


def load_observing(city: City, *, until: datetime) -> int:
    """Will lay down what people do with devices, and give how many commands there are."""
    tenant = Tenant.objects.get(code=TENANT)
    center = tenant.organizations.get(code=CENTER)
    with clock.at(until - timedelta(days=3)):
        _fields()
        _fence(city, center)
    _track(city, until)
    _commands(center, until)
    _warnings(tenant, until)
    return Command.objects.count()


def _fields() -> None:
    for code, fields in FIELDS.items():
        assets.set_class_fields(SYSTEM, code=code, fields=fields)
        said = ANSWERS[code]
        for number, thing in enumerate(Asset.objects.filter(kind__code=code).order_by("code")[:10]):
            _restate(thing, details=said[number % len(said)])


def _restate(thing: Asset, **changes: Any) -> None:
    """Writes the card of a thing as it stands, with changes."""
    stated = {name: getattr(thing, name) for name in assets.Card.__dataclass_fields__}
    card = assets.Card(**(stated | changes))
    assets.amend_asset(_keeper(), asset_id=thing.pk, card=card)


def _keeper() -> User:
    return User.objects.get(username="sysadmin1", tenant__code=TENANT)


def _fence(city: City, center: Organization) -> None:
    """A vehicle of the centre, and ground it must not drive on."""
    profile = DeviceProfile.objects.get(code="gps")
    lon, lat = city.cells[0].center
    spec = assets.AssetSpec(
        profile.asset_class, "渣土车 鲁Z·演001", point(lon, lat), owner_unit=center,
        maker="云感仪器（虚构）", source="synthetic-demo",
    )  # fmt: skip
    register_devices(SYSTEM, news=[NewDevice(profile, VEHICLE, spec)])
    ring = [(lon + x * HALF, lat + y * HALF) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    save_fence(
        SYSTEM,
        spec=FenceSpec(
            "渣土车禁行区（虚构）", center, Polygon([*ring, ring[0]], srid=4326), FenceRule.ENTER,
            Level.YELLOW, profile=profile,
        ),
    )  # fmt: skip


def _track(city: City, until: datetime) -> None:
    """It drives from west to east, and for a while inside the fence."""
    lon, lat = city.cells[0].center
    sender = _keeper()
    begin = until - FIXES * STEP
    said = [
        {
            "node": VEHICLE,
            "at": (begin + number * STEP).isoformat(),
            "values": {"lon": round(lon + WAY * (number / FIXES - 0.5), 6), "lat": lat,
                       "speed": 38.0, "heading": 90},
        }
        for number in range(FIXES)
    ]  # fmt: skip
    # In steps, as it came in: who breaks a fence is told while it does.
    for first in range(0, FIXES, 10):
        with clock.at(begin + (first + 10) * STEP):
            take_readings(said[first : first + 10], sender=sender)


def _commands(center: Organization, until: datetime) -> None:
    """A lamp that did as told, one that was told, pumps that wait for the second person."""
    operator = User.objects.get(username="device-operator1", tenant__code=TENANT)
    checker = User.objects.get(username="supervisor1", tenant__code=TENANT)
    devices = Device.objects.select_related("asset")
    lamp, tunnel = (devices.get(node=f"DEMO-{name}-1") for name in ("street_lamp", "tunnel"))
    for device in (lamp, tunnel):
        _restate(device.asset, owner_unit=center)
    with clock.at(until - timedelta(hours=2)):
        done = _send(operator, lamp, "switch", {"state": "off"}, "白天误亮，先关灯再派人检查")
        commands.hand_to_device(lamp)
        commands.take_answer(lamp, number=done.pk, outcome=Outcome.DONE, text="off")
    with clock.at(until - timedelta(hours=1)):
        pump = _send(operator, tunnel, "pump", {"state": "start"}, "管廊积水上涨，启动水泵排水")
        held = find_pending(act=commands.ACT, subject_id=pump.pk)
        assert held is not None, "a pump needs a second person"
        approvals.approve_change(checker, change_id=held.pk, digest=held.digest)
        commands.hand_to_device(tunnel)
        commands.take_answer(tunnel, number=pump.pk, outcome=Outcome.DONE, text="pump running")
    with clock.at(until - timedelta(minutes=10)):
        _send(operator, tunnel, "fan", {"state": "start"}, "甲烷读数偏高，启动风机通风")
    with clock.at(until - timedelta(minutes=1)):
        _send(operator, lamp, "dim", {"level": 60}, "夜间调光试验，亮度降到六成")


def _send(operator: User, device: Device, code: str, said: dict[str, Any], why: str) -> Command:
    return commands.send_command(
        operator, device_id=device.pk, code=code, parameters=said, reason=why
    )


def _warnings(tenant: Tenant, until: datetime) -> None:
    """One that stands, one that was lifted, one that waits to be issued."""
    keeper = User.objects.get(username="alarm-keeper1", tenant=tenant)
    leader = User.objects.get(username="leader1", tenant=tenant)
    area = tenant.area
    assert area is not None, "the demo city has its ground"

    def propose(title: str, level: Level, text: str) -> PublicWarning:
        new = alarms.NewWarning(level, title, text, area)
        key = uuid5(NAMESPACE_URL, f"demo/warning/{title}")
        return alarms.propose_warning(
            keeper, tenant=tenant, new=new, reason="监测值已达预警条件", key=key
        )

    with clock.at(until - timedelta(days=1)):
        passed = propose("大风蓝色预警", Level.BLUE, "预计夜间阵风七级，请加固户外设施。")
        _issue(leader, passed)
    with clock.at(until - timedelta(hours=9)):
        why = "气象站风速连续三小时低于五级"
        alarms.lift_warning(keeper, warning_id=passed.pk, reason=why)
    with clock.at(until - timedelta(minutes=50)):
        text = "河道水位3.7米，高于警戒值，仍在缓慢上涨。"
        _issue(leader, propose("河道水位橙色预警", Level.ORANGE, text))
    with clock.at(until - timedelta(minutes=3)):
        text = "河道水位4.1米，部分路段可能积水。"
        propose("河道水位红色预警", Level.RED, text)


def _issue(leader: User, warning: PublicWarning) -> None:
    held = find_pending(act=alarms.ISSUE_ACT, subject_id=warning.pk)
    assert held is not None, "a warning needs a second person"
    approvals.approve_change(leader, change_id=held.pk, digest=held.digest)
