"""Lays the demo city into the database, stage by stage.

A row says which stage was finished last; a stage that writes reference data is one
transaction, the history is repeatable step by step. Run again after a break it goes on, run
again after the end it changes nothing.
"""

import random
import time as wall
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import Organization, Tenant, User
from apps.audit.services import SYSTEM
from apps.common import clock, outbox
from apps.common.errors import InvalidInput
from apps.demo.geography import City, build_city, load_geography
from apps.demo.history.pictures import Stock
from apps.demo.history.runner import Played, play
from apps.demo.history.stories import plan
from apps.demo.models import DemoLoad
from apps.demo.stages.addresses import load_addresses
from apps.demo.stages.alarms import load_alarms
from apps.demo.stages.analysis import load_analysis
from apps.demo.stages.appraisal import load_connector, load_formulas, load_responsibilities
from apps.demo.stages.approvals import load_approvals
from apps.demo.stages.assist import load_assist
from apps.demo.stages.callbacks import load_callbacks
from apps.demo.stages.callcentre import load_callcentre
from apps.demo.stages.callers import load_calls
from apps.demo.stages.cards import load_cards, load_duplicate
from apps.demo.stages.cells import load_cells
from apps.demo.stages.checks import OBJECTS, load_draw, load_register
from apps.demo.stages.diagnosis import load_diagnosis
from apps.demo.stages.districts import Place as DistrictsPlace
from apps.demo.stages.districts import load_districts
from apps.demo.stages.evidence import load_evidence
from apps.demo.stages.fieldwork import load_fieldwork
from apps.demo.stages.findings import load_findings
from apps.demo.stages.gates import load_gates
from apps.demo.stages.georeport import Place, load_georeport
from apps.demo.stages.governance import load_governance
from apps.demo.stages.grid import load_grid_events, load_grid_rules
from apps.demo.stages.hall import load_applications, load_hall
from apps.demo.stages.journals import load_journals
from apps.demo.stages.learning import load_models, load_warning
from apps.demo.stages.mapdata import load_mapdata
from apps.demo.stages.messaging import load_messaging
from apps.demo.stages.monitoring import load_monitoring
from apps.demo.stages.observing import load_observing
from apps.demo.stages.opinions import lay_opinions
from apps.demo.stages.ops import load_ops
from apps.demo.stages.ops_appraisal import load_ops_appraisal
from apps.demo.stages.people import SINCE, load_people
from apps.demo.stages.personnel import load_personnel
from apps.demo.stages.polling import load_polling
from apps.demo.stages.products import load_products
from apps.demo.stages.registry import load_registry
from apps.demo.stages.residents import load_residents
from apps.demo.stages.retention import load_retention
from apps.demo.stages.rulebook import load_knowledge, load_rulebook
from apps.demo.stages.seals import load_seals
from apps.demo.stages.sensing import load_sensing
from apps.demo.stages.signon import load_signon
from apps.demo.stages.siting import load_siting
from apps.demo.stages.tags import load_tags
from apps.demo.stages.upkeep import load_upkeep
from apps.demo.stages.video import load_video
from apps.demo.stages.voices import load_voices
from apps.demo.world import CENTER, TENANT, read_profile, read_world
from apps.figures import services as figures
from apps.gateway import services as gateway
from apps.messaging.services import deliver_due
from apps.places.models import Area

Tell = Callable[[str], None]
CASES = {"small": 60, "default": 600, "large": 6000}
#: Long ago, so that old reports from files find their place too.
AREAS_SINCE = date(2000, 1, 1)
#: Reference data is older than the first case by so much.
LEAD = timedelta(days=20)


@dataclass(frozen=True)
class Order:
    """What is wanted. cases: None for the number that suits the size; 0: no history."""

    seed: int = 2026
    size: str = "default"
    profile: str = "shandong"
    days: int = 90
    cases: int | None = None


def load_demo(order: Order, *, tell: Tell) -> DemoLoad:
    """Will load the demo city, or go on where an earlier run was cut off, or do nothing.

    The first run decides seed, size, profile and length; later orders only continue it.
    Takes minutes for the default size. Raises: InvalidInput (size or profile unknown).
    """
    load = _begin(order)
    if load.finished_at is not None:
        tell("演示城市已经载入，无需重复。")
        return load
    city = build_city(load.seed, load.size)
    with outbox.without_waking():
        for stage, (label, step) in list(_STAGES.items())[_done(load) :]:
            began = wall.monotonic()
            tell(f"{label} …")
            step(load, city, tell)
            load.stage = stage
            load.save(update_fields=["stage"])
            tell(f"{label}：{wall.monotonic() - began:.1f} 秒")
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    load.finished_at = clock.now()
    load.save(update_fields=["finished_at"])
    return load


def _begin(order: Order) -> DemoLoad:
    known = DemoLoad.objects.first()
    if known is not None:
        return known
    if order.size not in CASES:
        raise InvalidInput(f"没有这种规模：{order.size}", field="size")
    read_profile(order.profile)
    moment = clock.now()
    return DemoLoad.objects.create(
        seed=order.seed,
        size=order.size,
        profile=order.profile,
        days=order.days,
        cases=CASES[order.size] if order.cases is None else order.cases,
        until=moment,
        started_at=moment,
    )


def _done(load: DemoLoad) -> int:
    return list(_STAGES).index(load.stage) + 1 if load.stage else 0


@transaction.atomic
def _ground(load: DemoLoad, city: City, tell: Tell) -> None:
    loaded = load_geography(city, valid_from=AREAS_SINCE)
    tell(f"  {len(loaded.areas)} 个区域，{loaded.entries} 条地名，{loaded.assets} 件部件")


@transaction.atomic
def _people(load: DemoLoad, city: City, tell: Tell) -> None:
    # At the real moment: passwords age, and nobody should have to change one at first sight.
    load_people(city, read_profile(load.profile), _areas(city), load.seed)
    tell(f"  {User.objects.filter(tenant__code=TENANT).count()} 人，自 {SINCE:%Y-%m-%d} 任职")


@transaction.atomic
def _rules(load: DemoLoad, city: City, tell: Tell) -> None:
    with clock.at(load.until - timedelta(days=load.days) - LEAD):
        load_rulebook(city, read_profile(load.profile), _areas(city))
        load_responsibilities(city, read_profile(load.profile))
        first = timezone.localdate(load.until - timedelta(days=load.days))
        load_formulas(first=first, last=timezone.localdate(load.until))


@transaction.atomic
def _knowledge(load: DemoLoad, city: City, tell: Tell) -> None:
    with clock.at(load.until - timedelta(days=load.days) - LEAD / 2):
        load_knowledge()


@transaction.atomic
def _text_models(load: DemoLoad, city: City, tell: Tell) -> None:
    with clock.at(load.until - timedelta(days=load.days) - LEAD / 2):
        count = load_models(tenant=TENANT, seed=load.seed)
    tell(f"  两版文本模型，{count} 条样本")


@transaction.atomic
def _hall(load: DemoLoad, city: City, tell: Tell) -> None:
    with clock.at(load.until - timedelta(days=load.days) - LEAD / 2):
        load_hall(city, _areas(city))


def _applications(load: DemoLoad, city: City, tell: Tell) -> None:
    if not load.cases:
        return
    world = read_world(city, read_profile(load.profile))
    count = load_applications(world, seed=load.seed, until=load.until)
    tell(f"  {count} 件申报")


def _checks(load: DemoLoad, city: City, tell: Tell) -> None:
    profile = read_profile(load.profile)
    with transaction.atomic():
        with clock.at(load.until - timedelta(days=load.days) - LEAD / 2):
            load_register(city, _areas(city), load.seed)
        drawn = load_draw(read_world(city, profile), until=load.until) if load.cases else 0
    outbox.drain()
    tell(f"  {OBJECTS} 个监管对象，抽中 {drawn} 个")


@transaction.atomic
def _outside(load: DemoLoad, city: City, tell: Tell) -> None:
    if not load_connector():
        tell("  未登记：CITYBRAIN_OUTGOING_HOSTS 不允许访问本机")


def _figures(load: DemoLoad, city: City, tell: Tell) -> None:
    with clock.at(load.until):
        snapshot = figures.take_snapshot(Tenant.objects.get(code=TENANT))
    if snapshot is not None:
        tell(f"  {snapshot.forecasts.count()} 条预测，{snapshot.findings.count()} 项发现")


@transaction.atomic
def _approvals(load: DemoLoad, city: City, tell: Tell) -> None:
    with clock.at(load.until - timedelta(hours=3)):
        count = load_approvals()
        cards = load_cards()
        load_duplicate()
    terms = load_retention(read_world(city, read_profile(load.profile)), until=load.until)
    tell(f"  {count} 项待复核，{cards} 张模拟 U 盾，{terms} 版保存期限表")


def _personnel(load: DemoLoad, city: City, tell: Tell) -> None:
    with clock.at(load.until - timedelta(hours=2)), transaction.atomic():
        count = load_personnel()
    tell(f"  {count} 项人事异动")


def _evidence(load: DemoLoad, city: City, tell: Tell) -> None:
    tell(f"  {load_evidence(load.until)} 条安全告警")


def _addresses(load: DemoLoad, city: City, tell: Tell) -> None:
    area = _areas(city)[city.districts[0].code]
    tell(f"  {load_addresses(area, until=load.until)} 条未匹配地址")


@transaction.atomic
def _signon(load: DemoLoad, city: City, tell: Tell) -> None:
    with clock.at(load.until - timedelta(hours=2)):
        count = load_signon()
    tell(f"  {count} 个接入应用")


@transaction.atomic
def _residents(load: DemoLoad, city: City, tell: Tell) -> None:
    with clock.at(load.until - timedelta(days=2)):
        count = load_residents()
    tell(f"  {count} 个账户（核验为模拟）")


@transaction.atomic
def _client(load: DemoLoad, city: City, tell: Tell) -> None:
    manager = User.objects.get(username="sysadmin1")
    client, key = gateway.issue_client(
        SYSTEM,
        name="演示接口客户端",
        tenant=manager.tenant,  # type: ignore[arg-type]  # the demo's own people have one
        service_user=User.objects.get(username="acceptor2"),
        owner=Organization.objects.get(code=CENTER, tenant=manager.tenant),
        owner_person=User.objects.get(username="supervisor1", tenant=manager.tenant),
        scopes=["*"],
    )
    load_calls(client, until=load.until, seed=load.seed)
    load.api_key = key
    load.save(update_fields=["api_key"])


def _history(load: DemoLoad, city: City, tell: Tell) -> None:
    if not load.cases:
        return
    world = read_world(city, read_profile(load.profile))
    start = load.until - timedelta(days=load.days)
    stories = plan(world, seed=load.seed, start=start, until=load.until, count=load.cases)
    with connection.cursor() as cursor:
        # A crash may lose the last steps; they are told again.
        cursor.execute("set synchronous_commit = off")
    stock = Stock(random.Random(load.seed))
    played = play(world, stories, stock, seed=load.seed, until=load.until, tell=tell)
    _report(played, tell)


def _report(played: Played, tell: Tell) -> None:
    tell(
        f"  {played.stories} 件诉求，{played.steps} 步，"
        f"{played.timers} 次时限提醒，{played.messages} 条短信（模拟）"
    )
    for line in played.broken[:10]:
        tell(f"  未能继续：{line}")


def _areas(city: City) -> dict[str, Area]:
    codes = [zone.code for zone in city.zones if zone.level != "cell"]
    return {area.code: area for area in Area.objects.filter(code__in=codes)}


@transaction.atomic
def _mapdata(load: DemoLoad, city: City, tell: Tell) -> None:
    tell(f"  {load_mapdata(city, until=load.until)} 个专题图层")


@transaction.atomic
def _cells(load: DemoLoad, city: City, tell: Tell) -> None:
    grids, surveys = load_cells(city, until=load.until)
    tell(f"  {grids} 个专属网格，{surveys} 次部件普查")


@transaction.atomic
def _fieldwork(load: DemoLoad, city: City, tell: Tell) -> None:
    tell(f"  {load_fieldwork(until=load.until)} 名网格员")


def _grid(load: DemoLoad, city: City, tell: Tell) -> None:
    tenant = {"tenant__code": TENANT}
    with transaction.atomic(), clock.at(load.until - timedelta(days=load.days) - LEAD / 2):
        author = User.objects.get(username="author1", **tenant)
        load_grid_rules(author, User.objects.get(username="publisher1", **tenant))
    if not load.cases:
        return
    with transaction.atomic():
        world = read_world(city, read_profile(load.profile))
        count = min(48, load.cases // 5)
        days = min(30, load.days)
        told = load_grid_events(world, until=load.until, seed=load.seed, count=count, days=days)
    outbox.drain(limit=2000, seconds=30)
    tell(f"  {told} 件网格事件")


def _governance(load: DemoLoad, city: City, tell: Tell) -> None:
    with transaction.atomic():
        world = read_world(city, read_profile(load.profile))
        told = load_governance(world, until=load.until)
    outbox.drain(limit=2000, seconds=30)
    tell(f"  {told} 件矛盾纠纷，网格考核两个月")


def _alarms(load: DemoLoad, city: City, tell: Tell) -> None:
    with transaction.atomic():
        count = load_alarms(until=load.until)
        found = load_findings(until=load.until)
    outbox.drain(limit=2000, seconds=30)
    tell(f"  {count} 条告警，{found} 件智能发现")


@transaction.atomic
def _assist(load: DemoLoad, city: City, tell: Tell) -> None:
    tell(f"  {load_assist(until=load.until)} 个本地智能辅助服务")


@transaction.atomic
def _observing(load: DemoLoad, city: City, tell: Tell) -> None:
    tell(f"  {load_observing(city, until=load.until)} 条设备命令，一条围栏，三条公众预警")


@transaction.atomic
def _tags(load: DemoLoad, city: City, tell: Tell) -> None:
    tell(f"  {load_tags(city, until=load.until)} 次标签通行")


@transaction.atomic
def _siting(load: DemoLoad, city: City, tell: Tell) -> None:
    tell(f"  一份点位规划，{load_siting(city, until=load.until)} 个点位")


@transaction.atomic
def _products(load: DemoLoad, city: City, tell: Tell) -> None:
    tell(f"  {load_products(city, until=load.until)} 个数据产品")


def _ops(load: DemoLoad, city: City, tell: Tell) -> None:
    with transaction.atomic():
        count = load_ops(until=load.until, seed=load.seed)
    outbox.drain(limit=2000, seconds=30)
    tell(f"  {count} 张运维工单")


@transaction.atomic
def _upkeep(load: DemoLoad, city: City, tell: Tell) -> None:
    tell(f"  {load_upkeep(until=load.until)} 篇运维手册")


@transaction.atomic
def _registry(load: DemoLoad, city: City, tell: Tell) -> None:
    count = load_registry(city, size=load.size, seed=load.seed, until=load.until)
    tell(f"  {count} 份人房企场物档案")


@transaction.atomic
def _sensing(load: DemoLoad, city: City, tell: Tell) -> None:
    tell(f"  {load_sensing(city, until=load.until, seed=load.seed)} 台设备，两天读数")


@transaction.atomic
def _polling(load: DemoLoad, city: City, tell: Tell) -> None:
    centers = [cell.center for cell in city.cells[5::9]]
    caller = User.objects.get(username="alarm-keeper1", tenant__code=TENANT)
    count = load_polling(centers, tenant=TENANT, until=load.until, caller=caller)
    tell(f"  {count} 台轮询设备，一个边缘节点")


def _messaging(load: DemoLoad, city: City, tell: Tell) -> None:
    agent = User.objects.get(username="acceptor1", tenant__code=TENANT)
    with transaction.atomic():
        count = load_messaging(unit_code=CENTER, agent=agent, until=load.until)
    deliver_due()
    tell(f"  {count} 个会话")


@transaction.atomic
def _video(load: DemoLoad, city: City, tell: Tell) -> None:
    world = read_world(city, read_profile(load.profile))
    roles = {"keeper": "video_keeper", "approver": "video_approver", "media": "media_keeper"}
    people = {name: world.people(role)[0] for name, role in roles.items()}
    centers = [cell.center for cell in city.cells[3::7]]
    tell(f"  {load_video(centers, until=load.until, people=people)} 台摄像机")
    tell(f"  {load_gates(until=load.until)} 个卡口")
    tell(f"  {load_analysis(until=load.until)} 个视频分析作业")


@transaction.atomic
def _diagnosis(load: DemoLoad, city: City, tell: Tell) -> None:
    area = _areas(city)[city.city.code]
    tell(f"  {load_diagnosis(area, until=load.until)} 台摄像机的画面")


def _monitoring(load: DemoLoad, city: City, tell: Tell) -> None:
    owner = Organization.objects.get(code=CENTER, tenant__code=TENANT)
    watcher = User.objects.get(username="monitor1", tenant__code=TENANT)
    count = load_monitoring(
        owner, city.cells[0].center, watcher=watcher, until=load.until, seed=load.seed
    )
    tell(f"  {count} 个监控对象，一个月中断记录")


def _journals(load: DemoLoad, city: City, tell: Tell) -> None:
    area = Tenant.objects.select_related("area").get(code=TENANT).area
    keeper = User.objects.get(username="monitor-keeper1", tenant__code=TENANT)
    assert area is not None  # the city itself
    count = load_journals(area, keeper=keeper, until=load.until, seed=load.seed)
    tell(f"  {count} 条运行日志")


def _ops_appraisal(load: DemoLoad, city: City, tell: Tell) -> None:
    with transaction.atomic():
        centers = [cell.center for cell in city.cells[3::9]][:24]
        cameras, outages = load_ops_appraisal(
            centers, tenant=TENANT, until=load.until, seed=load.seed
        )
    outbox.drain(limit=2000, seconds=30)
    tell(f"  {cameras} 台摄像机的 {outages} 次中断，考核两个月")


def _seals(load: DemoLoad, city: City, tell: Tell) -> None:
    tell(f"  {load_seals(unit_code=CENTER, until=load.until)} 份盖章文件")


@transaction.atomic
def _warnings(load: DemoLoad, city: City, tell: Tell) -> None:
    load_warning(tenant=TENANT, until=load.until)


def _voices(load: DemoLoad, city: City, tell: Tell) -> None:
    world = read_world(city, read_profile(load.profile))
    with transaction.atomic():
        count = load_voices(city, world, until=load.until, seed=load.seed)
    outbox.drain(limit=2000, seconds=30)
    tell(f"  {count} 个诉求专题")


@transaction.atomic
def _georeport(load: DemoLoad, city: City, tell: Tell) -> None:
    people = User.objects.filter(tenant__code=TENANT)
    center = Organization.objects.select_related("tenant__area").get(
        code=CENTER, tenant__code=TENANT
    )
    place = Place(
        tenant=center.tenant,
        owner=center,
        manager=people.get(username="sysadmin1"),
        person=people.get(username="supervisor1"),
        reporter=people.get(username="acceptor1"),
        follower=people.get(username="dispatcher1"),
    )
    points = [cell.center for cell in city.cells[4::11]]
    tell(f"  开放 {load_georeport(place, points, until=load.until)} 类诉求")


@transaction.atomic
def _districts(load: DemoLoad, city: City, tell: Tell) -> None:
    people = User.objects.filter(tenant__code=TENANT)
    center = Organization.objects.select_related("tenant__area").get(
        code=CENTER, tenant__code=TENANT
    )
    place = DistrictsPlace(
        tenant=center.tenant,
        owner=center,
        manager=people.get(username="sysadmin1"),
        person=people.get(username="supervisor1"),
        account=people.get(username="dispatcher1"),
    )
    tell(f"  {load_districts(place, until=load.until)} 个区级平台")


def _callbacks(load: DemoLoad, city: City, tell: Tell) -> None:
    if not load.cases:
        return
    world = read_world(city, read_profile(load.profile))
    tell(f"  {load_callbacks(world, until=load.until)} 件回访，上月月报已发布")


def _callcentre(load: DemoLoad, city: City, tell: Tell) -> None:
    agents, calls = load_callcentre(tenant=TENANT, until=load.until, seed=load.seed)
    tell(f"  {agents} 名话务员，{calls} 通来电")


#: Every stage in its turn: what it is called and what it does.
_STAGES: dict[str, tuple[str, Callable[[DemoLoad, City, Tell], None]]] = {
    "ground": ("地理底图", _ground),
    "people": ("组织与人员", _people),
    "rules": ("字典、日历、事项与规则", _rules),
    "knowledge": ("知识库", _knowledge),
    "text-models": ("文本模型", _text_models),
    "hall": ("办事大厅", _hall),
    "client": ("接口客户端", _client),
    "history": ("案件历史", _history),
    "applications": ("申报", _applications),
    "checks": ("监管检查", _checks),
    "outside": ("对接系统（模拟）", _outside),
    "figures": ("需求预测", _figures),
    "approvals": ("待复核的申请", _approvals),
    "residents": ("公众账户", _residents),
    "signon": ("接入应用", _signon),
    "personnel": ("人事异动", _personnel),
    "evidence": ("存证与告警", _evidence),
    "addresses": ("未匹配地址", _addresses),
    "mapdata": ("地图数据", _mapdata),
    "cells": ("网格与部件普查", _cells),
    "registry": ("人房企场物档案", _registry),
    "fieldwork": ("网格员与巡查", _fieldwork),
    "grid": ("网格事件", _grid),
    "governance": ("基层治理", _governance),
    "sensing": ("感知设备（模拟）", _sensing),
    "polling": ("采集网关（模拟）", _polling),
    "messaging": ("市民消息（模拟）", _messaging),
    "video": ("摄像机（模拟）", _video),
    "diagnosis": ("视频质量诊断（模拟）", _diagnosis),
    "alarms": ("告警", _alarms),
    "assist": ("智能辅助", _assist),
    "observing": ("设备命令、围栏与公众预警", _observing),
    "tags": ("标签与追溯（模拟）", _tags),
    "siting": ("点位规划", _siting),
    "products": ("数据产品", _products),
    "monitoring": ("机房与一键运维（模拟）", _monitoring),
    "journals": ("运行日志（模拟）", _journals),
    "ops": ("运维工单", _ops),
    "ops-appraisal": ("运维考核", _ops_appraisal),
    "upkeep": ("平台维护", _upkeep),
    "seals": ("电子印章", _seals),
    "warnings": ("警示诉求", _warnings),
    "voices": ("一事多诉与热点", _voices),
    "opinions": ("意见征集、问卷与创意", lay_opinions),
    "georeport": ("开放报告接口（模拟）", _georeport),
    "districts": ("市区汇聚（模拟）", _districts),
    "callbacks": ("回访与热线月报", _callbacks),
    "callcentre": ("话务中心（模拟）", _callcentre),
}
