"""Counting cases of any matter, in SQL, within the viewer's reach.

Every figure is about the cases registered in the period, voided ones left out, so the rows
behind a figure are a filter of one list.
"""

from apps.figures.selectors.lines import (
    Line,
    by_area,
    by_channel,
    by_class,
    by_day,
    by_matter,
)
from apps.figures.selectors.measures import (
    ENDED,
    answered_or_over,
    for_list,
    late,
    overdue,
    percent,
    share,
    span_text,
    task_over,
)
from apps.figures.selectors.reach import (
    PERMISSION,
    Reach,
    cases_of,
    list_matters,
    not_voided,
    reach_of,
)

__all__ = [
    "ENDED",
    "PERMISSION",
    "Line",
    "Reach",
    "answered_or_over",
    "by_area",
    "by_channel",
    "by_class",
    "by_day",
    "by_matter",
    "cases_of",
    "for_list",
    "late",
    "list_matters",
    "not_voided",
    "overdue",
    "percent",
    "reach_of",
    "share",
    "span_text",
    "task_over",
]
