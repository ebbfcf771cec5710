"""What people change about a layer."""

from django.db import transaction
from django.db.models import F

from apps.onemap.models import LayerCard


@transaction.atomic
def redraw_layer(code: str) -> None:
    """Will make every tile of a layer count as old. For the writers of its rows.

    Locks: the card's row.
    """
    LayerCard.objects.get_or_create(code=code)
    card = LayerCard.objects.select_for_update().get(code=code)
    card.version = F("version") + 1
    card.save(update_fields=["version"])
