"""What field work does when others act."""

from typing import Any

from django.dispatch import receiver

from apps.audit.services import SYSTEM
from apps.fieldwork import services
from apps.places.signals import CellsRedrawn, cells_redrawn


@receiver(cells_redrawn, dispatch_uid="fieldwork.follow_cells")
def follow_cells(redrawn: CellsRedrawn, **_others: Any) -> None:
    """Will leave nobody's ground without who answered for it."""
    services.follow_cells(SYSTEM, old_ids=redrawn.old, new_ids=redrawn.new, on=redrawn.on)
