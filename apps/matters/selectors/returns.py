"""The ping-pong index: how often a unit sends cases back of those it is given (MT-25)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from apps.accounts.models import Organization, User
from apps.accounts.selectors import scope_of
from apps.matters.enums import RequestKind, RequestState, TaskKind
from apps.matters.models import Request, Task
from apps.matters.selectors.visible import visible_cases


@dataclass(frozen=True)
class ReturnRate:
    """One unit over a period. given: cases it got; asked: returns asked for, granted or not."""

    unit_id: int
    unit: str
    given: int
    asked: int
    granted: int
    refused: int

    @property
    def index(self) -> float:
        """Returns asked for per hundred cases given."""
        return round(100 * self.asked / self.given, 1) if self.given else 0.0


def list_return_rates(viewer: User, *, since: datetime, until: datetime) -> list[ReturnRate]:
    """Will give the units of the viewer's tenants that got cases in a period, worst first.

    Two grouped queries over the period, whatever the number of cases before it.
    """
    scope = scope_of(viewer)
    own = Q() if scope.everything else Q(unit__tenant_id__in=scope.tenant_ids)
    given = dict(
        Task.objects.filter(own, kind=TaskKind.MAIN, created_at__gte=since, created_at__lt=until)
        .order_by()
        .values_list("unit_id")
        .annotate(n=Count("pk"))
    )
    asked = {
        row["unit_id"]: row
        for row in Request.objects.filter(
            own, kind=RequestKind.RETURN, asked_at__gte=since, asked_at__lt=until
        )
        .order_by()
        .values("unit_id")
        .annotate(
            asked=Count("pk"),
            granted=Count("pk", filter=Q(state=RequestState.APPROVED)),
            refused=Count("pk", filter=Q(state=RequestState.REJECTED)),
        )
    }
    names = _names([*given, *asked])
    rates = [
        ReturnRate(
            unit_id=unit,
            unit=names.get(unit, ""),
            given=given.get(unit, 0),
            **{key: asked.get(unit, {}).get(key, 0) for key in ("asked", "granted", "refused")},
        )
        for unit in {*given, *asked}
    ]
    return sorted(rates, key=lambda rate: (-rate.index, -rate.asked, rate.unit))


def list_returns(viewer: User, *, unit_id: int, since: datetime, until: datetime) -> list[Request]:
    """Will give the returns behind one figure that the viewer may see, newest first."""
    found = Request.objects.filter(
        kind=RequestKind.RETURN,
        unit_id=unit_id,
        asked_at__gte=since,
        asked_at__lt=until,
        case__in=visible_cases(viewer),
    )
    return list(found.select_related("case", "unit").order_by("-id")[:200])


def _names(ids: list[Any]) -> dict[int, str]:
    return dict(Organization.objects.filter(pk__in=ids).values_list("pk", "name"))
