"""Counting cases of any matter, in SQL, within the viewer's reach; reading what was foretold.

Every figure is about the cases registered in the period, voided ones left out, so the rows
behind a figure are a filter of one list (``list_rows``).
"""

from apps.figures.selectors.demands import (
    DayCount,
    class_labels,
    count_per_day,
    demands,
    first_demand_day,
    repeated_addresses,
)
from apps.figures.selectors.forecasts import (
    Day,
    Week,
    boundaries_of,
    days_of,
    find_snapshot,
    list_findings,
    list_forecasts,
    weeks_of,
)
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
from apps.figures.selectors.rows import ROW_KINDS, RowFilter, list_rows, row_kind_label
from apps.figures.selectors.steps import StepLine, by_step
from apps.figures.selectors.workers import WorkLine, by_officer, by_unit, overdue_steps

__all__ = [
    "ENDED",
    "PERMISSION",
    "ROW_KINDS",
    "Day",
    "DayCount",
    "Line",
    "Reach",
    "RowFilter",
    "StepLine",
    "Week",
    "WorkLine",
    "answered_or_over",
    "boundaries_of",
    "by_area",
    "by_channel",
    "by_class",
    "by_day",
    "by_matter",
    "by_officer",
    "by_step",
    "by_unit",
    "cases_of",
    "class_labels",
    "count_per_day",
    "days_of",
    "demands",
    "find_snapshot",
    "first_demand_day",
    "for_list",
    "late",
    "list_findings",
    "list_forecasts",
    "list_matters",
    "list_rows",
    "not_voided",
    "overdue",
    "overdue_steps",
    "percent",
    "reach_of",
    "repeated_addresses",
    "row_kind_label",
    "share",
    "span_text",
    "task_over",
    "weeks_of",
]
