"""Reads of conversations, always through the eyes of a viewer."""

from apps.messaging.selectors.accounts import (
    find_account,
    get_account,
    list_accounts,
    list_lines,
    list_templates,
    templates_for,
)
from apps.messaging.selectors.cases import cases_of
from apps.messaging.selectors.conversations import (
    count_waiting,
    get_conversation,
    list_conversations,
    list_messages,
    masked_outsider,
    snippets_for,
)
from apps.messaging.selectors.figures import LineReport, WaitFigures, line_reports, wait_figures
from apps.messaging.selectors.on_cases import messages_of_case, transfers_of

__all__ = [
    "LineReport",
    "WaitFigures",
    "cases_of",
    "count_waiting",
    "find_account",
    "get_account",
    "get_conversation",
    "line_reports",
    "list_accounts",
    "list_conversations",
    "list_lines",
    "list_messages",
    "list_templates",
    "masked_outsider",
    "messages_of_case",
    "snippets_for",
    "templates_for",
    "transfers_of",
    "wait_figures",
]
