"""Tags of the demo city: two gates, vehicles with permission and without, a batch of pork.

The readers say every minute what they read, as those of a city do. Made up from end to end.
"""

from datetime import datetime, timedelta
from typing import Any

from apps.accounts.models import Organization, Tenant
from apps.alarms.enums import Level
from apps.assets.models import Asset
from apps.assets.services import AssetSpec
from apps.assets.services.register import enter_assets
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.demo.geography import City
from apps.demo.world import CENTER, TENANT
from apps.places.geometry import point
from apps.sensing.models import Device
from apps.sensing.services import (
    FieldSpec,
    NewDevice,
    ProfileSpec,
    Proven,
    register_devices,
    save_profile,
)
from apps.tagging import services
from apps.tagging.enums import RuleKind, TagStandard
from apps.tagging.models import Batch, Passage, Reader
from apps.tagging.services import BatchSpec, ReaderSpec, RuleSpec, TagSpec

GATES = {"DEMO-tag-1": "环卫停车场东门（虚构）", "DEMO-tag-2": "农产品批发市场入口（虚构）"}
VEHICLES = ("清扫车 演001", "清扫车 演002", "洒水车 演003")
LOT = "DEMO-20261120-01"
#: Class of vehicles, as receivers on them have it.
CLASS = "0502"
#: A kind of the city's own: what a reader reads is no reading, its temperature is.
PROFILE = ProfileSpec(
    "tag_reader", "标签读写器", "ethernet", report_every_s=60, offline_after_s=1800,
    late_after_s=600, asset_class=CLASS, description="读写 RFID 标签的固定通道或手持设备",
    fields=(FieldSpec("temperature", "温度", "℃", precision=0, low=-60, high=150),),
)  # fmt: skip
WAYS = {"1": "in", "2": "out"}
IN, OUT = 1, 2
STRANGER = "E2801160600002FFFFFF0001"
#: Reader, tag, hours before the end, antenna.
SEEN = (
    ("DEMO-tag-1", 0, 30.0, OUT), ("DEMO-tag-1", 0, 22.0, IN), ("DEMO-tag-1", 1, 29.5, OUT),
    ("DEMO-tag-1", 1, 21.0, IN), ("DEMO-tag-1", 0, 6.0, OUT), ("DEMO-tag-2", 0, 4.0, IN),
    ("DEMO-tag-1", 2, 3.0, OUT), ("DEMO-tag-1", 3, 40.0, OUT), ("DEMO-tag-2", 3, 38.5, IN),
    ("DEMO-tag-2", 3, 5.0, OUT),
)  # fmt: skip


def load_tags(city: City, *, until: datetime) -> int:
    """Will lay down readers, tags, rules and two days of passages; gives how many passages."""
    center = Organization.objects.get(code=CENTER, tenant=Tenant.objects.get(code=TENANT))
    with clock.at(until - timedelta(days=3)):
        _readers(city, center)
        things = _vehicles(city, center)
        _tags(center, things)
        _rules(center)
    with clock.at(until - timedelta(days=2)):
        for thing in things[:2]:
            services.give_pass(
                SYSTEM, asset=thing, reason="日常清扫作业",
                since=until - timedelta(days=2), until=until + timedelta(days=30),
            )  # fmt: skip
    for node, number, hours, antenna in sorted(SEEN, key=lambda row: -row[2]):
        at = until - timedelta(hours=hours)
        with clock.at(at + timedelta(seconds=30)):
            _say(node, [_read(_epc(number), at + timedelta(seconds=s), antenna) for s in (0, 2, 5)])
    with clock.at(until):
        _say("DEMO-tag-2", [_read(STRANGER, until - timedelta(minutes=50), IN)])
        services.hear_readers(list(GATES))
    return Passage.objects.count()


def say_tags() -> int:
    """Will have the readers say what they read in this minute; gives how many passages it made.

    A vehicle passes every ten minutes, out and in by turns; otherwise they only live.
    """
    now = clock.now()
    if not services.hear_readers(list(GATES)):
        return 0
    minute = int(now.timestamp() // 60)
    if minute % 10:
        return 0
    turn = minute // 10
    antenna = OUT if turn // 2 % 2 else IN
    _say("DEMO-tag-1", [_read(_epc(turn % 2), now - timedelta(seconds=s), antenna) for s in (3, 1)])
    return 1


def _readers(city: City, center: Organization) -> None:
    profile = save_profile(SYSTEM, spec=PROFILE)
    places = (city.cells[0].center, city.cells[len(city.cells) // 2].center)
    register_devices(
        SYSTEM,
        news=[
            NewDevice(
                profile, node,
                AssetSpec(
                    profile.asset_class, name, point(*place), owner_unit=center,
                    maker="云感仪器（虚构）", source="synthetic-demo",
                ),
            )
            for (node, name), place in zip(GATES.items(), places, strict=True)
        ],
    )  # fmt: skip
    for node in GATES:
        device = Device.objects.select_related("asset__area").get(node=node)
        services.save_reader(SYSTEM, spec=ReaderSpec(device, "fixed", WAYS, 60))


def _vehicles(city: City, center: Organization) -> list[Asset]:
    place = point(*city.cells[0].center)
    return enter_assets(
        AssetSpec(CLASS, name, place, owner_unit=center, source="synthetic-demo")
        for name in VEHICLES
    )


def _tags(center: Organization, things: list[Asset]) -> None:
    lot = services.save_batch(
        SYSTEM,
        spec=BatchSpec(
            LOT, "冷鲜猪肉（虚构）", "定点屠宰场（虚构）", "肉联厂（虚构）", center,
            note="演示批次", gap_hours=24,
        ),
    )  # fmt: skip
    carriers: list[Asset | Batch] = [*things, lot]
    for number, thing in enumerate(carriers):
        spec = TagSpec(_epc(number), center, TagStandard.GB, note="演示标签")
        made = services.register_tag(SYSTEM, spec=spec)
        services.bind_tag(SYSTEM, tag_id=made.pk, thing=thing)
    services.register_tag(SYSTEM, spec=TagSpec(_epc(9), center, TagStandard.ISO, note="备用"))


def _rules(center: Organization) -> None:
    gate = Reader.objects.get(device__node="DEMO-tag-1")
    for spec in (
        RuleSpec("车辆未经许可出场", RuleKind.EXIT, center, Level.YELLOW, reader=gate),
        RuleSpec("挂失标签出现", RuleKind.LOST, center, Level.ORANGE),
        RuleSpec("带标签车辆七天未见", RuleKind.UNSEEN, center, Level.BLUE, after_minutes=7 * 1440),
        RuleSpec("标签读写器一小时无消息", RuleKind.SILENT, center, Level.YELLOW, after_minutes=60),
    ):
        services.save_rule(SYSTEM, spec=spec)


def _say(node: str, reads: list[dict[str, Any]]) -> None:
    services.take_reads(reads, sender=Proven([node] * len(reads)))


def _read(epc: str, at: datetime, antenna: int) -> dict[str, Any]:
    return {"epc": epc, "at": at.isoformat(), "antenna": antenna, "rssi": -50.5}


def _epc(number: int) -> str:
    return f"E28011606000020500D0{number:04X}"
