"""The table of readings, a part for each day of the city. Source: docs/decisions/0055.

What was buffered for days comes late: the first reading that needs a part makes it.
"""

from apps.common.day_tables import DayTable, begin_of

_READINGS = DayTable("sensing_reading")

name_of = _READINGS.part_of
ensure = _READINGS.ensure
drop_before = _READINGS.drop_before

__all__ = ["begin_of", "drop_before", "ensure", "name_of"]
