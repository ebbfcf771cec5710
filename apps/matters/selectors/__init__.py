"""Reads of cases, always through the eyes of a viewer."""

from apps.matters.selectors.board import Board, read_board
from apps.matters.selectors.changes import ChangePage, read_changes
from apps.matters.selectors.ledgers import Ledger, list_ledgers
from apps.matters.selectors.outside import list_outside_results
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
    "Board",
    "CappedCount",
    "ChangePage",
    "Duty",
    "Ledger",
    "OfferedAction",
    "Queue",
    "Tab",
    "count_tabs",
    "find_queue",
    "get_case",
    "list_attachments",
    "list_ledgers",
    "list_outside_results",
    "list_queue",
    "list_timeline",
    "matching",
    "offered_actions",
    "public_timeline",
    "queues_for",
    "read_board",
    "read_changes",
    "search_cases",
    "todo_for",
    "visible_cases",
]
