"""Histories of cases: copies of one real case, spread over days, classes and places."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from apps.matters.models import Case
from apps.places.models import Area
from tests.cast import Cast
from tests.matters.factories import registered

WEEK = (6, 5, 5, 4, 5, 2, 2)
#: A Monday morning: every test looks at the demands from here.
MORNING = timezone.make_aware(datetime(2026, 6, 15, 7))


def history(
    cast: Cast,
    *,
    days: int = 112,
    per_day: Callable[[date], int] = lambda day: WEEK[day.weekday()],
    cell: Area | None = None,
    class_code: str = "road.manhole",
    class_label: str = "井盖",
    **changes: object,
) -> list[Case]:
    """Will give copies of one case, so many on each of the days before ``MORNING``."""
    model = registered(cast)
    template = {
        field.attname: getattr(model, field.attname)
        for field in Case._meta.concrete_fields
        if not field.primary_key
    }
    place = cell or cast.cells["east"][0]
    place.refresh_from_db()
    template |= {
        "area_id": place.pk,
        "area_path": place.path,
        "class_code": class_code,
        "class_label": class_label,
        "search": None,
    } | changes
    today = MORNING.date()
    rows = [
        Case(**template | {"number": number, "opened_at": at})
        for number, at in _moments(today, days, per_day, model.pk)
    ]
    # The model itself is of now: later than the morning the tests look from.
    return Case.objects.bulk_create(rows)


def _moments(
    today: date, days: int, per_day: Callable[[date], int], series: int
) -> Sequence[tuple[str, datetime]]:
    return [
        (f"H{series}-{back}-{n}", timezone.make_aware(datetime.combine(day, time(9, n % 60))))
        for back in range(1, days + 1)
        for day in [today - timedelta(days=back)]
        for n in range(per_day(day))
    ]
