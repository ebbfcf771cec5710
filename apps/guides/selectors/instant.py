"""Instant approval in figures: what is on, what was granted, what the sampling found."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from apps.accounts.models import Tenant, User
from apps.guides.enums import ReviewState
from apps.guides.models import CheckRun, InstantSwitch
from apps.matters import selectors as cases
from apps.matters.models import Case, MatterType


@dataclass(frozen=True)
class InstantFigures:
    """One matter. share: of the checked ones granted instantly; wrong_share: of the reviewed."""

    matter: MatterType
    switch: InstantSwitch | None
    checked: int
    granted: int
    pending: int
    reviewed: int
    wrong: int

    @property
    def share(self) -> float | None:
        return self.granted / self.checked if self.checked else None

    @property
    def wrong_share(self) -> float | None:
        return self.wrong / self.reviewed if self.reviewed else None


def is_switched_on(matter_type_id: int) -> bool:
    """Will tell whether a matter is granted instantly now; read afresh every time."""
    return InstantSwitch.objects.filter(matter_type_id=matter_type_id, is_on=True).exists()


def instant_figures(tenant: Tenant) -> list[InstantFigures]:
    """Will give every matter that has checks, with its switch and its figures."""
    counted = {
        row["case__matter_type"]: row
        for row in CheckRun.objects.filter(case__tenant=tenant)
        .values("case__matter_type")
        .annotate(
            checked=Count("id"),
            granted=Count("id", filter=Q(drawn__isnull=False)),
            pending=Count("id", filter=Q(review=ReviewState.PENDING)),
            wrong=Count("id", filter=Q(review=ReviewState.WRONG)),
            right=Count("id", filter=Q(review=ReviewState.RIGHT)),
        )
    }
    switches = {s.matter_type_id: s for s in InstantSwitch.objects.all()}
    rows = []
    for matter in cases.in_force():
        if matter.current_version is None or not matter.current_version.body.get("instant"):
            continue
        row = counted.get(matter.pk, {})
        rows.append(
            InstantFigures(
                matter,
                switches.get(matter.pk),
                row.get("checked", 0),
                row.get("granted", 0),
                row.get("pending", 0),
                row.get("right", 0) + row.get("wrong", 0),
                row.get("wrong", 0),
            )
        )
    return rows


def list_samples(viewer: User) -> QuerySet[CheckRun]:
    """Will give the instant approvals drawn for review that the viewer may see, oldest first."""
    drawn = CheckRun.objects.filter(review=ReviewState.PENDING)
    seen = cases.visible_cases(viewer).values("pk")
    return drawn.filter(case__in=seen).select_related("case__matter_type").order_by("id")


def run_of(case: Case) -> CheckRun | None:
    """Will give the checks of a case, if any were done."""
    return CheckRun.objects.filter(case=case).first()
