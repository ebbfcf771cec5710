"""Orders that alarms of data quality open by themselves: the switch, and one order per thing.

The alarm centre asks here through its registry; the order is written in ``reporting``.
Source: OP-27.
"""

from collections.abc import Sequence

from django.db import transaction

from apps.accounts.models import Tenant, User
from apps.alarms.models import Alarm
from apps.assets.models import Asset
from apps.audit import services as audit
from apps.audit.services import changes, snapshot
from apps.common import clock
from apps.matters.models import Case
from apps.matters.selectors import in_force
from apps.ops import permissions
from apps.ops.enums import REPORTED
from apps.ops.faults_of_alarms import DATA_QUALITY
from apps.ops.models import AutoOrder, WorkOrder
from apps.ops.selectors import MATTER, auto_order_of, open_orders_of
from apps.ops.services.reporting import fault_kind_of


@transaction.atomic
def switch_auto_orders(actor: User, *, tenant: Tenant, is_on: bool) -> AutoOrder:
    """Will have alarms of data quality become orders of this body by themselves, or not.

    As it is already changes nothing and writes nothing. Locks the row of the body.
    Raises: NotAllowed. Source: OP-27.
    """
    permissions.require_keep(actor, tenant_id=tenant.pk)
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    rule = auto_order_of(tenant.pk)
    if rule.is_on == is_on:
        return rule
    before = {"is_on": rule.is_on, "version": rule.version}  # it may not be kept yet
    rule.is_on, rule.version = is_on, rule.version + 1
    rule.changed_at, rule.changed_by_name = clock.now(), actor.log_name[:100]
    rule.save()
    audit.record(
        actor, "auto_order.switched", object_type="ops.auto_order", object_id=rule.pk,
        object_label=str(rule), data=changes(before, snapshot(rule, "is_on", "version")),
    )  # fmt: skip
    return rule


def wants_order(tenant_id: int, _kind: str) -> bool:
    """Will tell whether an alarm of data quality of this body becomes an order now."""
    return auto_order_of(tenant_id).is_on and in_force().filter(code=MATTER).exists()


def standing_case(alarm: Alarm) -> Case | None:
    """Will give the case of the open order of the alarm's thing and fault kind, or None.

    Locks the thing until commit, so that of two alarms at once one finds the other's order.
    """
    kind = fault_kind_of(alarm)
    if alarm.asset_id is None or kind is None:
        return None
    asset = Asset.objects.select_for_update(of=("self",), no_key=True).get(pk=alarm.asset_id)
    of_body = open_orders_of(asset).filter(case__tenant_id=alarm.tenant_id, fault_kind=kind)
    order = of_body.select_related("case__matter_type").first()
    return order.case if order is not None else None


def endings_of(case: Case) -> Sequence[str]:
    """Will give what may be done to an order whose alarms are all over, the best first.

    An order that opened by itself and that nobody has confirmed yet is withdrawn. One somebody
    is at work on, or a person reported, is theirs to close: they are told.
    """
    own = WorkOrder.objects.filter(case=case, rule=DATA_QUALITY).exists()
    return ("void", "remark") if own and case.state == REPORTED else ("remark",)
