"""Reads of cases, always through the eyes of a viewer."""

from apps.matters.selectors.board import Board, read_board
from apps.matters.selectors.ledgers import Ledger, list_ledgers
from apps.matters.selectors.page import (
    OfferedAction,
    describe_cases,
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
from apps.matters.selectors.responsibilities import (
    count_disputes,
    list_responsibilities,
    matrix_of,
)
from apps.matters.selectors.todo import Duty, todo_for
from apps.matters.selectors.visible import matching, search_cases, visible_cases

__all__ = [
    "Board",
    "CappedCount",
    "Duty",
    "Ledger",
    "OfferedAction",
    "Queue",
    "Tab",
    "count_disputes",
    "count_tabs",
    "describe_cases",
    "find_queue",
    "get_case",
    "list_attachments",
    "list_ledgers",
    "list_queue",
    "list_responsibilities",
    "list_timeline",
    "matching",
    "matrix_of",
    "offered_actions",
    "public_timeline",
    "queues_for",
    "read_board",
    "search_cases",
    "todo_for",
    "visible_cases",
]
