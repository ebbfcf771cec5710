"""Hands the addresses of new cases to the address library, to learn what it does not know.

Away from the hot path: a report is registered without waiting for this. Only the address goes
on, never who reported; a case reported in confidence is left out.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from apps.common import clock
from apps.matters.models import Case
from apps.places import services as places

SOURCE = "cases"
BATCH = 50  # a third of a second: others wait for the worker meanwhile
#: Keys are drawn before the commit: a case so young may still be overtaken by a smaller key.
SETTLED = timedelta(minutes=2)
#: What was reported before the list began is history, but for the last month.
LOOK_BACK = timedelta(days=30)


@transaction.atomic
def collect_unplaced() -> int:
    """Will read the next cases' addresses and give how many nobody could place.

    Locks the mark of how far cases were read; a second run at the same time does nothing.
    """
    until = clock.now() - SETTLED
    mark = places.lock_mark(SOURCE, first=lambda: _last_before(until - LOOK_BACK))
    if mark is None:
        return 0
    cases = list(
        Case.objects.filter(pk__gt=mark.last_id, opened_at__lte=until)
        .select_related("area")
        .only("pk", "address", "point", "opened_at", "is_confidential", "area")
        .defer("area__boundary")
        .order_by("pk")[:BATCH]
    )
    if not cases:
        return 0
    found = places.take_reports(
        [
            places.PlaceReport(
                f"case:{case.pk}", case.address, case.area, case.opened_at, case.point
            )
            for case in cases
            if case.address and not case.is_confidential
        ]
    )
    places.move_mark(mark, to=cases[-1].pk)
    return found


def _last_before(moment: datetime) -> int:
    earlier = Case.objects.filter(opened_at__lt=moment)
    return earlier.aggregate(last=Max("pk"))["last"] or 0
