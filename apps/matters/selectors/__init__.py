"""Reads of cases, always through the eyes of a viewer."""

from apps.matters.selectors.board import Board, read_board
from apps.matters.selectors.changes import ChangePage, read_changes
from apps.matters.selectors.clients import may_use, require_usable, usable_cases
from apps.matters.selectors.family import (
    Family,
    Relative,
    RollUp,
    Strip,
    family_of,
    roll_up,
    strip_of,
)
from apps.matters.selectors.ledgers import Ledger, list_ledgers
from apps.matters.selectors.listeners import (
    DryRun,
    dry_run,
    get_delivery,
    get_listener,
    history_of,
    list_deliveries,
    list_listeners,
    seen_cases,
)
from apps.matters.selectors.matters import (
    OpenMatter,
    get_open_matter,
    in_force,
    list_open_matters,
    matters_open_to,
    services_of,
)
from apps.matters.selectors.outside import list_outside_results
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
    responsible_unit,
)
from apps.matters.selectors.returns import ReturnRate, list_return_rates, list_returns
from apps.matters.selectors.todo import Duty, todo_for
from apps.matters.selectors.viewers import Seer, Seers, traceable_case, who_could_see
from apps.matters.selectors.visible import (
    matching,
    search_cases,
    visible_cases,
    visible_condition,
)
from apps.matters.telling import own_words

__all__ = [
    "Board",
    "ChangePage",
    "DryRun",
    "Duty",
    "Family",
    "Ledger",
    "OfferedAction",
    "OpenMatter",
    "Queue",
    "Relative",
    "ReturnRate",
    "RollUp",
    "Seer",
    "Seers",
    "Strip",
    "Tab",
    "count_disputes",
    "count_tabs",
    "describe_cases",
    "dry_run",
    "family_of",
    "find_queue",
    "get_case",
    "get_delivery",
    "get_listener",
    "get_open_matter",
    "history_of",
    "in_force",
    "list_attachments",
    "list_deliveries",
    "list_ledgers",
    "list_listeners",
    "list_open_matters",
    "list_outside_results",
    "list_queue",
    "list_responsibilities",
    "list_return_rates",
    "list_returns",
    "list_timeline",
    "matching",
    "matrix_of",
    "matters_open_to",
    "may_use",
    "offered_actions",
    "own_words",
    "public_timeline",
    "queues_for",
    "read_board",
    "read_changes",
    "require_usable",
    "responsible_unit",
    "roll_up",
    "search_cases",
    "seen_cases",
    "services_of",
    "strip_of",
    "todo_for",
    "traceable_case",
    "usable_cases",
    "visible_cases",
    "visible_condition",
    "who_could_see",
]
