"""Spatial analyses: ordered by a person, done by the worker under that person's right."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import Tenant, User
from apps.accounts.selectors import scope_of
from apps.audit import services as audit
from apps.common import clock
from apps.common.errors import DomainError, InvalidInput, NotFound, Refused
from apps.geodata import permissions
from apps.geodata.analysis import methods
from apps.geodata.analysis.methods import Shape
from apps.geodata.analysis.roads import RoadGraph
from apps.geodata.checking import KINDS
from apps.geodata.enums import AnalysisKind, AnalysisState
from apps.geodata.models import Analysis, ResultFeature
from apps.geodata.services.running import LEASE
from apps.geodata.services.waking import wake_worker
from apps.notices.services import notify
from apps.onemap.enums import FieldKind
from apps.onemap.selectors import FIELD_PREFIX, OpenLayer, open_layer, readable
from apps.places.enums import MapFeatureKind
from apps.places.geometry import from_plane, to_plane
from apps.places.models import Area, BaseMapFeature

logger = logging.getLogger(__name__)

MAX_INPUT = 20_000
MAX_VERTICES = 1_000_000
MAX_RESULT = 50_000
MAX_STARTS = 50  # places of a service area
MAX_OPEN = 5  # of one person
KEEP_DAYS = 30
_TWO_LAYERS = {
    AnalysisKind.INTERSECT,
    AnalysisKind.DIFFERENCE,
    AnalysisKind.UNION,
    AnalysisKind.NEAREST,
    AnalysisKind.NEAREST_ROAD,
}
_WITH_DISTANCE = {
    AnalysisKind.BUFFER: (1.0, 20_000.0),
    AnalysisKind.SERVICE_AREA: (50.0, 20_000.0),
    AnalysisKind.IDW: (20.0, 20_000.0),
}
_KINDS = {str: FieldKind.TEXT, int: FieldKind.INTEGER, float: FieldKind.NUMBER}


@dataclass(frozen=True)
class AnalysisOrder:
    """What shall be computed. distance_m: of a buffer, a reach, or the side of a grid cell.

    field: with the values, or written on the result. level_code: of the areas counted by.
    """

    kind: str
    name: str
    layer: str
    other: str = ""
    distance_m: float | None = None
    is_dissolved: bool = False
    field: str = ""
    level_code: str = ""


@transaction.atomic
def order_analysis(actor: User, *, order: AnalysisOrder) -> Analysis:
    """Will queue an analysis over layers the actor reads; audited with its parameters.

    Raises: NotAllowed; NotFound (a layer the actor does not read); InvalidInput (fields
    ``kind``, ``name``, ``layer``, ``other``, ``distance_m``, ``field``, ``level_code``);
    Refused (too many of the actor's are waiting).
    """
    permissions.require_analyse(actor)
    _check(actor, order)
    waiting = Analysis.objects.filter(maker=actor, state=AnalysisState.QUEUED).count()
    if waiting >= MAX_OPEN:
        raise Refused(_("您已有 %(count)d 项分析在等待") % {"count": waiting})
    opened = open_layer(actor, order.layer)
    parameters: dict[str, Any] = {**vars(order), "scope": opened.scope_key}
    if order.other:
        parameters["other_scope"] = open_layer(actor, order.other).scope_key
    found = Analysis.objects.create(
        tenant_id=min(scope_of(actor).tenant_ids),
        name=order.name.strip()[:80],
        kind=order.kind,
        parameters=parameters,
        maker=actor,
        created_at=clock.now(),
        expires_on=clock.today() + timedelta(days=KEEP_DAYS),
    )
    audit.record(
        actor,
        "analysis.ordered",
        object_type="geodata.analysis",
        object_id=found.pk,
        object_label=found.name,
        data=parameters,
    )
    wake_worker()
    return found


@transaction.atomic
def delete_analysis(actor: User, *, analysis_id: int) -> None:
    """Will delete an analysis of one's own with its result. Raises: NotFound."""
    found = Analysis.objects.select_for_update().filter(pk=analysis_id, maker=actor).first()
    if found is None:
        raise NotFound(_("没有这项分析"))
    audit.record(
        actor,
        "analysis.deleted",
        object_type="geodata.analysis",
        object_id=found.pk,
        object_label=found.name,
    )
    found.delete()


def run_analyses(*, limit: int = 10) -> int:
    """Will do queued analyses, one after another, and give their number."""
    done = 0
    for _turn in range(limit):
        found = _claim()
        if found is None:
            break
        _run(found)
        done += 1
    return done


def drop_expired() -> int:
    """Will delete the results whose last day is over, and give their number."""
    found = Analysis.objects.filter(expires_on__lt=clock.today())
    count = found.count()
    found.delete()
    return count


@transaction.atomic
def _claim() -> Analysis | None:
    now = clock.now()
    found = (
        Analysis.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("maker")
        .filter(Q(claimed_until=None) | Q(claimed_until__lt=now), state=AnalysisState.QUEUED)
        .order_by("pk")
        .first()
    )
    if found is not None:
        found.claimed_until = now + LEASE
        found.save(update_fields=["claimed_until"])
    return found


def _run(analysis: Analysis) -> None:
    try:
        with transaction.atomic():
            _keep(analysis, _compute(analysis))
    except DomainError as error:
        _end(analysis, AnalysisState.FAILED, str(error))
    except Exception:  # the loop's edge: this one is parked, the round goes on
        logger.exception("analysis failed", extra={"analysis_id": analysis.pk})
        _end(analysis, AnalysisState.FAILED, _("计算未能完成，请缩小范围后重试"))
    notify(
        recipients=[analysis.maker],
        kind="geodata",
        title=_("空间分析“%(name)s”：%(state)s")
        % {"name": analysis.name, "state": AnalysisState(analysis.state).label},
        body=analysis.error,
        url=f"/geodata/analyses/{analysis.pk}/",
        key=f"geodata-analysis-{analysis.pk}-{analysis.state}",
    )


def _compute(analysis: Analysis) -> list[Shape]:
    wanted, maker = analysis.parameters, analysis.maker
    ours = _read(maker, wanted["layer"], wanted["field"])
    distance = float(wanted["distance_m"] or 0)
    kind = AnalysisKind(analysis.kind)
    match kind:
        case AnalysisKind.BUFFER:
            return methods.buffer(ours, distance_m=distance, is_dissolved=wanted["is_dissolved"])
        case AnalysisKind.INTERSECT | AnalysisKind.DIFFERENCE | AnalysisKind.UNION:
            return methods.overlay(ours, _read(maker, wanted["other"]), way=kind.value)
        case AnalysisKind.NEAREST:
            return methods.nearest(ours, _read(maker, wanted["other"]))
        case AnalysisKind.NEAREST_ROAD:
            return _roads().nearest(ours, _read(maker, wanted["other"]))
        case AnalysisKind.SERVICE_AREA:
            if len(ours) > MAX_STARTS:
                raise _too_much(MAX_STARTS)
            return _roads().service_areas(ours, reach_m=distance)
        case AnalysisKind.AREA_COUNT:
            return methods.count_by_area(ours, _areas(wanted["level_code"]))
    try:
        return methods.interpolate(ours, cell_m=distance, border=_outline(analysis.tenant))
    except ValueError as error:
        message = (
            _("至少需要三个有值的点")
            if str(error) == "values"
            else _("网格超过 %(most)d 格，请加大格边长") % {"most": methods.MAX_CELLS}
        )
        raise Refused(message) from error


def _keep(analysis: Analysis, found: Sequence[Shape]) -> None:
    if not found:
        raise Refused(_("没有得到任何图形"))
    if len(found) > MAX_RESULT:
        raise _too_much(MAX_RESULT)
    ResultFeature.objects.bulk_create(
        (
            ResultFeature(
                analysis=analysis,
                geometry=f"SRID=4326;{shapely.to_wkt(_in_degrees(item.shape), 8)}",
                properties=json.loads(json.dumps(item.properties)),
            )
            for item in found
        ),
        batch_size=1000,
    )
    kinds = {KINDS[item.shape.geom_type].value for item in found if item.shape.geom_type in KINDS}
    analysis.geometry = kinds.pop() if len(kinds) == 1 else "mixed"
    analysis.fields = _fields(found)
    analysis.feature_count = len(found)
    _end(analysis, AnalysisState.DONE, "")


def _end(analysis: Analysis, state: AnalysisState, error: str) -> None:
    analysis.state, analysis.error, analysis.finished_at = state, error[:300], clock.now()
    analysis.save()


def _fields(found: Sequence[Shape]) -> list[dict[str, Any]]:
    kinds: dict[str, str] = {}
    for item in found:
        for name, value in item.properties.items():
            kinds.setdefault(name, _KINDS.get(type(value), FieldKind.TEXT))
    return [{"name": n, "kind": kind} for n, kind in kinds.items()]


def _check(actor: User, order: AnalysisOrder) -> None:
    if order.kind not in AnalysisKind.values:
        raise InvalidInput(_("没有这种分析方法"), field="kind")
    if not order.name.strip():
        raise InvalidInput(_("请填写名称"), field="name")
    kind = AnalysisKind(order.kind)
    opened = open_layer(actor, order.layer)
    if kind in _TWO_LAYERS:
        if not order.other or order.other == order.layer:
            raise InvalidInput(_("请选择另一个图层"), field="other")
        open_layer(actor, order.other)
    if kind in _WITH_DISTANCE:
        low, high = _WITH_DISTANCE[kind]
        if order.distance_m is None or not low <= order.distance_m <= high:
            raise InvalidInput(
                _("距离应在 %(low)d 至 %(high)d 米之间") % {"low": low, "high": high},
                field="distance_m",
            )
    if kind == AnalysisKind.AREA_COUNT and not _areas_of(order.level_code).exists():
        raise InvalidInput(_("请选择统计的区域层级"), field="level_code")
    _check_field(opened, order, kind)


def _check_field(opened: OpenLayer, order: AnalysisOrder, kind: AnalysisKind) -> None:
    found = next((f for f in opened.fields if f.name == order.field), None)
    if order.field and (found is None or found.name in opened.masked):
        raise InvalidInput(_("没有这个字段"), field="field")
    is_number = found is not None and found.kind in {FieldKind.INTEGER, FieldKind.NUMBER}
    if kind == AnalysisKind.IDW and not is_number:
        raise InvalidInput(_("插值须选择一个数值字段"), field="field")


def _read(maker: User, code: str, field: str = "") -> list[Shape]:
    """The shapes of a layer in metres, under the maker's right of this moment."""
    opened = open_layer(maker, code)
    geometry = opened.layer.geometry_field
    named = next((f for f in opened.fields if f.name in {field, "name", "number", "label"}), None)
    chosen = next((f for f in opened.fields if f.name == field), None) or named
    rows = opened.rows.filter(**{f"{geometry}__isnull": False})
    if chosen is not None:
        rows = opened.with_fields(rows, [chosen])
    name = f"{FIELD_PREFIX}{chosen.name}" if chosen else "pk"
    asked = rows.order_by("pk").annotate(wkb=AsWKB(geometry)).values_list("wkb", name)
    with readable(opened.layer.label):
        found = list(asked[: MAX_INPUT + 1])
    if len(found) > MAX_INPUT:
        raise _too_much(MAX_INPUT)
    if not found:
        raise Refused(_("图层“%(name)s”中没有可用的图形") % {"name": opened.layer.label})
    shapes = shapely.from_wkb([bytes(wkb) for wkb, _value in found])
    if int(shapely.get_num_coordinates(shapes).sum()) > MAX_VERTICES:
        raise Refused(_("图层“%(name)s”的图形过于复杂") % {"name": opened.layer.label})
    return [
        Shape(shape, "" if value is None else str(value), _number(value))
        for shape, (_wkb, value) in zip(_in_metres(shapes), found, strict=True)
    ]


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None


def _roads() -> RoadGraph:
    found = BaseMapFeature.objects.filter(kind=MapFeatureKind.ROAD).annotate(wkb=AsWKB("geometry"))
    lines = [bytes(wkb) for wkb in found.order_by("pk").values_list("wkb", flat=True)]
    graph = RoadGraph(_in_metres(shapely.from_wkb(lines))) if lines else None
    if not graph:
        raise Refused(_("底图中没有道路，不能沿路计算"))
    return graph


def _areas_of(level_code: str) -> Any:
    found = Area.objects.valid_on(clock.today()).filter(boundary__isnull=False)
    return found.filter(level__code=level_code)


def _areas(level_code: str) -> list[Shape]:
    rows = _areas_of(level_code).annotate(wkb=AsWKB("boundary")).order_by("path")
    found = list(rows.values_list("wkb", "name")[:MAX_INPUT])
    shapes = _in_metres(shapely.from_wkb([bytes(wkb) for wkb, _name in found]))
    return [Shape(shape, name) for shape, (_wkb, name) in zip(shapes, found, strict=True)]


def _outline(tenant: Tenant) -> Any:
    area = tenant.area
    if area is None or area.boundary is None:
        return None
    return _in_metres(np.array([shapely.from_wkb(bytes(area.boundary.wkb))]))[0]


def _in_metres(shapes: Any) -> Any:
    return shapely.transform(shapes, lambda xy: np.column_stack(to_plane(xy[:, 0], xy[:, 1])))


def _in_degrees(shape: Any) -> Any:
    def back(points: Any) -> Any:
        found = [from_plane(float(x), float(y)) for x, y in points]
        return np.array([(p.x, p.y) for p in found])

    return shapely.transform(shape, back)


def _too_much(most: int) -> Refused:
    return Refused(_("要素超过 %(most)d 个，请缩小范围") % {"most": most}, code="too_much")
