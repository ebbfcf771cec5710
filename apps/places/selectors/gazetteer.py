"""The address library: entries by words, kind and area, one entry with what belongs to it."""

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.common.errors import NotFound
from apps.places.geometry import Point4326, distance_m
from apps.places.models import Area, GazetteerEntry
from apps.places.text import address_key


def search_gazetteer(
    text: str, *, kind: str = "", area: Area | None = None, closed: bool = False
) -> QuerySet[GazetteerEntry]:
    """Will list entries whose name or alias contains the text; all for an empty text.

    closed: those no longer in force instead of those in force.
    """
    found = GazetteerEntry.objects.select_related("area", "parent").defer(
        "geometry", "area__boundary", "parent__geometry"
    )
    found = found.filter(closed_at__isnull=not closed)
    if kind:
        found = found.filter(kind=kind)
    if area is not None:
        found = found.filter(area__path__startswith=area.path)
    key = address_key(text)
    if key:
        found = found.filter(search_text__contains=key)
    return found.order_by("name", "pk")


def get_entry(*, pk: int) -> GazetteerEntry:
    """Raises: NotFound."""
    entry = (
        GazetteerEntry.objects.select_related("area__level", "parent__parent")
        .defer("area__boundary", "parent__geometry", "parent__parent__geometry")
        .filter(pk=pk)
        .first()
    )
    if entry is None:
        raise NotFound(_("地名不存在"))
    return entry


def list_parts(entry: GazetteerEntry) -> QuerySet[GazetteerEntry]:
    """Will list what belongs to an entry and is in force, by number."""
    parts = entry.parts.filter(closed_at=None).defer("geometry")
    return parts.order_by("house_number", "name", "pk")


def count_kinds() -> dict[str, int]:
    """Will count the entries in force by kind. One query, an index only."""
    counted = (
        GazetteerEntry.objects.filter(Q(closed_at=None))
        .values_list("kind")
        .annotate(number=Count("pk"))
        .order_by()
    )
    return dict(counted)


def entries_named(name: str, *, kinds: tuple[str, ...], near: Point4326) -> list[GazetteerEntry]:
    """Will give the entries in force of these kinds that bear a name, the nearest first."""
    held = GazetteerEntry.objects.filter(
        keys__key=address_key(name), kind__in=kinds, closed_at=None
    ).distinct()
    return sorted(held[:20], key=lambda entry: (distance_m(entry.point, near), entry.pk))
