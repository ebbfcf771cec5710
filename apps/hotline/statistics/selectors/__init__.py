"""Counting the hotline's demands, in SQL, within the viewer's reach.

Every figure is about the cases registered in the period, voided ones left out; so the rows
behind a figure are a filter of one list (``list_rows``). Two periods are counted in one query.
What is the same of every matter (lines per area, day, class) is read from ``apps.figures``.
"""

from apps.hotline.statistics.selectors.figures import Figure, figures
from apps.hotline.statistics.selectors.public import (
    PublicBook,
    PublicFigures,
    public_book,
    public_figures,
)
from apps.hotline.statistics.selectors.reach import MATTERS, PERMISSION, reach_of
from apps.hotline.statistics.selectors.rows import (
    ROW_KINDS,
    RowFilter,
    list_rows,
    row_kind_label,
)
from apps.hotline.statistics.selectors.units import UnitLine, by_unit, list_overdue

__all__ = [
    "MATTERS",
    "PERMISSION",
    "ROW_KINDS",
    "Figure",
    "PublicBook",
    "PublicFigures",
    "RowFilter",
    "UnitLine",
    "by_unit",
    "figures",
    "list_overdue",
    "list_rows",
    "public_book",
    "public_figures",
    "reach_of",
    "row_kind_label",
]
