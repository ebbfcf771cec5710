"""One fault from report to the confirmed repair, and the ways it may go astray (OP-09..12)."""

import uuid
from datetime import timedelta

import pytest

from apps.audit.models import AuditEntry
from apps.clocks.selectors import get_clock
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed, NotFound, Refused
from apps.matters.errors import ActionNotPossible
from apps.notices.models import Notice
from apps.ops import services
from apps.ops.enums import OrderState
from apps.ops.models import FaultLevel, MaintenanceContract, Repair, WorkOrder
from apps.ops.services import Confirmation
from tests.cast import Cast
from tests.ops import factories as make


def test_a_fault_is_reported_confirmed_mended_and_closed(town: Cast) -> None:
    order = make.reported(town, files=[make.stored("red")])
    assert (order.case.state, order.level.number) == (OrderState.REPORTED, 3)
    assert order.contract is not None
    assert order.contract.number == "HT-01"
    assert "服务区域含该位置" in order.because
    assert Notice.objects.filter(recipient=town.manager, title__contains="待确认").exists()

    services.confirm_order(
        town.manager, order_id=order.pk, said=Confirmation(1, order.contract.pk, "network")
    )
    order.refresh_from_db()
    respond, restore = (get_clock("case", order.case_id, n) for n in ("respond", "restore"))
    assert respond is not None
    assert restore is not None
    # OP-22: level 1 is respond in 30 minutes, restore in 4 hours, both counted from the report.
    assert respond.due_at - order.reported_at == timedelta(minutes=30)
    assert restore.due_at - order.reported_at == timedelta(hours=4)
    assert Notice.objects.filter(recipient=town.repairer, title__contains="新工单").exists()

    services.do(town.repairer, order_id=order.pk, action="sign", data={})
    repair = services.feed_back(town.repairer, order_id=order.pk, said=make.repair())
    assert services.cost_of(repair) == 200
    services.do(town.manager, order_id=order.pk, action="close", data={"note": "已核实"})

    order = WorkOrder.objects.select_related("case").get(pk=order.pk)
    repair.refresh_from_db()
    assert order.case.state == OrderState.CLOSED
    assert (order.respond_late, order.restore_late) == (False, False)
    assert (order.cause, order.restored_at) == ("power", repair.to_at)
    assert repair.is_accepted is True
    assert order.case.attachments.filter(purpose="report").count() == 1
    done = AuditEntry.objects.filter(object_type="ops.order").values_list("action", flat=True)
    assert {"work_order.reported", "work_order.confirmed", "work_order.repaired"} <= set(done)
    confirmed = AuditEntry.objects.get(action="work_order.confirmed")
    assert confirmed.data["before"]["cause"] == ""
    assert confirmed.data["after"]["cause"] == "network"


def test_the_same_report_twice_is_one_order(town: Cast) -> None:
    first = make.reported(town)
    assert make.reported(town).pk == first.pk
    assert make.reported(town, key="k2").pk != first.pk


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"fault_kind": "nonsense"}, "fault_kind"),
        ({"text": " "}, "text"),
        ({"text": "坏" * 1001}, "text"),
        ({"source": "moon"}, "source"),
        ({"asset_id": 999_999}, "asset_id"),
        ({"asset_id": None}, "about"),
        ({"level": 8}, "level"),
    ],
)
def test_a_report_says_which_field_is_wrong(
    town: Cast, given: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        make.reported(town, **given)
    assert refused.value.field == field


def test_a_thing_of_the_neighbouring_district_is_not_offered(town: Cast) -> None:
    other = make.camera(town, "西区摄像机", west=True)
    with pytest.raises(InvalidInput) as refused:
        make.reported(town, asset_id=other.pk)
    assert refused.value.field == "asset_id"


def test_only_a_manager_of_the_district_confirms(town: Cast) -> None:
    order = make.reported(town)
    said = Confirmation(3, order.contract_id or 0)
    with pytest.raises(NotFound):
        services.confirm_order(town.manager_west, order_id=order.pk, said=said)
    with pytest.raises(NotFound):
        services.confirm_order(town.repairer, order_id=order.pk, said=said)
    with pytest.raises(NotAllowed):
        services.confirm_order(town.reporter, order_id=order.pk, said=said)
    with pytest.raises(NotAllowed):
        services.report_fault(town.outsider, key="x", report=make.fault())


def test_a_second_confirmation_is_refused(town: Cast) -> None:
    order = make.confirmed(town)
    with pytest.raises(Refused, match="已确认过"):
        services.confirm_order(
            town.manager, order_id=order.pk, said=Confirmation(3, order.contract_id or 0)
        )


def test_a_contract_that_has_run_out_is_not_taken(town: Cast) -> None:
    order = make.reported(town)
    MaintenanceContract.objects.filter(number="HT-01").update(to_on="2021-01-01")
    with pytest.raises(InvalidInput) as refused:
        services.confirm_order(
            town.manager, order_id=order.pk, said=Confirmation(3, order.contract_id or 0)
        )
    assert refused.value.field == "contract_id"


def test_a_vendor_sees_and_mends_only_what_it_has(town: Cast) -> None:
    order = make.confirmed(town)
    with pytest.raises(NotFound):
        services.feed_back(town.vendor_man, order_id=order.pk, said=make.repair())
    with pytest.raises(NotAllowed):
        services.feed_back(town.manager, order_id=order.pk, said=make.repair())
    assert not Repair.objects.exists()


def test_a_vendor_does_not_close_without_a_picture(town: Cast) -> None:
    order = make.confirmed(town)
    services.feed_back(town.repairer, order_id=order.pk, said=make.repair(after=[]))
    with pytest.raises(Refused, match="修复后照片"):
        services.do(town.manager, order_id=order.pk, action="close", data={"note": "行"})


def test_a_feedback_sent_back_goes_round_and_its_clock_goes_on(town: Cast) -> None:
    start = clock.now()
    with clock.at(start):
        order = make.answered(town)
    with clock.at(make.minutes(start, 60)):
        services.do(town.manager, order_id=order.pk, action="redo", data={"reason": "仍黑屏"})
    order.refresh_from_db()
    assert (order.rejected, order.case.state) == (1, OrderState.SENT)
    assert Repair.objects.get().is_accepted is False
    restore = get_clock("case", order.case_id, "restore")
    assert restore is not None
    # The hour the manager took to look is nobody's repair time.
    assert restore.due_at - order.reported_at == timedelta(hours=25)
    assert Notice.objects.filter(recipient=town.repairer, title__contains="反馈被驳回").exists()
    with clock.at(make.minutes(start, 90)):
        services.feed_back(town.repairer, order_id=order.pk, said=make.repair(text="换主板"))
        services.do(town.manager, order_id=order.pk, action="close", data={"note": "好"})
    assert [r.is_accepted for r in Repair.objects.order_by("number")] == [False, True]


def test_a_late_repair_is_called_late_and_a_late_answer_too(town: Cast) -> None:
    start = clock.now()
    with clock.at(start):
        order = make.confirmed(town, level=1)
    with clock.at(make.minutes(start, 31)):
        services.do(town.repairer, order_id=order.pk, action="sign", data={})
    with clock.at(make.minutes(start, 241)):
        services.feed_back(town.repairer, order_id=order.pk, said=make.repair())
        services.do(town.manager, order_id=order.pk, action="close", data={"note": "好"})
    order.refresh_from_db()
    assert (order.respond_late, order.restore_late) == (True, True)


def test_suspension_stops_the_clock_and_is_measured(town: Cast) -> None:
    start = clock.now()
    with clock.at(start):
        order = make.confirmed(town)
        services.do(town.repairer, order_id=order.pk, action="sign", data={})
        asked = {
            "reason_code": "construction",
            "reason": "道路开挖",
            "wake_on": (clock.today() + timedelta(days=3)).isoformat(),
        }
        services.do(town.repairer, order_id=order.pk, action="request_suspension", data=asked)
        assert Notice.objects.filter(recipient=town.manager, kind="request").exists()
        ruled = {"decision": "approve", "opinion": "同意"}
        services.do(town.manager, order_id=order.pk, action="rule_suspension", data=ruled)
    order.refresh_from_db()
    assert order.case.state == OrderState.SUSPENDED
    with clock.at(make.minutes(start, 120)):
        services.do(town.repairer, order_id=order.pk, action="resume", data={"reason": "路通了"})
    order.refresh_from_db()
    restore = get_clock("case", order.case_id, "restore")
    assert restore is not None
    assert (order.suspended_s, order.suspended_since) == (7200, None)
    assert restore.due_at - order.reported_at == timedelta(hours=26)


def test_an_extension_is_asked_for_in_hours_and_granted_by_another(town: Cast) -> None:
    order = make.confirmed(town)
    services.do(town.repairer, order_id=order.pk, action="sign", data={})
    asked = {"hours": 12, "reason": "等备件"}
    services.do(town.repairer, order_id=order.pk, action="request_extension", data=asked)
    with pytest.raises(ActionNotPossible):
        services.feed_back(town.repairer, order_id=order.pk, said=make.repair())
    ruled = {"decision": "approve", "opinion": "同意"}
    with pytest.raises(NotAllowed):
        services.do(town.repairer, order_id=order.pk, action="rule_extension", data=ruled)
    services.do(town.manager, order_id=order.pk, action="rule_extension", data=ruled)
    order.refresh_from_db()
    restore = get_clock("case", order.case_id, "restore")
    assert restore is not None
    assert order.extended == 1
    assert restore.due_at - order.reported_at == timedelta(hours=36)


def test_a_report_is_rejected_with_a_reason_the_reporter_reads(town: Cast) -> None:
    order = make.reported(town)
    with pytest.raises(InvalidInput):
        services.do(town.manager, order_id=order.pk, action="void", data={"reason": ""})
    services.do(town.manager, order_id=order.pk, action="void", data={"reason": "不是故障"})
    order.refresh_from_db()
    assert order.case.state == OrderState.REJECTED
    told = Notice.objects.get(recipient=town.reporter)
    assert "不是故障" in told.body


def test_the_same_repair_sent_twice_by_a_phone_is_one(town: Cast) -> None:
    order = make.confirmed(town)
    key = uuid.uuid4()
    first = services.feed_back(town.repairer, order_id=order.pk, said=make.repair(), key=key)
    again = services.feed_back(town.repairer, order_id=order.pk, said=make.repair(), key=key)
    assert first.pk == again.pk
    assert Repair.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"text": ""}, "text"),
        ({"cause": ""}, "cause"),
        ({"cause": "ghosts"}, "cause"),
        ({"cost": -1}, "cost"),
        ({"parts": [services.PartSpec("", 1)]}, "parts"),
        ({"parts": [services.PartSpec("电源", 1)] * 31}, "parts"),
        ({"to_at": clock.now() + timedelta(days=900)}, "to_at"),
    ],
)
def test_a_repair_says_which_field_is_wrong(
    town: Cast, given: dict[str, object], field: str
) -> None:
    order = make.confirmed(town)
    with pytest.raises(InvalidInput) as refused:
        services.feed_back(town.repairer, order_id=order.pk, said=make.repair(**given))
    assert refused.value.field == field


def test_a_changed_level_serves_later_orders_only(town: Cast) -> None:
    order = make.confirmed(town)
    FaultLevel.objects.filter(number=3).update(restore_amount=1)
    services.do(town.repairer, order_id=order.pk, action="sign", data={})
    restore = get_clock("case", order.case_id, "restore")
    assert restore is not None
    assert restore.due_at - order.reported_at == timedelta(hours=24)
