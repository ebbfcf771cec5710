"""The only writers of what is asked by us.

gateways: addresses and the devices asked through them. plans: what stands where. planning:
who is asked now; settling: what came of it, alarms. trying: one device once. files: what
loggers wrote down. edge: nodes in the field and their batches; applications: what runs on them.
"""

from apps.polling.services.applications import (
    ApplicationSpec,
    ReleaseSpec,
    Said,
    add_release,
    orders_for,
    remove,
    roll_back,
    roll_out,
    save_application,
    withdraw_release,
)
from apps.polling.services.edge import (
    EdgeSpec,
    Resources,
    edge_of,
    hear,
    save_edge,
    set_behind,
    set_edge_active,
    take_batch,
    take_heartbeat,
    watch_edges,
)
from apps.polling.services.files import chunks_of, take_file, watch_folder, work_through
from apps.polling.services.gateways import (
    GatewaySpec,
    PollSpec,
    drop_poll,
    save_gateway,
    save_poll,
    set_gateway_active,
)
from apps.polling.services.keeping import purge
from apps.polling.services.planning import claim_due, poll_due
from apps.polling.services.plans import LineSpec, PlanSpec, save_plan
from apps.polling.services.settling import KIND, settle
from apps.polling.services.trying import Tried, try_poll

__all__ = [
    "KIND",
    "ApplicationSpec",
    "EdgeSpec",
    "GatewaySpec",
    "LineSpec",
    "PlanSpec",
    "PollSpec",
    "ReleaseSpec",
    "Resources",
    "Said",
    "Tried",
    "add_release",
    "chunks_of",
    "claim_due",
    "drop_poll",
    "edge_of",
    "hear",
    "orders_for",
    "poll_due",
    "purge",
    "remove",
    "roll_back",
    "roll_out",
    "save_application",
    "save_edge",
    "save_gateway",
    "save_plan",
    "save_poll",
    "set_behind",
    "set_edge_active",
    "set_gateway_active",
    "settle",
    "take_batch",
    "take_file",
    "take_heartbeat",
    "try_poll",
    "watch_edges",
    "watch_folder",
    "withdraw_release",
    "work_through",
]
