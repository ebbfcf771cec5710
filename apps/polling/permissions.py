"""Who sees gateways and who keeps them: those who see and keep devices there.

What stands where in devices of a make (plans) belongs to those who keep the kinds of devices.
"""

from typing import Any

from django.db.models import Q

from apps.accounts.models import User
from apps.accounts.selectors import area_scope_q, organization_scope_q, scope_of
from apps.polling.models import Gateway
from apps.sensing.permissions import (
    can_keep,
    can_keep_in,
    can_keep_profiles,
    require_keep,
    require_keep_in,
    require_keep_profiles,
    require_reader,
)

__all__ = [
    "EDGE",
    "can_keep",
    "can_keep_gateway",
    "can_keep_in",
    "can_keep_profiles",
    "reach_q",
    "require_keep",
    "require_keep_in",
    "require_keep_profiles",
    "require_reader",
]


EDGE = "polling.edge"  # the scope of API clients that are edge nodes


def can_keep_gateway(actor: Any, gateway: Gateway) -> bool:
    """Will tell whether the actor keeps this gateway: it stands in a duty area of theirs."""
    return can_keep_in(actor, gateway.area)


def reach_q(viewer: User) -> Q:
    """Will give the condition "it stands in my areas or is my units'"."""
    scope = scope_of(viewer)
    return area_scope_q(scope, "area__path") | organization_scope_q(scope, "unit__path")
