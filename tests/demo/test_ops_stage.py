"""The demo city shows work orders in every state."""

from datetime import timedelta

from apps.common import clock
from apps.demo.stages import ops
from apps.demo.world import TENANT
from apps.matters.enums import StateCategory
from apps.ops.enums import OrderState
from apps.ops.models import MaintenancePlan, WorkOrder
from apps.ops.starting import ensure_levels
from tests.cast import Cast
from tests.ops.factories import camera


def test_orders_of_the_demo_city_stand_in_every_state(cast: Cast) -> None:
    from apps.accounts import services as accounts
    from apps.audit.services import SYSTEM

    ensure_levels()
    accounts.seed_roles(SYSTEM)
    cast.tenant.code = TENANT
    cast.tenant.save(update_fields=["code"])
    cast.center.code = ops.CENTER
    cast.center.save(update_fields=["code"])
    for number in range(24):
        camera(cast, f"摄像机{number}", west=number % 2 == 1)
    made = ops.load_ops(until=clock.now() + timedelta(days=41), seed=1)
    states = set(WorkOrder.objects.values_list("case__state", flat=True))
    assert made == WorkOrder.objects.count() == 12
    assert states == set(OrderState.values)
    assert WorkOrder.objects.filter(restore_late=True).exists()
    assert WorkOrder.objects.filter(rule="data-quality", rule_version=1).count() == 1
    assert WorkOrder.objects.filter(rejected=1, case__category=StateCategory.ENDED).exists()
    assert WorkOrder.objects.filter(handed_up=1).exists()
    assert MaintenancePlan.objects.get().works.count() == 1
