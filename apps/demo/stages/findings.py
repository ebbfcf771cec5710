"""What a gauge and a camera of the demo city found, as cases with evidence and a judgement."""

from datetime import datetime, timedelta

from apps.accounts.models import Tenant, User
from apps.alarms import services as alarms
from apps.alarms.enums import Level
from apps.alarms.models import Alarm
from apps.analysis.models import Finding
from apps.analysis.services.settling import raise_for
from apps.common import clock
from apps.demo import texts
from apps.demo.stages.alarms import MATTER
from apps.demo.world import TENANT
from apps.rules import services as rules
from apps.sensing.models import Device, Reading

GAUGE = "DEMO-water_level-2"


def load_findings(*, until: datetime) -> int:
    """Will open a case for a river that rose and one for a blocked lane; gives how many."""
    tenant = Tenant.objects.get(code=TENANT)
    with clock.at(until - timedelta(days=1)):
        _table(tenant)
    found = [_river(until - timedelta(minutes=50)), _lane(until - timedelta(minutes=35))]
    opened = [alarm for alarm in found if alarm is not None]
    for alarm in opened:
        with clock.at(alarm.raised_at + timedelta(minutes=1)):
            alarms.open_ordered_case(alarm.pk)
    if opened:
        operator = User.objects.get(username="alarm-operator1", tenant=tenant)
        with clock.at(until - timedelta(minutes=10)):
            alarms.judge_discovery(operator, alarm_id=opened[0].pk, class_code="utility.drain")
    return len(opened)


def _table(tenant: Tenant) -> None:
    author = User.objects.get(username="author1", tenant=tenant)
    table = rules.create_table(
        author, code="finding-type", name="智能发现类型推测",
        vocabulary="alarms.finding", tenant=tenant,
        purpose="告警转案件时推测诉求分类，没有阈值规则的来源由本表指定事项（演示）",
    )  # fmt: skip
    draft = rules.save_draft(author, table=table, body=texts.read("alarms/finding_types"))
    rules.add_test_case(
        author, table=table, name="消防通道被占",
        facts={"source": "video", "kind": "analysis_occupation", "level": 3},
        expected=[{"class": "road.parking", "matter": MATTER}],
    )  # fmt: skip
    rules.submit(author, version=draft)
    rules.publish(User.objects.get(username="publisher1", tenant=tenant), version=draft)


def _river(at: datetime) -> Alarm | None:
    gauge = Device.objects.filter(node=GAUGE).select_related("asset").first()
    if gauge is None:
        return None
    series = gauge.series.get(field__code="level")
    last = Reading.objects.filter(series_id=series.pk, at__lte=at).order_by("-at").first()
    metres = last.value if last is not None and last.value is not None else 3.4
    with clock.at(at):
        return alarms.raise_alarm(
            source="device", kind="river-level-high", asset=gauge.asset, level=Level.ORANGE, at=at,
            title="河道水位偏高", facts={"level": metres}, matter=MATTER,
            sentence=f"水位 {metres:.2f}米，较两小时前上涨，已持续十分钟。",
        )  # fmt: skip


def _lane(at: datetime) -> Alarm | None:
    found = Finding.objects.filter(job__name="消防通道占用", picture__isnull=False)
    finding = found.select_related("job__camera__asset", "job__unit", "job__algorithm").first()
    if finding is None:
        return None
    with clock.at(at):
        raise_for(finding.job, finding)
    return Alarm.objects.filter(facts__finding=finding.pk).first()
