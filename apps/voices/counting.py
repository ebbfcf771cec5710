"""How many spoke, where, of what, when: the counts the scan and its charts stand on.

Counted are distinct reporters, so that one caller on the telephone all day is one; a report
without a number counts by itself. Merged cases are voices and count. Weeks are looked at in steps
of seven days back from the evening of the last day, local time.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from apps.accounts.models import Tenant

WEEKS = 8
# %s: tenant, since, until. n: whole days back from the end; a window of one day looks at the
# same weekday only. The area is a step of the path: /city/district/street/community/cell/.
_COUNTS = """
    select area, class_code, week, count(distinct who) from (
        select nullif(split_part(c.area_path, '/', %s), '')::bigint as area, c.class_code,
            floor(extract(epoch from (%s - c.opened_at)) / 86400)::int as n,
            floor(extract(epoch from (%s - c.opened_at)) / 604800)::int as week,
            coalesce(nullif(d.reporter_phone, ''), 'case:' || c.id) as who
        from matters_case c
        join matters_mattertype m on m.id = c.matter_type_id and m.code like 'hotline.%%'
        left join hotline_demand d on d.case_id = c.id
        where c.tenant_id = %s and c.opened_at >= %s and c.opened_at < %s
            and c.class_code <> ''
    ) spoken
    where area is not null and (%s or n %% 7 = 0)
    group by 1, 2, 3
"""
_PER_DAY = """
    select floor(extract(epoch from (%s - c.opened_at)) / 86400)::int,
        count(distinct coalesce(nullif(d.reporter_phone, ''), 'case:' || c.id))
    from matters_case c
    join matters_mattertype m on m.id = c.matter_type_id and m.code like 'hotline.%%'
    left join hotline_demand d on d.case_id = c.id
    where c.tenant_id = %s and c.opened_at >= %s and c.opened_at < %s
        and c.area_path like %s and (%s = '' or c.class_code = %s)
    group by 1
"""


class Counted(NamedTuple):
    """Reporters of one class in one area: in the window, and in each of the past weeks."""

    area_id: int
    class_code: str
    now: int
    past: tuple[int, ...]


def end_of(day: date) -> datetime:
    """Will give the local midnight after a day, aware."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def count_windows(tenant: Tenant, *, day: date, days: int, depth: int) -> list[Counted]:
    """Will count one window and its eight predecessors per area and class.

    day: the last day of the window. days: 1 or 7. depth: the level of the areas in a path, 1
    for the city. One statement; what was never reported is left out.
    """
    end = end_of(day)
    since = end - timedelta(days=7 * (WEEKS + 1))
    values: list[Any] = [depth + 1, end, end, tenant.pk, since, end, days == 7]
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, values)
        rows = cursor.fetchall()
    return list(_gathered(rows))


def _gathered(rows: Iterable[tuple[int, str, int, int]]) -> Iterable[Counted]:
    weeks: dict[tuple[int, str], list[int]] = {}
    for area, class_code, week, number in rows:
        if week <= WEEKS:
            weeks.setdefault((area, class_code), [0] * (WEEKS + 1))[week] = number
    for (area, class_code), counts in weeks.items():
        yield Counted(area, class_code, counts[0], tuple(counts[1:]))


def count_days(
    tenant: Tenant, *, area_path: str, class_code: str, day: date, days: int
) -> list[tuple[date, int]]:
    """Will give how many spoke on each of the days up to ``day``, oldest first.

    area_path: prefix; class_code: "" for every class.
    """
    end = end_of(day)
    since = end - timedelta(days=days)
    values: list[Any] = [end, tenant.pk, since, end, area_path + "%", class_code, class_code]
    with connection.cursor() as cursor:
        cursor.execute(_PER_DAY, values)
        counted = dict(cursor.fetchall())
    return [(day - timedelta(days=back), counted.get(back, 0)) for back in range(days - 1, -1, -1)]
