"""Reads of cases, always through the eyes of a viewer."""

from apps.matters.selectors.matters import (
    OpenMatter,
    get_open_matter,
    in_force,
    list_open_matters,
)
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
from apps.matters.selectors.todo import Duty, todo_for
from apps.matters.selectors.visible import matching, search_cases, visible_cases

__all__ = [
    "CappedCount",
    "Duty",
    "OfferedAction",
    "OpenMatter",
    "Queue",
    "Tab",
    "count_tabs",
    "find_queue",
    "get_case",
    "get_open_matter",
    "in_force",
    "list_attachments",
    "list_open_matters",
    "list_queue",
    "list_timeline",
    "matching",
    "offered_actions",
    "public_timeline",
    "queues_for",
    "search_cases",
    "todo_for",
    "visible_cases",
]
