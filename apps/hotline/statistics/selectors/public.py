"""What everybody may know."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import (
    Q,
)

from apps.accounts.models import Tenant
from apps.common import clock
from apps.common.periods import last_days
from apps.figures.selectors import Reach
from apps.hotline.statistics.selectors.figures import (
    figures,
)
from apps.hotline.statistics.selectors.reach import MATTERS


@dataclass(frozen=True)
class PublicFigures:
    """What the public page says of the last 30 days (HL-05)."""

    received: int
    closed: int
    on_time: str
    satisfied: str
    computed_at: datetime


def public_figures(tenant: Tenant) -> PublicFigures:
    """Will count a tenant's last 30 days for the public page."""
    period = last_days(30)
    found = {f.code: f for f in figures(Reach(Q(tenant=tenant), matters=MATTERS), period)}
    return PublicFigures(
        received=found["received"].part,
        closed=found["closed"].part,
        on_time=found["on_time"].value,
        satisfied=found["satisfied"].value,
        computed_at=clock.now(),
    )
