"""What the deeds of this app share: locking an order, writing the log, telling people."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import users_with_permission
from apps.audit import services as audit
from apps.audit.services import Actor
from apps.common.errors import NotFound
from apps.matters.models import Case
from apps.notices import services as notices
from apps.ops import permissions
from apps.ops.models import WorkOrder
from apps.places.models import Area

#: What the log keeps of an order when it is changed.
KEPT = (
    "fault_kind_id", "level_id", "tier", "contract_id", "vendor_id", "because", "respond_limit",
    "restore_limit", "cause", "is_planned",
)  # fmt: skip


def lock_order(order_id: int) -> WorkOrder:
    """Will lock the case, then the order, until commit; as the engine does when it acts.

    Raises: NotFound.
    """
    list(Case.objects.select_for_update().filter(work_order=order_id).values_list("pk"))
    found = (
        WorkOrder.objects.select_for_update(of=("self",))
        .select_related(
            "case__tenant__area", "case__area", "case__unit", "asset__kind", "asset__area",
            "fault_kind", "level", "contract__calendar", "vendor",
        )
        .filter(pk=order_id)
        .first()
    )  # fmt: skip
    if found is None:
        raise NotFound(_("没有这张工单，或您无权查看"))
    return found


def seen_order(actor: Actor, order_id: int) -> WorkOrder:
    """Will lock an order the actor may see. Raises: NotFound."""
    if isinstance(actor, User):
        reach = WorkOrder.objects.filter(permissions.within_reach(actor), pk=order_id)
        if not reach.exists():
            raise NotFound(_("没有这张工单，或您无权查看"))
    return lock_order(order_id)


def note(actor: Actor, action: str, order: WorkOrder, **data: Any) -> None:
    """Will write a deed on an order into the log."""
    audit.record(
        actor,
        action,
        object_type="ops.order",
        object_id=order.pk,
        object_label=f"{order.case.number} {order.about}",
        data=data,
    )


def address_of(order: WorkOrder) -> str:
    """Will give where an order is shown."""
    return f"/ops/orders/{order.pk}/"


def managers_of(tenant_id: int, area: Area) -> list[User]:
    """Will give who confirms orders of a body in an area."""
    found = users_with_permission(permissions.CONFIRM).filter(
        appointments__post__organization__tenant_id=tenant_id
    )
    seen = {user.pk: user for user in found}
    return [user for user in seen.values() if permissions.confirms_in(user, tenant_id, area.path)]


def tell(
    people: Iterable[User], order: WorkOrder, *, kind: str, title: str, body: str, key: str
) -> None:
    """Will tell people of an order, once per key."""
    recipients = tuple(people)
    if recipients:
        notices.notify(
            recipients=recipients,
            kind=kind,
            title=title,
            body=body,
            url=address_of(order),
            key=f"work-order:{order.pk}:{key}",
        )
