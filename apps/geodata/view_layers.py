"""Views of base libraries as layers of the one map. Source: GE-10."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from apps.common.memory import Memory
from apps.geodata import catalogue, permissions
from apps.geodata.models import SpatialView
from apps.geodata.schema import rules_of
from apps.geodata.view_rows import (
    GEOMETRY,
    definition_of,
    expression_of,
    is_whole,
    rows_of,
)
from apps.onemap.enums import FieldKind, Geometry, LayerGroup
from apps.onemap.registry import Layer, LayerField, LayerSource, Look, Viewer

FRESH_SECONDS = 60  # nobody tells the map when a view's rows change
_ICONS = {Geometry.POINT: "map-pin", Geometry.LINE: "line", Geometry.POLYGON: "polygon"}
_MANY = 2000  # points from here on are counted per cell at small zooms
_views: Memory[dict[str, SpatialView]] = Memory(
    of=("geodata.SpatialView", "accounts.Organization", "accounts.Tenant")
)


class SpatialViewLayers(LayerSource):
    """A layer per registered view. One that the database no longer has shows nothing."""

    prefix = "view-"

    def find(self, code: str) -> Layer | None:
        """Will give the layer of one view."""
        view = self._known().get(code)
        return layer_of(view, is_there=is_there(view)) if view else None

    def all(self) -> Iterable[Layer]:
        """Will give a layer per view, by name; one look into the catalogue for all."""
        known = self._known().values()
        there = present(known)
        return [layer_of(view, is_there=view.pk in there) for view in known]

    def _known(self) -> dict[str, SpatialView]:
        return _views.get("", _read)


VIEWS = SpatialViewLayers()


def is_there(view: SpatialView) -> bool:
    """Will tell whether the database still has what a view reads, and this body may show it."""
    found = catalogue.find_relation(view.tenant.code, view.schema, view.relation)
    return is_whole(view, found)


def present(views: Iterable[SpatialView]) -> set[int]:
    """Will give the keys of those that are there."""
    known = list(views)
    if not known:
        return set()
    found = catalogue.relations({v.schema for v in known}, {v.relation for v in known})
    places = {(relation.schema, relation.name): relation for relation in found}
    return {
        view.pk
        for view in known
        if view.schema in catalogue.schemas_of(view.tenant.code)
        and is_whole(view, places.get((view.schema, view.relation)))
    }


def layer_of(view: SpatialView, *, is_there: bool) -> Layer:
    """Will describe a view as a layer; without rows where the database has it no more."""
    geometry = catalogue.geometry_of(view.shape)
    definition = definition_of(view)

    def features() -> QuerySet[Any]:
        return rows_of(definition) if is_there else rows_of(definition).none()

    def rows(viewer: Viewer) -> QuerySet[Any]:
        return features() if may_read(viewer, view) else rows_of(definition).none()

    types = [kind for _name, kind in definition.fields]
    fields = tuple(
        LayerField(rule.name, rule.label, expression_of(n, types[n]), FieldKind(rule.kind))
        for n, rule in enumerate(rules_of(view.fields))
    )
    return Layer(
        code=view.layer_code,
        label=view.name,
        description=view.description,
        group=LayerGroup.DATA,
        geometry=geometry,
        rows=rows,
        shared_rows=features,
        seen_by=lambda viewer: permissions.can_see(viewer, view),
        fields=fields,
        owner=view.unit.name,
        is_public=view.is_public,
        geometry_field=GEOMETRY,
        kept_first=("pk",),
        aggregate_below=13 if geometry == Geometry.POINT and view.row_count > _MANY else 0,
        fresh_seconds=FRESH_SECONDS,
        look=Look(color=view.color, label=view.label_field, icon=_ICONS.get(geometry, "map")),
    )


def may_read(viewer: Viewer, view: SpatialView) -> bool:
    """Will tell whether a viewer, signed in or not, reads the rows by their own right."""
    if view.is_public:
        return True
    return bool(viewer.is_authenticated) and permissions.can_see(viewer, view)  # type: ignore[arg-type]


def _read() -> dict[str, SpatialView]:
    found = SpatialView.objects.filter(retired_at=None).select_related("unit", "tenant")
    return {view.layer_code: view for view in found}
