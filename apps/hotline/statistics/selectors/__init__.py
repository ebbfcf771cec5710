"""Counting, in SQL, within the viewer's reach.

Every figure is about the cases registered in the period, voided ones left out; so the rows
behind a figure are a filter of one list (``list_rows``). Two periods are counted in one query.
"""

from apps.hotline.statistics.selectors.breakdowns import (
    Line,
    UnitLine,
    by_area,
    by_channel,
    by_class,
    by_day,
    by_matter,
    by_unit,
    list_overdue,
)
from apps.hotline.statistics.selectors.figures import Figure, figures, percent, share
from apps.hotline.statistics.selectors.public import PublicFigures, public_figures
from apps.hotline.statistics.selectors.reach import (
    MATTERS,
    PERMISSION,
    Reach,
    cases_of,
    list_matters,
    reach_of,
)
from apps.hotline.statistics.selectors.rows import (
    ROW_KINDS,
    RowFilter,
    list_rows,
    row_kind_label,
)

__all__ = [
    "MATTERS",
    "PERMISSION",
    "ROW_KINDS",
    "Figure",
    "Line",
    "PublicFigures",
    "Reach",
    "RowFilter",
    "UnitLine",
    "by_area",
    "by_channel",
    "by_class",
    "by_day",
    "by_matter",
    "by_unit",
    "cases_of",
    "figures",
    "list_matters",
    "list_overdue",
    "list_rows",
    "percent",
    "public_figures",
    "reach_of",
    "row_kind_label",
    "share",
]
