"""The demands of a tenant, counted per day, area and class: what forecasts are made of."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from apps.accounts.models import Tenant
from apps.common.periods import Period
from apps.figures.selectors.reach import not_voided
from apps.matters.enums import Channel
from apps.matters.models import Case


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many came on a day from one area, as the case names it, of one class."""

    on: date
    area_path: str
    class_code: str
    count: int


def demands(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Will leave what somebody asked for: not voided, not opened by another case."""
    return not_voided(cases).exclude(channel=Channel.INTERNAL)


def first_demand_day(tenant: Tenant) -> date | None:
    """Will give the day of the first demand, None where none ever came."""
    oldest = Case.objects.filter(tenant=tenant).aggregate(at=Min("opened_at"))["at"]
    return timezone.localdate(oldest) if oldest else None


def count_per_day(tenant: Tenant, period: Period) -> list[DayCount]:
    """Will count the demands of the period; one grouped query."""
    rows = (
        _within(tenant, period)
        .annotate(day=TruncDate("opened_at"))
        .values_list("day", "area_path", "class_code")
        .annotate(n=Count("pk"))
    )
    return [DayCount(*row) for row in rows]


def class_labels(tenant: Tenant, period: Period) -> dict[str, str]:
    """Will give the newest spelling of each class used in the period, by code."""
    rows = _within(tenant, period).exclude(class_code="").values("class_code")
    return dict(rows.annotate(label=Max("class_label")).values_list("class_code", "label"))


def repeated_addresses(
    tenant: Tenant, period: Period, *, least: int, most: int
) -> list[dict[str, Any]]:
    """Will give the addresses that came up so often, the most frequent first.

    Confidential cases stay out: their place would tell who reported. Each with address,
    area_id, area_path, n, first and last day, and the number of classes.
    """
    rows = (
        _within(tenant, period)
        .filter(is_confidential=False)
        .exclude(address="")
        .values("address", "area_id", "area_path")
        .annotate(
            n=Count("pk"),
            first=TruncDate(Min("opened_at")),
            last=TruncDate(Max("opened_at")),
            classes=Count("class_code", distinct=True),
        )
        .filter(n__gte=least)
        .order_by("-n", "address")
    )
    return list(rows[:most])


def _within(tenant: Tenant, period: Period) -> QuerySet[Case]:
    cases = Case.objects.filter(
        tenant=tenant, opened_at__gte=period.start, opened_at__lt=period.end
    )
    return demands(cases).order_by()
