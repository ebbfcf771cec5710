"""Hands on what was ordered with a re-drawing."""

from datetime import date

from apps.common import outbox
from apps.common.models import OutboxMessage
from apps.places.models import Redrawing
from apps.places.services.redrawings import CELLS_REDRAWN
from apps.places.signals import CellsRedrawn, cells_redrawn


@outbox.handles(CELLS_REDRAWN)
def tell_redrawn(message: OutboxMessage) -> None:
    """Will tell whoever keeps things by cell."""
    told = message.payload
    redrawn = CellsRedrawn(tuple(told["old"]), tuple(told["new"]), date.fromisoformat(told["on"]))
    cells_redrawn.send(Redrawing, redrawn=redrawn)
