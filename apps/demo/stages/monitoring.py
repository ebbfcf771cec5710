"""The equipment room of the demo city: what is watched there, what was out, a one-key check.

The room itself runs in a process of its own (``manage.py equipment_room``) where
``settings.DEMO_STATIONS`` says so. Elsewhere it answers only while this is laid down, and its
checks are not made again: nobody is troubled by its silence. Source: OP-01 to OP-04.
"""

import random
from datetime import datetime, time, timedelta

from django.conf import settings

from apps.accounts.models import Organization, User
from apps.alarms.services import add_dependency
from apps.assets.models import Asset
from apps.assets.services import AssetSpec, define_classes, register_asset
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.demo.equipment import COMMUNITY, PORTS, Room, open_room
from apps.demo.room_pages import PASSWORD, USER, troubled
from apps.demo.simulators import ENTERPRISE, HOME, stage
from apps.monitoring.enums import Cycle, OutageCause, OutageKind
from apps.monitoring.models import Check, HourFigure, Measure
from apps.monitoring.services import (
    CheckSpec,
    MeasureSpec,
    begin_outage,
    check_due,
    end_outage,
    judge_outage,
    order_run,
    run_due,
    save_check,
    save_measure,
    save_plan,
    save_target,
)
from apps.places.geometry import point
from apps.places.models import Area

KIND = ("0590", "机房设备", "其他", "server")
BASE = ".".join(str(part) for part in ENTERPRISE)
_CPU = MeasureSpec(
    "cpu", "CPU 使用率", "%", "@cpu", warn=80, lasting_s=120, asks_capacity=True
)  # fmt: skip
_MEMORY = MeasureSpec("memory", "内存使用率", "%", "@memory", warn=85, critical=95)
_DISK = MeasureSpec("disk", "磁盘使用率", "%", "@disk", warn=80, critical=90)
_TIME = MeasureSpec("time_ms", "响应时间", "ms", warn=2000, critical=5000, lasting_s=60)
_LOAD = MeasureSpec("load", "处理器负载", "%", f"{BASE}.1.0", warn=80)
_DAYS = MeasureSpec("days_left", "证书剩余天数", "天", warn=30, critical=7, is_below=True)
_OFFSET = MeasureSpec("offset_ms", "时间偏差", "ms", warn=1000)
#: Name, kind of target, kind of check, service of the room, figures, what it hangs on.
EQUIPMENT: tuple[tuple[str, str, str, str, tuple[MeasureSpec, ...], str], ...] = (
    ("核心交换机", "switch", "snmp", "snmp", (_LOAD,), ""),
    ("汇聚交换机", "switch", "snmp", "snmp", (_LOAD,), "核心交换机"),
    ("出口路由器", "router", "tcp", "tcp", (_TIME,), "核心交换机"),
    ("应用服务器一号", "server", "metrics", "metrics", (_CPU, _MEMORY, _DISK), "核心交换机"),
    ("应用服务器二号", "server", "metrics", "metrics", (_MEMORY, _DISK), "核心交换机"),
    ("视频存储阵列", "storage", "tcp", "tcp", (_TIME,), "汇聚交换机"),
    ("城东录像机", "recorder", "onvif", "onvif", (_TIME,), "汇聚交换机"),
    ("指挥大厅解码器", "decoder", "tcp", "tcp", (_TIME,), "汇聚交换机"),
    ("虚拟机宿主一号", "host", "metrics", "metrics", (_MEMORY,), "核心交换机"),
    ("办事大厅门户", "service", "http", "web", (_TIME,), "应用服务器一号"),
    ("统一认证服务", "service", "tls", "tls", (_DAYS,), "应用服务器二号"),
    ("时间服务器", "service", "ntp", "ntp", (_OFFSET,), "核心交换机"),
    ("XenServer 资源池", "host", "xen", "xen", (), "核心交换机"),
    ("门户负载均衡", "middleware", "haproxy", "haproxy", (), "核心交换机"),
    ("大数据集群", "service", "hadoop", "hadoop", (), "核心交换机"),
    ("机房温湿度采集器", "environment", "tcp", "hall", (), "汇聚交换机"),
)
ROUNDS = 6
_STORAGE = "存储盘"
_NAMED = {"user": USER, "password": PASSWORD}
_SECRETS = {"snmp": {"community": COMMUNITY}, "xen": _NAMED, "isapi": _NAMED}


def load_monitoring(
    owner: Organization,
    here: tuple[float, float],
    *,
    watcher: User | None,
    until: datetime,
    seed: int,
) -> int:
    """Will lay the room down as it stands at a moment, and give how many things are watched.

    here: lon, lat. watcher: who pressed the button.
    """
    define_classes(SYSTEM, classes=[KIND])
    things = _register(owner, here, until)
    area = owner.area or Area.objects.order_by("path")[0]
    room = Room(cpu_percent=93, days=20, skew_s=0, platforms=troubled(until))
    with stage() as running:
        ports = running.run(open_room(room))
        with clock.at(until - timedelta(minutes=ROUNDS)):
            for row in EQUIPMENT:
                _watch(things[row[0]], row, ports)
        for turn in range(ROUNDS, 0, -1):
            with clock.at(until - timedelta(minutes=turn - 1)):
                Check.objects.update(due_at=clock.now())
                check_due()
        with clock.at(until):
            _check_all(area, watcher)
    _past(things, until, random.Random(seed))
    for row in EQUIPMENT:
        Check.objects.filter(target__asset=things[row[0]]).update(
            port=PORTS.get(row[3], 1), is_active=settings.DEMO_STATIONS
        )
    Check.objects.filter(name=_STORAGE).update(port=PORTS["isapi"])
    return len(things)


def _register(owner: Organization, here: tuple[float, float], until: datetime) -> dict[str, Asset]:
    things = {}
    with clock.at(until - timedelta(days=60)):
        for number, row in enumerate(EQUIPMENT):
            place = point(here[0] + number * 1e-5, here[1])
            spec = AssetSpec(KIND[0], row[0], place, owner_unit=owner, source="synthetic-demo")
            things[row[0]] = register_asset(SYSTEM, spec=spec)
        for row in EQUIPMENT:
            if row[5]:
                add_dependency(SYSTEM, child=things[row[0]], parent=things[row[5]], kind="network")
    return things


def _watch(
    thing: Asset,
    row: tuple[str, str, str, str, tuple[MeasureSpec, ...], str],
    ports: dict[str, int],
) -> None:
    _name, kind, asked, service, measures, _above = row
    target = save_target(SYSTEM, asset=thing, kind=kind, host=HOME)
    secret = _SECRETS.get(asked)
    spec = CheckSpec(
        asked, "运行状态", port=ports.get(service, 1), secret=secret, every_s=60, timeout_s=2
    )
    check = save_check(SYSTEM, target_id=target.pk, spec=spec)
    for measure in measures:
        save_measure(SYSTEM, target_id=target.pk, check_id=check.pk, spec=measure)
    if kind == "recorder":
        spec = CheckSpec(
            "isapi", _STORAGE, port=ports.get("isapi", 1), secret=_SECRETS["isapi"],
            settings={"rolling": True}, every_s=300, timeout_s=2, is_vital=False,
        )  # fmt: skip
        save_check(SYSTEM, target_id=target.pk, spec=spec)


def _check_all(area: Area, watcher: User | None) -> None:
    order_run(watcher or SYSTEM, area=area)
    run_due()
    save_plan(watcher or SYSTEM, area=area, cycle=Cycle.DAILY, at=time(7, 30))


def _past(things: dict[str, Asset], until: datetime, rng: random.Random) -> None:
    """A month of outages with causes, and a week of hourly figures."""
    causes = [OutageCause.POWER, OutageCause.NETWORK, OutageCause.WORKS, OutageCause.EQUIPMENT]
    for thing in list(things.values())[:-1]:
        for days in sorted(rng.sample(range(2, 30), k=2), reverse=True):
            began = until - timedelta(days=days, minutes=rng.randrange(600))
            row = begin_outage(
                thing, kind=OutageKind.OFFLINE, at=began, source="monitoring", text="超时无应答",
                heard_at=began - timedelta(minutes=1),
            )  # fmt: skip
            ended = began + timedelta(minutes=rng.randrange(4, 240))
            end_outage(thing, kind=OutageKind.OFFLINE, at=ended)
            if rng.random() < 0.8:
                with clock.at(ended + timedelta(hours=2)):
                    judge_outage(
                        SYSTEM, outage_id=row.pk, cause=rng.choice(causes), is_planned=False
                    )
    hour = until.replace(minute=0, second=0, microsecond=0)
    HourFigure.objects.bulk_create(
        HourFigure(
            measure=measure, hour=hour - timedelta(hours=back), count=60, low=level * 0.8,
            mean=level, high=level * 1.25,
        )
        for measure in Measure.objects.filter(value__isnull=False)
        for back in range(1, 168)
        for level in [(measure.value or 1) * rng.uniform(0.7, 1.0)]
    )  # fmt: skip
