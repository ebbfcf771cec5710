"""Which contract an order goes to, and when it goes to the next tier (OP-18, OP-22)."""

from datetime import date, timedelta

import pytest

from apps.alarms.services import open_case_for
from apps.clocks.selectors import get_clock
from apps.common import clock
from apps.common.errors import InvalidInput, NotAllowed
from apps.notices.models import Notice
from apps.ops import services
from apps.ops.enums import OrderState
from apps.ops.models import FaultLevel, HandUpRule, MaintenanceContract, WorkOrder
from apps.ops.selectors import Need, choose_contract
from apps.ops.services import RuleSpec
from tests.alarms.factories import raised
from tests.cast import Cast
from tests.ops import factories as make


def need(town: Cast, level: int = 3, *, west: bool = False, on: date | None = None) -> Need:
    """Will give the need of the camera, or of something in the west."""
    camera = make.the_camera()
    return Need(
        town.tenant.pk, None if west else camera, town.west if west else camera.area,
        FaultLevel.objects.get(number=level), on or clock.today(),
    )  # fmt: skip


def test_the_nearest_tier_that_covers_the_place_is_chosen_and_told(town: Cast) -> None:
    chosen = choose_contract(need(town))
    assert chosen is not None
    assert (chosen.contract.number, chosen.contract.tier) == ("HT-01", "contractor")
    assert "另有1份合同可用" in chosen.because
    far = choose_contract(need(town, west=True))
    assert far is not None
    assert far.contract.number == "HT-02"


def test_a_level_may_go_to_the_vendor_at_once(town: Cast) -> None:
    chosen = choose_contract(need(town, level=1))
    assert chosen is not None
    assert chosen.contract.number == "HT-02"
    assert "优先交厂商" in chosen.because


def test_a_contract_that_names_the_kind_goes_before_one_of_everything(town: Cast) -> None:
    firm = make.unit(town, "cam-firm", "摄像机专业公司")
    kind = make.the_camera().kind
    make.contract(town, "HT-05", firm, "contractor", areas=[town.east], kinds=[kind])
    chosen = choose_contract(need(town))
    assert chosen is not None
    assert chosen.contract.number == "HT-05"
    assert kind.name in chosen.because


def test_nothing_is_chosen_outside_the_days_of_any_contract(town: Cast) -> None:
    assert choose_contract(need(town, on=date(2019, 12, 31))) is None
    MaintenanceContract.objects.update(is_active=False)
    order = make.reported(town)
    assert order.contract is None
    assert "没有合同承保" in order.because


def test_limits_of_the_contract_go_before_those_of_the_level(town: Cast) -> None:
    order = make.reported(town, level=1)
    respond = get_clock("case", order.case_id, "respond")
    restore = get_clock("case", order.case_id, "restore")
    assert respond is not None
    assert restore is not None
    assert respond.due_at - order.reported_at == timedelta(hours=1)
    assert restore.due_at - order.reported_at == timedelta(hours=4)


def test_an_alarm_by_its_level_names_the_level_of_the_fault(town: Cast) -> None:
    alarm = raised(make.the_camera())
    case = open_case_for(town.keeper, alarm_id=alarm.pk, matter="ops.fault")
    order = WorkOrder.objects.get(case=case)
    restore = get_clock("case", case.pk, "restore")
    assert order.level.number == 5 - alarm.level
    assert restore is not None
    assert (restore.limit_amount, restore.limit_unit) == (
        order.level.restore_amount, order.level.restore_unit,
    )  # fmt: skip


def handing_up(town: Cast, **given: object) -> HandUpRule:
    """Will give the rule "contractor to vendor after 30 minutes without an answer"."""
    usual: dict[str, object] = {
        "from_tier": "contractor", "waiting": "respond", "after_minutes": 30, "to_tier": "vendor",
    }  # fmt: skip
    spec = RuleSpec(**(usual | given))  # type: ignore[arg-type]
    return services.save_rule(town.keeper, tenant=town.tenant, spec=spec)


def test_an_order_nobody_takes_goes_to_the_vendor_once(town: Cast) -> None:
    handing_up(town)
    start = clock.now()
    with clock.at(start):
        order = make.confirmed(town)
    with clock.at(make.minutes(start, 29)):
        assert services.hand_up_due() == 0
    with clock.at(make.minutes(start, 31)):
        assert services.hand_up_due() == 1
        assert services.hand_up_due() == 0
    order.refresh_from_db()
    assert (order.tier, order.handed_up, order.case.state) == ("vendor", 1, OrderState.SENT)
    assert "30分钟未接单" in order.because
    assert Notice.objects.filter(recipient=town.vendor_man, title__contains="新工单").exists()
    assert Notice.objects.filter(recipient=town.manager, title__contains="工单升级").exists()
    respond = get_clock("case", order.case_id, "respond")
    assert respond is not None
    # Handing up starts no clock anew.
    assert respond.started_at == order.reported_at
    services.feed_back(town.vendor_man, order_id=order.pk, said=make.repair())
    with pytest.raises(Exception, match="您无权查看"):
        services.feed_back(town.repairer, order_id=order.pk, said=make.repair())


def test_a_taken_order_is_handed_up_only_by_the_rule_of_repair(town: Cast) -> None:
    handing_up(town)
    handing_up(town, waiting="restore", after_minutes=120)
    start = clock.now()
    with clock.at(start):
        order = make.confirmed(town)
        services.do(town.repairer, order_id=order.pk, action="sign", data={})
    with clock.at(make.minutes(start, 60)):
        assert services.hand_up_due() == 0
    with clock.at(make.minutes(start, 121)):
        assert services.hand_up_due() == 1


def test_managers_are_told_where_nobody_is_left_to_hand_up_to(town: Cast) -> None:
    handing_up(town)
    MaintenanceContract.objects.filter(tier="vendor").update(is_active=False)
    start = clock.now()
    with clock.at(start):
        order = make.confirmed(town)
    with clock.at(make.minutes(start, 40)):
        assert services.hand_up_due() == 0
        assert services.hand_up_due() == 0
    told = Notice.objects.filter(recipient=town.manager, body__contains="请人工改派")
    assert told.count() == 1
    order.refresh_from_db()
    assert order.tier == "contractor"


def test_a_manager_gives_an_order_to_another_contract(town: Cast) -> None:
    order = make.confirmed(town)
    other = MaintenanceContract.objects.get(number="HT-02")
    with pytest.raises(InvalidInput) as refused:
        services.reassign_order(
            town.manager, order_id=order.pk, contract_id=other.pk, level=2, reason=" "
        )
    assert refused.value.field == "reason"
    services.reassign_order(
        town.manager, order_id=order.pk, contract_id=other.pk, level=2, reason="厂商质保期内"
    )
    order.refresh_from_db()
    restore = get_clock("case", order.case_id, "restore")
    assert restore is not None
    assert (order.vendor, order.because) == (other.vendor, "厂商质保期内")
    assert restore.due_at - order.reported_at == timedelta(hours=8)
    with pytest.raises(NotAllowed):
        services.reassign_order(
            town.vendor_man, order_id=order.pk, contract_id=other.pk, level=2, reason="x"
        )


def test_only_a_keeper_of_the_body_writes_rules(town: Cast) -> None:
    spec = RuleSpec("own", "respond", 10, "vendor")
    with pytest.raises(NotAllowed):
        services.save_rule(town.repairer, tenant=town.tenant, spec=spec)
    with pytest.raises(InvalidInput) as refused:
        services.save_rule(
            town.keeper, tenant=town.tenant, spec=RuleSpec("own", "respond", 1, "own")
        )
    assert refused.value.field == "to_tier"
