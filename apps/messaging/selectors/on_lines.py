"""What a line says of its calls before the citizen speaks (HL-01)."""

from typing import Any

from apps.hotline.models import Call
from apps.messaging.models import ChannelAccount


def first_values_of(call: Call) -> dict[str, Any]:
    """Implements ``hotline.registry.Prefill``: class and nature the call's line begins with."""
    account = ChannelAccount.objects.filter(line_id=call.line_id, is_active=True).first()
    if account is None:
        return {}
    found: dict[str, Any] = {"nature": account.nature}
    if account.class_code:
        found["class_code"] = account.class_code
    if account.channel == "community":
        found["channel"] = account.channel
    return found
