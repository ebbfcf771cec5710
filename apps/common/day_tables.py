"""Tables in parts, one for each day of the city, that age by dropping whole parts.

For rows that come in great numbers and are kept for so many days (readings, lines of logs). The
table itself is made by its app's migration, partitioned by range of a moment.
Source: docs/decisions/0055.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

# The catalogue itself: to_regclass may answer from before the lock was waited for.
_MISSING = """
    select name from unnest(%s::text[]) as name
    where not exists (select from pg_class where relname = name)
"""
_STANDING = """
    select child.relname from pg_inherits
    join pg_class child on child.oid = inhrelid
    where inhparent = %s::regclass
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
            self._wait_alone()
            cursor.execute("set local lock_timeout = '5s'")  # readers go first; the next run tries
            cursor.execute(_STANDING, [self.name])
            old = sorted(name for (name,) in cursor.fetchall() if name < self.part_of(day))
            for name in old:
                cursor.execute(sql.SQL("drop table {}").format(sql.Identifier(name)))
        return old

    def _make(self, day: date) -> None:
        """Attached, not made as a part: that would wait for all who read the table."""
        words = {
            "table": sql.Identifier(self.name),
            "part": sql.Identifier(self.part_of(day)),
            "since": sql.Literal(begin_of(day)),
            "until": sql.Literal(begin_of(day + timedelta(days=1))),
        }
        with transaction.atomic(), connection.cursor() as cursor:
            self._wait_alone()
            cursor.execute(_MISSING, [[self.part_of(day)]])
            if not cursor.fetchall():
                return
            cursor.execute(
                sql.SQL("create table {part} (like {table} including all)").format(**words)
            )
            cursor.execute(
                sql.SQL(
                    "alter table {table} attach partition {part}"
                    " for values from ({since}) to ({until})"
                ).format(**words)
            )

    def _wait_alone(self) -> None:
        """Only one session makes or drops parts of a table at a time."""
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_advisory_xact_lock(hashtext(%s))", [f"{self.name}.partitions"]
            )
