"""Tables in parts, one for each day of the city, that age by dropping whole parts.

For rows that come in great numbers and are kept for so many days (readings, lines of logs). The
table itself is made by its app's migration, partitioned by range of a moment. Parts are made and
dropped by functions of the database with the owner's rights: the role of the processes owns
nothing. Source: docs/decisions/0055.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import connection, transaction
from django.utils import timezone

_MISSING = """
    select name from unnest(%s::text[]) as name
    where not exists (select from pg_class where relname = name)
"""


def begin_of(day: date) -> datetime:
    """Will give the moment a day of the city begins."""
    return timezone.make_aware(datetime.combine(day, time()))


@dataclass(frozen=True)
class DayTable:
    """One such table. A part is made ahead by the clock, or by the first row that needs it."""

    name: str

    def part_of(self, day: date) -> str:
        """Will give the table that holds a day of the city."""
        return f"{self.name}_{day:%Y%m%d}"

    def ensure(self, days: Iterable[date]) -> list[date]:
        """Will make the parts that are missing and give their days."""
        by_name = {self.part_of(day): day for day in days}
        with connection.cursor() as cursor:
            cursor.execute(_MISSING, [list(by_name)])
            missing = sorted(by_name[name] for (name,) in cursor.fetchall())
        for day in missing:
            self._make(day)
        return missing

    def drop_before(self, day: date) -> list[str]:
        """Will drop the parts of the days before this one and give their names."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local lock_timeout = '5s'")  # readers go first; the next run tries
            cursor.execute("select common_drop_day_parts(%s, %s)", [self.name, day])
            return [name for (name,) in cursor.fetchall()]

    def _make(self, day: date) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "select common_make_day_part(%s, %s, %s, %s)",
                [self.name, day, begin_of(day), begin_of(day + timedelta(days=1))],
            )
