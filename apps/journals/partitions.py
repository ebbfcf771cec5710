"""The table of lines, a part for each day of the city; six months of them. Source: OP-07."""

from apps.common.day_tables import DayTable, begin_of

LINES = DayTable("journals_line")

__all__ = ["LINES", "begin_of"]
