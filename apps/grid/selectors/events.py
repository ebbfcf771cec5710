"""Events as their viewers may see them."""

from typing import Any

from django.contrib.gis.db.models.functions import Distance
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_of
from apps.common.errors import NotAllowed, NotFound
from apps.grid.models import GridEvent
from apps.matters.enums import StateCategory
from apps.matters.models import Case
from apps.matters.selectors import search_cases, visible_cases
from apps.places.geometry import Point4326, box_around

_COLUMNS = {
    "kind": "kind",
    "class_code": "case__class_code",
    "category": "case__category",
    "doubt": "doubt",
}


def visible_events(viewer: User) -> QuerySet[GridEvent]:
    """Will give the events whose case the viewer may see, newest first."""
    return (
        GridEvent.objects.filter(case__in=visible_cases(viewer).values("pk"))
        .select_related(
            "case__unit", "case__area", "case__version", "case__matter_type", "grid_class", "asset"
        )
        .defer("case__search", "case__area__boundary")
        .order_by("-case_id")
    )


def narrowed(viewer: User, **wanted: Any) -> QuerySet[GridEvent]:
    """Will give the visible events that fit: q, kind, class_code, category, doubt, area_paths,
    opened_from, opened_to (days, both included). Raises: InvalidInput (q of one character).
    """
    found = visible_events(viewer)
    if text := wanted.get("q"):
        found = found.filter(case__in=search_cases(viewer, text).order_by().values("pk"))
    for name, column in _COLUMNS.items():
        if value := wanted.get(name):
            found = found.filter(**{column: value})
    if paths := wanted.get("area_paths"):
        reach = Q(pk__in=[])
        for path in paths:
            reach |= Q(case__area_path__startswith=path)
        found = found.filter(reach)
    if day := wanted.get("opened_from"):
        found = found.filter(case__opened_at__date__gte=day)
    if day := wanted.get("opened_to"):
        found = found.filter(case__opened_at__date__lte=day)
    return found


def waiting(viewer: User, pile: str) -> QuerySet[GridEvent]:
    """Will give what waits at the shift desk: to be filed ("file"), to be dispatched ("send"),
    to be checked ("look"), to be closed ("finish"); the most urgent first.
    """
    state = {"file": "reported", "send": "filed", "look": "answered", "finish": "checked"}[pile]
    return (
        visible_events(viewer)
        .filter(case__state=state)
        .select_related("case__proposal")
        .prefetch_related("looks__worker")
        .order_by("case_id")
    )


def get_event(viewer: User, event_id: int) -> GridEvent:
    """Will give one visible event. Raises: NotFound."""
    found = visible_events(viewer).filter(pk=event_id).first()
    if found is None:
        raise NotFound(_("没有这个网格事件，或您无权查看"))
    return found


def event_of(case: Case) -> GridEvent | None:
    """Will give what the grid keeps of a case; None for a case that is just being opened."""
    return (
        GridEvent.objects.filter(case_id=case.pk)
        .select_related("grid_class", "asset__owner_unit", "asset__maintainer", "reporter")
        .first()
    )


def events_near(viewer: User, *, point: Point4326, radius_m: float) -> QuerySet[GridEvent]:
    """Will give the visible open events within metres of a point, nearest first.

    Each carries ``distance`` (a Distance; ``.m`` are metres).
    """
    return (
        visible_events(viewer)
        .filter(case__point__bboverlaps=box_around(point, radius_m))
        .exclude(case__category=StateCategory.ENDED)
        .annotate(distance=Distance("case__point", point))
        .filter(distance__lte=radius_m)
        .order_by("distance", "pk")
    )


def tenant_of(actor: User) -> Tenant:
    """Will give the body a colleague works for. Raises: NotAllowed (holds no post)."""
    scope = scope_of(actor)
    found = Tenant.objects.select_related("area")
    if not scope.everything:
        found = found.filter(pk__in=scope.tenant_ids)
    tenant = found.order_by("pk").first()
    if tenant is None:
        raise NotAllowed(_("您没有任职单位"))
    return tenant
