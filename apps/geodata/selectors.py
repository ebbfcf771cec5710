"""Reads of map data, scoped by viewer."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import shapely
from django.db import DatabaseError
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_of
from apps.common import clock
from apps.common.errors import NotFound, TooMany
from apps.geodata import permissions
from apps.geodata.checking import in_degrees
from apps.geodata.detective import reader_of
from apps.geodata.enums import Visibility
from apps.geodata.models import (
    Analysis,
    CityModel,
    Dataset,
    ImportIssue,
    ImportJob,
    ModelLink,
    SpatialView,
)
from apps.geodata.registry import Found, all_targets
from apps.geodata.view_layers import is_there
from apps.geodata.view_rows import GEOMETRY, definition_of, rows_of
from apps.onemap.registry import find_layer
from apps.onemap.selectors import patient, readable


def list_datasets(viewer: User, *, text: str = "") -> QuerySet[Dataset]:
    """Will give the datasets a person sees by their posts, retired ones not."""
    found = Dataset.objects.filter(seen_by(viewer), retired_at=None)
    if text:
        found = found.filter(Q(name__icontains=text) | Q(source__icontains=text))
    return found.select_related("unit", "current")


def seen_by(viewer: User) -> Q:
    """Will give the condition on datasets and views that a person sees them by their posts."""
    scope = scope_of(viewer)
    seen = Q(is_public=True)
    if scope.everything:
        seen = Q()
    else:
        seen |= Q(visibility=Visibility.TENANT, tenant_id__in=scope.tenant_ids)
        for path in scope.organization_paths:
            seen |= Q(unit__path__startswith=path) | Q(unit__path__in=_ancestors(path))
    return seen | Q(unit_id__in=[unit.pk for unit in permissions.units_kept_by(viewer)])


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


def list_views(viewer: User, *, text: str = "") -> QuerySet[SpatialView]:
    """Will give the views of base libraries a person sees by their posts, retired ones not."""
    found = SpatialView.objects.filter(seen_by(viewer), retired_at=None)
    if text:
        found = found.filter(Q(name__icontains=text) | Q(source__icontains=text))
    return found.select_related("unit", "tenant")


def get_view(viewer: User, view_id: int) -> SpatialView:
    """Will give one of them. Raises: NotFound."""
    found = list_views(viewer).filter(pk=view_id).first()
    if found is None:
        raise NotFound(_("没有这个空间视图"))
    return found


def what_is_wrong(view: SpatialView) -> str:
    """Will say why a view shows nothing, having tried to read it; "" where all is well."""
    if not is_there(view):
        return _("数据库里已没有这个视图，或它的列、坐标系、读取权限变了")
    try:
        with patient():
            rows_of(definition_of(view)).values_list().first()
    except TooMany:
        return _("这个视图读得太慢")
    except DatabaseError:
        return _("数据库读取这个视图时出错")
    return ""


def view_geojson(view: SpatialView, *, limit: int = 400) -> str:
    """Will draw some rows of a view for its page; nothing where it is not there any more.

    Raises: LayerUnreadable.
    """
    if what_is_wrong(view):
        return _collection([])
    rows = rows_of(definition_of(view)).order_by("pk").values_list(GEOMETRY, "pk")[:limit]
    with readable(view.name):
        found = list(rows)
    return _collection(
        [_feature(shapely.from_wkb(bytes(shape.wkb)), number=str(key)) for shape, key in found]
    )


def list_models(viewer: User, *, text: str = "") -> QuerySet[CityModel]:
    """Will give the 3D models of a person's bodies, retired ones not, with ``link_count``."""
    scope = scope_of(viewer)
    found = CityModel.objects.filter(retired_at=None).select_related("unit")
    if not scope.everything:
        found = found.filter(tenant_id__in=scope.tenant_ids)
    if text:
        found = found.filter(name__icontains=text)
    return found.annotate(link_count=Count("links"))


def get_model(viewer: User, model_id: int) -> CityModel:
    """Will give one of them. Raises: NotFound."""
    found = list_models(viewer).filter(pk=model_id).first()
    if found is None:
        raise NotFound(_("没有这个三维模型"))
    return found


@dataclass(frozen=True)
class ShownLink:
    """A link as one person may read it. found: what it leads to; None: not theirs to see."""

    link: ModelLink
    word: str
    found: Found | None
    viewer_url: str


def shown_links(viewer: User, model: CityModel, links: Iterable[ModelLink]) -> list[ShownLink]:
    """Will tell what links lead to, one question per kind."""
    known = list(links)
    seen: dict[tuple[str, str], Found] = {}
    for target in all_targets():
        codes = [link.target_code for link in known if link.kind == target.kind]
        if codes:
            seen |= {(target.kind, found.code): found for found in target.find(viewer, codes)}
    words = {target.kind: str(target.word) for target in all_targets()}
    return [
        ShownLink(
            link,
            words.get(link.kind, link.kind),
            seen.get((link.kind, link.target_code)),
            model.url_of(link.object_id),
        )
        for link in known
    ]


@dataclass(frozen=True)
class ShownObject:
    """An object of a model that stands for a thing. url: of the outside viewer."""

    model: str
    edition: str
    object_id: str
    url: str


def objects_of(viewer: User, kind: str, codes: Iterable[str]) -> dict[str, list[ShownObject]]:
    """Will give the objects of things the viewer sees, by the things' codes.

    Only of models of the viewer's bodies that are in use.
    """
    found: dict[str, list[ShownObject]] = {}
    scope = scope_of(viewer)
    links = ModelLink.objects.filter(
        kind=kind, target_code__in=list(codes), model__retired_at=None
    ).select_related("model")
    if not scope.everything:
        links = links.filter(model__tenant_id__in=scope.tenant_ids)
    for link in links.order_by("model__name", "object_id"):
        model = link.model
        shown = ShownObject(model.name, model.edition, link.object_id, model.url_of(link.object_id))
        found.setdefault(link.target_code, []).append(shown)
    return found
