"""The only writers of what is asked by us.

gateways: addresses and the devices asked through them. plans: what stands where. planning:
who is asked now; settling: what came of it, alarms. trying: one device once.
"""

from apps.polling.services.gateways import (
    GatewaySpec,
    PollSpec,
    drop_poll,
    save_gateway,
    save_poll,
    set_gateway_active,
)
from apps.polling.services.planning import claim_due, poll_due
from apps.polling.services.plans import LineSpec, PlanSpec, save_plan
from apps.polling.services.settling import KIND, settle
from apps.polling.services.trying import Tried, try_poll

__all__ = [
    "KIND",
    "GatewaySpec",
    "LineSpec",
    "PlanSpec",
    "PollSpec",
    "Tried",
    "claim_due",
    "drop_poll",
    "poll_due",
    "save_gateway",
    "save_plan",
    "save_poll",
    "set_gateway_active",
    "settle",
    "try_poll",
]
