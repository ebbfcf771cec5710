"""Where things with tags were last, on the one map. Source: IO-13, IO-14, GE-02."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.onemap.enums import FieldKind, Geometry, LayerGroup
from apps.onemap.registry import Layer, LayerField, Look, Viewer, register_layer
from apps.tagging.enums import ReaderKind
from apps.tagging.models import LastPlace
from apps.tagging.permissions import is_reader
from apps.tagging.selectors import last_places


def place_rows(viewer: Viewer) -> QuerySet[Any]:
    """Will give the last places of the viewer's things with tags."""
    if not isinstance(viewer, User) or not is_reader(viewer):
        return LastPlace.objects.none()
    return last_places(viewer)


PLACES = Layer(
    code="tag-places",
    label=_("标签位置"),
    description=_("带标签的部件最近一次被读到的位置、时间和来源；卫星定位更新的不在此列。"),
    group=LayerGroup.SENSING,
    geometry=Geometry.POINT,
    rows=place_rows,
    seen_by=is_reader,
    fields=(
        LayerField("name", _("名称"), "asset__name"),
        LayerField("at", _("时间"), "at", FieldKind.TIME),
        LayerField("source", _("来源"), "reader__kind", choices=dict(ReaderKind.choices)),
        LayerField("gate", _("读写器"), "reader__device__asset__name"),
    ),
    time_field="at",
    detail_url="/tags/things/{id}/",
    look=Look(color="#0f766e", radius=6, label="name", icon="tag"),
)


def register() -> None:
    """Will put the layer on the map."""
    register_layer(PLACES)
