"""Reads of cases, always through the eyes of a viewer."""

from apps.matters.selectors.page import (
    OfferedAction,
    get_case,
    list_attachments,
    list_timeline,
    offered_actions,
    public_timeline,
)
from apps.matters.selectors.queues import (
    CappedCount,
    Queue,
    Tab,
    count_tabs,
    find_queue,
    list_queue,
    queues_for,
)
from apps.matters.selectors.returns import ReturnRate, list_return_rates, list_returns
from apps.matters.selectors.todo import Duty, todo_for
from apps.matters.selectors.visible import matching, search_cases, visible_cases

__all__ = [
    "CappedCount",
    "Duty",
    "OfferedAction",
    "Queue",
    "ReturnRate",
    "Tab",
    "count_tabs",
    "find_queue",
    "get_case",
    "list_attachments",
    "list_queue",
    "list_return_rates",
    "list_returns",
    "list_timeline",
    "matching",
    "offered_actions",
    "public_timeline",
    "queues_for",
    "search_cases",
    "todo_for",
    "visible_cases",
]
