"""How an order looks in a list."""

from django import template
from django.utils.translation import gettext as _

from apps.ops.enums import OrderState
from apps.ops.models import WorkOrder

register = template.Library()
_LOOKS = {
    OrderState.REPORTED: ("soon", "inbox"),
    OrderState.SENT: ("soon", "send"),
    OrderState.HANDLING: ("action", "tool"),
    OrderState.SUSPENDED: ("rest", "player-pause"),
    OrderState.ANSWERED: ("action", "clipboard-check"),
    OrderState.CLOSED: ("done", "circle-check"),
    OrderState.REJECTED: ("rest", "circle-x"),
}


@register.inclusion_tag("components/badge.html")
def order_badge(order: WorkOrder) -> dict[str, object]:
    """Will show the state of an order; a wish that waits for its ruling is said with it."""
    state = OrderState(order.case.state)
    level, symbol = _LOOKS[state]
    label = str(state.label)
    if order.case.pending_request:
        label = _("%s，有申请待审批") % label
    return {"label": label, "level": level, "symbol": symbol}
