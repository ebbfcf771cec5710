"""Alarms of the demo city in every state, with a rule, quiet times, escalation and levels."""

from datetime import datetime, timedelta
from typing import Any

from apps.accounts.models import Post, Tenant, User
from apps.alarms import services as alarms
from apps.alarms.enums import Level
from apps.alarms.models import Alarm
from apps.assets.models import Asset
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.demo import texts
from apps.demo.world import CENTER, TENANT
from apps.matters.services import ensure_shipped_matter

MATTER = "alarm.disposal"
WATER = {
    "levels": [
        {"level": 2, "raise": "level >= 2.8", "clear": "level < 2.6", "for_s": 300},
        {"level": 3, "raise": "level >= 3.5", "clear": "level < 3.2", "for_s": 60},
        {"level": 4, "raise": "level >= 4", "clear": "level < 3.8"},
    ],
    "no_data_s": 3600,
    "no_data_level": 2,
    "matter": MATTER,
    "matter_level": 4,
    "tests": "缓慢上涨: 0 level=3.0; 60 level=3.6; 120 level=3.7; 180 level=3.0"
    " => 120 橙; 180 恢复",
}
MEANINGS = (
    (Level.RED, "市分管领导、区政府、街道", "立即到场处置，必要时疏散群众", "低于警戒值两小时"),
    (Level.ORANGE, "主管部门负责人、街道", "一小时内到场，每小时报告", "低于警戒值一小时"),
    (Level.YELLOW, "责任单位值班人员", "四小时内查明原因", "恢复正常三十分钟"),
    (Level.BLUE, "责任单位", "当日核查", "恢复正常"),
)
UNDER_CABINET = 5


def load_alarms(*, until: datetime) -> int:
    """Will lay down what the alarm centre shows, and give how many alarms there are."""
    tenant = Tenant.objects.get(code=TENANT)
    keeper = User.objects.get(username="alarm-keeper1", tenant=tenant)
    operator = User.objects.get(username="alarm-operator1", tenant=tenant)
    with clock.at(until - timedelta(days=20)):
        ensure_shipped_matter(SYSTEM, shipped=texts.read("alarms/matter"))
        _arrange(tenant)
        _write_rules(tenant)
    things = list(Asset.objects.filter(area__isnull=False).order_by("code")[:40:2])
    _past(things, operator, until)
    _present(things, operator, keeper, until)
    _cabinet(things[10:], until)
    return Alarm.objects.count()


def _arrange(tenant: Tenant) -> None:
    for level, audience, action, lift in MEANINGS:
        alarms.set_warning_level(
            SYSTEM, tenant=tenant, level=level, audience=audience, action=action, lift=lift
        )
    posts = Post.objects.filter(organization__code=CENTER)
    for minutes, name in ((15, "告警管理员"), (30, "分管领导")):
        alarms.add_step(
            SYSTEM, tenant=tenant, level_from=Level.ORANGE, after_minutes=minutes,
            post=posts.get(name=name), by_sms=False,
        )  # fmt: skip


def _write_rules(tenant: Tenant) -> None:
    """A rule in force, a next version somebody is writing, and what is shipped in force."""
    center = tenant.organizations.get(code=CENTER)
    new = alarms.NewRule("水位过高", "water_level", WATER, note="首次发布", shipped="water-level")
    draft = alarms.save_rule(SYSTEM, unit=center, new=new)
    publisher = User.objects.get(username="publisher1", tenant=tenant)
    alarms.publish_rule(SYSTEM, version_id=draft.pk, checker=publisher)
    body = WATER | {"no_data_s": 1800}
    higher = alarms.NewRule("水位过高", "water_level", body, note="缩短中断时间")
    alarms.save_rule(SYSTEM, unit=center, new=higher, rule_id=draft.rule_id)
    for shipped in alarms.adopt_rules(SYSTEM, unit=center):
        alarms.publish_rule(SYSTEM, version_id=shipped.pk, checker=publisher)


def _say(thing: Asset | None, at: datetime, kind: str, level: Level, **more: Any) -> Alarm:
    said: dict[str, Any] = {
        "source": "device", "title": "", "facts": {}, "sentence": "对象自检上报异常。",
    } | more  # fmt: skip
    with clock.at(at):
        return alarms.raise_alarm(asset=thing, kind=kind, level=level, at=at, **said)


def _water(thing: Asset, at: datetime, metres: float, level: Level) -> Alarm:
    return _say(
        thing, at, "water-level-high", level, title="水位过高", facts={"level": metres},
        rule="shui-wei-guo-gao", rule_version=1,
        sentence=f"水位 {metres}米（上次{metres - 0.3:.1f}米），已超过警戒值并持续60秒。",
    )  # fmt: skip


def _past(things: list[Asset], operator: User, until: datetime) -> None:
    """What came and went in the past weeks, and how it ended."""
    for number, days in enumerate((18, 11, 6, 3)):
        begin = until - timedelta(days=days)
        alarm = _water(things[0], begin, 3.6 + number / 10, Level.ORANGE)
        with clock.at(begin + timedelta(minutes=7)):
            alarms.acknowledge(operator, alarm_id=alarm.pk)
        with clock.at(begin + timedelta(hours=2)):
            done = alarms.Handled("repaired", "已清理排水口杂物，水位回落")
            alarms.handle(operator, alarm_id=alarm.pk, done=done)
        _recover(things[0], "water-level-high", begin + timedelta(hours=3))
    closed = _say(things[1], until - timedelta(days=2), "fault", Level.BLUE)
    with clock.at(until - timedelta(days=2) + timedelta(minutes=30)):
        done = alarms.Handled("false", "现场核查设备正常，误报", closes=True)
        alarms.handle(operator, alarm_id=closed.pk, done=done)


def _recover(thing: Asset, kind: str, at: datetime) -> None:
    with clock.at(at):
        alarms.recover_alarm(
            source="device", kind=kind, asset=thing, at=at, sentence="已满足恢复条件。"
        )


def _present(things: list[Asset], operator: User, keeper: User, until: datetime) -> None:
    """One in every state that an open alarm may have, from every source."""

    def ago(minutes: int) -> datetime:
        return until - timedelta(minutes=minutes)

    _water(things[0], ago(6), 4.1, Level.RED)
    taken = _water(things[2], ago(50), 3.7, Level.ORANGE)
    with clock.at(ago(45)):
        alarms.acknowledge(operator, alarm_id=taken.pk)
        alarms.assign(keeper, alarm_id=taken.pk, assignee=operator)
        alarms.comment(operator, alarm_id=taken.pk, text="已电话通知泵站开启备用泵")
    unknown = _water(things[3], ago(300), 3.6, Level.ORANGE)
    with clock.at(ago(200)):
        alarms.silence_alarm(
            source="device", kind=unknown.kind, asset=things[3], at=ago(200),
            sentence="超过60分钟没有收到数据，状态不明。",
        )  # fmt: skip
    shelved = _say(things[4], ago(180), "fault", Level.YELLOW)
    with clock.at(ago(170)):
        until_then = until + timedelta(hours=20)
        alarms.shelve(operator, alarm_id=shelved.pk, until=until_then, reason="等待备件到货")
    with clock.at(ago(40)):
        alarms.add_silence(
            SYSTEM,
            tenant=keeper.tenant,  # type: ignore[arg-type]  # the demo's own people have one
            new=alarms.NewSilence(
                "maintenance", "设备例行检修", ago(40), until + timedelta(hours=3), asset=things[5]
            ),
        )
    _say(things[5], ago(30), "fault", Level.YELLOW)
    sent = _say(things[6], ago(90), "fault", Level.ORANGE)
    with clock.at(ago(80)):
        alarms.open_case_for(operator, alarm_id=sent.pk, matter=MATTER)
    for source, kind, key, level in (
        ("video", "offline", "城东视频网关", Level.YELLOW),
        ("quality", "bad_picture", "平台抽检第3组", Level.BLUE),
        ("equipment", "low_disk", "数据库服务器1", Level.YELLOW),
        ("service", "slow", "地图服务", Level.BLUE),
        ("data", "late_data", "气象数据日报", Level.BLUE),
    ):
        _say(None, ago(25), kind, level, source=source, key=key)


def _cabinet(things: list[Asset], until: datetime) -> None:
    """A dead street cabinet and what hangs on it: one alarm that lists the others."""
    cabinet, children = things[0], things[1 : 1 + UNDER_CABINET]
    for child in children:
        alarms.add_dependency(SYSTEM, child=child, parent=cabinet, kind="power")
    at = until - timedelta(minutes=12)
    _say(cabinet, at, "power_lost", Level.ORANGE, sentence="市电中断，备用电池耗尽。")
    for child in children:
        _say(child, at + timedelta(seconds=20), "offline", Level.YELLOW)
