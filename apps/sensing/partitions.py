"""The table of readings, a part for each day of the city.

A part is made ahead by the clock, or by the first reading that needs it (what was buffered for
days comes late), and dropped whole when its day is too old. Source: docs/decisions/0055.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

PREFIX = "sensing_reading_"
#: Only one session makes or drops parts at a time.
_ALONE = "select pg_advisory_xact_lock(hashtext('sensing.partitions'))"
# The catalogue itself: to_regclass may answer from before the lock was waited for.
_MISSING = """
    select name from unnest(%s::text[]) as name
    where not exists (select from pg_class where relname = name)
"""
_STANDING = """
    select child.relname from pg_inherits
    join pg_class child on child.oid = inhrelid
    where inhparent = 'sensing_reading'::regclass
"""


def name_of(day: date) -> str:
    """Will give the table that holds a day of the city."""
    return f"{PREFIX}{day:%Y%m%d}"


def begin_of(day: date) -> datetime:
    """Will give the moment a day of the city begins."""
    return timezone.make_aware(datetime.combine(day, time()))


def ensure(days: Iterable[date]) -> list[date]:
    """Will make the parts that are missing and give their days."""
    by_name = {name_of(day): day for day in days}
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, [list(by_name)])
        missing = sorted(by_name[name] for (name,) in cursor.fetchall())
    for day in missing:
        _make(day)
    return missing


def drop_before(day: date) -> list[str]:
    """Will drop the parts of the days before this one and give their names."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ALONE)
        cursor.execute("set local lock_timeout = '5s'")  # readers go first; the next run tries
        cursor.execute(_STANDING)
        old = sorted(name for (name,) in cursor.fetchall() if name < name_of(day))
        for name in old:
            cursor.execute(sql.SQL("drop table {}").format(sql.Identifier(name)))
    return old


def _make(day: date) -> None:
    """Attached, not made as a part: that would wait for all who read the table."""
    words = {
        "part": sql.Identifier(name_of(day)),
        "since": sql.Literal(begin_of(day)),
        "until": sql.Literal(begin_of(day + timedelta(days=1))),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ALONE)
        cursor.execute(_MISSING, [[name_of(day)]])
        if not cursor.fetchall():
            return
        cursor.execute(
            sql.SQL("create table {part} (like sensing_reading including all)").format(**words)
        )
        cursor.execute(
            sql.SQL(
                "alter table sensing_reading attach partition {part}"
                " for values from ({since}) to ({until})"
            ).format(**words)
        )
