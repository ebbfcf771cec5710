"""Whether the data of a layer are as fresh as promised. Source: GE-07."""

from dataclasses import dataclass
from datetime import date

from apps.common import clock
from apps.onemap.models import LayerCard
from apps.onemap.registry import Layer


@dataclass(frozen=True)
class Freshness:
    """updated_on: None for a layer drawn from live rows. days: since then. promised: days."""

    updated_on: date | None
    days: int
    promised: int | None

    @property
    def is_late(self) -> bool:
        """Whether the data are older than promised."""
        return (
            self.updated_on is not None
            and self.promised is not None
            and (self.days > self.promised)
        )


def freshness_of(layer: Layer, card: LayerCard) -> Freshness:
    """Will tell how old the data of a layer are, by its card."""
    days = (clock.today() - card.updated_on).days if card.updated_on else 0
    return Freshness(card.updated_on, days, card.update_days or layer.update_days)
