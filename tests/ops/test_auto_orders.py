"""Alarms of data quality become orders by themselves. OP-27."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.alarms.enums import Level, Source
from apps.alarms.models import Alarm
from apps.alarms.registry import all_watchers, only_watchers
from apps.alarms.services import raise_alarm, recover_alarm, watch_round
from apps.audit.models import AuditEntry
from apps.audit.services import SYSTEM
from apps.common import clock, outbox
from apps.common.errors import NotAllowed
from apps.matters.models import MatterType
from apps.matters.services import publish_version, save_draft
from apps.ops import services
from apps.ops.models import AutoOrder, WorkOrder
from apps.ops.selectors import auto_order_of, visible_orders
from apps.ops.services import Confirmation
from apps.ops.starting import withdraw_by_system
from tests.cast import Cast
from tests.ops.factories import camera, reported, the_camera
from tests.people import appointed
from tests.sensing.factories import device
from tests.sensing.test_quality_watch import NOON, expected, figures

QUALITY = [watcher for watcher in all_watchers() if watcher.code == "sensing.quality"]


def gaps(**given: Any) -> Alarm:
    usual: dict[str, Any] = {
        "source": Source.DATA, "kind": "data_gaps", "asset": the_camera(), "level": Level.BLUE,
        "at": clock.now(), "sentence": "一小时内只收到应报数据的20%。", "facts": {},
        "rule": "sensing.quality",
    }  # fmt: skip
    alarm = raise_alarm(**(usual | given))
    outbox.drain()
    alarm.refresh_from_db()
    return alarm


def over(alarm: Alarm) -> None:
    recover_alarm(
        source=alarm.source, kind=alarm.kind, asset=alarm.asset, at=clock.now(), sentence="好了"
    )
    outbox.drain()


def test_readings_that_go_bad_open_an_order_and_recovery_withdraws_it(town: Cast) -> None:
    one = device()
    count = expected(one)
    figures(one, count, round(count * 0.6), hours_ago=1)
    figures(one, count, 0, hours_ago=-1)
    with clock.at(NOON), only_watchers(*QUALITY):
        watch_round()
    with clock.at(NOON + timedelta(minutes=20)), only_watchers(*QUALITY):
        watch_round()  # the same trouble again
        outbox.drain()
    order = WorkOrder.objects.get()
    alarm = Alarm.objects.get(case=order.case)
    assert (order.asset, order.fault_kind.code, order.source) == (
        one.asset, "data-quality", "alarm",
    )  # fmt: skip
    assert (order.rule, order.rule_version, order.reporter) == ("data-quality", 1, None)
    assert alarm.sentence in order.reason
    assert str(alarm.pk) in order.reason
    assert order.case.state == "reported"
    with clock.at(NOON + timedelta(hours=2)), only_watchers(*QUALITY):
        watch_round()
        outbox.drain()
    order.refresh_from_db()
    order.case.refresh_from_db()
    assert (order.case.state, order.closed_at is not None) == ("rejected", True)
    assert "已于" in order.case.events.get(action="void").note


def test_two_troubles_of_one_thing_are_one_order_and_the_neighbours_another(town: Cast) -> None:
    first, second = gaps(), gaps(kind="data_suspect")
    there = gaps(asset=camera(town, "西区摄像机", west=True))
    assert first.case == second.case != there.case
    order, other = WorkOrder.objects.order_by("pk")
    assert order.case.events.filter(action="remark", note__contains="数据可疑").count() == 1
    assert set(visible_orders(town.manager_west)) == {other}
    assert set(visible_orders(town.manager)) == {order}
    over(first)
    order.case.refresh_from_db()
    assert order.case.state == "reported"  # the other trouble stands
    over(second)
    order.case.refresh_from_db()
    assert order.case.state == "rejected"
    assert gaps().case != order.case  # a new trouble is a new order


def test_what_somebody_is_at_work_on_is_only_told(town: Cast) -> None:
    alarm = gaps()
    order = WorkOrder.objects.get()
    said = Confirmation(order.level.number, order.contract_id or 0)
    services.confirm_order(town.manager, order_id=order.pk, said=said)
    over(alarm)
    order.case.refresh_from_db()
    assert order.case.state == "sent"
    assert order.case.events.filter(action="remark").count() == 1


def test_a_persons_order_of_the_same_fault_takes_the_alarm_in(town: Cast) -> None:
    order = reported(town, fault_kind="data-quality")
    alarm = gaps()
    assert (alarm.case, WorkOrder.objects.count()) == (order.case, 1)
    over(alarm)
    order.case.refresh_from_db()
    assert (order.rule, order.case.state) == ("", "reported")


def test_the_switch_is_a_keepers_and_counts_versions(town: Cast, client: Client) -> None:
    client.force_login(town.keeper)
    assert "停用自动开单" in client.get("/ops/levels/").content.decode()
    for _twice in range(2):
        assert client.post("/ops/auto-orders/", {"is_on": "0"}).status_code == 302
    rule = AutoOrder.objects.get()
    assert (rule.is_on, rule.version, rule.tenant) == (False, 2, town.tenant)
    told = AuditEntry.objects.get(action="auto_order.switched").data
    assert told == {
        "before": {"is_on": True, "version": 1}, "after": {"is_on": False, "version": 2},
    }  # fmt: skip
    alarm = gaps()
    assert (alarm.case, WorkOrder.objects.count()) == (None, 0)
    client.post("/ops/auto-orders/", {"is_on": "1"})
    assert gaps().case is not None  # it stands still, and now it is wanted
    order = WorkOrder.objects.get()
    assert (order.rule_version, auto_order_of(town.tenant.pk).version) == (3, 3)
    page = client.get(f"/ops/orders/{order.pk}/").content.decode()
    assert "开单依据" in page
    assert "规则 data-quality 第 3 版" in page
    client.force_login(town.repairer)
    assert client.post("/ops/auto-orders/", {"is_on": "0"}).status_code == 403
    stranger = appointed("ops-stranger", town.west_works, role="ops_reporter")
    with pytest.raises(NotAllowed):
        services.switch_auto_orders(stranger, tenant=town.tenant, is_on=False)


def test_an_older_city_lets_the_system_withdraw_once(town: Cast) -> None:
    matter = MatterType.objects.get(code="ops.fault")
    shipped = json.loads(Path("fixtures/ops/matter.json").read_text(encoding="utf-8"))["body"]
    old = json.loads(json.dumps(shipped).replace('["manager", "system"]}, {"code": "request_e', (
        '["manager"]}, {"code": "request_e'
    )))  # fmt: skip
    assert old != shipped
    publish_version(SYSTEM, version_id=save_draft(SYSTEM, matter_type_id=matter.pk, body=old).pk)
    alarm = gaps()
    assert withdraw_by_system() is True
    assert withdraw_by_system() is False
    matter.refresh_from_db()
    assert matter.current_version is not None
    assert matter.current_version.body == shipped
    over(alarm)
    assert WorkOrder.objects.get().case.state == "reported"  # it stays on its version
