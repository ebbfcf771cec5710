"""The address library: entries by words, kind and area, one entry with what belongs to it."""

from django.db.models import QuerySet

from apps.places.models import Area, GazetteerEntry
from apps.places.text import address_key


def search_gazetteer(
    text: str, *, kind: str = "", area: Area | None = None
) -> QuerySet[GazetteerEntry]:
    """Will list entries whose name or alias contains the text; all for an empty text."""
    found = GazetteerEntry.objects.select_related("area", "parent").defer("geometry")
    if kind:
        found = found.filter(kind=kind)
    if area is not None:
        found = found.filter(area__path__startswith=area.path)
    key = address_key(text)
    if key:
        found = found.filter(search_text__contains=key)
    return found.order_by("name", "pk")
