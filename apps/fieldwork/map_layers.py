"""Workers on duty, cells by worker and today's patrols on the one map. Source: GE-02, GR-02."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for
from apps.common import clock
from apps.fieldwork.enums import WorkerState
from apps.fieldwork.models import LastPosition, PatrolStop
from apps.fieldwork.permissions import READERS, within_reach
from apps.fieldwork.selectors.workers import duties_on
from apps.onemap.enums import FieldKind, Geometry, LayerGroup
from apps.onemap.registry import Layer, LayerField, Look, Viewer, register_layer
from apps.places.models import Area


def _may(user: User) -> bool:
    return any(user.has_perm(right) for right in READERS)


def on_duty_rows(viewer: Viewer) -> QuerySet[Any]:
    """Will give the last places of those on duty in the viewer's areas."""
    if not isinstance(viewer, User):
        return LastPosition.objects.none()
    return LastPosition.objects.filter(
        within_reach(viewer, *READERS, prefix="worker__"),
        session__ended_at__isnull=True,
        worker__state=WorkerState.ACTIVE,
    )


def stop_rows(viewer: Viewer) -> QuerySet[Any]:
    """Will give the points of today's patrols in the viewer's areas."""
    if not isinstance(viewer, User):
        return PatrolStop.objects.none()
    return PatrolStop.objects.filter(
        within_reach(viewer, *READERS, prefix="patrol__"), patrol__day=clock.today()
    )


def cell_rows(viewer: Viewer) -> QuerySet[Any]:
    """Will give the cells of the viewer's areas with who answers for each today."""
    if not isinstance(viewer, User):
        return Area.objects.none()
    scope = scope_for(viewer, *READERS)
    today = clock.today()
    cells = Area.objects.valid_on(today).filter(level__is_cell=True, boundary__isnull=False)
    if not scope.everything:
        cells = cells.below([*scope.area_paths])
    held = duties_on(today).filter(cell=OuterRef("pk")).order_by("-part", "pk")
    return cells.annotate(
        worker_name=Subquery(held.values("worker__user__full_name")[:1]),
        worker_key=Subquery(held.values("worker_id")[:1]),
    )


ON_DUTY = Layer(
    code="workers-on-duty",
    label=_("在岗网格员"),
    description=_("在岗并同意定位的网格员的最近位置，下岗即消失。"),
    group=LayerGroup.PEOPLE,
    geometry=Geometry.POINT,
    rows=on_duty_rows,
    seen_by=_may,
    fields=(
        LayerField("name", _("姓名"), "worker__user__full_name"),
        LayerField("unit", _("所在单位"), "worker__unit__name", in_tiles=False),
        LayerField("at", _("最近位置时间"), "at", FieldKind.TIME),
        LayerField("worker", _("网格员"), "worker_id", FieldKind.INTEGER, filterable=False),
    ),
    area_field="worker__area_path",
    time_field="at",
    detail_url="/fieldwork/workers/{worker}/",
    look=Look(color="#15803d", radius=7, label="name", label_zoom=15, icon="walk"),
)

STOPS = Layer(
    code="patrol-stops-today",
    label=_("今日巡查点"),
    description=_("今天各巡查任务的点位和签到情况。"),
    group=LayerGroup.PEOPLE,
    geometry=Geometry.POINT,
    rows=stop_rows,
    seen_by=_may,
    fields=(
        LayerField("name", _("巡查点"), "name"),
        LayerField("plan", _("巡查计划"), "patrol__plan__title", in_tiles=False),
        LayerField("worker", _("网格员"), "patrol__worker__user__full_name", in_tiles=False),
        LayerField("state", _("状态"), "state"),
        LayerField("patrol", _("巡查"), "patrol_id", FieldKind.INTEGER, filterable=False),
    ),
    area_field="patrol__area_path",
    detail_url="/fieldwork/patrols/{patrol}/",
    look=Look(
        color="#64748b",
        radius=5,
        by="state",
        colors={
            "waiting": "#64748b",
            "done": "#15803d",
            "out_of_place": "#b45309",
            "missed": "#b91c1c",
        },
        icon="route",
    ),
)

CELLS = Layer(
    code="cells-by-worker",
    label=_("网格责任"),
    description=_("每个网格今天由谁负责。"),
    group=LayerGroup.PEOPLE,
    geometry=Geometry.POLYGON,
    rows=cell_rows,
    seen_by=_may,
    fields=(
        LayerField("name", _("网格"), "name"),
        LayerField("code", _("代码"), "code"),
        LayerField("worker", _("责任网格员"), "worker_name"),
    ),
    geometry_field="boundary",
    area_field="path",
    min_zoom=11,
    look=Look(color="#7c3aed", width=1, opacity=0.06, label="worker", label_zoom=15, icon="users"),
)


def register() -> None:
    """Will put the layers of this app on the map."""
    for layer in (ON_DUTY, STOPS, CELLS):
        register_layer(layer)
