"""Who sees cameras, who looks through them, who keeps them, who decides about sharing."""

from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.permissions import holds_in
from apps.accounts.selectors import Scope, area_scope_q, organization_scope_q, scope_for, scope_of
from apps.audit.services import SYSTEM
from apps.common import clock
from apps.common.errors import NotAllowed
from apps.places.models import Area
from apps.video.models import Camera, CameraGrant

VIEW = "video.view_cameras"
PLAY = "video.play_cameras"
STEER = "video.steer_cameras"
KEEP = "video.keep_cameras"
APPROVE = "video.approve_cameras"
KEEP_MEDIA = "video.keep_media"
VIEW_MEDIA = "video.view_media"
READERS = (VIEW, PLAY, KEEP, APPROVE)
MEDIA_SCOPE = "video.media"  # the scope of API clients that are media servers
GATE_SCOPE = "video.gates"  # and of those that are servers of gate cameras


def require_reader(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not any(viewer.has_perm(right) for right in READERS):
        raise NotAllowed(_("您没有查看摄像机的权限"))


def reach_q(scope: Scope, prefix: str = "") -> Q:
    """Will give the condition "it stands in these areas or is these units'" of assets.

    prefix: to the asset, such as "asset__" from a camera.
    """
    near = area_scope_q(scope, f"{prefix}area__path")
    return near | organization_scope_q(scope, f"{prefix}owner_unit__path")


def place_q(scope: Scope) -> Q:
    """Will give the same condition of recorders and platforms, which bear ``area`` and ``unit``."""
    return area_scope_q(scope, "area__path") | organization_scope_q(scope, "unit__path")


def own_q(viewer: User) -> Q:
    """Will give the condition "this camera is the viewer's own to see"."""
    return reach_q(scope_for(viewer, *READERS), "asset__")


def shared_q(viewer: User, on: date | None = None) -> Q:
    """Will give the condition "this camera is opened to a unit of the viewer today"."""
    today = on or clock.today()
    paths = scope_of(viewer).organization_paths
    units = Q(pk__in=[])
    for path in paths:
        units |= Q(unit__path__startswith=path)
    open_now = CameraGrant.objects.filter(
        units, ended_at__isnull=True, since__lte=today, until__gte=today
    )
    return Q(pk__in=open_now.values("camera_id"), is_isolated=False)


def _reaches(viewer: User, right: str, camera: Camera) -> bool:
    scope = scope_for(viewer, right)
    owner = camera.asset.owner_unit
    area = camera.asset.area
    return bool(viewer.has_perm(right)) and (
        scope.everything
        or (area is not None and scope.covers_area(area.path))
        or (owner is not None and scope.covers_organization(owner.path))
    )


def can_play(viewer: User, camera: Camera) -> bool:
    """Will tell whether the viewer looks through this camera by their own right."""
    return _reaches(viewer, PLAY, camera)


def can_steer(viewer: User, camera: Camera) -> bool:
    """Will tell whether the viewer turns the head of this camera; no sharing gives that."""
    return _reaches(viewer, STEER, camera) and can_play(viewer, camera)


def grant_for(viewer: User, camera: Camera) -> CameraGrant | None:
    """Will give the open grant under which the viewer looks through a camera of others.

    Isolated cameras have none. The viewer needs the right to look through cameras besides.
    """
    if camera.is_isolated or not viewer.has_perm(PLAY):
        return None
    today = clock.today()
    scope = scope_for(viewer, PLAY)
    found = camera.grants.filter(ended_at__isnull=True, since__lte=today, until__gte=today)
    for grant in found.select_related("unit").order_by("-with_records", "-until"):
        if scope.covers_organization(grant.unit.path):
            return grant
    return None


def can_keep(actor: Any) -> bool:
    """Will tell whether the actor keeps cameras at all."""
    return actor is SYSTEM or bool(actor.has_perm(KEEP))


def require_keep(actor: Any) -> None:
    """Raises: NotAllowed."""
    if not can_keep(actor):
        raise NotAllowed(_("您没有维护摄像机档案的权限"))


def can_keep_in(actor: Any, area: Area | None) -> bool:
    """Will tell whether the actor keeps cameras that stand in this area."""
    return holds_in(actor, KEEP, area)


def require_keep_in(actor: Any, area: Area | None) -> None:
    """Raises: NotAllowed (no right, or not a duty area of the actor)."""
    require_keep(actor)
    if not can_keep_in(actor, area):
        raise NotAllowed(_("该位置不在您负责的区域内"))


def can_define_form(actor: Any) -> bool:
    """Will tell whether the actor says what is asked of every camera: a keeper of them all."""
    city = Area.objects.filter(parent=None).defer("boundary")
    return can_keep(actor) and all(can_keep_in(actor, area) for area in city)


def require_define_form(actor: Any) -> None:
    """Raises: NotAllowed."""
    if not can_define_form(actor):
        raise NotAllowed(_("您没有制定全市摄像机表单的权限"))


def can_approve(actor: User, camera: Camera) -> bool:
    """Will tell whether the actor decides about this camera: in its area or of its owner."""
    return _reaches(actor, APPROVE, camera)


def require_approve(actor: User, camera: Camera) -> None:
    """Raises: NotAllowed."""
    if not can_approve(actor, camera):
        raise NotAllowed(_("您没有审核该摄像机的权限"))


def units_of(actor: User) -> list[Organization]:
    """Will give the units whose name the actor may ask in: those of their posts."""
    ids = scope_for(actor, PLAY).organization_ids
    return list(Organization.objects.filter(pk__in=ids, is_active=True).order_by("path"))


def can_see_media(viewer: User) -> bool:
    """Will tell whether the viewer sees enforcement media at all."""
    return bool(viewer.has_perm(VIEW_MEDIA) or viewer.has_perm(KEEP_MEDIA))


def require_see_media(viewer: User) -> None:
    """Raises: NotAllowed."""
    if not can_see_media(viewer):
        raise NotAllowed(_("您没有查看执法视音频的权限"))


def media_q(viewer: User) -> Q:
    """Will give the condition "this recording is of the viewer's areas or units"."""
    return place_q(scope_for(viewer, VIEW_MEDIA, KEEP_MEDIA))


def can_keep_media_of(actor: User, unit: Organization) -> bool:
    """Will tell whether the actor keeps the recordings of this unit."""
    scope = scope_for(actor, KEEP_MEDIA)
    return bool(actor.has_perm(KEEP_MEDIA)) and scope.covers_organization(unit.path)


def require_keep_media_of(actor: User, unit: Organization) -> None:
    """Raises: NotAllowed."""
    if not can_keep_media_of(actor, unit):
        raise NotAllowed(_("您不能管理该单位的执法视音频"))
