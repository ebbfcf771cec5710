"""Datasets as layers of the one map. Source: GE-02, GE-03."""

from collections.abc import Iterable
from typing import Any

from django.contrib.gis.db import models
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from apps.common.memory import Memory
from apps.geodata import permissions
from apps.geodata.enums import AnalysisState
from apps.geodata.models import Analysis, Dataset, ImportedFeature, ResultFeature
from apps.geodata.schema import FieldRule, rules_of
from apps.onemap.enums import FieldKind, Geometry, LayerGroup
from apps.onemap.registry import Layer, LayerField, LayerSource, Look, Viewer

_STORED_AS: dict[str, Any] = {
    FieldKind.INTEGER: models.BigIntegerField,
    FieldKind.NUMBER: models.FloatField,
    FieldKind.BOOLEAN: models.BooleanField,
    FieldKind.DATE: models.DateField,
    FieldKind.TIME: models.DateTimeField,
}
_ICONS = {Geometry.POINT: "map-pin", Geometry.LINE: "line", Geometry.POLYGON: "polygon"}
_datasets: Memory[dict[str, Dataset]] = Memory(
    of=("geodata.Dataset", "geodata.DatasetVersion", "accounts.Organization")
)


class DatasetLayers(LayerSource):
    """A layer per dataset that has a version to show."""

    prefix = "data-"

    def find(self, code: str) -> Layer | None:
        """Will give the layer of one dataset."""
        dataset = self._known().get(code)
        return layer_of(dataset) if dataset else None

    def all(self) -> Iterable[Layer]:
        """Will give a layer per dataset, by name."""
        return [layer_of(dataset) for dataset in self._known().values()]

    def _known(self) -> dict[str, Dataset]:
        return _datasets.get("", _read)


DATASETS = DatasetLayers()


def layer_of(dataset: Dataset) -> Layer:
    """Will describe a dataset as a layer."""
    version = dataset.current
    assert version is not None
    rules = [rule for rule in rules_of(version.fields) if rule.is_taken]
    geometry = Geometry(dataset.geometry)

    def features() -> QuerySet[Any]:
        return ImportedFeature.objects.filter(version_id=version.pk)

    def rows(viewer: Viewer) -> QuerySet[Any]:
        allowed = layer_may(viewer, dataset)
        return features() if allowed else ImportedFeature.objects.none()

    return Layer(
        code=dataset.layer_code,
        label=dataset.name,
        description=dataset.description,
        group=LayerGroup.DATA,
        geometry=geometry,
        rows=rows,
        shared_rows=features,
        seen_by=lambda viewer: permissions.can_see(viewer, dataset),
        fields=tuple(_field(rule) for rule in rules),
        owner=dataset.unit.name,
        is_public=dataset.is_public,
        geometry_field="geometry",
        mercator_field="geometry_3857",
        area_field="area_path",
        aggregate_below=13 if geometry == Geometry.POINT and version.feature_count > 2000 else 0,
        fresh_seconds=3600,
        version=lambda: str(version.pk),
        update_days=dataset.update_days,
        look=Look(
            color=dataset.color,
            label=dataset.label_field,
            icon=_ICONS.get(geometry, "map"),
        ),
    )


def layer_may(viewer: Viewer, dataset: Dataset) -> bool:
    """Will tell whether a viewer, signed in or not, reads the rows by their own right."""
    if dataset.is_public:
        return True
    return bool(viewer.is_authenticated) and permissions.can_see(viewer, dataset)  # type: ignore[arg-type]


def _field(rule: FieldRule) -> LayerField:
    text = KeyTextTransform(rule.name, "properties")
    stored = _STORED_AS.get(rule.kind)
    return LayerField(
        rule.name,
        rule.label,
        Cast(text, stored()) if stored else text,
        FieldKind(rule.kind),
        choices={choice: choice for choice in rule.choices},
    )


def _read() -> dict[str, Dataset]:
    found = Dataset.objects.filter(retired_at=None, current__isnull=False)
    return {d.layer_code: d for d in found.select_related("unit", "current")}


class AnalysisLayers(LayerSource):
    """A layer per finished analysis, for its maker alone."""

    prefix = "result-"

    def find(self, code: str) -> Layer | None:
        """Will give the layer of one result."""
        number = code.removeprefix(self.prefix)
        if not number.isascii() or not number.isdigit() or len(number) > 18:
            return None
        found = _finished().filter(pk=int(number)).first()
        return result_layer(found) if found else None

    def all(self) -> Iterable[Layer]:
        """Will give a layer per result, the newest first."""
        return [result_layer(found) for found in _results.get("", lambda: tuple(_finished()))]


RESULTS = AnalysisLayers()
_results: Memory[tuple[Analysis, ...]] = Memory(of=("geodata.Analysis",))


def result_layer(analysis: Analysis) -> Layer:
    """Will describe a result as a layer."""
    geometry = Geometry(analysis.geometry)

    def rows(viewer: Viewer) -> QuerySet[Any]:
        found = ResultFeature.objects.filter(analysis_id=analysis.pk)
        return found if viewer.pk == analysis.maker_id else found.none()

    rules = [FieldRule(name, name, label, kind) for name, label, kind in analysis.columns]
    return Layer(
        code=analysis.layer_code,
        label=analysis.name,
        description=analysis.get_kind_display(),
        group=LayerGroup.ANALYSIS,
        geometry=geometry,
        rows=rows,
        seen_by=lambda viewer: viewer.pk == analysis.maker_id,
        fields=tuple(_field(rule) for rule in rules),
        geometry_field="geometry",
        mercator_field="geometry_3857",
        fresh_seconds=3600,
        version=lambda: str(analysis.pk),
        look=Look(color="#9333ea", opacity=0.25, icon=_ICONS.get(geometry, "map")),
    )


def _finished() -> QuerySet[Analysis]:
    return Analysis.objects.filter(state=AnalysisState.DONE).order_by("-pk")
