"""Cameras in the register of protected resources. Source: AC-07, VD-05.

A camera belongs to the unit of its asset, or else to the area it stands in; with neither it is
nobody's and nobody looks through it (docs/decisions/0108).
"""

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.protected.registry import (
    DefaultPolicy,
    ProtectedEntry,
    ResourceKind,
    ResourceSource,
    register_source,
)
from apps.accounts.protected.selectors import reach_of
from apps.video import permissions
from apps.video.models import Camera


def _rows(viewer: User, text: str) -> QuerySet[Camera]:
    """Those of the viewer's bodies and areas; by code, so that a page is one look at an index."""
    scope = reach_of(viewer)
    found = Camera.objects.select_related("asset__owner_unit", "asset__area")
    found = found.defer("asset__area__boundary")
    if not scope.everything:
        of_bodies = Q(asset__owner_unit__tenant_id__in=scope.tenant_ids)
        found = found.filter(of_bodies | permissions.reach_q(scope, "asset__"))
    if text:
        found = found.filter(Q(asset__name__icontains=text) | Q(gb_code__startswith=text))
    return found.order_by("gb_code")


def _entry(row: Camera) -> ProtectedEntry:
    unit, area = row.asset.owner_unit, row.asset.area
    owner = str(unit) if unit else ""
    if not owner and area is not None:
        owner = _("%(area)s（所在区域）") % {"area": area.name}
    shared = "" if row.is_isolated else _("；或经共享审批授予的单位")
    return ProtectedEntry(
        ResourceKind.CAMERA,
        row.gb_code,
        row.asset.name,
        owner or _("无归属"),
        DefaultPolicy.RIGHT if owner else DefaultPolicy.DENIED,
        rights=permissions.READERS if owner else (),
        opened_by=_("权限须在归属单位或所在区域；观看另需观看视频权限") + shared if owner else "",
        state=_state(row),
        url=reverse("video:camera-detail", args=[row.pk]),
    )


def _state(row: Camera) -> str:
    if row.gone_at is not None:
        return _("平台已撤点")
    return _("使用中") if row.is_active else _("已停用")


def register() -> None:
    """Will make the cameras known."""
    register_source(ResourceSource("video", ResourceKind.CAMERA, _rows, _entry))
