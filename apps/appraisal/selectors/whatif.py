"""What other weights would do to a ranking that is computed already. Source: OP-16."""

from dataclasses import dataclass
from decimal import Decimal

from apps.accounts.models import Tenant, User
from apps.appraisal.models import Run
from apps.appraisal.reckoning import Rate, Weights, places, score_of
from apps.appraisal.selectors.runs import list_lines


@dataclass(frozen=True)
class Moved:
    """One line before and after. place: None without a score."""

    name: str
    score_before: Decimal | None
    score: Decimal | None
    place_before: int | None
    place: int | None

    @property
    def up(self) -> int:
        """How many places it gains; negative: loses."""
        if self.place is None or self.place_before is None:
            return 0
        return self.place_before - self.place

    @property
    def down(self) -> int:
        """How many places it loses."""
        return -self.up


def what_if(viewer: User, tenant: Tenant, *, weights: Weights, kind: str) -> list[Moved]:
    """Will give the last computed ranking by other weights, in its new order; nothing is kept.

    Only lines the viewer may see. Empty where no month is computed.
    """
    run = (
        Run.objects.filter(tenant=tenant, shown__isnull=False)
        .select_related("shown__scheme", "tenant__area")
        .order_by("-month")
        .first()
    )
    if run is None:
        return []
    lines = list(list_lines(viewer, run, kind))
    scores = {
        line.pk: score_of({c: Rate(*of) for c, of in line.rates.items()}, weights) for line in lines
    }
    ranked = places(scores)
    moved = [
        Moved(line.name, line.score, scores[line.pk], line.place, ranked[line.pk]) for line in lines
    ]
    return sorted(moved, key=lambda one: (one.place is None, one.place or 0, one.name))
