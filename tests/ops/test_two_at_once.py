"""Two people at one order at the same moment."""

import pytest

from apps.ops import services
from apps.ops.models import Repair, WorkOrder
from apps.ops.services import Confirmation
from tests.cast import build_cast
from tests.ops import factories as make
from tests.racing import at_once


@pytest.mark.django_db(transaction=True)
def test_one_of_two_confirms_and_one_repair_is_kept() -> None:
    town = make.lay_on(build_cast())
    order = make.reported(town)
    again = at_once(lambda: make.reported(town), lambda: make.reported(town, key="k1"))
    assert again == ["", ""]
    assert WorkOrder.objects.count() == 1

    said = Confirmation(3, order.contract_id or 0)
    told = at_once(
        lambda: services.confirm_order(town.manager, order_id=order.pk, said=said),
        lambda: services.confirm_order(town.keeper, order_id=order.pk, said=said),
    )
    assert sorted(told) == ["", "该工单已确认过，请刷新页面"]

    first, second = make.repair(), make.repair(text="也修好了")
    told = at_once(
        lambda: services.feed_back(town.repairer, order_id=order.pk, said=first),
        lambda: services.feed_back(town.repairer, order_id=order.pk, said=second),
    )
    assert told.count("") == 1
    assert Repair.objects.count() == 1
