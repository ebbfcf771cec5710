"""What the register does when others act."""

from typing import Any

from django.dispatch import receiver

from apps.assets import services
from apps.audit.services import SYSTEM
from apps.places.signals import CellsRedrawn, cells_redrawn


@receiver(cells_redrawn, dispatch_uid="assets.follow_cells")
def follow_cells(redrawn: CellsRedrawn, **_others: Any) -> None:
    """Will put things into the cells that stand where theirs stood."""
    services.follow_cells(SYSTEM, old_ids=redrawn.old, new_ids=redrawn.new)
