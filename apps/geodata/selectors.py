"""Reads of map data, scoped by viewer."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import shapely
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.common import clock
from apps.common.errors import NotFound
from apps.geodata import permissions
from apps.geodata.checking import in_degrees
from apps.geodata.detective import reader_of
from apps.geodata.enums import Visibility
from apps.geodata.models import Analysis, Dataset, ImportIssue, ImportJob
from apps.onemap.registry import find_layer


def list_datasets(viewer: User, *, text: str = "") -> QuerySet[Dataset]:
    """Will give the datasets a person sees by their posts, retired ones not."""
    scope = scope_of(viewer)
    seen = Q(is_public=True)
    if scope.everything:
        seen = Q()
    else:
        seen |= Q(visibility=Visibility.TENANT, tenant_id__in=scope.tenant_ids)
        for path in scope.organization_paths:
            seen |= Q(unit__path__startswith=path) | Q(unit__path__in=_ancestors(path))
    kept = [unit.pk for unit in permissions.units_kept_by(viewer)]
    found = Dataset.objects.filter(seen | Q(unit_id__in=kept), retired_at=None)
    if text:
        found = found.filter(Q(name__icontains=text) | Q(source__icontains=text))
    return found.select_related("unit", "current")


def get_dataset(viewer: User, dataset_id: int) -> Dataset:
    """Will give one of them. Raises: NotFound."""
    found = list_datasets(viewer).filter(pk=dataset_id).first()
    if found is None:
        raise NotFound(_("没有这份数据"))
    return found


def list_imports(viewer: User) -> QuerySet[ImportJob]:
    """Will give the imports of the units whose data the person keeps, the newest first."""
    units = [unit.pk for unit in permissions.units_kept_by(viewer)]
    found = ImportJob.objects.filter(unit_id__in=units).select_related("unit", "dataset")
    return found.defer("summary", "shift")


def get_import(viewer: User, job_id: int) -> ImportJob:
    """Will give one import with all that was read. Raises: NotFound."""
    job = ImportJob.objects.select_related("unit", "dataset").filter(pk=job_id).first()
    if job is None or not permissions.can_keep(viewer, job.unit):
        raise NotFound(_("没有这次导入"))
    return job


def list_issues(job: ImportJob) -> QuerySet[ImportIssue]:
    """Will give what the checks found, errors first."""
    return job.issues.order_by("severity", "row_number", "pk")


@dataclass(frozen=True)
class Staleness:
    """Whether data are older than promised. days: since the day they are of."""

    days: int
    promised: int | None

    @property
    def is_late(self) -> bool:
        return self.promised is not None and self.days > self.promised


def staleness_of(dataset: Dataset) -> Staleness | None:
    """Will tell how old a dataset is; None while it has no data."""
    if dataset.current is None:
        return None
    return Staleness(
        (clock.today() - dataset.current.data_on) // timedelta(days=1), dataset.update_days
    )


def sample_geojson(job: ImportJob, code: str) -> str:
    """Will draw the sample of a file as read under a hypothesis. Raises: NotFound."""
    try:
        way = reader_of(code).to_degrees
    except ValueError as error:
        raise NotFound(_("没有这种坐标系")) from error
    features = []
    for entry in job.summary.get("drawn", []):
        shape = in_degrees(shapely.from_wkt(entry["wkt"]), way)
        if shape is not None:
            features.append(_feature(shape, number=entry["number"]))
    return _collection(features)


def issues_geojson(job: ImportJob) -> str:
    """Will draw where the checks found something."""
    features = []
    for issue in list_issues(job).filter(point__isnull=False)[:500]:
        assert issue.point is not None
        label = f"{issue.row_number}：{issue.message}" if issue.row_number else issue.message
        features.append(
            _feature(shapely.Point(issue.point.x, issue.point.y), label=label, kind=issue.severity)
        )
    return _collection(features)


def dataset_geojson(dataset: Dataset, *, limit: int = 400) -> str:
    """Will draw some of a dataset for its page."""
    if dataset.current is None:
        return _collection([])
    rows = dataset.current.features.order_by("pk").values_list("geometry", "row_number")[:limit]
    return _collection(
        [_feature(shapely.from_wkb(bytes(shape.wkb)), number=number) for shape, number in rows]
    )


def _feature(shape: Any, **properties: Any) -> dict[str, Any]:
    plain = json.loads(shapely.to_geojson(shape))
    return {"type": "Feature", "properties": properties, "geometry": plain}


def _collection(features: list[dict[str, Any]]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def _ancestors(path: str) -> list[str]:
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[: n + 1]) + "/" for n in range(len(parts))]


def list_analyses(viewer: User) -> QuerySet[Analysis]:
    """Will give a person's own analyses, the newest first."""
    return Analysis.objects.filter(maker=viewer)


def get_analysis(viewer: User, analysis_id: int) -> Analysis:
    """Will give one of them. Raises: NotFound."""
    found = list_analyses(viewer).filter(pk=analysis_id).first()
    if found is None:
        raise NotFound(_("没有这项分析"))
    return found


def parameters_of(analysis: Analysis) -> list[tuple[str, str]]:
    """Will put into words what an analysis was asked for."""
    wanted = analysis.parameters
    layer, other = find_layer(wanted["layer"]), find_layer(wanted["other"] or "-")
    said = [
        (_("方法"), analysis.get_kind_display()),
        (_("图层"), str(layer.label) if layer else wanted["layer"]),
        (_("另一图层"), str(other.label) if other else wanted["other"]),
        (_("距离（米）"), wanted["distance_m"]),
        (_("字段名"), wanted["field"]),
        (_("统计到"), wanted["level_code"]),
    ]
    return [(label, str(value)) for label, value in said if value]


def result_geojson(analysis: Analysis, *, limit: int = 400) -> str:
    """Will draw some of a result for its page."""
    rows = analysis.features.order_by("pk").values_list("geometry", "properties")[:limit]
    return _collection(
        [
            _feature(shapely.from_wkb(bytes(shape.wkb)), label=str(values.get("label", "")))
            for shape, values in rows
        ]
    )
