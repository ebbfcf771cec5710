"""Cases and tasks as layers of the one map. Source: GE-02."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.matters.enums import (
    CATEGORY_COLORS,
    OPEN_TASK_STATES,
    Channel,
    Priority,
    StateCategory,
    TaskKind,
    TaskState,
)
from apps.matters.models import Case, Task
from apps.matters.selectors import visible_cases
from apps.onemap.enums import FieldKind, Geometry, LayerGroup
from apps.onemap.registry import Layer, LayerField, Look, Viewer, register_layer


def placed_cases(viewer: Viewer) -> QuerySet[Any]:
    """Will give the cases with a place that this viewer may see."""
    if not isinstance(viewer, User):
        return Case.objects.none()
    return visible_cases(viewer).filter(point__isnull=False)


def open_tasks(viewer: Viewer) -> QuerySet[Any]:
    """Will give the open tasks on cases with a place that this viewer may see."""
    if not isinstance(viewer, User):
        return Task.objects.none()
    seen = visible_cases(viewer).filter(point__isnull=False)
    return Task.objects.filter(case__in=seen.values("pk"), state__in=OPEN_TASK_STATES)


CASES = Layer(
    code="cases",
    label=_("案件"),
    description=_("有位置的全部案件，按本人权限显示；不含反映人信息。"),
    group=LayerGroup.MATTERS,
    geometry=Geometry.POINT,
    rows=placed_cases,
    fields=(
        LayerField("number", _("受理编号"), "number"),
        LayerField("title", _("标题"), "title", in_tiles=False),
        LayerField("class_label", _("分类"), "class_label"),
        LayerField("category", _("状态类别"), "category", choices=dict(StateCategory.choices)),
        LayerField("priority", _("紧急程度"), "priority", choices=dict(Priority.choices)),
        LayerField("channel", _("来源渠道"), "channel", choices=dict(Channel.choices)),
        LayerField("unit", _("承办单位"), "unit__name", in_tiles=False),
        LayerField("area", _("所在区域"), "area__name", in_tiles=False),
        LayerField("opened_at", _("登记时间"), "opened_at", FieldKind.TIME),
        LayerField("due_at", _("到期时间"), "due_at", FieldKind.TIME, in_tiles=False),
        LayerField("closed_at", _("办结时间"), "closed_at", FieldKind.TIME, in_tiles=False),
    ),
    export_permission="matters.export_cases",
    area_field="area_path",
    aggregate_below=13,
    time_field="opened_at",
    end_field="closed_at",
    detail_url="/cases/{id}/",
    look=Look(color="#1f5eb8", radius=5, by="category", colors=CATEGORY_COLORS, icon="files"),
)

TASKS = Layer(
    code="tasks",
    label=_("待办任务"),
    description=_("尚未完成的任务，画在案件的位置上。"),
    group=LayerGroup.MATTERS,
    geometry=Geometry.POINT,
    rows=open_tasks,
    fields=(
        LayerField("number", _("受理编号"), "case__number"),
        LayerField("case", _("案件"), "case_id", FieldKind.INTEGER, filterable=False),
        LayerField("kind", _("任务类别"), "kind", choices=dict(TaskKind.choices)),
        LayerField("state", _("任务状态"), "state", choices=dict(TaskState.choices)),
        LayerField("unit", _("承办单位"), "unit__name"),
        LayerField("created_at", _("交办时间"), "created_at", FieldKind.TIME),
        LayerField("due_at", _("到期时间"), "due_at", FieldKind.TIME),
    ),
    export_permission="matters.export_cases",
    geometry_field="case__point",
    area_field="case__area_path",
    aggregate_below=13,
    time_field="created_at",
    detail_url="/cases/{case}/",
    look=Look(color="#7c3aed", radius=5, by="kind", icon="checklist"),
)


def register() -> None:
    """Will put the layers of this app on the map."""
    register_layer(CASES)
    register_layer(TASKS)
