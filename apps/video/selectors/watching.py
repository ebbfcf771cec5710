"""Who asked for cameras, who may look through them, who looked. Source: VD-01, VD-03."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import scope_for, scope_of
from apps.common import clock
from apps.common.errors import NotFound
from apps.video import permissions
from apps.video.models import Camera, CameraGrant, CameraRequest, Play


def list_requests(viewer: User, *, state: str = "") -> QuerySet[CameraRequest]:
    """Will list the requests of the viewer's units and those the viewer may decide."""
    mine = Q(asked_by=viewer)
    for path in scope_of(viewer).organization_paths:
        mine |= Q(unit__path__startswith=path)
    if viewer.has_perm(permissions.APPROVE):
        scope = scope_for(viewer, permissions.APPROVE)
        mine |= permissions.reach_q(scope, "camera__asset__")
    found = CameraRequest.objects.filter(mine).select_related(
        "camera__asset__area",
        "camera__asset__owner_unit",
        "unit",
        "asked_by",
        "decided_by",
        "grant",
    )
    return found.filter(state=state) if state else found


def list_grants(camera: Camera) -> QuerySet[CameraGrant]:
    """Will list to whom a camera is or was opened, newest first."""
    return camera.grants.select_related("unit")


def get_ruled_grant(viewer: User, *, pk: int) -> CameraGrant:
    """Will give an opened camera the viewer may take back. Raises: NotFound; NotAllowed."""
    found = CameraGrant.objects.select_related("camera__asset__area", "camera__asset__owner_unit")
    grant = found.filter(pk=pk).first()
    if grant is None:
        raise NotFound(_("没有这项共享"))
    permissions.require_approve(viewer, grant.camera)
    return grant


def get_own_play(viewer: User, *, pk: int) -> Play:
    """Will give a look of the viewer's own, open or over. Raises: NotFound."""
    look = Play.objects.filter(pk=pk, viewer_id=str(viewer.pk)).first()
    if look is None:
        raise NotFound(_("没有这次播放"))
    return look


def list_plays(camera: Camera) -> QuerySet[Play]:
    """Will list the looks through a camera, newest first."""
    return camera.plays.all()


def is_granted_now(grant: CameraGrant) -> bool:
    """Will tell whether a grant counts today."""
    return grant.ended_at is None and grant.since <= clock.today() <= grant.until
