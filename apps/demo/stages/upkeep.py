"""The upkeep of the demo city: policies, runbooks, plans, drills, and half a year of figures.

No backup is made up: the page shows those that are really made with ``CITYBRAIN_BACKUP=1``.
"""

from datetime import date, datetime, timedelta

from apps.accounts.models import Tenant, User
from apps.common import clock
from apps.demo.world import TENANT
from apps.upkeep import services as upkeep
from apps.upkeep.models import CapacitySample, Exercise, Runbook
from apps.upkeep.services import Article, NewExercise, NewImprovement, NewItem

DAYS = 180
ARTICLES = (
    ("low-disk", Article(
        "磁盘空间不足", summary="先找出增长最快的一类数据，再决定清理还是扩容。",
        steps=["在“平台状态”查看是数据盘还是附件盘", "清理过期的导出文件和旧日志",
               "确认备份已完成后清理最旧的备份", "仍不足时向机房申请扩容并登记改进事项"],
        alarm_kinds=["low_disk"],
    )),
    ("queue-long", Article(
        "任务积压", summary="积压多因工作进程停止，业务数据不会丢失。",
        steps=["查看工作进程和定时任务是否在运行", "查看最早一条待办的主题",
               "重启工作进程后观察五分钟", "仍不下降时增加工作进程"],
        alarm_kinds=["queue_long", "beat_silent"],
    )),
    ("backup-late", Article(
        "备份未按时完成", summary="备份失败期间发生的故障无法恢复，须当日解决。",
        steps=["在“备份”页查看失败原因", "检查备份位置的空间和挂载", "立即执行一次全量备份",
               "完成后执行一次恢复测试"],
        alarm_kinds=["backup_late", "backup_failed", "archive_failing"],
    )),
    ("device-offline", Article(
        "设备离线", steps=["查看同一供电、同一网络的设备是否同时离线", "远程重启网关",
                       "派维保单位到现场检查供电和网线"],
        alarm_kinds=["offline", "power_lost"],
    )),
)  # fmt: skip
STEPS = (
    "一、值班员确认数据库无响应后两分钟内通知系统管理员。",
    "二、把网页切到只读的备库。",
    "三、按运维手册恢复主库。",
)
COURSE = (
    (3, "拔掉主库电源，网页返回只读提示"),
    (7, "备库接管查询，热线登记改为排队"),
    (16, "主库恢复，排队的登记全部入库"),
)
PLAN = (
    ("network", "核心交换机双上联割接", "断开任一条上联业务不中断"),
    ("hardware", "服务器硬盘健康普查", "预警硬盘全部更换"),
    ("software", "中间件安全补丁升级", "高危漏洞清零"),
    ("data", "主备库切换演练", "半小时内恢复，数据不丢失"),
    ("room", "机房供电与空调检修", "单路断电设备不掉电"),
)
CHECKED = (("data", "met", ""), ("room", "partly", "两台机柜只有单路供电"))
FOLLOWED = (("备库切换写成手册并张贴", "data", 20), ("更换老化的不间断电源", "room", 60))


def load_upkeep(*, until: datetime) -> int:
    """Will lay down what upkeep shows, and give how many articles the manual has."""
    tenant = Tenant.objects.get(code=TENANT)
    keeper = User.objects.get(username="sysadmin1", tenant=tenant)
    writer = User.objects.get(username="runbook-keeper1", tenant=tenant)
    upkeep.ensure_policies()
    with clock.at(until - timedelta(days=60)):
        for code, article in ARTICLES:
            draft = upkeep.write_runbook(writer, code=code, article=article)
            upkeep.publish_runbook(keeper, version_id=draft.pk)
        upkeep.revise_plan(
            keeper, title="数据库故障应急预案", field="data", text="\n".join(STEPS[1:])
        )  # fmt: skip
    _cycle(keeper, writer, _drills(keeper, writer, until), until)
    _figures(until)
    with clock.at(until - timedelta(days=3)):
        line = "OK: intake p95 0.31 s (target <= 1 s); reports per second 58.20 rps"
        upkeep.note_load_test(keeper, name="intake", line=line)
    return Runbook.objects.count()


def _drills(keeper: User, writer: User, until: datetime) -> Exercise:
    """One that was held, with what followed, and the next one; gives the first."""
    begin = until - timedelta(days=30)
    with clock.at(begin):
        held = _plan(keeper, writer, "数据库主库失电演练", begin)
        upkeep.begin_exercise(keeper, exercise_id=held.pk)
    for minutes, text in COURSE:
        with clock.at(begin + timedelta(minutes=minutes)):
            upkeep.note_event(keeper, exercise_id=held.pk, text=text)
    with clock.at(begin + timedelta(hours=1)):
        upkeep.end_exercise(keeper, exercise_id=held.pk)
        for title, field, days in FOLLOWED:
            new = NewImprovement(title, field, writer, (begin + timedelta(days=days)).date())
            upkeep.add_improvement(keeper, new=new, exercise_id=held.pk)
        upkeep.revise_plan(
            keeper, title="数据库故障应急预案", field="data", text="\n".join(STEPS),
            reason="演练发现没有写明通知时限", exercise_id=held.pk,
        )  # fmt: skip
        conclusion = "十六分钟恢复，数据没有丢失；通知时限须写入预案。"
        upkeep.close_exercise(keeper, exercise_id=held.pk, conclusion=conclusion)
    with clock.at(until):
        _plan(keeper, writer, "机房断网演练", until + timedelta(days=15))
    held.refresh_from_db()
    return held


def _cycle(keeper: User, writer: User, held: Exercise, until: datetime) -> None:
    """The year's plan of every field: one gone all the way, one with a task, the others ahead."""
    assert held.started_at is not None
    year = held.started_at.year
    with clock.at(held.started_at - timedelta(days=20)):
        items = {
            field: upkeep.plan_item(
                keeper, new=NewItem(year, field, title, goal, writer, date(year, 12, 28))
            )
            for field, title, goal in PLAN
        }
    with clock.at(held.started_at + timedelta(days=3)):
        for field, verdict, finding in CHECKED:
            pk = items[field].pk
            upkeep.link_evidence(writer, item_id=pk, kind="exercise", ref=str(held.pk))
            upkeep.do_item(writer, item_id=pk, outcome="按计划完成，记录见佐证。")
            upkeep.check_item(keeper, item_id=pk, verdict=verdict, finding=finding)
        upkeep.close_item(keeper, item_id=items["data"].pk)
        new = NewImprovement(
            "更换两台机柜的电源分配器", "room", writer, (until + timedelta(days=40)).date()
        )
        upkeep.add_improvement(keeper, new=new, item_id=items["room"].pk)


def _plan(keeper: User, lead: User, title: str, at: datetime) -> Exercise:
    new = NewExercise(title, "fault", "按预案在非高峰时段进行，不影响热线受理。", at.date(), lead)
    return upkeep.plan_exercise(keeper, new=new)


def _figures(until: datetime) -> None:
    """Half a year of growth behind the figures of today, which are measured."""
    with clock.at(until):
        today = upkeep.take_sample()
    for days in range(7, DAYS, 7):
        share = 1 - 0.6 * days / DAYS
        figures = {
            name: round(value * (2 - share if name.startswith("disk_free") else share), 3)
            for name, value in today.figures.items()
            if not name.startswith("disk_total")
        }
        CapacitySample.objects.get_or_create(
            on=today.on - timedelta(days=days), defaults={"figures": figures}
        )
