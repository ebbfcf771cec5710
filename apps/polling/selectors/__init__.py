"""Reads of what is asked by us, scoped by viewer."""

from apps.polling.selectors.polled import (
    find_poll,
    get_gateway,
    get_plan,
    list_gateways,
    list_plans,
    polls_of,
)

__all__ = ["find_poll", "get_gateway", "get_plan", "list_gateways", "list_plans", "polls_of"]
